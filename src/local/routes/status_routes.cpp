#include "local/routes/routes.hpp"

#include <aistudio/version.hpp>

#include <boost/describe/class.hpp>

namespace aistudio::local::routes {
namespace {

struct status {
    std::string name;
    std::string version;
    std::string user;
};
BOOST_DESCRIBE_STRUCT(status, (), (name, version, user))

} // namespace

void add_status_route(api& a, const std::string& user) {
    a.add(
        http::verb::get, "/status",
        [user](call&) {
            return to_wire(status{"aistudio local studio", std::string(version_string), user});
        },
        access::anyone);
}

} // namespace aistudio::local::routes
