#include "emit.hpp"
#include "java_types.hpp"
#include "text.hpp"

namespace aistudio::bindings {
namespace {

bool is_primitive(const type_model& t) {
    return t.kind == kind::boolean || t.kind == kind::int32 || t.kind == kind::int64 ||
           t.kind == kind::float64;
}

/// The record has an `Optional`, the builder's method takes the value itself.
bool is_wrapped(const type_model& t) {
    return t.kind == kind::optional || t.kind == kind::time || t.kind == kind::callback;
}

/// As a record's component.
std::string component_type(const type_model& t) {
    const auto type = java_type_of(t);
    return t.kind == kind::callback ? "Optional<" + type + ">" : type;
}

/// What a builder's method takes.
std::string builder_argument(const type_model& t) {
    if (t.kind == kind::time)
        return "Instant";
    return java_type_of(t.kind == kind::optional ? t.of[0] : t);
}

std::string parameter_list(const record_model& record) {
    std::string out;
    for (const auto& m : record.members)
        out += (out.empty() ? "" : ", ") + component_type(m.type) + " " + java_member_name(m);
    return out;
}

std::string compact_constructor(const record_model& record) {
    std::string out = "    public " + pascal_case(record.name) + " {\n";
    for (const auto& m : record.members) {
        const auto name = java_member_name(m);
        if (m.type.kind == kind::list)
            out += "        " + name + " = List.copyOf(" + name + ");\n";
        else if (!is_primitive(m.type))
            out += "        Objects.requireNonNull(" + name + ", \"" + name + "\");\n";
    }
    return out + "    }\n\n";
}

std::vector<std::string> setter_doc(const std::string& doc) {
    return {javadoc_text(doc), "", "@param value the value", "@return this builder"};
}

std::string builder_method(const member_model& m, const std::string& doc) {
    const auto name = java_member_name(m);
    return "\n" + javadoc(setter_doc(doc), "        ") + "        public Builder " + name + "(" +
           builder_argument(m.type) + " value) {\n" + "            " + name + " = " +
           (is_wrapped(m.type) ? "Optional.of(value)" : "value") +
           ";\n            return this;\n        }\n";
}

std::string builder_class(const record_model& record, const doc_reader& docs) {
    const auto type = pascal_case(record.name);
    std::string out = javadoc({"Collects the members of a {@link " + type + "}."}, "    ") +
                      "    public static final class Builder {\n";
    std::string arguments;
    for (const auto& m : record.members) {
        const auto name = java_member_name(m);
        out += "        private " + component_type(m.type) + " " + name + " = " +
               java_initial(m.type, m.initial) + ";\n";
        arguments += (arguments.empty() ? "" : ", ") + name;
    }
    out += "\n        private Builder() {}\n";
    for (const auto& m : record.members)
        out += builder_method(m, docs.of(record.name, m.name));
    return out + "\n" + javadoc({"Makes the value.", "", "@return the value"}, "        ") +
           "        public " + type + " build() {\n            return new " + type + "(" +
           arguments + ");\n        }\n    }\n";
}

std::string to_builder(const record_model& record) {
    std::string out =
        javadoc({"A builder that starts with these members.", "", "@return the builder"}, "    ") +
        "    public Builder toBuilder() {\n        Builder out = builder();\n";
    for (const auto& m : record.members) {
        const auto name = java_member_name(m);
        out += "        out." + name + " = " + name + ";\n";
    }
    return out + "        return out;\n    }\n\n";
}

emitted_file record_file(const record_model& record, const doc_reader& docs,
                         const std::string& subpackage = {}) {
    const auto type = pascal_case(record.name);
    std::vector<std::string> comment = {javadoc_text(docs.of(record.name)), ""};
    for (const auto& m : record.members)
        comment.push_back("@param " + java_member_name(m) + " " +
                          javadoc_text(docs.of(record.name, m.name)));
    const std::string text =
        java_file_head(subpackage) + javadoc(comment, "") + "public record " + type + "(" +
        parameter_list(record) + ") {\n" +
        javadoc({"Checks that nothing is null and copies lists."}, "    ") +
        compact_constructor(record) +
        javadoc({"A builder with the defaults.", "", "@return the builder"}, "    ") +
        "    public static Builder builder() {\n        return new Builder();\n    }\n\n" +
        to_builder(record) + builder_class(record, docs) + "}\n";
    return {(subpackage.empty() ? "" : subpackage + "/") + type + ".java", text};
}

/// A builder of what holds the options: each method sets one of them.
emitted_file client_builder_file(const record_model& options, const doc_reader& docs) {
    std::string out =
        java_file_head() +
        javadoc({javadoc_text(docs.of(options.name)), "", "@param <B> the builder itself"}, "") +
        "public abstract class ClientBuilder<B extends ClientBuilder<B>> {\n"
        "    private final ClientOptions.Builder options = ClientOptions.builder();\n\n"
        "    ClientBuilder() {}\n\n    abstract B self();\n\n"
        "    ClientOptions options() {\n        return options.build();\n    }\n";
    for (const auto& m : options.members) {
        const auto name = java_member_name(m);
        out += "\n" + javadoc(setter_doc(docs.of(options.name, m.name)), "    ") + "    public B " +
               name + "(" + builder_argument(m.type) + " value) {\n        options." + name +
               "(value);\n        return self();\n    }\n";
    }
    return {"ClientBuilder.java", out + "}\n"};
}

bool has_callback(const record_model& record) {
    for (const auto& m : record.members)
        if (m.type.kind == kind::callback)
            return true;
    return false;
}

std::string codec_methods(const record_model& record) {
    const auto type = pascal_case(record.name);
    std::string read;
    std::string write;
    for (const auto& m : record.members) {
        if (!has_callback(record)) // functions only go there
            read +=
                (read.empty() ? "" : ",\n") + std::string("                ") + java_read(m.type);
        write += "        " + java_write(m.type, "value." + java_member_name(m) + "()") + ";\n";
    }
    std::string out;
    if (!read.empty())
        out = "\n    public static " + type + " read" + type +
              "(WireReader in) {\n        return new " + type + "(\n" + read + ");\n    }\n";
    return out + "\n    public static void write" + type + "(WireWriter out, " + type +
           " value) {\n" + write + "    }\n";
}

emitted_file codec_file(const source& from) {
    std::string out = std::string(java_banner) + "package " + java_package +
                      ".internal;\n\nimport " + java_package + ".*;\n\n" +
                      "/** Value types to and from the bytes in which they cross to C++. */\n"
                      "public final class ValueCodec {\n    private ValueCodec() {}\n";
    for (const auto* records : {&from.internal, &from.records, &from.options})
        for (const auto& record : *records)
            out += codec_methods(record);
    return {"internal/ValueCodec.java", out + "}\n"};
}

std::string upper_case(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return text;
}

emitted_file error_codes_file() {
    std::string out = std::string(java_banner) + "package " + java_package + ";\n\n" +
                      javadoc({"What {@link AiStudioException#code} can be."}, "") +
                      "public final class ErrorCodes {\n    private ErrorCodes() {}\n";
    for (const auto& row : error_catalogue()) {
        const std::string name(row.name);
        out += "\n" + javadoc({javadoc_text(std::string(row.english))}, "    ") +
               "    public static final String " + upper_case(name) + " = \"" + name + "\";\n";
    }
    return {"ErrorCodes.java", out + "}\n"};
}

} // namespace

std::vector<emitted_file> emit_java(const source& from) {
    std::vector<emitted_file> out;
    for (const auto* records : {&from.records, &from.options})
        for (const auto& record : *records)
            out.push_back(record_file(record, from.docs));
    for (const auto& record : from.internal)
        out.push_back(record_file(record, from.docs, "internal"));
    out.push_back(client_builder_file(from.options.back(), from.docs));
    out.push_back(codec_file(from));
    out.push_back(error_codes_file());
    for (auto& file : emit_java_operations(from))
        out.push_back(std::move(file));
    return out;
}

} // namespace aistudio::bindings
