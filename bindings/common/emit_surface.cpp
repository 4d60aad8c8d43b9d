#include "emit.hpp"
#include "text.hpp"

#include <aistudio/impl/error.ipp> // for the names of the codes; the library is not built yet

template <>
struct aistudio::enum_table<aistudio::bindings::kind> {
    using kind = aistudio::bindings::kind;
    static constexpr std::pair<kind, std::string_view> values[] = {
        {kind::text, "text"},         {kind::secret, "secret"},
        {kind::boolean, "boolean"},   {kind::int32, "int32"},
        {kind::int64, "int64"},       {kind::float64, "float64"},
        {kind::time, "time"},         {kind::enumeration, "enumeration"},
        {kind::path, "path"},         {kind::record, "record"},
        {kind::list, "list"},         {kind::optional, "optional"},
        {kind::nothing, "nothing"},   {kind::duration, "duration"},
        {kind::callback, "callback"}, {kind::page, "page"},
    };
};

namespace aistudio::bindings {
namespace {

std::string quoted(const std::string& text) {
    return '"' + replaced(replaced(text, "\\", "\\\\"), "\"", "\\\"") + '"';
}

/// A list, an element a line.
template <class List, class Write>
std::string list_of(const List& items, const std::string& indent, Write write) {
    std::string out;
    for (const auto& item : items)
        out += (out.empty() ? "\n" : ",\n") + indent + "  " + write(item);
    return "[" + out + (out.empty() ? "]" : "\n" + indent + "]");
}

/// `list<record:job>`.
std::string type_text(const type_model& t) {
    std::string out = std::string(enum_name(t.kind));
    if (!t.name.empty())
        out += ":" + t.name;
    for (const auto& inner : t.of)
        out += "<" + type_text(inner) + ">";
    return out;
}

std::string record_text(const record_model& record) {
    return "{\"name\": " + quoted(record.name) + ", \"members\": " +
           list_of(record.members, "    ",
                   [](const member_model& m) {
                       return "{\"name\": " + quoted(m.name) +
                              ", \"type\": " + quoted(type_text(m.type)) +
                              ", \"default\": " + quoted(m.initial) + "}";
                   }) +
           "}";
}

std::string operation_text(const operation_model& o) {
    return "{\"resource\": " + quoted(o.resource) + ", \"name\": " + quoted(o.name) +
           ", \"result\": " + quoted(type_text(o.result)) +
           ", \"options\": " + quoted(type_text(o.options)) + ", \"arguments\": " +
           list_of(o.arguments, "    ",
                   [](const argument_model& a) {
                       return "{\"name\": " + quoted(a.name) +
                              ", \"type\": " + quoted(type_text(a.type)) +
                              ", \"required\": " + (a.required ? "true" : "false") + "}";
                   }) +
           "}";
}

} // namespace

std::span<const errc_info> error_catalogue() { return detail::errc_catalogue; }

std::string_view kind_name(kind k) { return enum_name(k); }

std::vector<emitted_file> emit_surface(const source& from) {
    const std::string indent = "  ";
    return {{"surface.json",
             "{\n  \"values\": " + list_of(from.records, indent, record_text) +
                 ",\n  \"options\": " + list_of(from.options, indent, record_text) +
                 ",\n  \"operations\": " + list_of(from.operations, indent, operation_text) +
                 ",\n  \"error_codes\": " +
                 list_of(detail::errc_catalogue, indent,
                         [](const errc_info& i) { return quoted(std::string(i.name)); }) +
                 "\n}\n"}};
}

} // namespace aistudio::bindings
