#include <aistudio/detail/shared_bytes.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace {

using aistudio::detail::block_pool;
using aistudio::detail::shared_bytes;

TEST(block_pool, block_is_used_again_once_nobody_holds_it) {
    block_pool pool;
    auto one = pool.take();
    const char* const memory = one.get();
    shared_bytes piece{one, {one.get(), 3}};
    one.reset();
    EXPECT_NE(pool.take().get(), memory) << "somebody looks at it";
    piece = {};
    EXPECT_EQ(pool.take().get(), memory) << "the last one that came back";
}

TEST(block_pool, blocks_held_at_a_time_are_distinct_and_whole) {
    block_pool pool;
    std::vector<block_pool::block> held;
    std::set<const char*> seen;
    for (int i = 0; i < 5; ++i) {
        held.push_back(pool.take());
        std::memset(held.back().get(), i, block_pool::block_size);
        seen.insert(held.back().get());
    }
    EXPECT_EQ(seen.size(), held.size());
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(held[static_cast<std::size_t>(i)][block_pool::block_size - 1], i);
}

TEST(block_pool, block_outlives_its_pool) {
    std::optional<block_pool> pool(std::in_place);
    const auto block = pool->take();
    pool.reset();
    std::memset(block.get(), 1, block_pool::block_size);
    EXPECT_EQ(block[block_pool::block_size - 1], 1);
}

TEST(block_pool, other_threads_give_blocks_back) {
    block_pool pool;
    for (int round = 0; round < 200; ++round) {
        auto block = pool.take();
        block[0] = static_cast<char>(round);
        std::thread([b = std::move(block), round] {
            EXPECT_EQ(b[0], static_cast<char>(round));
        }).join();
    }
    std::set<const char*> seen;
    for (int i = 0; i < 10; ++i)
        seen.insert(pool.take().get());
    EXPECT_EQ(seen.size(), 1U) << "one was enough all the time";
}

} // namespace
