#include "cli/command.hpp"
#include "cli/input.hpp"
#include "cli/latency.hpp"
#include "cli/ordered_lines.hpp"
#include "cli/output_file.hpp"

#include <aistudio/codec/json.hpp>

#include <cstdlib>
#include <limits>
#include <unistd.h>

namespace aistudio::cli {
namespace {

/// Answers that may wait for a slow one before them, for each call in flight.
constexpr std::size_t waiting_per_call = 16;
/// Calls that the live line looks at.
constexpr std::size_t live_window = 5000;

struct predict_arguments {
    argument<std::string> first;
    argument<std::string> second;
    argument<std::int64_t> service;
    argument<std::string> key;
    argument<std::string> key_variable;
    argument<std::string> records;
    argument<std::string> output;
    argument<std::size_t> concurrency;
    argument<std::size_t> limit;
    argument<bool> raw;

    explicit predict_arguments(CLI::App& verb)
        : first(verb, "URL", "The service's address; not with --service"),
          second(verb, "RECORD", "JSON, @FILE, or - for standard input (default)"),
          service(verb, "--service", "Look URL and key of a service up, by token"),
          key(verb, "--api-key",
              "The key; other users of this machine can see it while the command runs"),
          key_variable(verb, "--key-env", "Environment variable that holds the key",
                       "AISTUDIO_API_KEY"),
          records(verb, "--jsonl", "Records, one JSON text a line, from a file or -"),
          output(verb, "--output,-o",
                 "Write the answers to a file, which appears when it is complete"),
          concurrency(verb, "--concurrency,-j", "Calls in flight", 16),
          limit(verb, "--limit", "Only the first records", std::numeric_limits<std::size_t>::max()),
          raw(verb, "--raw", "Whole answers, not only their result") {
        service.shown_as("ID").check(positive()).excludes(key).excludes(key_variable);
        key.shown_as("KEY").excludes(key_variable);
        key_variable.shown_as("VAR");
        records.shown_as("FILE");
        output.shown_as("FILE");
        concurrency.check(CLI::Range(1, 1000));
        limit.check(positive());
    }

    /// The record, when the URL is looked up, is the first positional.
    [[nodiscard]] const argument<std::string>& record() const {
        return service.given() ? first : second;
    }

    void check() const {
        if (!service.given() && !first.given())
            throw usage_error("Give the service's URL, or --service ID.");
        if (service.given() && second.given())
            throw usage_error("With --service there is no URL.");
        if (records.given() && record().given())
            throw usage_error("Give one record, or --jsonl, not both.");
    }
};

secret key_of(const predict_arguments& given) {
    if (given.key.given())
        return secret(*given.key);
    const char* value =
        std::getenv(given.key_variable->c_str()); // NOLINT: nothing changes the environment here
    if (value == nullptr || *value == '\0')
        throw api_error(
            make_problem(errc::credentials_missing, "No key: set " + one_line(*given.key_variable) +
                                                        ", or use --key-env VAR or --service ID."));
    return secret(value);
}

sync_predictor predictor_of(context& ctx, const predict_arguments& given) {
    if (!given.service.given())
        return ctx.client().predictor(*given.first, key_of(given)).value();
    const auto found = ctx.client().services().get(service_id(*given.service)).value();
    if (found.url.empty())
        throw api_error(make_problem(errc::service_not_running,
                                     "Service " + to_string(found.id) + " is not online."));
    return ctx.client().predictor(found.url, found.api_key).value();
}

/// Refuses what is not JSON before it is sent.
result<void> check_record(std::string_view text) {
    thread_local json_document document;
    if (const auto parsed = document.parse(text); !parsed)
        return make_problem(errc::encode_failed,
                            "The record is not JSON: " + parsed.error().detail);
    return {};
}

/// An answer as one line: its `result` where it has one, unless raw.
result<std::string> one_answer(const result<std::string>& body, bool raw) {
    if (!body)
        return body.error();
    thread_local json_document document;
    const auto root = document.parse(*body);
    if (!root)
        return root.error();
    return (raw ? *root : root->find("result").value_or(*root)).to_string();
}

int predict_one(context& ctx, const predict_arguments& given) {
    const auto& record = given.record();
    if (!record.given() && ::isatty(STDIN_FILENO) != 0)
        throw usage_error("Give a record: JSON, @FILE, or - for standard input.");
    const auto text = read_argument(record.given() ? *record : "-", ctx.watch());
    check_record(text).value();
    output_file out(*given.output);
    out.write_line(one_answer(predictor_of(ctx, given).predict(text), *given.raw).value());
    out.commit();
    return succeeded;
}

/// JSON Lines in, JSON Lines out, in order, with many calls in flight.
class stream {
public:
    stream(context& ctx, const predict_arguments& given)
        : ctx_(ctx), given_(given), watch_(ctx.watch()), live_(ctx.live()),
          predictor_(predictor_of(ctx, given)), in_(*given.records, watch_), out_(*given.output),
          lines_(*given.concurrency, *given.concurrency * waiting_per_call,
                 [this](std::string_view line) {
                     return watch_.signal() != 0 || out_.write_line(line);
                 }) {}

    int run() {
        try {
            send_all();
        } catch (...) {
            lines_.abandon();
            lines_.finish(); // callbacks still in flight use this object
            throw;
        }
        const bool written = lines_.finish();
        watch_.throw_if_raised();
        if (!written)
            throw api_error(
                make_problem(errc::write_failed, "The answers cannot be written.", phase::store));
        out_.commit();
        live_.clear();
        if (live_.enabled())
            ctx_.note(meter_.summary(clock::now()));
        return meter_.failed() == 0 ? succeeded : failed;
    }

private:
    using clock = latency_meter::clock;

    void send_all() {
        std::string record;
        for (std::size_t sent = 0; sent < *given_.limit && in_.read_line(record);) {
            if (record.find_first_not_of(" \t") == std::string::npos)
                continue;
            const auto number = lines_.open();
            if (!number)
                return;
            send(*number, record);
            ++sent;
        }
    }

    void send(std::uint64_t number, const std::string& record) {
        const auto start = clock::now();
        if (auto fine = check_record(record); !fine)
            return finish(number, fine.error(), start);
        predictor_.async_predict(record, {},
                                 [this, number, start](const result<std::string>& body) {
                                     finish(number, one_answer(body, *given_.raw), start);
                                 });
    }

    void finish(std::uint64_t number, const result<std::string>& answer, clock::time_point start) {
        const auto now = clock::now();
        {
            const std::lock_guard lock(mutex_);
            meter_.add(now - start, !answer);
            if (live_.due())
                live_.show(meter_.summary(now, live_window));
        }
        lines_.close(number,
                     answer ? *answer
                            : to_json(report_of(answer.error(), ctx_.chosen_language())).value());
    }

    context& ctx_;
    const predict_arguments& given_;
    interrupts& watch_;
    live_line& live_;
    sync_predictor predictor_;
    input in_;
    output_file out_;
    std::mutex
        mutex_; // of what follows: a refused record ends in this thread, an answer in the client's
    latency_meter meter_{clock::now()};
    ordered_lines lines_;
};

int predict(context& ctx, const predict_arguments& given) {
    given.check();
    if (!given.records.given())
        return predict_one(ctx, given);
    ctx.settings.pool.max_connections = *given.concurrency;
    return stream(ctx, given).run();
}

} // namespace

void add_predict(CLI::App& root, context& ctx) {
    auto& verb = add_verb(
        root, "predict", "Call a prediction service: one record, or JSON Lines",
        "AISTUDIO_API_KEY=… aistudio predict URL '{\"x\": [1, 2]}'\n"
        "aistudio predict --service 8 @record.json\n"
        "aistudio predict --service 8 --jsonl records.jsonl --output answers.jsonl -j 32\n"
        "\nWith --jsonl the answers come in the order of the records; a failed one is a line\n"
        "{\"error\": …}, and the exit status is 1. Without --service the key is taken from\n"
        "AISTUDIO_API_KEY.");
    const predict_arguments given(verb);
    on_run(verb, ctx, [=, &ctx] { return predict(ctx, given); });
}

} // namespace aistudio::cli
