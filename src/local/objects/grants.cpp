#include "local/objects/grants.hpp"

#include "local/objects/key.hpp"
#include "local/store/files.hpp"

#include <utility>

namespace aistudio::local::objects {
namespace {

/// Whether `key` is a name that `issue_for_upload` could have made: nobody else's object has one.
bool is_random_name(std::string_view key, std::string_view folder, std::string_view suffix) {
    constexpr std::size_t uuid_size = 36;
    return key.size() == folder.size() + uuid_size + suffix.size() && key.starts_with(folder) &&
           key.ends_with(suffix) &&
           key.substr(folder.size(), uuid_size).find_first_not_of("0123456789abcdef-") ==
               std::string_view::npos;
}

} // namespace

grants::grants(std::string endpoint) : endpoint_(std::move(endpoint)) {
    host_ = endpoint_.substr(endpoint_.find("://") + 3);
    own_.access_key_id = secret(store::random_hex(16));
    own_.secret_key = secret(store::random_hex(16));
}

wire::sts_grant grants::issue(const std::string& key, bool may_write) {
    const auto time = now();
    const auto id = store::random_hex(16);
    grant g{key, may_write, secret(store::random_hex(16)), secret(store::random_hex(32)),
            time + lifetime};
    wire::sts_grant out;
    out.endpoint = endpoint_;
    out.bucket_name = bucket;
    out.file_key = key;
    out.access_key_id = secret(id);
    out.secret_access_key = g.secret_key;
    out.session_token = g.session_token;
    out.server_time =
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    out.expires_in = lifetime.count();
    const std::lock_guard lock(mutex_);
    std::erase_if(grants_, [&](const auto& entry) { return entry.second.expires_at <= time; });
    grants_.emplace(id, std::move(g));
    return out;
}

wire::sts_grant grants::issue_for_upload(const std::string& folder, const std::string& suffix,
                                         std::string_view key) {
    if (is_random_name(without_leading_slash(key), folder, suffix))
        return issue(std::string(without_leading_slash(key)), true);
    return issue(folder + store::random_uuid() + suffix, true);
}

std::optional<grant> grants::find(std::string_view access_key_id) {
    if (own_.access_key_id.equals(access_key_id)) // expiry stands in the signed address itself
        return grant{"", false, own_.secret_key, {}, timestamp::max()};
    const std::lock_guard lock(mutex_);
    const auto found = grants_.find(access_key_id);
    if (found == grants_.end() || found->second.expires_at <= now())
        return std::nullopt;
    return found->second;
}

std::string grants::signed_url(std::string_view key) const {
    const auto path = path_of_key(key);
    return endpoint_ + presign({"GET", path, {{"host", host_}}}, own_, now(), url_lifetime);
}

std::string grants::signed_url(std::string_view method, const wire::sts_grant& given) const {
    const auto target = path_of_key(given.file_key) +
                        "?x-bce-security-token=" + std::string(given.session_token.reveal());
    return endpoint_ + presign({method, target, {{"host", host_}}},
                               {given.access_key_id, given.secret_access_key}, now(), lifetime);
}

} // namespace aistudio::local::objects
