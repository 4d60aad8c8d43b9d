#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// What the load programs have in common: options, the record they send, what they count, the line
/// they print. benchmarks/peers/python/load.py and the Java peers do the same in their languages.
namespace load {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

struct options {
    std::string url;                 // http or https, without the key
    std::string key = "no-such-key"; // sent, never printed
    std::string ca_file;             // PEM; empty: the system's authorities
    int connections = 32;
    int in_flight = 0;      // calls at a time; 0: as many as connections
    int pipeline = 1;       // calls on a connection at a time, where the program can
    int threads = 1;        // each with connections, calls and loop of its own
    std::int64_t calls = 0; // measured calls of a thread; 0: as many as `seconds` allow
    double seconds = 1;
    double warmup_seconds = 0.2;
    double rate =
        0; // calls a second of a thread, started on time whatever comes back; 0: closed loop
    std::string mode; // of the program; empty: its default
    std::string loop; // what runs the calls; empty: the program's default

    [[nodiscard]] int concurrency() const { return in_flight > 0 ? in_flight : connections; }
    [[nodiscard]] bool open_loop() const { return rate > 0; }
};

namespace detail {

template <class Number>
Number number(std::string_view name, std::string_view text) {
    Number value{};
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || value < 0)
        throw std::invalid_argument(std::string(name) + " needs a number, not \"" +
                                    std::string(text) + "\".");
    return value;
}

inline bool set(options& o, std::string_view name, std::string_view value) {
    if (name == "--url")
        o.url = value;
    else if (name == "--key")
        o.key = value;
    else if (name == "--loop")
        o.loop = value;
    else if (name == "--ca-file")
        o.ca_file = value;
    else if (name == "--connections")
        o.connections = number<int>(name, value);
    else if (name == "--in-flight")
        o.in_flight = number<int>(name, value);
    else if (name == "--pipeline")
        o.pipeline = number<int>(name, value);
    else if (name == "--threads")
        o.threads = number<int>(name, value);
    else if (name == "--calls")
        o.calls = number<std::int64_t>(name, value);
    else if (name == "--seconds")
        o.seconds = number<double>(name, value);
    else if (name == "--warmup-seconds")
        o.warmup_seconds = number<double>(name, value);
    else if (name == "--rate")
        o.rate = number<double>(name, value);
    else
        return false;
    return true;
}

} // namespace detail

/// Reads `--name value`; `modes` are the names without a value that the program knows.
inline options parse_options(int argc, char** argv, std::vector<std::string_view> modes = {}) {
    options o;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (std::find(modes.begin(), modes.end(), name) != modes.end())
            o.mode = name.substr(2);
        else if (i + 1 >= argc || !detail::set(o, name, argv[i + 1]))
            throw std::invalid_argument("Unknown option or no value: " + std::string(name));
        else
            ++i;
    }
    if (o.url.empty() || o.connections < 1 || o.threads < 1)
        throw std::invalid_argument("Name a service with --url, and at least one connection.");
    return o;
}

/// Parts of an address.
struct address {
    bool tls = false;
    std::string host;
    std::string port;
    std::string path;

    [[nodiscard]] std::string host_header() const { return host + ":" + port; }
};

inline address parse_address(std::string_view url) {
    address out;
    out.tls = url.starts_with("https://");
    url.remove_prefix(out.tls ? 8 : 7);
    const auto slash = std::min(url.find('/'), url.size());
    const auto authority = url.substr(0, slash);
    const auto colon = authority.rfind(':');
    out.host = authority.substr(0, colon);
    out.port = colon == std::string_view::npos ? (out.tls ? "443" : "80")
                                               : std::string(authority.substr(colon + 1));
    out.path = slash < url.size() ? url.substr(slash) : "/";
    return out;
}

/// examples/data/house.json, the record that every client sends.
inline constexpr std::array<std::pair<std::string_view, double>, 13> house{{{"CRIM", 0.00632},
                                                                            {"ZN", 18},
                                                                            {"INDUS", 2.31},
                                                                            {"CHAS", 0},
                                                                            {"NOX", 0.538},
                                                                            {"RM", 6.575},
                                                                            {"AGE", 65.2},
                                                                            {"DIS", 4.09},
                                                                            {"RAD", 1},
                                                                            {"TAX", 296},
                                                                            {"PTRATIO", 15.3},
                                                                            {"B", 396.9},
                                                                            {"LSTAT", 4.98}}};

/// Writes the record as JSON into `text`, whose memory is used again: what a careful program
/// written for this one record would do.
inline void write_house(std::string& text) {
    text.clear();
    for (const auto& [name, value] : house) {
        text += text.empty() ? "{\"" : ",\"";
        text += name;
        text += "\":";
        char digits[32];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        text.append(digits, end);
    }
    text += '}';
}

/// Latencies to 1 % in a fixed size: 128 steps to each power of two.
class histogram {
public:
    void add(clock::duration latency) {
        const auto ns = std::max<std::int64_t>(
            std::chrono::duration_cast<std::chrono::nanoseconds>(latency).count(), 0);
        ++counts_[bucket(static_cast<std::uint64_t>(ns))];
        ++total_;
    }
    void add(const histogram& other) {
        for (std::size_t i = 0; i < counts_.size(); ++i)
            counts_[i] += other.counts_[i];
        total_ += other.total_;
    }
    /// Microseconds that `share` of the calls did not exceed; 0 when there were none.
    [[nodiscard]] double percentile(double share) const {
        if (total_ == 0)
            return 0;
        const auto wanted = std::max<std::uint64_t>(
            static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_))), 1);
        std::uint64_t seen = 0;
        std::size_t i = 0;
        while (i + 1 < counts_.size() && (seen += counts_[i]) < wanted)
            ++i;
        return static_cast<double>(upper_bound(i)) / 1000;
    }

private:
    static constexpr unsigned step_bits = 7;
    static constexpr std::uint64_t steps = std::uint64_t{1} << step_bits;

    static std::size_t bucket(std::uint64_t ns) {
        if (ns < steps)
            return static_cast<std::size_t>(ns);
        const auto shift = static_cast<unsigned>(std::bit_width(ns)) - step_bits - 1;
        return static_cast<std::size_t>(((shift + 1) << step_bits) + ((ns >> shift) - steps));
    }
    static std::uint64_t upper_bound(std::size_t index) {
        const auto group = index >> step_bits;
        if (group == 0)
            return index;
        return ((steps + (index & (steps - 1)) + 1) << (group - 1)) - 1;
    }

    std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>((65 - step_bits) << step_bits);
    std::uint64_t total_ = 0;
};

/// User and system time.
inline std::chrono::microseconds cpu_time(int who) {
    rusage use{};
    getrusage(who, &use);
    const auto micros = [](const timeval& t) {
        return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
    };
    return micros(use.ru_utime) + micros(use.ru_stime);
}

/// What was measured.
struct totals {
    std::int64_t calls = 0;
    std::int64_t errors = 0;
    double seconds = 0; // the longest thread
    std::chrono::microseconds cpu{0};
    double calls_per_second = 0;
    histogram latency;
    std::string first_error;

    void add(const totals& other) {
        calls += other.calls;
        errors += other.errors;
        seconds = std::max(seconds, other.seconds);
        cpu += other.cpu;
        calls_per_second += other.calls_per_second;
        latency.add(other.latency);
        if (first_error.empty())
            first_error = other.first_error;
    }
};

/// Says when calls may start and counts those that end in the measured time, which follows the
/// warm-up. One clock reading and a few additions a call. For one thread.
class meter {
public:
    explicit meter(const options& o)
        : options_(o), who_(o.threads > 1 ? RUSAGE_THREAD : RUSAGE_SELF) {}

    /// The loop starts now.
    void begin() {
        now_ = clock::now();
        measure_from_ = now_ + seconds(options_.warmup_seconds);
        if (options_.warmup_seconds <= 0)
            begin_measuring();
        next_arrival_ = now_;
    }

    /// The time of the last event.
    [[nodiscard]] time_point now() const { return now_; }
    [[nodiscard]] bool finished() const { return phase_ == phase::over; }

    /// Closed loop: true: start a call. The program stops when it may start none and none is left.
    bool may_start() {
        if (phase_ == phase::over)
            return false;
        if (options_.calls > 0 && phase_ == phase::measuring && to_start_-- <= 0)
            return false;
        ++in_flight_;
        return true;
    }

    /// Open loop: when the next call is to start.
    [[nodiscard]] time_point next_arrival() const { return next_arrival_; }
    /// Open loop: the time at which the call that is due now was to start; nothing: none is due.
    std::optional<time_point> arrival() {
        now_ = clock::now();
        if (phase_ == phase::over || next_arrival_ > now_)
            return std::nullopt;
        const auto intended = next_arrival_;
        next_arrival_ += std::chrono::duration_cast<clock::duration>(
            std::chrono::duration<double>(1 / options_.rate));
        ++in_flight_;
        return intended;
    }

    /// A call has ended that (was to have) started at `started`.
    void finished(time_point started, bool right, std::string_view why = {}) {
        now_ = clock::now();
        --in_flight_;
        if (phase_ == phase::measuring)
            count(started, right, why);
        else if (phase_ == phase::warming_up && now_ >= measure_from_)
            begin_measuring();
    }

    /// What was counted; ends the measured time if it still runs.
    [[nodiscard]] const totals& result() {
        if (phase_ == phase::measuring)
            end_measuring();
        return totals_;
    }

private:
    enum class phase { warming_up, measuring, over };

    static clock::duration seconds(double s) {
        return std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(s));
    }
    void begin_measuring() {
        phase_ = phase::measuring;
        measure_from_ = now_;
        measure_to_ = now_ + seconds(options_.seconds);
        to_start_ = options_.calls - in_flight_;
        cpu_before_ = cpu_time(who_);
    }
    void count(time_point started, bool right, std::string_view why) {
        ++totals_.calls;
        if (!right && totals_.errors++ == 0)
            totals_.first_error = why;
        if (!options_.open_loop() || started >= measure_from_)
            totals_.latency.add(now_ - started);
        if (options_.calls > 0 ? totals_.calls >= options_.calls : now_ >= measure_to_)
            end_measuring();
    }
    void end_measuring() {
        totals_.cpu = cpu_time(who_) - cpu_before_;
        phase_ = phase::over;
        totals_.seconds = std::chrono::duration<double>(now_ - measure_from_).count();
        if (totals_.seconds > 0)
            totals_.calls_per_second = static_cast<double>(totals_.calls) / totals_.seconds;
    }

    options options_;
    int who_;
    phase phase_ = phase::warming_up;
    time_point now_{};
    time_point measure_from_{};
    time_point measure_to_{};
    time_point next_arrival_{};
    std::int64_t in_flight_ = 0;
    std::int64_t to_start_ = 0;
    std::chrono::microseconds cpu_before_{0};
    totals totals_;
};

/// `text` as a JSON string; bytes that JSON would need an escape for become spaces.
inline std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text.substr(0, 200))
        out += c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    return out + '"';
}

/// Prints the line that benchmarks/run.py reads.
inline void print_line(const totals& t) {
    const double cpu = static_cast<double>(t.cpu.count());
    std::printf("{\"calls\": %lld, \"errors\": %lld, \"seconds\": %.6f, \"cpu_us_per_call\": %.4f, "
                "\"calls_per_second\": %.1f, \"p50_us\": %.2f, \"p99_us\": %.2f, \"first_error\": "
                "%s}\n",
                static_cast<long long>(t.calls), static_cast<long long>(t.errors), t.seconds,
                t.calls > 0 ? cpu / static_cast<double>(t.calls) : 0, t.calls_per_second,
                t.latency.percentile(0.5), t.latency.percentile(0.99),
                json_text(t.first_error).c_str());
}

/// main of a load program: options in, a line out, sentences about what went wrong on stderr.
template <class Run>
int main_of(int argc, char** argv, std::vector<std::string_view> modes, Run run) {
    try {
        print_line(run(parse_options(argc, argv, std::move(modes))));
        return 0;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s: %s\n", argv[0], failure.what());
        return 2;
    }
}

} // namespace load
