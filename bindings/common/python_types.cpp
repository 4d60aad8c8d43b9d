#include "python_types.hpp"

#include "text.hpp"

namespace aistudio::bindings {

std::string python_type(const type_model& t) {
    switch (t.kind) {
    case kind::text:
    case kind::enumeration:
        return "str";
    case kind::secret:
        return "Secret";
    case kind::boolean:
        return "bool";
    case kind::int32:
    case kind::int64:
        return "int";
    case kind::float64:
        return "float";
    case kind::time:
        return "datetime.datetime | None";
    case kind::path:
        return "pathlib.Path";
    case kind::record:
        return pascal_case(t.name);
    case kind::list:
        return "list[" + python_type(t.of[0]) + "]";
    case kind::optional:
        return python_type(t.of[0]) + " | None";
    case kind::nothing:
        return "None";
    case kind::duration:
        return "float";
    case kind::callback:
        return "Callable[[" + (t.of.empty() ? "" : python_type(t.of[0])) + "], object]";
    case kind::page:
        return "Items[" + python_type(t.of[0]) + "]";
    }
    return {};
}

std::string accepted_python_type(const type_model& t) {
    switch (t.kind) {
    case kind::secret:
        return "str | Secret";
    case kind::path:
        return "str | os.PathLike[str]";
    case kind::duration:
        return "float | datetime.timedelta";
    case kind::list:
        return "Sequence[" + accepted_python_type(t.of[0]) + "]";
    case kind::optional:
        return accepted_python_type(t.of[0]) + " | None";
    default:
        return python_type(t);
    }
}

std::string keyword_of(std::string_view record, std::string_view member, bool outer_has_timeout) {
    if (record == "client_options" && member == "log")
        return {}; // Python has its own logging
    if (record == "page_request")
        return member == "number" ? "page" : "page_size";
    if (member == "deadline")
        return outer_has_timeout ? "call_timeout" : "timeout";
    return std::string(member);
}

} // namespace aistudio::bindings
