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

void add_no_chat_route(api& a) {
    a.add_elsewhere(http::verb::post, std::string(chat_base) + "/chat/completions",
                    [](call&) -> std::string {
                        throw refusal(service_code::not_running,
                                      "No language model is served here; the studio's program "
                                      "serves one with studio::serve_chat.");
                    });
}

} // namespace aistudio::local::routes
