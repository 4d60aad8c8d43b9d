// Signs requests by bce-auth-v1: reads one a line as JSON, writes a line with `Authorization` each.
// With the argument `verify` checks the one that each has: writes `holds` or why it does not.

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
    std::string authorization; ///< what to verify
};
BOOST_DESCRIBE_STRUCT(request, (),
                      (method, path, query, headers, access_key, secret_key, time, valid_for,
                       signed_headers, authorization))

std::string target_of(const request& r) {
    const aistudio::query_parameters query(r.query.begin(), r.query.end());
    return aistudio::uri_encode(r.path, true) +
           (query.empty() ? "" : "?" + aistudio::canonical_query(query));
}

/// Looks into `r` and `target`.
aistudio::bce_request view_of(const request& r, const std::string& target) {
    aistudio::bce_request view{r.method, target, {}};
    for (const auto& [name, value] : r.headers)
        view.headers.emplace_back(name, value);
    return view;
}

aistudio::timestamp time_of(const request& r) {
    return aistudio::timestamp{std::chrono::seconds{r.time}};
}

std::string sign(const request& r) {
    using aistudio::secret;
    const auto target = target_of(r);
    return aistudio::sign(view_of(r, target), {secret(r.access_key), secret(r.secret_key)},
                          time_of(r), std::chrono::seconds{r.valid_for}, r.signed_headers);
}

std::string verify(const request& r) {
    const auto authorization = aistudio::parse_authorization(r.authorization);
    if (!authorization)
        return authorization.error().message();
    const auto target = target_of(r);
    const auto held = aistudio::verify(view_of(r, target), *authorization,
                                       aistudio::secret(r.secret_key), time_of(r));
    return held ? "holds" : held.error().message();
}

} // namespace interop

int main(int argc, char**) {
    const bool verifies = argc > 1;
    for (std::string line; std::getline(std::cin, line);) {
        const auto read = aistudio::from_json<interop::request>(line);
        if (!read) {
            std::cerr << read.error().message() << "\n";
            return 1;
        }
        std::cout << (verifies ? interop::verify(*read) : interop::sign(*read)) << "\n";
    }
}
