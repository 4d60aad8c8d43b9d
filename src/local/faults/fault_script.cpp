#include "local/faults/fault_script.hpp"

#include "local/http/target.hpp"
#include "local/refusal.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/trim.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace aistudio::local::faults {
namespace {

constexpr std::int64_t most_bytes = std::int64_t{1} << 30U;
constexpr std::int64_t longest_delay_ms = 60LL * 60 * 1000;
/// A client that calls while it is told to wait is blocked so many times as long.
constexpr int block_factor = 10;

void check_number(std::string_view name, std::int64_t value, std::int64_t most) {
    if (value < 0 || value > most)
        refuse_invalid("`" + std::string(name) + "` of a fault is 0 to " + std::to_string(most) +
                       ".");
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Cuts off what stands before the next `separator`.
std::string_view next_part(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const auto part = boost::algorithm::trim_copy_if(rest.substr(0, end), is_blank);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return part;
}

void set_number(fault& f, std::string_view part) {
    const auto name = next_part(part, '=');
    const auto number = http::parse_number(boost::algorithm::trim_copy_if(part, is_blank));
    if (number && name == "bytes")
        f.bytes = *number;
    else if (number && name == "delay_ms")
        f.delay_ms = *number;
    else
        refuse_invalid("X-Local-Fault is `KIND; bytes=N; delay_ms=N`.");
}

} // namespace

fault checked(fault f) {
    if (f.kind.value() == fault_kind::unknown)
        refuse_invalid("There is no fault `" + std::string(f.kind.name()) + "`; there are " + "`" +
                       boost::algorithm::join(enum_names<fault_kind>(), "`, `") + "`.");
    if (!(f.share > 0 && f.share <= 1))
        refuse_invalid("`share` of a fault is above 0 and at most 1.");
    check_number("after", f.after, std::numeric_limits<std::int64_t>::max());
    check_number("times", f.times, std::numeric_limits<std::int64_t>::max());
    check_number("patience", f.patience, std::numeric_limits<std::int64_t>::max());
    check_number("bytes", f.bytes, most_bytes);
    check_number("delayMs", f.delay_ms, longest_delay_ms);
    if (f.kind.value() == fault_kind::wrong_length && f.bytes == 0)
        f.bytes = 1;
    if (f.kind.value() == fault_kind::slow_body && f.delay_ms == 0)
        f.delay_ms = 10;
    if (f.kind.value() == fault_kind::too_many_requests)
        f.delay_ms = f.delay_ms == 0 ? 1000 : (f.delay_ms + 999) / 1000 * 1000;
    return f;
}

played_fault parse_header(std::string_view value) {
    fault f;
    f.kind = open_enum<fault_kind>::from_name(next_part(value, ';'));
    while (!value.empty())
        set_number(f, next_part(value, ';'));
    f = checked(std::move(f));
    if (f.kind.value() == fault_kind::tls_stall)
        refuse_invalid("`tls_stall` meets connections, so that a call cannot ask for it.");
    return {f.kind.value(), f.bytes, std::chrono::milliseconds{f.delay_ms}, false};
}

fault fault_script::add(fault f) {
    entry e;
    e.what = checked(std::move(f));
    const std::lock_guard lock(mutex_);
    e.what.id = fault_id(++last_id_);
    e.what.played = 0;
    entries_.push_back(e);
    empty_ = false;
    return e.what;
}

std::vector<fault> fault_script::list(service_id service) const {
    const std::lock_guard lock(mutex_);
    std::vector<fault> out;
    for (const auto& e : entries_)
        if (service.empty() || e.what.service == service)
            out.push_back(e.what);
    return out;
}

void fault_script::remove(fault_id id) {
    const std::lock_guard lock(mutex_);
    if (std::erase_if(entries_, [&](const entry& e) { return e.what.id == id; }) == 0)
        refuse_unknown("fault", to_string(id));
    empty_ = entries_.empty();
}

void fault_script::clear(service_id service) {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_,
                  [&](const entry& e) { return service.empty() || e.what.service == service; });
    empty_ = entries_.empty();
}

std::optional<played_fault> fault_script::next(service_id service, std::string_view key,
                                               clock::time_point now) {
    if (empty_)
        return std::nullopt;
    const std::lock_guard lock(mutex_);
    for (entry& e : entries_)
        if (fits(e, service) && (e.what.api_key.empty() || e.what.api_key.equals(key)) && takes(e))
            return play(e, now);
    return std::nullopt;
}

bool fault_script::next_tls() {
    if (empty_)
        return false;
    const std::lock_guard lock(mutex_);
    return std::any_of(entries_.begin(), entries_.end(), [this](entry& e) {
        const bool taken = e.what.kind.value() == fault_kind::tls_stall && takes(e);
        e.what.played += taken ? 1 : 0;
        return taken;
    });
}

bool fault_script::fits(const entry& e, service_id service) {
    return e.what.kind.value() != fault_kind::tls_stall &&
           (e.what.service.empty() || e.what.service == service);
}

bool fault_script::takes(entry& e) {
    if (e.what.times > 0 && e.what.played >= e.what.times)
        return false;
    if (e.met++ < e.what.after)
        return false;
    return e.what.share >= 1 || std::uniform_real_distribution<>{}(random_) < e.what.share;
}

played_fault fault_script::play(entry& e, clock::time_point now) {
    ++e.what.played;
    const auto kind = e.what.kind.value();
    return {kind, e.what.bytes, std::chrono::milliseconds{e.what.delay_ms},
            kind == fault_kind::too_many_requests && blocks(e, now)};
}

bool fault_script::blocks(entry& e, clock::time_point now) {
    if (now < e.blocked_until)
        return true;
    const std::chrono::milliseconds wait{e.what.delay_ms};
    if (now >= e.told_to_wait_until) {
        e.told_to_wait_until = now + wait;
        e.ignored = 0;
        return false;
    }
    if (e.ignored++ < e.what.patience)
        return false;
    e.blocked_until = now + block_factor * wait;
    return true;
}

} // namespace aistudio::local::faults
