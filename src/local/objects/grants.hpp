#pragma once

#include <aistudio/codec/wire.hpp>
#include <aistudio/protocol/bce_auth.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aistudio::local::objects {

/// What a grant lets its holder do.
struct grant {
    /// One object, or everything below it when it ends with `/`; empty: everything.
    std::string key;
    bool may_write = false;
    secret secret_key;
    secret session_token;
    timestamp expires_at;

    [[nodiscard]] bool reaches(std::string_view other) const {
        return key.empty() || key.ends_with('/') ? other.starts_with(key) : other == key;
    }
};

/// Temporary rights to objects. They live in memory: who holds one when the studio stops asks for
/// another.
/// @par Thread safety  All members: safe.
class grants {
public:
    static constexpr std::chrono::seconds lifetime{3600};
    static constexpr std::chrono::seconds url_lifetime{600};

    using clock = std::function<timestamp()>;

    /// @param endpoint  the studio's base address.
    /// @param c         tells the time that expiry is judged by.
    grants(std::string endpoint, clock c) : grants(std::move(endpoint)) { clock_ = std::move(c); }
    explicit grants(std::string endpoint);

    /// The time that expiry is judged by.
    [[nodiscard]] timestamp now() const { return clock_(); }

    /// The studio's base address.
    [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }

    /// A grant for `key`; see `grant::key`.
    [[nodiscard]] wire::sts_grant issue(const std::string& key, bool may_write);
    /// A grant to write one object of a random name between `folder` and `suffix`: `key`, so that
    /// an upload that is under way can go on after its grant expired or the studio was started
    /// again, or another one when that is no such name.
    [[nodiscard]] wire::sts_grant issue_for_upload(const std::string& folder,
                                                   const std::string& suffix, std::string_view key);
    /// The grant with this access key; nullopt when there is none or it expired.
    [[nodiscard]] std::optional<grant> find(std::string_view access_key_id);
    /// An address that lets anyone read `key` for ten minutes.
    [[nodiscard]] std::string signed_url(std::string_view key) const;
    /// An address that lets anyone do with the grant's object what it allows, by `method`, until it
    /// expires.
    [[nodiscard]] std::string signed_url(std::string_view method,
                                         const wire::sts_grant& given) const;

private:
    clock clock_ = [] {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now());
    };
    std::string endpoint_;
    std::string host_;
    bce_credentials own_; // signs addresses
    std::mutex mutex_;
    std::map<std::string, grant, std::less<>> grants_; // by access key
};

} // namespace aistudio::local::objects
