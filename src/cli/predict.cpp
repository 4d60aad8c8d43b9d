#include "cli/csv.hpp"
#include "cli/input.hpp"
#include "cli/line_writer.hpp"
#include "cli/load_text.hpp"
#include "cli/output_file.hpp"
#include "cli/service_target.hpp"

#include <aistudio/codec/json.hpp>
#include <aistudio/sync_predict_many.hpp>

#include <cmath>
#include <limits>
#include <unistd.h>

namespace aistudio::cli {
namespace {

/// Answers that may wait to be written, and for a slow one before them, for each call in flight.
constexpr std::size_t waiting_per_call = 16;

struct predict_arguments {
    service_target target;
    argument<std::string> json_lines;
    argument<std::string> csv;
    argument<std::string> output;
    argument<std::size_t> concurrency;
    argument<bool> fixed;
    argument<double> rate;
    argument<bool> hedge;
    argument<std::size_t> batch;
    argument<double> batch_delay;
    argument<bool> stop;
    argument<std::size_t> limit;
    argument<bool> raw;

    explicit predict_arguments(CLI::App& verb)
        : target(verb),
          json_lines(verb, "--jsonl", "Records, one JSON text a line, from a file or -"),
          csv(verb, "--csv", "Records, a table with a header line, from a file or -"),
          output(verb, "--output,-o",
                 "Write the answers to a file, which appears when it is complete"),
          concurrency(verb, "--concurrency,-j", "Calls in flight at most", 64),
          fixed(verb, "--fixed",
                "Always as many in flight; without it the command finds out how many are of use"),
          rate(verb, "--rate", "Calls started a second at most"),
          hedge(verb, "--hedge", "Send slow calls a second time, 2 % of all at most"),
          batch(verb, "--batch", "Records in one call, as an array; the service must take them"),
          batch_delay(verb, "--batch-delay",
                      "Longest time that a record waits for others to go with, in milliseconds", 2),
          stop(verb, "--stop-on-error", "Send nothing more after the first record that fails"),
          limit(verb, "--limit", "Only the first records", std::numeric_limits<std::size_t>::max()),
          raw(verb, "--raw", "Whole answers, not only their result") {
        json_lines.shown_as("FILE").excludes(csv);
        csv.shown_as("FILE");
        output.shown_as("FILE");
        concurrency.check(CLI::Range(1, 1000));
        rate.check(CLI::Range(1e-3, 1e9));
        batch.check(CLI::Range(1, 100000));
        limit.check(positive());
        batch_delay.check(CLI::Range(0.0, 60000.0));
        batch_delay.needs(batch);
        raw.excludes(batch);
    }

    [[nodiscard]] bool many() const { return json_lines.given() || csv.given(); }

    void check() const {
        target.check();
        if (many() && target.record().given())
            throw usage_error("Give one record, or --jsonl or --csv, not both.");
    }

    [[nodiscard]] bulk_options options() const {
        bulk_options o;
        o.max_in_flight = *concurrency;
        o.adaptive = !*fixed;
        o.calls_per_second = *rate;
        o.stop_at_first_error = *stop;
        if (*hedge)
            o.hedge.emplace();
        if (batch.given())
            o.coalesce = coalesce_options{
                .max_rows = *batch,
                .max_delay = std::chrono::microseconds(std::lround(*batch_delay * 1000))};
        o.window = *concurrency * waiting_per_call * (batch.given() ? *batch : 1);
        return o;
    }
};

/// An answer as one line: its `result` where it has one, unless `whole`.
std::string one_answer(const json_document& answer, bool whole) {
    const auto root = answer.root();
    return (whole ? root : root.find("result").value_or(root)).to_string();
}

int predict_one(context& ctx, const predict_arguments& given) {
    const auto& record = given.target.record();
    if (!record.given() && ::isatty(STDIN_FILENO) != 0)
        throw usage_error("Give a record: JSON, @FILE, or - for standard input.");
    const auto text = read_argument(record.given() ? *record : "-", ctx.watch());
    check_record(text);
    const auto where = given.target.find(ctx);
    output_file out(*given.output);
    const auto service = ctx.client().predictor(where).value();
    out.write_line(one_answer(service.predict<json_document>(text).value(), *given.raw));
    out.commit();
    return succeeded;
}

/// The records of a file, one after the other. Throws what stops all.
class record_reader {
public:
    record_reader(const predict_arguments& given, const interrupts& watch)
        : watch_(watch), in_(given.csv.given() ? *given.csv : *given.json_lines, watch),
          table_([this](std::string& line) { return in_.read_line(line); }), left_(*given.limit) {
        if (given.csv.given() && !table_.read(names_))
            throw api_error(make_problem(errc::invalid_argument, "The table has no header line."));
    }

    std::optional<result<std::string>> next() {
        watch_.throw_if_raised();
        if (left_ == 0)
            return std::nullopt;
        --left_;
        return names_.empty() ? next_line() : next_row();
    }

private:
    std::optional<result<std::string>> next_line() {
        std::string line;
        do {
            if (!in_.read_line(line))
                return std::nullopt;
        } while (line.find_first_not_of(" \t") == std::string::npos);
        return line;
    }
    std::optional<result<std::string>> next_row() {
        if (!table_.read(fields_))
            return std::nullopt;
        return to_json_object(names_, fields_, table_.line());
    }

    const interrupts& watch_;
    input in_;
    csv_reader table_;
    std::vector<std::string> names_; // of the columns; empty: the file is no table
    std::vector<std::string> fields_;
    std::size_t left_;
};

/// Records in, JSON Lines out, in order, with many calls in flight.
int predict_many_records(context& ctx, const predict_arguments& given) {
    auto& watch = ctx.watch();
    auto& live = ctx.live();
    ctx.settings.pool.max_connections = *given.concurrency;
    const auto where = given.target.find(ctx);
    const auto service = ctx.client().predictor(where).value();
    record_reader records(given, watch);
    output_file out(*given.output);
    line_writer lines(*given.concurrency * waiting_per_call, [&](std::string_view line) {
        return watch.signal() != 0 || out.write_line(line);
    });
    auto options = given.options();
    if (live.enabled())
        options.progress = [&](const bulk_progress& at) { live.show(progress_text(at)); };

    const bool whole = *given.raw || given.batch.given(); // a row is an answer without a frame
    const auto done = predict_many<json_document>(
        service,
        [&]() -> std::optional<result<std::string>> {
            return lines.wait_for_room() ? records.next() : std::nullopt;
        },
        [&](std::uint64_t, const result<json_document>& answer) {
            return lines.put(
                answer ? one_answer(*answer, whole)
                       : to_json(report_of(answer.error(), ctx.chosen_language())).value());
        },
        options);
    const bool written = lines.finish();
    watch.throw_if_raised();
    if (!written)
        throw api_error(
            make_problem(errc::write_failed, "The answers cannot be written.", phase::store));
    const auto summary = done.value();
    out.commit();
    live.clear();
    if (live.enabled())
        ctx.note(summary_text(summary));
    return summary.failed == 0 ? succeeded : failed;
}

int predict(context& ctx, const predict_arguments& given) {
    given.check();
    return given.many() ? predict_many_records(ctx, given) : predict_one(ctx, given);
}

} // namespace

void add_predict(CLI::App& root, context& ctx) {
    auto& verb = add_verb(
        root, "predict", "Call a prediction service: one record, JSON Lines, or a table",
        "AISTUDIO_API_KEY=… aistudio predict URL '{\"x\": [1, 2]}'\n"
        "aistudio predict --service 8 @record.json\n"
        "aistudio predict --service 8 --jsonl records.jsonl --output answers.jsonl -j 32\n"
        "aistudio predict --service 8 --csv houses.csv --rate 100\n"
        "\nWith --jsonl and --csv the answers come as JSON Lines in the order of the records; a\n"
        "failed one is a line {\"error\": …}, and the exit status is 1. Each row of a table is an\n"
        "object with the names of the header; what looks like a number is one, an empty field is\n"
        "null. Without --service the key is taken from AISTUDIO_API_KEY.");
    const predict_arguments given(verb);
    on_run(verb, ctx, [=, &ctx] { return predict(ctx, given); });
}

} // namespace aistudio::cli
