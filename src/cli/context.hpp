#pragma once

#include "cli/arguments.hpp"
#include "cli/columns.hpp"
#include "cli/interrupts.hpp"
#include "cli/progress.hpp"
#include "cli/report.hpp"

#include <aistudio/codec/wire.hpp>
#include <aistudio/sync_client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio::cli {

/// Exit statuses.
inline constexpr int succeeded = 0;
inline constexpr int failed = 1;
inline constexpr int wrong_usage = 2;

/// What can be given before and after every verb.
struct global_options {
    bool json = false;
    bool quiet = false;
    std::string base_url;
    std::string profile;
    std::string lang;
    /// Seconds; 0: not given.
    double timeout = 0;
};

/// What became of a thing that has no value to show.
struct done {
    std::string id;
    std::string done;
};
BOOST_DESCRIBE_STRUCT(done, (), (id, done))

/// Where a download is.
struct downloaded {
    std::vector<std::filesystem::path> files;
};
BOOST_DESCRIBE_STRUCT(downloaded, (), (files))

/// What every verb needs: the client, where to print, how to be interrupted.
///
/// Verbs throw what goes wrong (`api_error`, `usage_error`, `interrupted`); `run` turns it into one
/// line on standard error and an exit status.
class context {
public:
    global_options global;
    /// Beside the global options; set before the first use of `client`.
    client_options settings;
    /// The chosen verb; returns the exit status.
    std::function<int()> action;

    /// Runs the chosen verb.
    [[nodiscard]] int run();

    /// Made on first use. Closed by Ctrl-C.
    [[nodiscard]] sync_client& client();
    /// `settings` with the global options.
    [[nodiscard]] client_options client_settings() const;
    /// An operation of the asynchronous client that Ctrl-C cancels without closing the client, so
    /// that it can still tell the service. `start(client, handler)` starts it.
    template <class T, class Start>
    [[nodiscard]] result<T> cancellable(Start start);
    /// Begins to watch on first use.
    [[nodiscard]] interrupts& watch();
    [[nodiscard]] language chosen_language() const;
    /// `--timeout`, where it was given.
    [[nodiscard]] std::optional<std::chrono::milliseconds> timeout() const;
    /// With a progress bar on a terminal, and `--timeout` for the whole transfer.
    [[nodiscard]] transfer_options transfer(std::string label);

    /// True when the header may be bold and lines may be written over: a terminal that understands
    /// it.
    [[nodiscard]] bool decorates_output() const;
    /// On standard error, where a person looks at it and did not ask for quiet.
    [[nodiscard]] live_line& live();

    /// A result for programs and people: one JSON document, or a table. Returns the exit status 0,
    /// throws the problem.
    template <class T>
    int print(const result<T>& outcome) {
        return print_value(outcome.value());
    }
    template <described_struct T>
    int print_value(const T& value) {
        return global.json ? write_json(value) : write(to_text(value, decorates_output()));
    }
    template <described_struct T>
    int print_value(const std::vector<T>& values) {
        return global.json ? write_json(values)
                           : write(render(to_table(values), decorates_output()));
    }
    /// What has no value of its own: `id` was `what`.
    int print_done(const result<void>& outcome, std::string id, std::string what);
    int print_files(std::vector<std::filesystem::path> files);

    template <class T>
    int write_json(const T& value, secrets mode = secrets::redact) {
        return write(to_json(value, mode).value() + '\n');
    }
    /// Text on standard output, as it is. Returns the exit status 0.
    int write(std::string_view text);
    /// A line for people on standard error, unless quiet.
    void note(std::string_view line);
    /// `aistudio: …` on standard error, and for programs a document that says the same. Returns the
    /// exit status 1.
    int report(const problem& p);

private:
    int report_interrupt();
    void close_when_interrupted();

    // Outlives the threads of those below: one that just brought an end here may still be in
    // `post`.
    boost::asio::io_context loop_{1};
    std::unique_ptr<interrupts> watch_;
    std::unique_ptr<live_line> live_;
    std::optional<sync_client> client_;
};

template <class T, class Start>
result<T> context::cancellable(Start start) {
    // The signal is used by this thread only: the loop brings the end and the interrupt here.
    loop_.restart();
    const auto signal = std::make_shared<boost::asio::cancellation_signal>();
    std::optional<result<T>> ended;
    start(client().inner(),
          boost::asio::bind_executor(
              loop_, boost::asio::bind_cancellation_slot(
                         signal->slot(), [&](result<T> value) { ended = std::move(value); })));
    watch().on_raise([this, signal] {
        boost::asio::post(loop_,
                          [signal] { signal->emit(boost::asio::cancellation_type::terminal); });
    });
    loop_.run();
    close_when_interrupted();
    return std::move(*ended);
}

/// The first page, or all of them, of what `list(page_request)` returns.
template <class List>
auto pages(context& ctx, bool all, List list) {
    page_request next;
    auto page = list(next).value();
    auto items = page.items;
    while (all && !page.items.empty() && static_cast<std::int64_t>(items.size()) < page.total) {
        ++next.number;
        page = list(next).value();
        items.insert(items.end(), page.items.begin(), page.items.end());
    }
    if (static_cast<std::int64_t>(items.size()) < page.total)
        ctx.note(std::to_string(items.size()) + " of " + std::to_string(page.total) +
                 " shown; --all shows the rest.");
    return items;
}

} // namespace aistudio::cli
