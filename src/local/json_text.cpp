#include "local/json_text.hpp"

#include "local/refusal.hpp"

namespace aistudio::local::detail {

void read_json(std::string_view text, void* out,
               bool (*read)(json_value, void* out, aistudio::detail::json_fault&)) {
    json_document document;
    const auto root = document.parse(text);
    if (!root)
        refuse_invalid("The request's body does not fit. " + root.error().detail);
    aistudio::detail::json_fault e;
    if (!read(*root, out, e))
        refuse_invalid("The request's body does not fit. " + e.sentence());
}

std::string print_json(const void* value, void (*write)(json_writer&, const void* value)) {
    std::string out;
    json_writer writer(out, secrets::reveal);
    write(writer, value);
    writer.finish();
    if (writer.failed())
        throw refusal(service_code::internal, writer.error());
    return out;
}

} // namespace aistudio::local::detail
