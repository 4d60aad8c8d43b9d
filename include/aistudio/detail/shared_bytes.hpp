#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio::detail {

/// Bytes that several look at, with the memory that they are in.
struct shared_bytes {
    std::shared_ptr<const char[]> memory; // NOLINT: an array
    std::string_view bytes;
};

/// Memory for the bytes of a transfer, a block at a time: whoever fills one may hand pieces of it
/// on without copying them. A block is used again once nobody holds it, the last one first, which
/// is still in the processor's cache.
///
/// @par Thread safety  Safe; blocks may outlive the pool.
class block_pool {
public:
    static constexpr std::size_t block_size = std::size_t{256} << 10U;
    using block = std::shared_ptr<char[]>; // NOLINT: an array

    /// `block_size` bytes of any content.
    [[nodiscard]] block take() {
        return {free_->pop().release(), [home = free_](char* bytes) { home->push(memory(bytes)); }};
    }

private:
    using memory = std::unique_ptr<char[]>; // NOLINT: an array

    class free_list {
    public:
        memory pop() {
            const std::lock_guard lock(mutex_);
            if (blocks_.empty()) {
                blocks_.reserve(++made_);            // so that none is lost for want of memory
                return memory(new char[block_size]); // NOLINT: make_unique would write zeros
            }
            memory last = std::move(blocks_.back());
            blocks_.pop_back();
            return last;
        }
        void push(memory bytes) noexcept {
            const std::lock_guard lock(mutex_);
            blocks_.push_back(std::move(bytes));
        }

    private:
        std::mutex mutex_;
        std::vector<memory> blocks_;
        std::size_t made_ = 0;
    };

    std::shared_ptr<free_list> free_ = std::make_shared<free_list>();
};

} // namespace aistudio::detail
