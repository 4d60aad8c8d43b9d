#include <aistudio/codec/json.hpp>
#include <aistudio/types/job.hpp>

#include <boost/describe/class.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using namespace aistudio;
using testing::HasSubstr;

struct inner {
    std::string name;
    std::vector<double> values;
    friend bool operator==(const inner&, const inner&) = default;
};
BOOST_DESCRIBE_STRUCT(inner, (), (name, values))

/// One member of each kind the codec knows.
struct sample {
    bool flag = false;
    std::int8_t small = 0;
    std::uint16_t unsigned_small = 0;
    std::int64_t big = 0;
    std::uint64_t unsigned_big = 0;
    double number = 0;
    float single = 0;
    std::string text;
    std::filesystem::path path;
    secret key;
    std::optional<int> maybe;
    std::vector<inner> list;
    std::array<int, 2> pair{};
    std::map<std::string, inner> map;
    dataset_id id;
    job_id job;
    open_enum<job_stage> stage;
    timestamp at;
    inner nested;
    friend bool operator==(const sample&, const sample&) = default;
};
BOOST_DESCRIBE_STRUCT(sample, (),
                      (flag, small, unsigned_small, big, unsigned_big, number, single, text, path,
                       key, maybe, list, pair, map, id, job, stage, at, nested))

sample full_sample() {
    sample s;
    s.flag = true;
    s.small = -128;
    s.unsigned_small = 65535;
    s.big = INT64_MIN;
    s.unsigned_big = UINT64_MAX;
    s.number = 0.1;
    s.single = 0.1F;
    s.text = "中\n";
    s.path = "a/b";
    s.key = secret("canary");
    s.maybe = 0;
    s.list = {{"x", {1, -0.5}}, {"", {}}};
    s.pair = {1, 2};
    s.map = {{"a \"b\"", {"y", {}}}};
    s.id = dataset_id{65};
    s.job = job_id{"p-1"};
    s.stage = job_stage::running;
    s.at = timestamp{std::chrono::milliseconds{1'700'000'000'123}};
    s.nested = {"z", {1e300}};
    return s;
}

constexpr std::string_view full_text =
    R"({"flag":true,"small":-128,"unsigned_small":65535,"big":-9223372036854775808,"unsigned_big":18446744073709551615,)"
    R"("number":0.1,"single":0.1,"text":"中\n","path":"a/b","key":"canary","maybe":0,)"
    R"("list":[{"name":"x","values":[1,-0.5]},{"name":"","values":[]}],"pair":[1,2],)"
    R"("map":{"a \"b\"":{"name":"y","values":[]}},"id":65,"job":"p-1","stage":"Running",)"
    R"("at":"2023-11-14T22:13:20.123Z","nested":{"name":"z","values":[1e300]}})";

template <class T>
void expect_unreadable(std::string_view text, std::string_view path, std::string_view expected) {
    const auto value = from_json<T>(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code, errc::decode_failed);
    EXPECT_EQ(value.error().phase, phase::decode);
    EXPECT_THAT(value.error().detail, HasSubstr("At `" + std::string(path) + "`")) << text;
    EXPECT_THAT(value.error().detail, HasSubstr(std::string(expected))) << text;
}

template <class T>
void expect_unwritable(const T& value, std::string_view path, std::string_view why) {
    std::string text = "before";
    const auto done = append_json(text, value);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, errc::encode_failed);
    EXPECT_THAT(done.error().detail, HasSubstr("At `" + std::string(path) + "`"));
    EXPECT_THAT(done.error().detail, HasSubstr(std::string(why)));
    EXPECT_EQ(text, "before");
}

TEST(json, every_kind_of_member_is_written) {
    EXPECT_EQ(to_json(full_sample(), secrets::reveal).value(), full_text);
}

TEST(json, every_kind_of_member_reads_back) {
    EXPECT_EQ(from_json<sample>(full_text).value(), full_sample());
}

TEST(json, default_value_reads_back) {
    const std::string text = to_json(sample{}, secrets::reveal).value();
    EXPECT_EQ(from_json<sample>(text).value(), sample{});
    EXPECT_THAT(text, testing::Not(HasSubstr("maybe"))) << "an empty optional is absent";
    EXPECT_THAT(text, HasSubstr(R"("at":null)"));
}

TEST(json, secrets_are_redacted_unless_asked_for) {
    const std::string text = to_json(full_sample()).value();
    EXPECT_THAT(text, HasSubstr(R"("key":"***")"));
    EXPECT_THAT(text, testing::Not(HasSubstr("canary")));
}

TEST(json, unknown_fields_are_skipped) {
    const auto value = from_json<inner>(
        R"({"new":{"name":"no","values":[[[]]]},"name":"yes","NAME":1,"Name":[],"names":null})");
    EXPECT_EQ(value.value(), (inner{"yes", {}}));
}

TEST(json, missing_fields_keep_their_defaults) {
    EXPECT_EQ(from_json<sample>("{}").value(), sample{});
}

TEST(json, null_is_as_good_as_missing) {
    std::string text = "{";
    for (const char* name :
         {"flag", "small", "unsigned_small", "big", "unsigned_big", "number", "single", "text",
          "path", "key", "maybe", "list", "pair", "map", "id", "job", "stage", "at", "nested"})
        text.append(text.size() > 1 ? ",\"" : "\"").append(name).append("\":null");
    EXPECT_EQ(from_json<sample>(text + "}").value(), sample{});
}

TEST(json, last_of_two_equal_fields_counts) {
    EXPECT_EQ(from_json<inner>(R"({"name":"a","values":[1],"name":"b","values":[2]})").value(),
              (inner{"b", {2}}));
}

TEST(json, unknown_enum_value_survives) {
    const auto value = from_json<sample>(R"({"stage":"Queueing"})");
    EXPECT_EQ(value.value().stage, job_stage::unknown);
    EXPECT_THAT(to_json(value.value()).value(), HasSubstr(R"("stage":"Queueing")"));
}

TEST(json, wrong_type_names_its_path) {
    expect_unreadable<sample>(R"({"flag":1})", ".flag", "true or false");
    expect_unreadable<sample>(R"({"big":"1"})", ".big", "whole number");
    expect_unreadable<sample>(R"({"big":1.5})", ".big", "whole number");
    expect_unreadable<sample>(R"({"small":128})", ".small", "whole number");
    expect_unreadable<sample>(R"({"small":-129})", ".small", "whole number");
    expect_unreadable<sample>(R"({"unsigned_small":65536})", ".unsigned_small", "whole number");
    expect_unreadable<sample>(R"({"unsigned_small":-1})", ".unsigned_small", "non-negative");
    expect_unreadable<sample>(R"({"unsigned_big":-1})", ".unsigned_big", "non-negative");
    expect_unreadable<sample>(R"({"number":"0.1"})", ".number", "number");
    expect_unreadable<sample>(R"({"text":1})", ".text", "string");
    expect_unreadable<sample>(R"({"path":[]})", ".path", "string");
    expect_unreadable<sample>(R"({"maybe":"x"})", ".maybe", "whole number");
    expect_unreadable<sample>(R"({"list":{}})", ".list", "array");
    expect_unreadable<sample>(R"({"list":[{},{"values":[1,2,"3"]}]})", ".list[1].values[2]",
                              "number");
    expect_unreadable<sample>(R"({"pair":[1]})", ".pair", "2 elements");
    expect_unreadable<sample>(R"({"pair":[1,true]})", ".pair[1]", "whole number");
    expect_unreadable<sample>(R"({"map":[]})", ".map", "object");
    expect_unreadable<sample>(R"({"map":{"k":{"name":0}}})", ".map.k.name", "string");
    expect_unreadable<sample>(R"({"id":"65"})", ".id", "whole number");
    expect_unreadable<sample>(R"({"job":65})", ".job", "string");
    expect_unreadable<sample>(R"({"stage":3})", ".stage", "string");
    expect_unreadable<sample>(R"({"at":true})", ".at", "time");
    expect_unreadable<sample>(R"({"nested":[]})", ".nested", "object");
    expect_unreadable<sample>("[]", "the whole value", "object");
    expect_unreadable<int>("null", "the whole value", "whole number");
    expect_unreadable<std::vector<std::vector<int>>>("[[1],[2,null]]", "[1][1]", "whole number");
}

TEST(json, key_from_outside_cannot_break_or_fill_the_message) {
    const std::string key = "\\u001b[2J\\n" + std::string(10'000, 'k');
    const auto value = from_json<std::map<std::string, int>>("{\"" + key + "\":\"\"}");
    ASSERT_FALSE(value.has_value());
    EXPECT_EQ(value.error().detail.find_first_of("\x1b\n"), std::string::npos);
    EXPECT_LT(value.error().detail.size(), 300U);
}

TEST(json, secret_that_does_not_fit_is_not_shown) {
    const auto value = from_json<sample>(R"({"key":["canary"]})");
    ASSERT_FALSE(value.has_value());
    EXPECT_THAT(value.error().message(), testing::Not(HasSubstr("canary")));
}

TEST(json, text_that_is_not_json_is_refused) {
    const auto value = from_json<sample>("<html>");
    ASSERT_FALSE(value.has_value());
    EXPECT_THAT(value.error().detail, HasSubstr("The text is not JSON"));
    EXPECT_FALSE(from_json<sample>(R"({"text":")" + std::string(100'000, '[') + "}").has_value());
    EXPECT_FALSE(
        from_json<sample>(std::string(100'000, '[') + std::string(100'000, ']')).has_value());
}

TEST(json, value_that_json_cannot_hold_names_its_path) {
    sample s = full_sample();
    s.number = std::nan("");
    expect_unwritable(s, ".number", "NaN");
    s = full_sample();
    s.single = std::numeric_limits<float>::infinity();
    expect_unwritable(s, ".single", "infinity");
    s = full_sample();
    s.text = "\xff";
    expect_unwritable(s, ".text", "UTF-8");
    s = full_sample();
    s.list[0].values[1] = -std::numeric_limits<double>::infinity();
    expect_unwritable(s, ".list[0].values[1]", "infinity");
    s = full_sample();
    s.map["k"].name = "\xe4";
    expect_unwritable(s, ".map.k.name", "UTF-8");
    s = full_sample();
    s.map["\xff"];
    expect_unwritable(s, ".map", "key");
    s = full_sample();
    s.job = job_id{"\xff"};
    expect_unwritable(s, ".job", "UTF-8");
    expect_unwritable(std::nan(""), "the whole value", "NaN");
    expect_unwritable(std::vector<std::vector<double>>{{1}, {2, std::nan("")}}, "[1][1]", "NaN");
}

TEST(json, secret_that_is_not_text_is_refused_without_showing_it) {
    sample s;
    s.key = secret("canary\xff");
    const auto text = to_json(s, secrets::reveal);
    ASSERT_FALSE(text.has_value());
    EXPECT_THAT(text.error().message(), testing::Not(HasSubstr("canary")));
    EXPECT_TRUE(to_json(s).has_value());
}

TEST(json, first_of_two_bad_values_is_named) {
    const std::vector<double> values{1, std::nan(""), std::nan("")};
    expect_unwritable(values, "[1]", "NaN");
    expect_unwritable(inner{"\xff", values}, ".name", "UTF-8");
}

TEST(json, time_is_read_from_text_or_milliseconds) {
    const timestamp known{std::chrono::milliseconds{1'700'000'000'000}};
    EXPECT_EQ(from_json<timestamp>("1700000000000").value(), known);
    EXPECT_EQ(from_json<timestamp>(R"("2023-11-14 22:13:20")").value(), known);
    EXPECT_EQ(from_json<timestamp>(R"("two days ago")").value(), timestamp{})
        << "opaque text is a time that is not known";
}

TEST(json, plain_values_need_no_struct) {
    EXPECT_EQ(to_json(std::vector<int>{1, 2}).value(), "[1,2]");
    EXPECT_EQ(to_json("text").value(), R"("text")");
    EXPECT_EQ(to_json(std::vector<bool>{true, false}).value(), "[true,false]");
    EXPECT_EQ(from_json<std::vector<bool>>("[true,false]").value(),
              (std::vector<bool>{true, false}));
    EXPECT_EQ(to_json(std::optional<int>{}).value(), "null");
    EXPECT_EQ(from_json<std::optional<int>>("null").value(), std::nullopt);
    EXPECT_EQ((from_json<std::map<std::string, std::array<double, 2>>>(R"({"a":[1,2.5]})")
                   .value()
                   .at("a")[1]),
              2.5);
}

TEST(json, parsed_value_is_read_without_its_text) {
    json_document document;
    ASSERT_TRUE(document.parse(R"({"result":[1,2]})").has_value());
    EXPECT_EQ(from_json<std::vector<int>>(*document.root().find("result")).value(),
              (std::vector<int>{1, 2}));
}

TEST(json, fields_are_found_in_any_order) {
    const inner expected{"x", {1}};
    EXPECT_EQ(from_json<inner>(R"({"name":"x","values":[1]})").value(), expected);
    EXPECT_EQ(from_json<inner>(R"({"values":[1],"name":"x"})").value(), expected);
    EXPECT_EQ(
        from_json<inner>(R"({"a":0,"values":[1],"b":[],"name":"x","values":[1],"c":0})").value(),
        expected);
}

TEST(json, value_of_a_document_is_written_as_it_is) {
    json_document document;
    const auto root = document.parse(R"({"a": [1.0, "x"]})");
    ASSERT_TRUE(root.has_value());
    EXPECT_EQ(to_json(*root->find("a")).value(), R"([1.0,"x"])");
}

TEST(json, memory_of_a_value_is_used_again) {
    std::vector<std::vector<double>> rows{{1, 2, 3}};
    json_document document;
    ASSERT_TRUE(from_json_into(*document.parse("[[4, 5], [6]]"), rows).has_value());
    EXPECT_EQ(rows, (std::vector<std::vector<double>>{{4, 5}, {6}}));
    const auto done = from_json_into(*document.parse("[[4, true]]"), rows);
    ASSERT_FALSE(done.has_value());
    EXPECT_THAT(done.error().detail, HasSubstr("`[0][1]`"));
}

} // namespace
