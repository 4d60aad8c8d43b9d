#include "cli/input.hpp"
#include "cli/load_generator.hpp"
#include "cli/load_text.hpp"
#include "cli/service_target.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <map>
#include <utility>

namespace aistudio::cli {
namespace {

constexpr std::size_t closed_in_flight = 16;
constexpr std::size_t open_in_flight = 1000;
constexpr double default_seconds = 10;

struct bench_arguments {
    service_target target;
    argument<std::size_t> in_flight;
    argument<double> rate;
    argument<double> duration;
    argument<std::uint64_t> calls;
    argument<double> warm_up;

    explicit bench_arguments(CLI::App& verb)
        : target(verb), in_flight(verb, "--in-flight,-j",
                                  "Calls in flight: always, or with --rate at most (16, or 1000)"),
          rate(verb, "--rate",
               "Calls a second, begun at fixed times whatever the answers do (open loop)"),
          duration(verb, "--duration", "Seconds to measure; default: 10, or until --calls"),
          calls(verb, "--calls", "Calls to make, those of the warm-up included"),
          warm_up(verb, "--warm-up", "Seconds before the measuring begins", 1) {
        in_flight.check(CLI::Range(1, 100000));
        rate.check(CLI::Range(1e-3, 1e7));
        duration.shown_as("SECONDS").check(CLI::Range(1e-3, 1e6));
        calls.check(positive());
        warm_up.shown_as("SECONDS").check(CLI::Range(0.0, 1e6));
    }

    [[nodiscard]] load_plan plan(std::string record) const {
        const auto seconds = [](double s) {
            return std::chrono::nanoseconds(static_cast<std::int64_t>(s * 1e9));
        };
        load_plan p;
        p.record = std::move(record);
        p.rate = *rate;
        p.in_flight = in_flight.given() ? *in_flight
                      : rate.given()    ? open_in_flight
                                        : closed_in_flight;
        p.calls = *calls;
        if (duration.given())
            p.duration = seconds(*duration);
        else if (!calls.given())
            p.duration = seconds(default_seconds);
        p.warm_up = seconds(*warm_up);
        return p;
    }
};

/// Milliseconds.
struct bench_latency {
    double min = 0;
    double mean = 0;
    double p50 = 0;
    double p75 = 0;
    double p90 = 0;
    double p95 = 0;
    double p99 = 0;
    double p999 = 0;
    double p9999 = 0;
    double max = 0;
};
BOOST_DESCRIBE_STRUCT(bench_latency, (), (min, mean, p50, p75, p90, p95, p99, p999, p9999, max))

/// What the command prints.
struct bench_report {
    std::string url;
    std::string loop;
    std::size_t in_flight = 0;
    double rate = 0;
    double seconds = 0;
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    double calls_per_second = 0;
    bench_latency latency_ms;
    std::map<std::string, std::uint64_t> errors;
};
BOOST_DESCRIBE_STRUCT(bench_report, (),
                      (url, loop, in_flight, rate, seconds, ok, failed, calls_per_second,
                       latency_ms, errors))

bench_report report_of(const std::string& url, const load_plan& plan, const load_result& r) {
    const auto ms = [](std::chrono::nanoseconds d) {
        return std::chrono::duration<double, std::milli>(d).count();
    };
    const auto at = [&](double percent) { return ms(r.latency.percentile(percent)); };
    bench_report out;
    out.url = url;
    out.loop = plan.rate > 0 ? "open" : "closed";
    out.in_flight = plan.in_flight;
    out.rate = plan.rate;
    out.seconds = ms(r.elapsed) / 1000;
    out.ok = r.ok;
    out.failed = r.failed();
    if (out.seconds > 0)
        out.calls_per_second = static_cast<double>(r.ok + out.failed) / out.seconds;
    out.latency_ms = {
        ms(r.latency.min()), ms(r.latency.mean()), at(50), at(75), at(90), at(95), at(99), at(99.9),
        at(99.99),           ms(r.latency.max())};
    out.errors = r.failures;
    return out;
}

std::string text_of(const bench_report& report, const load_result& r, bool terminal,
                    std::size_t columns) {
    field_list fields{{"url", one_line(report.url)},
                      {"loop", report.loop == "open"
                                   ? "open, " + human_rate(report.rate) + " calls a second"
                                   : "closed, " + std::to_string(report.in_flight) + " in flight"},
                      {"seconds", human_rate(report.seconds)},
                      {"calls", std::to_string(report.ok + report.failed)},
                      {"calls/s", human_rate(report.calls_per_second)},
                      {"failed", std::to_string(report.failed)}};
    for (const auto& [name, count] : report.errors)
        fields.emplace_back("  " + name, std::to_string(count));
    fields.emplace_back("mean", human_duration(r.latency.mean()));
    auto out = render(fields, terminal);
    if (report.ok > 0)
        out += '\n' + percentile_plot(r.latency, columns, terminal);
    return out;
}

int bench(context& ctx, const bench_arguments& given) {
    given.target.check();
    const auto& record = given.target.record();
    const auto text = read_argument(record.given() ? *record : "-", ctx.watch());
    check_record(text);
    const auto where = given.target.find(ctx);
    const auto plan = given.plan(text);

    boost::asio::io_context io(1);
    auto settings = ctx.client_settings();
    settings.pool.max_connections = plan.in_flight;
    client caller(io.get_executor(), settings);
    const auto service = caller.predictor(where).value();
    auto& live = ctx.live();
    load_generator load(io, service, plan);
    const auto measured = load.run([&](const load_result& so_far,
                                       std::chrono::nanoseconds elapsed) {
        if (ctx.watch().signal() != 0) {
            caller.close(); // calls in flight end, nothing more begins
            return false;
        }
        const auto calls = so_far.ok + so_far.failed();
        const double seconds = std::chrono::duration<double>(elapsed - plan.warm_up).count();
        if (live.due())
            live.show(elapsed < plan.warm_up
                          ? "warming up"
                          : std::to_string(calls) + " calls  " +
                                human_rate(seconds > 0 ? static_cast<double>(calls) / seconds : 0) +
                                "/s  p50 " + human_duration(so_far.latency.percentile(50)) +
                                "  p99 " + human_duration(so_far.latency.percentile(99)) + "  " +
                                std::to_string(so_far.failed()) + " failed");
        return true;
    });
    live.clear();
    ctx.watch().throw_if_raised();
    const auto report = report_of(service.url(), plan, measured);
    if (ctx.global.json)
        ctx.write_json(report);
    else
        ctx.write(text_of(report, measured, ctx.decorates_output(), 80));
    return report.failed == 0 ? succeeded : failed;
}

} // namespace

void add_bench(CLI::App& root, context& ctx) {
    auto& verb = add_verb(
        root, "bench", "Measure how fast a prediction service answers",
        "AISTUDIO_API_KEY=… aistudio bench URL '{\"x\": [1, 2]}' -j 32\n"
        "aistudio bench --service 8 @record.json --rate 500 --duration 60\n"
        "\nWithout --rate each call follows the end of another (closed loop). With --rate calls\n"
        "begin at times fixed before, and the latency counts from then: a service that stalls\n"
        "cannot hide it by taking fewer calls. Calls are not repeated. Only put load on services\n"
        "that are yours. The exit status is 1 when calls failed.");
    const bench_arguments given(verb);
    on_run(verb, ctx, [=, &ctx] { return bench(ctx, given); });
}

} // namespace aistudio::cli
