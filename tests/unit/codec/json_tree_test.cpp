#include <aistudio/codec/json.hpp>
#include <aistudio/codec/json_tree.hpp>

#include <boost/describe/class.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <sstream>

namespace {

using namespace aistudio;
using testing::HasSubstr;

json_tree read(std::string_view text) { return from_json<json_tree>(text).value(); }

TEST(json_tree, every_kind_survives_the_round_trip) {
    const std::string text =
        R"({"b":[null,true,false,-1,18446744073709551615,1.5,1.0,1e300,-0.0,"中\n",[],{}],"a":1,"b":2})";
    const json_tree tree = read(text);
    EXPECT_EQ(to_json(tree).value(), text);
    EXPECT_EQ(tree.kind(), json_kind::object);
    EXPECT_EQ(tree.size(), 3U);
    EXPECT_EQ(tree.find("b")->at(4)->kind(), json_kind::unsigned_integer);
    EXPECT_EQ(tree.find("b")->at(6)->kind(), json_kind::number);
    EXPECT_EQ(*tree.find("a"), json_tree(1));
    EXPECT_EQ(tree.find("c"), nullptr);
    EXPECT_EQ(tree.at(0), nullptr);
    EXPECT_EQ(tree.find("b")->at(12), nullptr);
}

TEST(json_tree, is_made_of_plain_values) {
    const json_tree tree = json_tree::object{
        {"name", "x"},
        {"sizes", json_tree::array{1, 2U, 0.5F, std::uint64_t{UINT64_MAX}, true, nullptr}}};
    EXPECT_EQ(to_json(tree).value(),
              R"({"name":"x","sizes":[1,2,0.5,18446744073709551615,true,null]})");
}

TEST(json_tree, values_are_compared_with_their_kind) {
    EXPECT_EQ(read("[1,{\"a\":2}]"), read(" [1, {\"a\": 2}] "));
    EXPECT_NE(read("1"), read("1.0"));
    EXPECT_NE(read("{\"a\":1,\"b\":2}"), read("{\"b\":2,\"a\":1}"));
    EXPECT_EQ(json_tree(7U), json_tree(std::int64_t{7}));
    EXPECT_NE(json_tree("1"), json_tree(1));
    EXPECT_NE(json_tree(true), json_tree(1));
}

TEST(json_tree, what_json_cannot_hold_names_its_place) {
    const json_tree tree =
        json_tree::object{{"rows", json_tree::array{1, json_tree::array{0.5, std::nan("")}}}};
    const auto text = to_json(tree);
    ASSERT_FALSE(text.has_value());
    EXPECT_THAT(text.error().detail, HasSubstr("`.rows[1][1]`"));
    EXPECT_EQ(tree.to_string(), R"({"rows":[1,[0.5,null]]})");
}

TEST(json_tree, is_printed_as_json) {
    std::ostringstream out;
    out << read("[1, 2.0]");
    EXPECT_EQ(out.str(), "[1,2.0]");
}

struct answer {
    int code = 0;
    json_tree result;
};
BOOST_DESCRIBE_STRUCT(answer, (), (code, result))

TEST(json_tree, may_be_a_member) {
    const auto value = from_json<answer>(R"({"code":1,"result":{"any":[1]}})");
    ASSERT_TRUE(value.has_value());
    EXPECT_EQ(value->result, read(R"({"any":[1]})"));
    EXPECT_EQ(to_json(*value).value(), R"({"code":1,"result":{"any":[1]}})");
}

json_tree random_tree(std::mt19937_64& random, int depth) {
    switch (random() % (depth > 0 ? 8 : 6)) {
    case 0:
        return nullptr;
    case 1:
        return random() % 2 == 0;
    case 2:
        return static_cast<std::int64_t>(random() >> (random() % 64));
    case 3:
        return random() >> (random() % 64);
    case 4: {
        const double value = std::bit_cast<double>(random());
        return std::isfinite(value) ? value : 1e3;
    }
    case 5: {
        std::string text;
        for (auto size = random() % 40; size > 0; --size)
            text += random() % 8 == 0 ? "中" : std::string(1, static_cast<char>(random() % 128));
        return text;
    }
    case 6: {
        json_tree::array items;
        for (auto size = random() % 8; size > 0; --size)
            items.push_back(random_tree(random, depth - 1));
        return items;
    }
    default: {
        json_tree::object fields;
        for (auto size = random() % 8; size > 0; --size)
            fields.emplace_back(std::to_string(random() % 10), random_tree(random, depth - 1));
        return fields;
    }
    }
}

TEST(json_tree, random_trees_survive_the_round_trip) {
    std::mt19937_64 random(4);
    for (int i = 0; i < 2'000; ++i) {
        const json_tree tree = random_tree(random, 6);
        const std::string text = to_json(tree).value();
        ASSERT_EQ(read(text), tree) << text;
        json_document document;
        ASSERT_EQ(read(document.parse(text)->to_string()), tree) << text; // by another writer
    }
}

TEST(json_tree, damaged_texts_are_refused_or_read_never_worse) {
    std::mt19937_64 random(5);
    json_document document;
    std::size_t refused = 0;
    for (int i = 0; i < 5'000; ++i) {
        std::string text = to_json(random_tree(random, 4)).value();
        for (auto damages = 1 + random() % 3; damages > 0; --damages)
            switch (random() % 3) {
            case 0:
                text[random() % text.size()] = static_cast<char>(random());
                break;
            case 1:
                text.resize(1 + random() % text.size());
                break;
            default:
                text.insert(random() % text.size(), 1, "[]{},:\"\\0e-"[random() % 11]);
            }
        const auto copied = document.parse(text);
        const bool readable = copied.has_value();
        const json_tree tree = readable ? from_json<json_tree>(*copied).value() : json_tree();
        refused += readable ? 0 : 1;
        const std::size_t size = text.size();
        text.append(json_padding, '1');
        const auto padded = document.parse_padded(std::string_view(text).substr(0, size));
        ASSERT_EQ(padded.has_value(), readable) << text;
        if (readable) {
            ASSERT_EQ(from_json<json_tree>(*padded).value(), tree) << text;
            ASSERT_EQ(read(to_json(tree).value()), tree) << text;
        }
        static_cast<void>(from_json<matrix<double>>(std::string_view(text).substr(0, size)));
    }
    EXPECT_GT(refused, 1'000U);
    EXPECT_LT(refused, 5'000U);
}

TEST(json_tree, deepest_text_is_read_and_written) {
    const std::string text =
        std::string(max_json_depth - 1, '[') + std::string(max_json_depth - 1, ']');
    EXPECT_EQ(to_json(read(text)).value(), text);
}

} // namespace
