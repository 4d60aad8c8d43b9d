#pragma once

#include <aistudio/protocol/pool_machine.hpp>

#include <algorithm>
#include <utility>

namespace aistudio {

AISTUDIO_DECL bool pool_machine::too_old(connection_id id, time_point now) const {
    return options_.max_age.count() > 0 && now - places_[place_of(id) - 1].born >= options_.max_age;
}

AISTUDIO_DECL pool_machine::decision pool_machine::open(bool share, time_point now) {
    constexpr connection_id next_use = connection_id{1} << 32U;
    ++open_;
    connection_id id = places_.size() + 1;
    if (free_.empty()) {
        places_.push_back({});
    } else {
        id = free_.back() + next_use;
        free_.pop_back();
    }
    at(id) = {.id = id, .born = now, .calls = 1, .shared = share};
    return {verb::open, id};
}

AISTUDIO_DECL pool_machine::decision pool_machine::use(connection_id id, bool share) {
    place& p = at(id);
    p.calls = 1;
    p.open = true;
    p.shared = share;
    list(p);
    return {verb::use, id};
}

AISTUDIO_DECL void pool_machine::forget(connection_id id) {
    --open_;
    at(id).shared = false;
    free_.push_back(id);
}

AISTUDIO_DECL bool pool_machine::has_room(const place& p) const noexcept {
    return p.shared && p.open && p.calls < options_.pipeline_depth;
}

AISTUDIO_DECL void pool_machine::list(place& p) {
    if (p.listed || !has_room(p))
        return;
    if (roomy_.full())
        roomy_.set_capacity(std::max<std::size_t>(roomy_.capacity() * 2, 16));
    roomy_.push_back(p.id);
    p.listed = true;
}

/// A connection that one more call may be on, and is from now on; 0: there is none.
AISTUDIO_DECL pool_machine::connection_id pool_machine::find_room(time_point now) {
    while (!roomy_.empty()) {
        const connection_id id = roomy_.front();
        roomy_.pop_front();
        place& p = at(id);
        if (p.id != id)
            continue; // its place is another's by now
        p.listed = false;
        if (!has_room(p))
            continue;
        if (too_old(id, now)) {
            p.shared = false;
            continue;
        }
        ++p.calls;
        list(p);
        return id;
    }
    return 0;
}

AISTUDIO_DECL pool_machine::decision pool_machine::acquire(waiter_id waiter, wish how,
                                                           time_point now) {
    while (!how.fresh && !idle_.empty()) {
        const connection_id id = idle_.back().id;
        idle_.pop_back();
        if (!too_old(id, now))
            return use(id, how.share);
        forget(id);
        given_up_.push_back(id);
    }
    if (open_connections() < std::max<std::size_t>(options_.max_connections, 1))
        return open(how.share, now);
    if (!idle_.empty()) { // a fresh one is wanted where idle ones fill the limit
        given_up_.push_back(idle_.front().id);
        forget(idle_.front().id);
        idle_.erase(idle_.begin());
        return open(how.share, now);
    }
    if (how.share && waiters_.empty())
        if (const connection_id id = find_room(now); id != 0)
            return {verb::share, id};
    if (waiters_.size() >= options_.max_waiting)
        return {verb::refuse, 0};
    if (waiters_.full())
        waiters_.set_capacity(std::max<std::size_t>(waiters_.capacity() * 2, 16));
    waiters_.push_back({waiter, how.share});
    return {verb::wait, 0};
}

AISTUDIO_DECL pool_machine::waiter pool_machine::take_waiter() {
    const waiter first = waiters_.front();
    waiters_.pop_front();
    return first;
}

AISTUDIO_DECL void pool_machine::opened(connection_id connection) {
    place& p = at(connection);
    p.open = true;
    list(p);
}

AISTUDIO_DECL std::optional<pool_machine::grant> pool_machine::next_to_share(time_point now) {
    if (waiters_.empty() || !waiters_.front().share)
        return std::nullopt; // who wants a connection for itself keeps its place in the queue
    const connection_id id = find_room(now);
    if (id == 0)
        return std::nullopt;
    return grant{take_waiter().id, {verb::share, id}};
}

AISTUDIO_DECL void pool_machine::stop_sharing(connection_id connection) {
    at(connection).shared = false;
}

AISTUDIO_DECL std::optional<pool_machine::grant>
pool_machine::release(connection_id connection, time_point now, bool& closed) {
    place& p = at(connection);
    --p.calls;
    const bool last = p.calls == 0;
    closed = last && too_old(connection, now);
    if (closed)
        return discard(connection, now);
    if (!last) {
        list(p);
        return next_to_share(now);
    }
    if (waiters_.empty()) {
        p.shared = false;
        idle_.push_back({connection, now});
        return std::nullopt;
    }
    const waiter next = take_waiter();
    return grant{next.id, use(connection, next.share)};
}

AISTUDIO_DECL std::optional<pool_machine::grant> pool_machine::discard(connection_id connection,
                                                                       time_point now) {
    forget(connection);
    if (waiters_.empty())
        return std::nullopt;
    const waiter next = take_waiter();
    return grant{next.id, open(next.share, now)};
}

AISTUDIO_DECL void pool_machine::cancel(waiter_id waiter) {
    const auto found = std::find_if(waiters_.begin(), waiters_.end(),
                                    [waiter](const auto& w) { return w.id == waiter; });
    if (found != waiters_.end())
        waiters_.erase(found);
}

AISTUDIO_DECL std::vector<pool_machine::connection_id> pool_machine::expire(time_point now) {
    std::vector<connection_id> gone = std::exchange(given_up_, {});
    // Idle longest stands first. Those too old for other reasons are found when they are asked for.
    const auto fine = std::find_if(idle_.begin(), idle_.end(), [&](const idle_connection& c) {
        return now - c.since < options_.idle_timeout && !too_old(c.id, now);
    });
    for (auto c = idle_.begin(); c != fine; ++c) {
        forget(c->id);
        gone.push_back(c->id);
    }
    idle_.erase(idle_.begin(), fine);
    return gone;
}

} // namespace aistudio
