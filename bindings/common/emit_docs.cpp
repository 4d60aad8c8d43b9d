#include "emit.hpp"
#include "python_docs.hpp"
#include "text.hpp"

namespace aistudio::bindings {
namespace {

std::string quoted(const std::string& text) {
    return '"' + replaced(replaced(replaced(text, "\\", "\\\\"), "\"", "\\\""), "\n", "\\n\\n") +
           '"';
}

std::string row(const std::string& record, const std::string& member, const std::string& doc) {
    return "{" + quoted(record) + ", " + quoted(member) + ", " + quoted(doc) + "},\n";
}

} // namespace

std::vector<emitted_file> emit_docs(const source& from) {
    std::string out;
    for (const auto& record : from.records) {
        out += row(record.name, "", from.docs.of(record.name));
        for (const auto& member : record.members)
            out += row(record.name, member.name, from.docs.of(record.name, member.name));
    }
    for (const auto& record : from.options) {
        out += row(record.name, "", python_text(from.docs.of(record.name)));
        for (const auto& member : record.members)
            out +=
                row(record.name, member.name, python_text(from.docs.of(record.name, member.name)));
    }
    std::string resource;
    for (const auto& operation : from.operations) {
        if (operation.resource != resource)
            out +=
                row(operation.resource, "", python_text(brief(from.docs.of(operation.resource))));
        resource = operation.resource;
        out += row(resource, operation.name,
                   python_doc(from.docs.operation(resource, operation.name)));
    }
    return {{"value_docs.ipp", out}};
}

} // namespace aistudio::bindings
