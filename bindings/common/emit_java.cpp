#include "emit.hpp"
#include "text.hpp"

#include <regex>
#include <stdexcept>

namespace aistudio::bindings {
namespace {

constexpr std::size_t doc_width = 92;
constexpr const char* root_package = "org.aistudio.sdk";

/// A type in all the ways that generated Java speaks of it.
struct java_type {
    std::string component; // of the record
    std::string boxed;     // as a type argument
    std::string reader;    // method that reads it
    std::string writer;
};

java_type java_of(const type_model& t) {
    const auto scalar = [](const char* name, const char* boxed, const std::string& method) {
        return java_type{name, boxed, "WireReader::" + method, "WireWriter::" + method};
    };
    switch (t.kind) {
    case kind::text:
    case kind::enumeration:
        return scalar("String", "String", "text");
    case kind::secret:
        return scalar("Secret", "Secret", "secret");
    case kind::boolean:
        return scalar("boolean", "Boolean", "bool");
    case kind::int32:
        return scalar("int", "Integer", "int32");
    case kind::int64:
        return scalar("long", "Long", "int64");
    case kind::float64:
        return scalar("double", "Double", "float64");
    case kind::time:
        return scalar("Optional<Instant>", "Optional<Instant>", "time");
    case kind::path:
        return scalar("Path", "Path", "path");
    case kind::record: {
        const auto name = pascal_case(t.name);
        return {name, name, "ValueCodec::read" + name, "ValueCodec::write" + name};
    }
    case kind::list:
    case kind::optional: {
        const bool list = t.kind == kind::list;
        const auto inner = java_of(t.of[0]);
        const auto name = (list ? "List<" : "Optional<") + inner.boxed + ">";
        const std::string method = list ? "list" : "optional";
        return {name, name, "in -> in." + method + "(" + inner.reader + ")",
                "(out, v) -> out." + method + "(v, " + inner.writer + ")"};
    }
    case kind::nothing:
    case kind::duration:
    case kind::callback:
    case kind::page:
        throw std::logic_error("Java has no values of this kind yet.");
    }
    return {};
}

/// What a builder's method takes: the value itself where the record has an `Optional`.
std::string builder_argument(const type_model& t) {
    if (t.kind == kind::time)
        return "Instant";
    return java_of(t.kind == kind::optional ? t.of[0] : t).component;
}

std::string initial_value(const member_model& m) {
    switch (m.type.kind) {
    case kind::text:
    case kind::enumeration:
        return '"' + m.initial + '"';
    case kind::secret:
        return "Secret.EMPTY";
    case kind::path:
        return "Path.of(\"\")";
    case kind::record:
        return pascal_case(m.type.name) + ".builder().build()";
    case kind::list:
        return "List.of()";
    case kind::optional:
    case kind::time:
        return "Optional.empty()";
    case kind::int64:
        return m.initial + "L";
    default:
        return m.initial;
    }
}

/// A comment of the headers as Javadoc text.
std::string javadoc_text(const std::string& text) {
    const auto safe = replaced(
        replaced(replaced(replaced(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;"), "@", "&#64;");
    return std::regex_replace(safe, std::regex("`([^`]*)`"), "<code>$1</code>");
}

std::string javadoc(const std::vector<std::string>& paragraphs, const std::string& indent) {
    std::string out = indent + "/**\n";
    for (const auto& paragraph : paragraphs)
        for (const auto& line : wrapped(paragraph, doc_width - indent.size()))
            out += indent + " * " + line + "\n";
    return out + indent + " */\n";
}

std::string parameter_list(const record_model& record) {
    std::string out;
    for (const auto& m : record.members)
        out += (out.empty() ? "" : ", ") + java_of(m.type).component + " " + camel_case(m.name);
    return out;
}

bool is_primitive(const type_model& t) {
    return t.kind == kind::boolean || t.kind == kind::int32 || t.kind == kind::int64 ||
           t.kind == kind::float64;
}

std::string compact_constructor(const record_model& record) {
    std::string out = "    public " + pascal_case(record.name) + " {\n";
    for (const auto& m : record.members) {
        const auto name = camel_case(m.name);
        if (m.type.kind == kind::list)
            out += "        " + name + " = List.copyOf(" + name + ");\n";
        else if (!is_primitive(m.type))
            out += "        Objects.requireNonNull(" + name + ", \"" + name + "\");\n";
    }
    return out + "    }\n\n";
}

std::string builder_method(const member_model& m, const std::string& doc) {
    const auto name = camel_case(m.name);
    const bool wrap = m.type.kind == kind::optional || m.type.kind == kind::time;
    const std::string value = wrap ? "Optional.of(value)" : "value";
    return "\n" +
           javadoc({javadoc_text(doc), "@param value the value", "@return this builder"},
                   "        ") +
           "        public Builder " + name + "(" + builder_argument(m.type) + " value) {\n" +
           "            " + name + " = " + value + ";\n            return this;\n        }\n";
}

std::string builder_class(const record_model& record, const doc_reader& docs) {
    const auto type = pascal_case(record.name);
    std::string out = javadoc({"Collects the members of a {@link " + type + "}."}, "    ") +
                      "    public static final class Builder {\n";
    std::string arguments;
    for (const auto& m : record.members) {
        const auto name = camel_case(m.name);
        out += "        private " + java_of(m.type).component + " " + name + " = " +
               initial_value(m) + ";\n";
        arguments += (arguments.empty() ? "" : ", ") + name;
    }
    out += "\n        private Builder() {}\n";
    for (const auto& m : record.members)
        out += builder_method(m, docs.of(record.name, m.name));
    return out + "\n" + javadoc({"Makes the value.", "@return the value"}, "        ") +
           "        public " + type + " build() {\n            return new " + type + "(" +
           arguments + ");\n        }\n    }\n";
}

std::string to_builder(const record_model& record) {
    std::string out =
        javadoc({"A builder that starts with these members.", "@return the builder"}, "    ") +
        "    public Builder toBuilder() {\n        Builder out = builder();\n";
    for (const auto& m : record.members) {
        const auto name = camel_case(m.name);
        out += "        out." + name + " = " + name + ";\n";
    }
    return out + "        return out;\n    }\n\n";
}

emitted_file record_file(const record_model& record, const doc_reader& docs,
                         const std::string& subpackage = {}) {
    const auto type = pascal_case(record.name);
    std::vector<std::string> comment = {javadoc_text(docs.of(record.name)), ""};
    for (const auto& m : record.members)
        comment.push_back("@param " + camel_case(m.name) + " " +
                          javadoc_text(docs.of(record.name, m.name)));
    const std::string text =
        std::string("// Generated from the C++ headers. Do not edit.\npackage ") + root_package +
        (subpackage.empty() ? "" : "." + subpackage) +
        ";\n\nimport java.nio.file.Path;\nimport java.time.Instant;\nimport java.util.List;\n"
        "import java.util.Objects;\nimport java.util.Optional;\n\n" +
        javadoc(comment, "") + "public record " + type + "(" + parameter_list(record) + ") {\n" +
        compact_constructor(record) +
        javadoc({"A builder with the defaults.", "@return the builder"}, "    ") +
        "    public static Builder builder() {\n        return new Builder();\n    }\n\n" +
        to_builder(record) + builder_class(record, docs) + "}\n";
    return {(subpackage.empty() ? "" : subpackage + "/") + type + ".java", text};
}

/// `in.text()` from `WireReader::text`, and the like: a method reference, called.
std::string read_call(const type_model& t) {
    const auto reader = java_of(t).reader;
    if (t.kind == kind::record)
        return replaced(reader, "::", ".") + "(in)";
    if (t.kind == kind::list || t.kind == kind::optional)
        return reader.substr(std::string("in -> ").size());
    return replaced(reader, "WireReader::", "in.") + "()";
}

std::string write_call(const type_model& t, const std::string& value) {
    const auto writer = java_of(t).writer;
    if (t.kind == kind::record)
        return replaced(writer, "::", ".") + "(out, " + value + ")";
    if (t.kind == kind::list || t.kind == kind::optional)
        return replaced(writer.substr(std::string("(out, v) -> ").size()), "(v, ",
                        "(" + value + ", ");
    return replaced(writer, "WireWriter::", "out.") + "(" + value + ")";
}

std::string codec_methods(const record_model& record) {
    const auto type = pascal_case(record.name);
    std::string read;
    std::string write;
    for (const auto& m : record.members) {
        read += (read.empty() ? "" : ",\n") + std::string("                ") + read_call(m.type);
        write += "        " + write_call(m.type, "value." + camel_case(m.name) + "()") + ";\n";
    }
    return "\n    public static " + type + " read" + type +
           "(WireReader in) {\n        return new " + type + "(\n" + read +
           ");\n    }\n\n    public static void write" + type + "(WireWriter out, " + type +
           " value) {\n" + write + "    }\n";
}

emitted_file codec_file(const source& from) {
    std::string out = std::string("// Generated from the C++ headers. Do not edit.\npackage ") +
                      root_package + ".internal;\n\nimport " + root_package + ".*;\n\n" +
                      "/** Value types to and from the bytes in which they cross to C++. */\n"
                      "public final class ValueCodec {\n    private ValueCodec() {}\n";
    for (const auto* records : {&from.internal, &from.records})
        for (const auto& record : *records)
            out += codec_methods(record);
    return {"internal/ValueCodec.java", out + "}\n"};
}

} // namespace

std::vector<emitted_file> emit_java(const source& from) {
    std::vector<emitted_file> out;
    for (const auto& record : from.records)
        out.push_back(record_file(record, from.docs));
    for (const auto& record : from.internal)
        out.push_back(record_file(record, from.docs, "internal"));
    out.push_back(codec_file(from));
    return out;
}

} // namespace aistudio::bindings
