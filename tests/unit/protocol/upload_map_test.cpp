#include <aistudio/protocol/digest.hpp>
#include <aistudio/protocol/upload_map.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;

TEST(part_plan, sizes_around_a_part) {
    struct example {
        std::uint64_t size;
        int count;
        std::uint64_t last;
    };
    for (const auto& e : {example{0, 1, 0}, example{1, 1, 1}, example{5 * mib - 1, 1, 5 * mib - 1},
                          example{5 * mib, 1, 5 * mib}, example{5 * mib + 1, 2, 1},
                          example{10 * mib - 1, 2, 5 * mib - 1}, example{10 * mib, 2, 5 * mib},
                          example{10 * mib + 1, 3, 1}}) {
        const part_plan plan(e.size, 5 * mib);
        EXPECT_EQ(plan.count(), e.count) << e.size;
        EXPECT_EQ(plan.length(plan.count()), e.last) << e.size;
        EXPECT_EQ(plan.offset(plan.count()) + plan.length(plan.count()), e.size);
    }
}

TEST(part_plan, parts_grow_so_that_there_are_at_most_10000) {
    for (const std::uint64_t size :
         {10'000 * 5 * mib, 10'000 * 5 * mib + 1, 50 * 1024 * mib, mib << 20U, mib << 24U}) {
        const part_plan plan(size, 5 * mib);
        EXPECT_LE(plan.count(), 10'000) << size;
        EXPECT_EQ(plan.part_size() % mib, 0U);
        EXPECT_EQ(plan.offset(plan.count()) + plan.length(plan.count()), size);
        EXPECT_GT(plan.length(plan.count()), 0U);
    }
    EXPECT_EQ(part_plan(10'000 * 5 * mib, 5 * mib).part_size(), 5 * mib);
    EXPECT_EQ(part_plan(10'000 * 5 * mib + 1, 5 * mib).part_size(), 6 * mib);
}

const file_stamp file{"/data/中 文+%.bin", 10, 1'700'000'000'123'456'789};
const upload_place place{"http://127.0.0.1:9", "b", "k/1", "u-1"};

upload_map some_map() { return upload_map(file, place, part_plan(10, 4)); }

wire::upload_part listed(int number, std::string tag, std::optional<std::int64_t> size) {
    return {number, std::move(tag), size, std::nullopt};
}

TEST(upload_map, lines_read_back) {
    auto map = some_map();
    std::string text = map.head();
    for (const uploaded_part& part : {uploaded_part{1, 11, "\"aa\""}, uploaded_part{3, 33, "cc"}})
        text += upload_map::line(part);
    const auto read = upload_map::read(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->file(), file);
    EXPECT_EQ(read->place(), place);
    EXPECT_EQ(read->plan().part_size(), 4U);
    EXPECT_EQ(read->bytes(), 4U + 2U);
    EXPECT_FALSE(read->complete());
}

TEST(upload_map, cut_off_at_any_byte_it_keeps_the_whole_lines) {
    const std::string head = some_map().head();
    const std::string text =
        head + upload_map::line({1, 11, "aa"}) + upload_map::line({2, 22, "b"});
    for (std::size_t size = 0; size < text.size(); ++size) {
        const auto read = upload_map::read(text.substr(0, size));
        ASSERT_EQ(read.has_value(), size >= head.size()) << size;
        const std::size_t first = head.size() + upload_map::line({1, 11, "aa"}).size();
        EXPECT_EQ(read ? read->bytes() : 0U, size >= first ? 4U : 0U);
    }
    EXPECT_EQ(upload_map::read(text)->bytes(), 8U);
}

TEST(upload_map, other_texts_are_none) {
    for (const std::string text :
         {"", "\n", "{}\n", "[]\n", "{\"format\":\"aistudio upload 2\"}\n", "\xff\xfe\n"})
        EXPECT_FALSE(upload_map::read(text)) << text;
    auto zero = some_map().head();
    zero.replace(zero.find("\"part_size\":4"), 13, "\"part_size\":0");
    EXPECT_FALSE(upload_map::read(zero));
}

TEST(upload_map, parts_that_cannot_be_are_left_out) {
    const auto read = upload_map::read(some_map().head() + upload_map::line({0, 1, "a"}) +
                                       upload_map::line({4, 1, "a"}) + "nonsense\n" +
                                       upload_map::line({2, 1, "a"}));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->bytes(), 4U);
}

TEST(upload_map, later_line_about_a_part_counts) {
    auto read = upload_map::read(some_map().head() + upload_map::line({1, 11, "old"}) +
                                 upload_map::line({1, 12, "new"}));
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->confirm(1, 11));
}

TEST(upload_map, only_what_both_sides_have_is_kept) {
    auto map = some_map();
    map.add({1, 11, "\"aa\""});
    map.add({2, 22, "bb"});
    map.add({3, 33, "cc"});
    map.keep_agreed(
        {listed(1, "aa", 4), listed(2, "\"other\"", 4), listed(3, "cc", 4), listed(7, "x", 1)});
    EXPECT_TRUE(map.confirm(1, 11));
    EXPECT_FALSE(map.confirm(2, 22)) << "another ETag";
    EXPECT_FALSE(map.confirm(3, 33)) << "another size";
    EXPECT_EQ(map.bytes(), 4U);
}

TEST(upload_map, part_whose_bytes_changed_is_forgotten) {
    auto map = some_map();
    map.add({1, 11, "aa"});
    EXPECT_FALSE(map.confirm(1, 12));
    EXPECT_EQ(map.bytes(), 0U);
    EXPECT_FALSE(map.confirm(1, 11));
}

TEST(upload_map, whole_checksum_and_list_come_from_the_parts) {
    const std::string content = "0123456789";
    auto map = some_map();
    for (const int number : {3, 1, 2}) {
        crc32 sum;
        sum.update(
            std::string_view(content).substr(map.plan().offset(number), map.plan().length(number)));
        EXPECT_FALSE(map.complete());
        map.add({number, sum.value(), "\"t" + std::to_string(number) + "\""});
    }
    EXPECT_TRUE(map.complete());
    crc32 whole;
    whole.update(content);
    EXPECT_EQ(map.crc32(), whole.value());
    const auto list = map.list();
    ASSERT_EQ(list.parts.size(), 3U);
    EXPECT_EQ(list.parts[0].part_number, 1);
    EXPECT_EQ(list.parts[2].e_tag, "t3");
}

} // namespace
} // namespace aistudio
