#pragma once

#include <aistudio/protocol/pool_machine.hpp>

#include <algorithm>
#include <utility>

namespace aistudio {

AISTUDIO_DECL bool pool_machine::too_old(connection_id id, time_point now) const {
    return options_.max_age.count() > 0 && now - places_[place_of(id) - 1].born >= options_.max_age;
}

AISTUDIO_DECL pool_machine::decision pool_machine::open(time_point now) {
    constexpr connection_id next_use = connection_id{1} << 32U;
    ++open_;
    if (free_.empty()) {
        places_.push_back({places_.size() + 1, now});
        return {verb::open, places_.back().id};
    }
    const connection_id id = free_.back() + next_use;
    free_.pop_back();
    places_[place_of(id) - 1] = {id, now};
    return {verb::open, id};
}

AISTUDIO_DECL void pool_machine::forget(connection_id id) {
    --open_;
    free_.push_back(id);
}

AISTUDIO_DECL pool_machine::decision pool_machine::acquire(waiter_id waiter, bool fresh,
                                                           time_point now) {
    while (!fresh && !idle_.empty()) {
        const connection_id id = idle_.back().id;
        idle_.pop_back();
        if (!too_old(id, now))
            return {verb::use, id};
        forget(id);
        given_up_.push_back(id);
    }
    if (open_connections() < std::max<std::size_t>(options_.max_connections, 1))
        return open(now);
    if (!idle_.empty()) { // a fresh one is wanted where idle ones fill the limit
        given_up_.push_back(idle_.front().id);
        forget(idle_.front().id);
        idle_.erase(idle_.begin());
        return open(now);
    }
    if (waiters_.size() >= options_.max_waiting)
        return {verb::refuse, 0};
    if (waiters_.full())
        waiters_.set_capacity(std::max<std::size_t>(waiters_.capacity() * 2, 16));
    waiters_.push_back(waiter);
    return {verb::wait, 0};
}

AISTUDIO_DECL std::optional<pool_machine::grant>
pool_machine::release(connection_id connection, time_point now, bool& closed) {
    closed = too_old(connection, now);
    if (closed)
        return discard(connection, now);
    if (waiters_.empty()) {
        idle_.push_back({connection, now});
        return std::nullopt;
    }
    const grant next{waiters_.front(), {verb::use, connection}};
    waiters_.pop_front();
    return next;
}

AISTUDIO_DECL std::optional<pool_machine::grant> pool_machine::discard(connection_id connection,
                                                                       time_point now) {
    forget(connection);
    if (waiters_.empty())
        return std::nullopt;
    const waiter_id waiter = waiters_.front();
    waiters_.pop_front();
    return grant{waiter, open(now)};
}

AISTUDIO_DECL void pool_machine::cancel(waiter_id waiter) {
    const auto found = std::find(waiters_.begin(), waiters_.end(), waiter);
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
