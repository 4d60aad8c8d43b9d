#include <aistudio/impl/file_io.ipp>

#include "support/random_bytes.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace {

using namespace aistudio;
using detail::disk_file;
using detail::file_source;
using detail::hurried_examination;
using detail::shared_bytes;

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;

std::uint32_t crc_of(std::string_view bytes) {
    crc32 sum;
    sum.update(bytes);
    return sum.value();
}

/// Keeps what it is given, and is behind when it is told to be.
struct slow_digest {
    std::function<bool()> behind;
    std::string seen{};

    [[nodiscard]] bool is_behind() const { return behind(); }
    void add(const shared_bytes& piece) { seen += piece.bytes; }
};

class hurried : public testing::TestWithParam<std::uint64_t> {
protected:
    /// Reads a file of so many bytes.
    void expect_checksum_and_prefix(slow_digest digest) {
        const auto content = test::random_bytes(GetParam());
        test::write_file(folder_ / "f", content);
        const auto file = disk_file::open(folder_ / "f", disk_file::mode::read).value();
        hurried_examination work(file, content.size());
        for (bool more = true; more;)
            more = work.read_piece(digest).value();
        EXPECT_EQ(work.crc32(), crc_of(content));
        EXPECT_EQ(work.digested(), digest.seen.size());
        EXPECT_TRUE(content.starts_with(digest.seen));
        digested_ = digest.seen.size();
    }
    test::temporary_folder folder_;
    std::uint64_t digested_ = 0;
};

TEST_P(hurried, digest_that_keeps_up_gets_all) {
    expect_checksum_and_prefix({[] { return false; }});
    EXPECT_EQ(digested_, GetParam());
}

TEST_P(hurried, digest_that_is_always_behind_gets_nothing) {
    expect_checksum_and_prefix({[] { return true; }});
    EXPECT_EQ(digested_, 0U);
}

TEST_P(hurried, digest_that_is_behind_now_and_then_gets_the_first_bytes) {
    for (const unsigned seed : {1U, 2U, 3U}) {
        std::mt19937 random(seed);
        expect_checksum_and_prefix({[&] { return random() % 4 == 0; }});
    }
}

INSTANTIATE_TEST_SUITE_P(sizes, hurried,
                         testing::Values(0, 1, mib / 4, mib / 4 + 1, 4 * mib - 1, 4 * mib,
                                         4 * mib + 1, 13 * mib + 77),
                         [](const auto& info) { return std::to_string(info.param); });

TEST(hurried_examination, file_that_became_shorter_is_named) {
    const test::temporary_folder folder;
    test::write_file(folder / "f", test::random_bytes(mib));
    const auto file = disk_file::open(folder / "f", disk_file::mode::read).value();
    for (const bool behind : {false, true}) {
        slow_digest digest{[behind] { return behind; }};
        hurried_examination work(file, 2 * mib);
        result<bool> more = true;
        while (more && *more)
            more = work.read_piece(digest);
        ASSERT_FALSE(more);
        EXPECT_EQ(more.error().code, errc::file_unreadable);
        EXPECT_NE(more.error().detail.find("became shorter"), std::string::npos);
    }
}

TEST(file_source, gives_its_piece_of_the_file_and_reports_it) {
    const test::temporary_folder folder;
    const auto content = test::random_bytes(mib);
    test::write_file(folder / "f", content);
    std::string reported;
    std::vector<shared_bytes> kept;
    file_source source(folder / "f", 100, mib - 300,
                       [&](std::uint64_t done, const shared_bytes& piece) {
                           reported += piece.bytes;
                           EXPECT_EQ(done % (mib - 300), reported.size() % (mib - 300));
                           kept.push_back(piece);
                       });
    for (int round = 0; round < 2; ++round) {
        ASSERT_TRUE(source.rewind());
        reported.clear();
        std::string read;
        while (read.size() < source.size()) {
            const auto piece = source.read(mib);
            ASSERT_TRUE(piece);
            ASSERT_FALSE(piece->empty());
            read += *piece;
        }
        EXPECT_TRUE(read == content.substr(100, mib - 300));
        EXPECT_TRUE(reported == read);
        EXPECT_TRUE(source.read(mib)->empty());
    }
    std::string again;
    for (const auto& piece : kept)
        again += piece.bytes;
    const auto once = content.substr(100, mib - 300);
    EXPECT_TRUE(again == once + once) << "what somebody holds stays as it was";
}

} // namespace
