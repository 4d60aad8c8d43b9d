#pragma once

#include <aistudio/detail/config.hpp>
#include <aistudio/error.hpp>
#include <aistudio/types/chat.hpp>
#include <aistudio/types/fault.hpp>
#include <aistudio/types/secret.hpp>
#include <aistudio/types/service.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The local studio: AI Studio on this machine, for tests, demos and work without the cloud.
namespace aistudio::local {

/// How to start a studio. Every field has a usable default but `directory`.
struct studio_options {
    /// Where everything is kept; made when it is not there. One process at a time.
    std::filesystem::path directory{};
    /// Address to listen on. Anything but loopback lets others on the network in.
    std::string address = "127.0.0.1";
    /// TCP port; 0: any free one.
    std::uint16_t port = 0;
    /// Access token; empty: the one kept in `directory`, made on the first start.
    secret token{};
    /// The one user; owner of all datasets and projects. Letters, digits, `-`, `_`.
    std::string user = "local";
    /// Python interpreter for jobs and model workers; empty: `AISTUDIO_PYTHON`, then `python3` on
    /// the PATH.
    std::filesystem::path python{};
    /// Interpreters for environment names such as `paddle3.0_py3.10`; a name not listed uses
    /// `python`.
    std::map<std::string, std::filesystem::path> environments{};
    /// Jobs run under bubblewrap where it works, so that the documented paths exist; false: as
    /// plain processes.
    bool isolate_jobs = true;
    /// Jobs that run at a time; the rest wait in order. At least 1.
    int max_running_jobs = 2;
    /// Options of `pip install` for the packages that jobs ask for, such as `--index-url` and the
    /// address, one word each. Beside them pip's own settings (`PIP_...`, pip.conf) hold. Only
    /// wheels are installed, which run no code of theirs; `--only-binary`, `:none:` allows the
    /// rest.
    std::vector<std::string> pip_options{};
    /// Largest body of a prediction call, bytes.
    std::size_t max_request_bytes = std::size_t{64} << 20U;
    /// Calls that may wait for one prediction service; more are answered with errorCode 10010. A
    /// service's own `serving_options::max_queued` counts in its place.
    std::size_t max_queued_calls = 1024;
    /// Longest time a worker may take for one batch; then it is killed and the calls fail. Zero: no
    /// limit. A service's own `serving_options::time_limit` counts in its place.
    std::chrono::milliseconds call_timeout{30000};
    /// Tells the time that grants and signatures of the object store are judged by, that prediction
    /// services pause by when nobody calls them, and that their old keys expire by; empty: the
    /// system's clock. For tests of what expires. Called from the studio's threads.
    std::function<std::chrono::system_clock::time_point()> clock{};
    /// Receives one line for each event, without a newline and without secrets; empty: silent.
    /// Called from the studio's threads, one call at a time.
    std::function<void(std::string_view line)> log{};
};

/// Answers one prediction call: JSON in, JSON out. Called from the studio's threads, several at a
/// time. An error becomes a failed answer of the service; an exception becomes errorCode 422 with
/// its text.
using service_handler = std::function<result<std::string>(std::string_view json)>;

/// One message of a chat.
struct chat_line {
    std::string role; ///< `system`, `user`, `assistant` ...
    std::string content;
};

/// A call of the chat endpoint, as its handler gets it.
struct chat_call {
    std::string model;
    std::vector<chat_line> messages;
    /// The whole request, for what is not taken apart here (`temperature`, `max_tokens` ...).
    std::string json;
};

/// Takes an answer as its handler makes it.
class chat_listener {
public:
    using piece_taker = std::function<bool(std::string_view piece)>;
    using usage_taker = std::function<void(const chat_usage& usage)>;
    chat_listener(piece_taker say, usage_taker count)
        : say_(std::move(say)), count_(std::move(count)) {}

    /// The next piece, UTF-8. False: nobody listens any more, return soon. Waits while the client
    /// is slow.
    bool operator()(std::string_view piece) const { return say_(piece); }
    /// The tokens that the answer took; told to clients that ask. The last call counts.
    void usage(const chat_usage& tokens) const { count_(tokens); }

private:
    piece_taker say_;
    usage_taker count_;
};

/// Answers one chat call, piece by piece, in the place of a language model. Called from threads of
/// its own, up to 8 at a time. An error or exception ends the answer as a failed one.
using chat_handler = std::function<result<void>(const chat_call& call, const chat_listener& say)>;

/// A running studio. Destroying or stopping it ends its jobs' and workers' processes.
///
/// @par Thread safety  All members may be called from several threads.
class AISTUDIO_API studio {
public:
    /// Starts a studio and returns once it answers. The folder's schema is made or checked.
    /// @par Errors  errc::invalid_argument, errc::already_running, errc::address_in_use,
    /// errc::store_failed.
    [[nodiscard]] static result<studio> start(studio_options options);

    studio(studio&&) noexcept;
    studio& operator=(studio&&) noexcept;
    ~studio();

    /// `http://127.0.0.1:<port>`, without a final slash.
    [[nodiscard]] std::string base_url() const;
    /// The token every call but prediction needs.
    [[nodiscard]] secret access_token() const;
    [[nodiscard]] std::string user() const;

    /// Serves `handler` as an online prediction service and returns where to call it. Not kept over
    /// a restart.
    /// @par Errors  errc::conflict when the name is taken by another handler,
    /// errc::invalid_argument.
    [[nodiscard]] result<endpoint> serve(std::string name, service_handler handler);

    /// Serves `handler` as the platform's language models, OpenAI-compatible: any client of that
    /// protocol can call it, with the access token as its key, streaming or not. Not kept over a
    /// restart. Stopping the studio waits for the handler to return.
    /// @return      The base address, `http://127.0.0.1:<port>/llm/lmapi/v3`.
    /// @par Errors  errc::conflict when a chat handler is served already, errc::invalid_argument,
    /// errc::client_closed.
    [[nodiscard]] result<std::string> serve_chat(chat_handler handler);

    /// Plays a fault to prediction calls from now on, to try how programs bear it. Not kept over a
    /// restart. A client does the same from elsewhere: `client::faults()`.
    /// @return      The fault with its id.
    /// @par Errors  errc::bad_request (a kind or number that cannot be played),
    /// errc::client_closed.
    [[nodiscard]] result<fault> add_fault(fault what);
    /// The faults for one service's address, oldest first; 0: all.
    [[nodiscard]] result<std::vector<fault>> list_faults(service_id service = {}) const;
    /// @par Errors  errc::not_found, errc::client_closed.
    result<void> remove_fault(fault_id id);
    /// Ends those for one service's address; 0: all.
    result<void> clear_faults(service_id service = {});

    /// Stops listening, ends running jobs (stage Stopped) and workers, closes the store. Calling it
    /// twice is fine.
    void stop() noexcept;

private:
    struct impl;
    explicit studio(std::unique_ptr<impl> i) noexcept;
    std::unique_ptr<impl> impl_;
};

} // namespace aistudio::local
