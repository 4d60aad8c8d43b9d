#include "emit.hpp"
#include "text.hpp"

#include <aistudio/protocol/service_codes.hpp>

namespace aistudio::bindings {
namespace {

constexpr const char* made_from =
    "<!-- Made from the headers by tools/reference; a test compares. -->\n\n";

/// A cell of a table holds one line, and no bar.
std::string cell(const std::string& text) {
    return replaced(replaced(text, "\n", " "), "|", "\\|");
}

std::string type_name(const type_model& t) {
    switch (t.kind) {
    case kind::record:
    case kind::enumeration:
        return t.name;
    case kind::list:
        return "list of " + type_name(t.of.front());
    case kind::optional:
        return type_name(t.of.front()) + "?";
    case kind::page:
        return "page of " + type_name(t.of.front());
    case kind::callback:
        return "function";
    default:
        return std::string(kind_name(t.kind));
    }
}

std::string arguments_of(const operation_model& o) {
    std::string out;
    for (const auto& a : o.arguments)
        out += (out.empty() ? "" : ", ") + ("`" + a.name + "`: ") + type_name(a.type) +
               (a.required ? "" : " (may be left out)");
    return out;
}

std::string operations_text(const source& from) {
    std::string out = made_from;
    out += "# Operations\n\nThe same in every language: C++ `async_create` and the blocking "
           "`create`, Python `create`, "
           "Java `create` and\n`createAsync`. What each goes over the wire as stands in "
           "[wire.md](wire.md).\n";
    std::string resource;
    for (const auto& o : from.operations) {
        if (o.resource != resource) {
            resource = o.resource;
            out += "\n## " + resource + "\n\n" + brief(from.docs.of(resource)) +
                   "\n\n| operation | arguments | result | what it does |\n|---|---|---|---|\n";
        }
        out += "| `" + o.name + "` | " + cell(arguments_of(o)) + " | " + type_name(o.result) +
               " | " + cell(brief(from.docs.operation(o.resource, o.name).text)) + " |\n";
    }
    return out;
}

/// `404, 10010 (HTTP 503)`: what services send for an error.
std::string service_codes_of(errc code) {
    std::string out;
    for (const auto& row : service_code_table) {
        if (row.meaning != code)
            continue;
        out += (out.empty() ? "" : ", ") + std::to_string(row.code);
        if (row.code != row.http_status)
            out += " (HTTP " + std::to_string(row.http_status) + ")";
    }
    return out;
}

std::string errors_text() {
    std::string out = made_from;
    out += "# Errors\n\nThe same codes in every language. Each error also tells its phase (where "
           "the call was) and "
           "its outcome:\n`not_sent` (the service has not seen it), `done` (the service answered) "
           "or `unknown` "
           "(it may have taken effect).\n\n| code | English | 中文 | `errorCode` of the service "
           "|\n|---|---|---|---|\n";
    for (const auto& row : error_catalogue())
        out += "| `" + std::string(row.name) + "` | " + cell(std::string(row.english)) + " | " +
               cell(std::string(row.chinese)) + " | " + service_codes_of(row.code) + " |\n";
    return out;
}

} // namespace

std::vector<emitted_file> emit_reference(const source& from) {
    return {{"operations.md", operations_text(from)}, {"errors.md", errors_text()}};
}

} // namespace aistudio::bindings
