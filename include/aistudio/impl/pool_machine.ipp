#pragma once

#include <aistudio/protocol/pool_machine.hpp>

#include <algorithm>
#include <utility>

namespace aistudio {

AISTUDIO_DECL bool pool_machine::too_old(connection_id id, time_point now) const {
    return options_.max_age.count() > 0 && now - born_.at(id) >= options_.max_age;
}

AISTUDIO_DECL pool_machine::decision pool_machine::open(time_point now) {
    const connection_id id = next_++;
    born_.emplace(id, now);
    return {verb::open, id};
}

AISTUDIO_DECL pool_machine::decision pool_machine::acquire(waiter_id waiter, bool fresh,
                                                           time_point now) {
    if (!fresh && !idle_.empty()) {
        const connection_id id = idle_.back().id;
        idle_.pop_back();
        return {verb::use, id};
    }
    if (open_connections() < std::max<std::size_t>(options_.max_connections, 1))
        return open(now);
    if (!idle_.empty()) { // a fresh one is wanted where idle ones fill the limit
        given_up_.push_back(idle_.front().id);
        born_.erase(idle_.front().id);
        idle_.erase(idle_.begin());
        return open(now);
    }
    if (waiters_.size() >= options_.max_waiting)
        return {verb::refuse, 0};
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
    born_.erase(connection);
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
    const auto old = [&](const idle_connection& c) {
        return now - c.since >= options_.idle_timeout || too_old(c.id, now);
    };
    for (const auto& c : idle_)
        if (old(c))
            gone.push_back(c.id);
    std::erase_if(idle_, old);
    for (const connection_id id : gone)
        born_.erase(id);
    return gone;
}

} // namespace aistudio
