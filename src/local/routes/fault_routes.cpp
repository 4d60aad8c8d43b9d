#include "local/routes/routes.hpp"

#include <limits>

namespace aistudio::local::routes {
namespace {

service_id service_of(const call& c) {
    return service_id(
        c.number_parameter("service", 0, 0, std::numeric_limits<std::int64_t>::max()));
}

} // namespace

void add_fault_routes(api& a, faults::fault_script& faults) {
    using http::verb;
    a.add(verb::post, "/faults", [&](call& c) {
        auto what = c.read<fault>();
        return c.once([&] { return faults.add(std::move(what)); });
    });
    a.add(verb::get, "/faults", [&](call& c) { return to_wire(faults.list(service_of(c))); });
    a.add(verb::delete_, "/faults/{id}", [&](call& c) {
        faults.remove(c.id<fault_id>("fault"));
        return std::string("null");
    });
    a.add(verb::delete_, "/faults", [&](call& c) {
        faults.clear(service_of(c));
        return std::string("null");
    });
}

} // namespace aistudio::local::routes
