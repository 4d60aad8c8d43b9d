#include "emit.hpp"
#include "python_types.hpp"
#include "text.hpp"

namespace aistudio::bindings {
namespace {

constexpr std::size_t doc_width = 92;

std::string docstring(const std::string& text, const std::string& indent) {
    const auto lines = wrapped(replaced(text, "\\", "\\\\"), doc_width - indent.size());
    std::string out = indent + "\"\"\"";
    for (std::size_t i = 0; i < lines.size(); ++i)
        out += (i == 0 ? "" : "\n" + indent) + lines[i];
    return out + (lines.size() > 1 ? "\n" + indent : "") + "\"\"\"\n";
}

std::string constructor(const record_model& record) {
    std::string out = "    def __init__(\n        self,\n        *,\n";
    for (const auto& m : record.members)
        out += "        " + m.name + ": " + accepted_python_type(m.type) + " = ...,\n";
    return out + "    ) -> None: ...\n";
}

std::string property(const member_model& m, const std::string& doc) {
    return "    @property\n    def " + m.name + "(self) -> " + python_type(m.type) + ":\n" +
           docstring(doc, "        ");
}

std::string class_text(const record_model& record, const doc_reader& docs) {
    std::string out = "@final\nclass " + pascal_case(record.name) + ":\n" +
                      docstring(docs.of(record.name), "    ") + "\n" + constructor(record);
    for (const auto& m : record.members)
        out += property(m, docs.of(record.name, m.name));
    return out + "    def to_dict(self) -> dict[str, Any]:\n"
                 "        \"\"\"The members by name; secrets stay `Secret`.\"\"\"\n"
                 "    def __eq__(self, other: object, /) -> bool: ...\n"
                 "    def __getstate__(self) -> dict[str, Any]: ...\n"
                 "    def __setstate__(self, state: dict[str, Any], /) -> None: ...\n"
                 "    __hash__: ClassVar[None]  # type: ignore[assignment]\n";
}

} // namespace

std::vector<emitted_file> emit_python_stub(const source& from) {
    std::string out;
    for (const auto& record : from.records)
        out += "\n" + class_text(record, from.docs);
    return {{"values.pyi", out}};
}

} // namespace aistudio::bindings
