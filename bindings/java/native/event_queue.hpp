#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace aistudio::java {

/// What happened in C++ and is to be told to Java, in order. One Java thread takes it out, as much
/// at a time as there is: each event is a number of the call (8 bytes), what it is (1), the number
/// of the function (4), the size of what follows (4), all big endian, and then that many bytes.
///
/// @par Thread safety  Safe.
class event_queue : public std::enable_shared_from_this<event_queue> {
public:
    enum class kind : char {
        /// The call's result.
        value,
        /// Its failure.
        failure,
        /// A function that came along with the call, or with the client (call 0), is to be called.
        function
    };
    static constexpr std::size_t header_size = 17;

    /// From a thread of `home`, which wakes Java when it has nothing more to do at once: answers
    /// that arrive together are told together. Null: Java is woken at once.
    void push(const boost::asio::any_io_executor* home, std::uint64_t call, kind what,
              std::uint32_t function, std::string_view bytes);
    /// Waits until there is something and moves whole events to `copy(data, size)`, at most `room`
    /// bytes. Returns their size; 0: closed, and nothing is left; negative: one alone needs this
    /// much room.
    template <class Copy>
    std::int64_t take(std::size_t room, Copy copy) {
        if (!refill())
            return 0;
        const auto size = fitting(room);
        if (size > 0) {
            copy(taken_.data() + at_, static_cast<std::size_t>(size));
            at_ += static_cast<std::size_t>(size);
        }
        return size;
    }
    /// Lets `take` end once all is taken.
    void close();

private:
    void wake();
    bool refill();
    [[nodiscard]] std::int64_t fitting(std::size_t room) const;

    std::string taken_; // of the thread that takes
    std::size_t at_ = 0;
    std::mutex mutex_; // of what follows
    std::condition_variable filled_;
    std::string ready_;
    bool waits_ = false;
    bool wakes_ = false; // a function is posted that will
    bool closed_ = false;
};

} // namespace aistudio::java
