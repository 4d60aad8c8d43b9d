#include "event_queue.hpp"

#include <boost/asio/post.hpp>

#include <array>

namespace aistudio::java {
namespace {

/// Memory for more than this is not kept.
constexpr std::size_t kept = std::size_t{1} << 20U;

template <class U>
char* put(char* to, U value) {
    for (int shift = static_cast<int>(sizeof(U) - 1) * 8; shift >= 0; shift -= 8)
        *to++ = static_cast<char>(static_cast<unsigned char>(value >> shift));
    return to;
}

std::size_t size_at(const char* header) {
    std::uint32_t out = 0;
    for (std::size_t i = event_queue::header_size - sizeof out; i < event_queue::header_size; ++i)
        out = out << 8U | static_cast<unsigned char>(header[i]);
    return out;
}

} // namespace

void event_queue::push(const boost::asio::any_io_executor* home, std::uint64_t call, kind what,
                       std::uint32_t function, std::string_view bytes) {
    std::array<char, header_size> header; // NOLINT: written at once
    char* to = put(header.data(), call);
    *to++ = static_cast<char>(what);
    put(put(to, function), static_cast<std::uint32_t>(bytes.size()));
    {
        const std::lock_guard lock(mutex_);
        ready_.append(header.data(), header.size());
        ready_.append(bytes);
        if (!waits_ || wakes_)
            return;
        wakes_ = home != nullptr;
    }
    if (home == nullptr)
        return filled_.notify_one();
    boost::asio::post(*home, [self = shared_from_this()] { self->wake(); });
}

void event_queue::wake() {
    {
        const std::lock_guard lock(mutex_);
        wakes_ = false;
    }
    filled_.notify_one();
}

void event_queue::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    filled_.notify_one();
}

/// False: nothing is left, nor will there be.
bool event_queue::refill() {
    if (at_ < taken_.size())
        return true;
    taken_.clear();
    at_ = 0;
    if (taken_.capacity() > kept)
        taken_.shrink_to_fit();
    std::unique_lock lock(mutex_);
    waits_ = true;
    filled_.wait(lock, [&] { return (!ready_.empty() && !wakes_) || closed_; });
    waits_ = false;
    taken_.swap(ready_);
    return !taken_.empty();
}

std::int64_t event_queue::fitting(std::size_t room) const {
    if (taken_.size() - at_ <= room)
        return static_cast<std::int64_t>(taken_.size() - at_);
    std::size_t size = 0;
    for (;;) {
        const auto next = header_size + size_at(taken_.data() + at_ + size);
        if (size + next > room)
            return size > 0 ? static_cast<std::int64_t>(size) : -static_cast<std::int64_t>(next);
        size += next;
    }
}

} // namespace aistudio::java
