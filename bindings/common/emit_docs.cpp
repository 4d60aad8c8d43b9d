#include "emit.hpp"
#include "text.hpp"

namespace aistudio::bindings {
namespace {

std::string quoted(const std::string& text) {
    return '"' + replaced(replaced(text, "\\", "\\\\"), "\"", "\\\"") + '"';
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
    return {{"value_docs.ipp", out}};
}

} // namespace aistudio::bindings
