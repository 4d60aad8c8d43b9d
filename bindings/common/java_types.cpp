#include "java_types.hpp"

#include "emit.hpp"
#include "text.hpp"

#include <aistudio/types/fault.hpp>

#include <algorithm>
#include <array>
#include <regex>
#include <set>
#include <stdexcept>
#include <string_view>

namespace aistudio::bindings {
namespace {

constexpr std::size_t doc_width = 92;

/// Methods of every object that take no argument and cannot be replaced.
constexpr std::array<std::string_view, 8> taken_names = {
    "clone", "finalize", "getClass", "hashCode", "notify", "notifyAll", "toString", "wait"};

/// What a scalar is called: as a member, as a type argument, and the method that reads or writes
/// it.
struct scalar {
    const char* name;
    const char* boxed;
    const char* method;
};

scalar scalar_of(kind k) {
    switch (k) {
    case kind::text:
    case kind::enumeration:
        return {"String", "String", "text"};
    case kind::secret:
        return {"Secret", "Secret", "secret"};
    case kind::boolean:
        return {"boolean", "Boolean", "bool"};
    case kind::int32:
        return {"int", "Integer", "int32"};
    case kind::int64:
        return {"long", "Long", "int64"};
    case kind::float64:
        return {"double", "Double", "float64"};
    case kind::time:
        return {"Optional<Instant>", "Optional<Instant>", "time"};
    case kind::duration:
        return {"Duration", "Duration", "duration"};
    case kind::path:
        return {"Path", "Path", "path"};
    case kind::nothing:
        return {"void", "Void", "nothing"};
    default:
        throw std::logic_error("not a scalar");
    }
}

std::string function_type(const type_model& t) {
    if (t.of.size() == 1)
        return "Consumer<" + java_boxed_type_of(t.of[0]) + ">";
    if (t.of.size() == 2)
        return "BiConsumer<" + java_boxed_type_of(t.of[0]) + ", " + java_boxed_type_of(t.of[1]) +
               ">";
    throw std::logic_error("Java has no functions of this many arguments yet.");
}

/// Names that are the same in every language: those of errors and of faults.
bool is_text_in_java(const std::string& name) {
    static const std::set<std::string> names = [] {
        std::set<std::string> out;
        for (const auto& row : error_catalogue())
            out.emplace(row.name);
        for (const auto& [value, fault] : enum_table<fault_kind>::values)
            out.emplace(fault);
        return out;
    }();
    return names.contains(name);
}

/// Names in code as Java has them: `jobs::async_submit` is `jobs.submit`. Other code stays.
std::string java_spelling(const std::string& code) {
    static const std::regex path(R"([A-Za-z]\w*((::|\.)\w+)*)");
    static const std::regex name("[a-z]+(_[a-z0-9]+)+");
    if (code == "sync_client")
        return "AiStudio";
    if (!std::regex_match(code, path) || is_text_in_java(code))
        return code;
    std::string left = replaced(replaced(code, "::", "."), "async_", "");
    std::string out;
    std::smatch found;
    for (; std::regex_search(left, found, name); left = found.suffix())
        out += found.prefix().str() + camel_case(found.str());
    return out + left;
}

/// A function that writes one.
std::string writer_of(const type_model& t) {
    switch (t.kind) {
    case kind::record:
        return "ValueCodec::write" + pascal_case(t.name);
    case kind::list:
        return "(o, l) -> o.list(l, " + writer_of(t.of[0]) + ")";
    case kind::optional:
        return "(o, v) -> o.optional(v, " + writer_of(t.of[0]) + ")";
    default:
        return std::string("WireWriter::") + scalar_of(t.kind).method;
    }
}

} // namespace

std::string java_boxed_type_of(const type_model& t) {
    switch (t.kind) {
    case kind::record:
        return pascal_case(t.name);
    case kind::list:
        return "List<" + java_boxed_type_of(t.of[0]) + ">";
    case kind::optional:
        return "Optional<" + java_boxed_type_of(t.of[0]) + ">";
    case kind::page:
        return "Page<" + java_boxed_type_of(t.of[0]) + ">";
    case kind::callback:
        return function_type(t);
    default:
        return scalar_of(t.kind).boxed;
    }
}

std::string java_type_of(const type_model& t) {
    switch (t.kind) {
    case kind::record:
    case kind::list:
    case kind::optional:
    case kind::page:
    case kind::callback:
        return java_boxed_type_of(t);
    default:
        return scalar_of(t.kind).name;
    }
}

std::string java_read(const type_model& t, const std::string& from) {
    switch (t.kind) {
    case kind::record:
        return "ValueCodec.read" + pascal_case(t.name) + "(" + from + ")";
    case kind::list:
        return from + ".list(" + java_reader(t.of[0], from) + ")";
    case kind::optional:
        return from + ".optional(" + java_reader(t.of[0], from) + ")";
    case kind::page:
        return from + ".page(" + java_reader(t.of[0], from) + ")";
    default:
        return from + "." + scalar_of(t.kind).method + "()";
    }
}

std::string java_reader(const type_model& t, const std::string& outside) {
    const std::string from = outside + "ner"; // Java lets no parameter hide another
    switch (t.kind) {
    case kind::record:
        return "ValueCodec::read" + pascal_case(t.name);
    case kind::list:
    case kind::optional:
    case kind::page:
        return from + " -> " + java_read(t, from);
    default:
        return std::string("WireReader::") + scalar_of(t.kind).method;
    }
}

std::string java_write(const type_model& t, const std::string& value) {
    switch (t.kind) {
    case kind::record:
        return "ValueCodec.write" + pascal_case(t.name) + "(out, " + value + ")";
    case kind::list:
        return "out.list(" + value + ", " + writer_of(t.of[0]) + ")";
    case kind::optional:
        return "out.optional(" + value + ", " + writer_of(t.of[0]) + ")";
    case kind::callback: {
        std::string readers;
        for (const auto& argument : t.of)
            readers += ", " + java_reader(argument);
        return "out.callback(" + value + readers + ")";
    }
    default:
        return std::string("out.") + scalar_of(t.kind).method + "(" + value + ")";
    }
}

std::string java_initial(const type_model& t, const std::string& initial) {
    switch (t.kind) {
    case kind::text:
    case kind::enumeration:
        return '"' + initial + '"';
    case kind::secret:
        return "Secret.EMPTY";
    case kind::path:
        return "Path.of(\"\")";
    case kind::record:
        return pascal_case(t.name) + ".builder().build()";
    case kind::list:
        return "List.of()";
    case kind::optional:
    case kind::time:
    case kind::callback:
        return "Optional.empty()";
    case kind::duration:
        return "Duration.ofMillis(" + (initial.empty() ? "0" : initial) + "L)";
    case kind::int64:
        return (initial.empty() ? "0" : initial) + "L";
    case kind::int32:
    case kind::float64:
        return initial.empty() ? "0" : initial;
    default:
        return initial.empty() ? "false" : initial;
    }
}

std::string java_member_name(const member_model& m) {
    auto out = camel_case(m.name);
    if (std::find(taken_names.begin(), taken_names.end(), out) != taken_names.end())
        out += m.type.kind == kind::duration ? "Time" : "Value";
    return out;
}

std::string javadoc_text(const std::string& text) {
    auto safe = replaced(replaced(text, "&", "&amp;"), "<", "&lt;");
    safe = replaced(replaced(safe, ">", "&gt;"), "@", "&#64;");
    static const std::regex code("`([^`]*)`");
    static const std::regex error(R"(errc::(\w+))");
    safe = std::regex_replace(safe, error, "<code>$1</code>");
    std::string out;
    std::smatch found;
    for (; std::regex_search(safe, found, code); safe = found.suffix())
        out += found.prefix().str() + "<code>" + java_spelling(found[1]) + "</code>";
    return out + safe;
}

std::string javadoc(const std::vector<std::string>& paragraphs, const std::string& indent) {
    std::string out = indent + "/**\n";
    for (const auto& paragraph : paragraphs) {
        if (paragraph.empty())
            out += indent + " *\n";
        for (const auto& line : wrapped(paragraph, doc_width - indent.size()))
            out += indent + " * " + line + "\n";
    }
    return out + indent + " */\n";
}

std::string java_file_head(const std::string& subpackage) {
    std::string out = std::string(java_banner) + "package " + java_package +
                      (subpackage.empty() ? "" : "." + subpackage) + ";\n\n";
    for (const auto* name :
         {"java.nio.file.Path", "java.time.Duration", "java.time.Instant", "java.util.List",
          "java.util.Objects", "java.util.Optional", "java.util.concurrent.CompletableFuture",
          "java.util.function.BiConsumer", "java.util.function.Consumer",
          "java.util.stream.Stream"})
        out += std::string("import ") + name + ";\n";
    if (subpackage.empty())
        out += std::string("import ") + java_package + ".internal.ValueCodec;\nimport " +
               java_package + ".internal.WireReader;\nimport " + java_package +
               ".internal.WireWriter;\n";
    return out + "\n";
}

} // namespace aistudio::bindings
