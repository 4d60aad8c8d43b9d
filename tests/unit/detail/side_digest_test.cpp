#include <aistudio/detail/side_digest.hpp>
#include <aistudio/protocol/digest.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <random>
#include <stdexcept>
#include <string>

namespace {

using namespace aistudio;
using detail::block_pool;
using detail::shared_bytes;
using detail::side_digest;

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = kib * kib;

/// A piece of its own that holds `text`.
shared_bytes piece_of(block_pool& pool, std::string_view text) {
    const auto block = pool.take();
    std::copy(text.begin(), text.end(), block.get());
    return {block, {block.get(), text.size()}};
}

TEST(side_digest, short_ones_are_computed_in_place) {
    block_pool pool;
    std::string seen;
    std::thread::id where;
    side_digest side([&](std::string_view bytes) {
        seen += bytes;
        where = std::this_thread::get_id();
    });
    side.add(piece_of(pool, "one "));
    side.add(piece_of(pool, "two"));
    EXPECT_EQ(seen, "one two") << "before anybody waits for it";
    EXPECT_EQ(where, std::this_thread::get_id());
    side.drain();
}

TEST(side_digest, pieces_of_all_sizes_come_in_order) {
    std::mt19937 random(3);
    sha256 expected;
    sha256 got;
    {
        block_pool pool;
        side_digest side([&](std::string_view bytes) { got.update(bytes); });
        for (std::size_t sum = 0; sum < 24 * mib;) {
            const std::string text(1 + random() % block_pool::block_size,
                                   static_cast<char>(random()));
            expected.update(text);
            side.add(piece_of(pool, text));
            sum += text.size();
        }
        side.drain();
    }
    EXPECT_EQ(got.finish(), expected.finish());
}

TEST(side_digest, block_filled_bit_by_bit_is_digested_as_it_fills) {
    sha256 expected;
    sha256 got;
    block_pool pool;
    side_digest side([&](std::string_view bytes) { got.update(bytes); });
    for (int round = 0; round < 20; ++round) {
        const auto block = pool.take();
        for (std::size_t at = 0; at < block_pool::block_size; at += 16 * kib) {
            std::fill_n(block.get() + at, 16 * kib, static_cast<char>(round * 31 + at / kib));
            const std::string_view bytes(block.get() + at, 16 * kib);
            expected.update(bytes);
            side.add({block, bytes});
        }
    }
    side.drain();
    EXPECT_EQ(got.finish(), expected.finish());
}

TEST(side_digest, goes_on_after_it_was_drained) {
    std::size_t seen = 0;
    block_pool pool;
    side_digest side([&](std::string_view bytes) { seen += bytes.size(); });
    const std::string text(100 * kib, 'x');
    for (std::size_t i = 1; i <= 30; ++i) {
        side.add(piece_of(pool, text));
        if (i % 10 == 0) {
            side.drain();
            EXPECT_EQ(seen, i * text.size());
        }
    }
}

TEST(side_digest, is_behind_when_much_waits_and_holds_no_more_than_that) {
    std::promise<void> go;
    const auto gone = go.get_future().share();
    block_pool pool;
    side_digest side([gone, here = std::this_thread::get_id()](std::string_view) {
        if (std::this_thread::get_id() != here)
            gone.wait();
    });
    const std::string text(256 * kib, 'x');
    std::size_t given = 0;
    for (; !side.is_behind() && given < 64 * mib; given += text.size())
        side.add(piece_of(pool, text));
    EXPECT_GE(given, 2 * mib);
    EXPECT_LE(given, 8 * mib);
    go.set_value();
    side.add(piece_of(pool, text)); // waits until there is room
    side.drain();
    EXPECT_FALSE(side.is_behind());
}

TEST(side_digest, failure_is_told_in_the_end) {
    block_pool pool;
    side_digest side([here = std::this_thread::get_id()](std::string_view) {
        if (std::this_thread::get_id() != here)
            throw std::runtime_error("no such digest");
    });
    for (int i = 0; i < 40; ++i)
        side.add(piece_of(pool, std::string(256 * kib, 'x')));
    EXPECT_THROW(side.drain(), std::runtime_error);
}

TEST(side_digest, ends_with_bytes_that_nobody_waited_for) {
    block_pool pool;
    sha256 got;
    for (int round = 0; round < 20; ++round) {
        side_digest side([&](std::string_view bytes) { got.update(bytes); });
        for (int i = 0; i < 8; ++i)
            side.add(piece_of(pool, std::string(200 * kib, 'x')));
    }
    SUCCEED() << "neither hangs nor touches what is gone";
}

} // namespace
