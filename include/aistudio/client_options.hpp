#pragma once

#include <aistudio/error.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/secret.hpp>

#include <boost/describe/class.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aistudio {

/// Time limits of one attempt, by phase. Zero: no limit of its own (the call's deadline still
/// holds). Each has an errc of its own name (`connect` ends in errc::connect_timeout).
struct time_limits {
    /// Waiting for a free connection.
    std::chrono::milliseconds queue{30000};
    /// Looking the host name up.
    std::chrono::milliseconds resolve{5000};
    /// TCP connect, over all addresses of the host.
    std::chrono::milliseconds connect{5000};
    /// TLS handshake.
    std::chrono::milliseconds tls{10000};
    /// Sending the next piece of the request: the longest time without progress.
    std::chrono::milliseconds write{30000};
    /// From the request's last byte to the answer's header.
    std::chrono::milliseconds first_byte{60000};
    /// The longest time between two pieces of the answer's body.
    std::chrono::milliseconds body{30000};

    friend bool operator==(const time_limits&, const time_limits&) = default;
};
BOOST_DESCRIBE_STRUCT(time_limits, (), (queue, resolve, connect, tls, write, first_byte, body))

/// When and how often to send a call again. What may be sent again at all is not an option: a call
/// that may have had an effect is never repeated unless it is idempotent or carries a key that the
/// service honours.
struct retry_policy {
    /// Attempts in all, 1 to 10; 1: never again.
    int max_attempts = 3;
    /// Upper bound of the first wait; doubles with each attempt, the wait is a random part of it
    /// (full jitter).
    std::chrono::milliseconds base_delay{100};
    /// The same after the service said "too many" (429, 503, 10010, 12002) without saying how long
    /// to wait.
    std::chrono::milliseconds throttle_base_delay{1000};
    /// Largest bound of a wait.
    std::chrono::milliseconds max_delay{20000};
    /// A longer Retry-After is not waited for: the call fails at once and tells it.
    std::chrono::milliseconds max_retry_after{120000};

    friend bool operator==(const retry_policy&, const retry_policy&) = default;
};
BOOST_DESCRIBE_STRUCT(retry_policy, (),
                      (max_attempts, base_delay, throttle_base_delay, max_delay, max_retry_after))

/// Limits retries over all calls of a client, so that a failing service is not hammered.
struct retry_budget_options {
    /// Tokens at the start and at most. Zero: no budget, every allowed retry is made.
    int capacity = 500;
    /// Tokens a retry takes; given back when it succeeds.
    int retry_cost = 5;
    /// Tokens a retry takes after a time-out.
    int timeout_retry_cost = 10;

    friend bool operator==(const retry_budget_options&, const retry_budget_options&) = default;
};
BOOST_DESCRIBE_STRUCT(retry_budget_options, (), (capacity, retry_cost, timeout_retry_cost))

/// Connections to one host; of a `sync_client`, from each of its prediction threads.
struct pool_options {
    /// Open connections at most, at least 1.
    std::size_t max_connections = 64;
    /// Calls that may wait for a connection; the next one fails with errc::overloaded. Zero: none
    /// may wait.
    std::size_t max_waiting = 10000;
    /// An idle connection older than this is not used again (nginx closes after 75 s by default).
    std::chrono::milliseconds idle_timeout{50000};
    /// A connection is not used again after this time, so that changes of DNS are seen. Zero: no
    /// limit.
    std::chrono::milliseconds max_age{600000};
    /// Prediction calls under way on one connection at most, 1 to 256. 1: one after the other. More
    /// (HTTP pipelining): once `max_connections` are open, calls of idempotent predictors are sent
    /// without waiting for the answers before theirs. That costs less a call, but a slow answer
    /// holds up those behind it. Only for servers that keep connections open and answer in order
    /// (RFC 9112, section 9.3.2).
    std::size_t pipeline_depth = 1;

    friend bool operator==(const pool_options&, const pool_options&) = default;
};
BOOST_DESCRIBE_STRUCT(pool_options, (),
                      (max_connections, max_waiting, idle_timeout, max_age, pipeline_depth))

/// How a server proves who it is. TLS 1.2 is the lowest version whatever stands here.
struct tls_options {
    /// Check the certificate chain and the host name. Turning it off is for debugging only; it is
    /// logged.
    bool verify = true;
    /// PEM file of certificate authorities instead of the system's; empty: the system's
    /// (SSL_CERT_FILE is honoured).
    std::filesystem::path ca_file{};

    friend bool operator==(const tls_options&, const tls_options&) = default;
};
BOOST_DESCRIBE_STRUCT(tls_options, (), (verify, ca_file))

/// Proxies. Values are URLs such as `http://user:password@proxy.example:3128`.
struct proxy_options {
    /// Take what is empty here from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY (also in lower
    /// case; HTTP_PROXY in lower case only).
    bool use_environment = true;
    /// For https addresses, by CONNECT.
    std::string https_proxy{};
    /// For http addresses.
    std::string http_proxy{};
    /// Hosts reached directly: names (with their subdomains), addresses, CIDR ranges, `*`;
    /// separated by commas.
    std::string no_proxy{};

    friend bool operator==(const proxy_options&, const proxy_options&) = default;
};
BOOST_DESCRIBE_STRUCT(proxy_options, (), (use_environment, https_proxy, http_proxy, no_proxy))

enum class log_level { debug, info, warning, error };

template <>
struct enum_table<log_level> {
    static constexpr std::pair<log_level, std::string_view> values[] = {
        {log_level::debug, "debug"},
        {log_level::info, "info"},
        {log_level::warning, "warning"},
        {log_level::error, "error"},
    };
};

/// Receives log lines. They hold no secrets. Called on the client's executor.
using log_sink = std::function<void(log_level level, std::string_view line)>;

/// How one HTTP call ended, over all its attempts: for metrics and traces. Holds no secrets. A
/// transfer of many parts makes many calls.
struct call_report {
    /// In upper case.
    std::string method{};
    /// The whole address; keys in it are taken out.
    std::string url{};
    /// Name of the errc, such as `connect_timeout`; empty: the call succeeded.
    std::string error{};
    /// HTTP status of the last answer; 0: there was none.
    int status = 0;
    /// Where the call was when it failed; `none`: it succeeded.
    aistudio::phase phase = aistudio::phase::none;
    /// What the service did, or may have done, with the call.
    aistudio::outcome outcome = aistudio::outcome::done;
    /// Attempts made; 0: it was refused before the first.
    int attempts = 0;
    /// From its start to its end, with waits for a connection and between attempts.
    double seconds = 0;

    friend bool operator==(const call_report&, const call_report&) = default;
};
BOOST_DESCRIBE_STRUCT(call_report, (),
                      (method, url, error, status, phase, outcome, attempts, seconds))

/// Receives the report of each call that ended. Called on the client's executor, before the caller
/// learns of the end: a slow one slows every call down. Must not throw.
using call_sink = std::function<void(const call_report& report)>;

/// Everything a client can be told. An empty field is looked up: environment first, then the
/// profile file, then the default named here.
struct client_options {
    /// Service address; `AISTUDIO_BASE_URL`; after the profile `STUDIO_MODEL_API_URL_PREFIX`;
    /// default `https://aistudio.baidu.com`.
    std::string base_url{};
    /// Address of the model hub's Git host; `STUDIO_GIT_HOST`. Default: `base_url` when that is not
    /// the platform's, as a local studio serves both, else `https://git.aistudio.baidu.com`.
    std::string git_url{};
    /// Access token; `AISTUDIO_ACCESS_TOKEN`; after the profile the file in which the platform's
    /// own command keeps it. Sent to `base_url` and `git_url` only. Prediction calls and public
    /// repositories do not need it.
    secret access_token{};
    /// Section of the profile file; `AISTUDIO_PROFILE`; default `default`.
    std::string profile{};
    /// Profile file; `AISTUDIO_CONFIG_FILE`; default `$XDG_CONFIG_HOME/aistudio/config.json`, then
    /// `~/.config/aistudio/config.json`. Must not be readable by others.
    std::filesystem::path config_file{};
    /// Bound of a whole call over all attempts; transfers have none. Zero: none.
    std::chrono::milliseconds deadline{120000};
    /// Time limits of one attempt, by phase.
    time_limits limits{};
    /// When and how often a call is sent again.
    retry_policy retry{};
    /// Bound of the retries of all calls together.
    retry_budget_options retry_budget{};
    /// Connections to each host.
    pool_options pool{};
    /// How servers prove who they are.
    tls_options tls{};
    /// Proxies on the way.
    proxy_options proxy{};
    /// Largest answer kept in memory, bytes; downloads to files are not limited.
    std::size_t max_response_bytes = std::size_t{64} << 20U;
    /// The service executes a creation once for each Idempotency-Key, so that it may be sent again.
    /// Not set: true for loopback addresses, where a local studio answers, false elsewhere: the
    /// platform documents no such promise.
    std::optional<bool> honours_idempotency_keys{};
    /// Threads of a `sync_client` that serve prediction calls, 1 to 64. Each has connections and a
    /// retry budget of its own, calls go to them in turn, and they share nothing. More than one pay
    /// only where one is busy all the time and processors are free.
    std::size_t prediction_threads = 1;
    /// Receives log lines; silent when empty. A `sync_client` calls it from several threads.
    log_sink log{};
    /// Receives a report of each HTTP call that ended; nothing is made for it when empty. A
    /// `sync_client` calls it from several threads.
    call_sink on_call{};
};
BOOST_DESCRIBE_STRUCT(client_options, (),
                      (base_url, git_url, access_token, profile, config_file, deadline, limits,
                       retry, retry_budget, pool, tls, proxy, max_response_bytes,
                       honours_idempotency_keys, prediction_threads, log, on_call))

/// What one call may have different from its client.
struct call_options {
    /// Bound of the whole call over all attempts; not set: the client's. Zero: none.
    std::optional<std::chrono::milliseconds> deadline{};
    /// Not set: the client's.
    std::optional<retry_policy> retry{};
    /// For calls that create: names the call, so that the service executes it once however often it
    /// arrives. Empty: made by the client. 1 to 128 visible ASCII characters.
    std::string idempotency_key{};
};
BOOST_DESCRIBE_STRUCT(call_options, (), (deadline, retry, idempotency_key))

/// How far a transfer is.
struct transfer_progress {
    /// Bytes done, over all files of the call; never falls. Begins with what an earlier call left
    /// when that one is gone on with.
    std::uint64_t done = 0;
    /// Bytes in all; 0: not known.
    std::uint64_t total = 0;

    friend bool operator==(const transfer_progress&, const transfer_progress&) = default;
};
BOOST_DESCRIBE_STRUCT(transfer_progress, (), (done, total))

/// Options of uploads and downloads. `call.deadline` bounds the whole transfer; not set: no bound.
///
/// A piece that fails is sent or asked for again by `call.retry`, where attempts are counted anew
/// whenever something arrived: a transfer goes on as long as it gets on.
struct transfer_options {
    /// Of the calls that the transfer is made of.
    call_options call{};
    /// Called on the client's executor after each piece.
    std::function<void(transfer_progress)> progress{};
    /// Upload files of 0 bytes instead of refusing them.
    bool allow_empty_files = false;
    /// Files larger than this are uploaded in parts of this many bytes; 1 MiB to 5 GiB. Parts are
    /// larger where a file would have more than 10,000. Large downloads come in ranges of at least
    /// this size.
    std::uint64_t part_size = std::uint64_t{5} << 20U;
    /// Parts on their way at a time, 1 to 16; also ranges of a download of 64 MiB or more.
    int parallel = 4;
    /// Goes on with what an earlier call, of this process or another, left of the same transfer,
    /// and leaves behind what a later one can go on with: hidden files `.aistudio-*` beside the
    /// file, or in `$XDG_CACHE_HOME/aistudio/transfers` where an uploaded file's folder cannot be
    /// written. They hold no secrets. False: a failed transfer leaves nothing.
    bool resume = true;
};
BOOST_DESCRIBE_STRUCT(transfer_options, (),
                      (call, progress, allow_empty_files, part_size, parallel, resume))

/// Looks an environment variable up; nullopt: not set.
using environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The process's environment.
[[nodiscard]] AISTUDIO_DECL environment process_environment();

/// Fills the empty fields of `options` from environment, profile file and defaults.
/// @par Errors  errc::invalid_configuration: a profile file that others can read or that is not of
/// its form, a named
///              profile that does not exist, an address that is not http or https.
[[nodiscard]] AISTUDIO_DECL result<client_options>
resolve_options(client_options options, const environment& env = process_environment());

/// Where the profile file is, by the rules of `client_options::config_file`.
[[nodiscard]] AISTUDIO_DECL std::filesystem::path config_file_path(const client_options& options,
                                                                   const environment& env);

/// Where the platform's own command keeps the access token:
/// `$AISTUDIO_CACHE_HOME/.cache/aistudio/.auth/token`, by default below `$HOME`; empty when neither
/// is set.
[[nodiscard]] AISTUDIO_DECL std::filesystem::path official_token_file(const environment& env);

/// One section of the profile file.
struct profile_entry {
    std::string base_url{};
    secret access_token{};
    /// Counts with this section's `base_url` only, not when another one is given.
    std::string git_url{};
};

/// Reads the profile file; a file that does not exist has no sections.
[[nodiscard]] AISTUDIO_DECL result<std::map<std::string, profile_entry>>
read_profiles(const std::filesystem::path& file);

/// Replaces a file of settings as a whole: a reader sees the old text or the new one. Only its
/// owner may read it (0600) and look into the folders that had to be made (0700). Two may write at
/// the same time.
/// @par Errors  errc::write_failed.
[[nodiscard]] AISTUDIO_DECL result<void> write_private_file(const std::filesystem::path& file,
                                                            std::string_view text);

/// Writes the profile file, by `write_private_file`.
[[nodiscard]] AISTUDIO_DECL result<void>
write_profiles(const std::filesystem::path& file,
               const std::map<std::string, profile_entry>& profiles);

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/client_options.ipp>
#endif
