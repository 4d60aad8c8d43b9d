// Signs requests by bce-auth-v1: reads one a line as JSON, writes a line with `Authorization` each.

#include <aistudio/codec/json.hpp>
#include <aistudio/protocol/bce_auth.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace interop {

struct request {
    std::string method;
    std::string path; ///< decoded
    std::map<std::string, std::string> query;
    std::map<std::string, std::string> headers;
    std::string access_key;
    std::string secret_key;
    std::int64_t time = 0; ///< Unix seconds
    std::int64_t valid_for = 0;
    std::vector<std::string> signed_headers;
};
BOOST_DESCRIBE_STRUCT(request, (),
                      (method, path, query, headers, access_key, secret_key, time, valid_for,
                       signed_headers))

std::string sign(const request& r) {
    using namespace aistudio;
    const query_parameters query(r.query.begin(), r.query.end());
    const std::string target =
        uri_encode(r.path, true) + (query.empty() ? "" : "?" + canonical_query(query));
    bce_request view{r.method, target, {}};
    for (const auto& [name, value] : r.headers)
        view.headers.emplace_back(name, value);
    const timestamp when{std::chrono::seconds{r.time}};
    return aistudio::sign(view, {secret(r.access_key), secret(r.secret_key)}, when,
                          std::chrono::seconds{r.valid_for}, r.signed_headers);
}

} // namespace interop

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        const auto read = aistudio::from_json<interop::request>(line);
        if (!read) {
            std::cerr << read.error().message() << "\n";
            return 1;
        }
        std::cout << interop::sign(*read) << "\n";
    }
}
