#include "cli/csv.hpp"

#include <aistudio/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace aistudio::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using record = std::vector<std::string>;

/// All records of a text whose lines come as the command's input gives them.
std::vector<record> read_all(const std::string& text) {
    std::istringstream in(text);
    csv_reader reader([&](std::string& line) {
        if (!std::getline(in, line))
            return false;
        if (line.ends_with('\r'))
            line.pop_back();
        return true;
    });
    std::vector<record> out;
    for (record fields; reader.read(fields);)
        out.push_back(fields);
    return out;
}

std::string failure_of(const std::string& text) {
    try {
        read_all(text);
    } catch (const api_error& e) {
        return e.problem().detail;
    }
    return "read without failure";
}

TEST(csv, fields_are_separated_by_commas) {
    EXPECT_THAT(read_all("a,b,c\r\n1,,3\n,\n"),
                ElementsAre(record{"a", "b", "c"}, record{"1", "", "3"}, record{"", ""}));
}

TEST(csv, last_line_may_have_no_end_and_empty_lines_are_skipped) {
    EXPECT_THAT(read_all("\na\n\n\nb"), ElementsAre(record{"a"}, record{"b"}));
    EXPECT_TRUE(read_all("").empty());
}

TEST(csv, quoted_fields_hold_commas_quotes_and_line_ends) {
    EXPECT_THAT(
        read_all("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\",\"\"\nx,\"\"\"\",y,z\n"),
        ElementsAre(record{"a,b", "say \"hi\"", "two\nlines", ""}, record{"x", "\"", "y", "z"}));
}

TEST(csv, blanks_belong_to_the_fields) {
    EXPECT_THAT(read_all(" a , b\n"), ElementsAre(record{" a ", " b"}));
}

TEST(csv, mark_at_the_beginning_is_skipped) {
    EXPECT_THAT(read_all("\xEF\xBB\xBFname,\"q\"\n"), ElementsAre(record{"name", "q"}));
    EXPECT_THAT(read_all("\xEF\xBB\xBF\"name\"\n"), ElementsAre(record{"name"}));
}

TEST(csv, broken_quotes_are_refused_with_their_line) {
    EXPECT_THAT(failure_of("a,b\n1,\"two\nthree\n"), HasSubstr("Line 2: a quoted field"));
    EXPECT_THAT(failure_of("a\n\n\"x\"y\n"), HasSubstr("Line 3: text follows"));
    EXPECT_THAT(failure_of("a\nx\"y\"\n"), HasSubstr("Line 2: a quote within"));
}

TEST(csv, record_becomes_an_object_of_numbers_texts_and_nulls) {
    EXPECT_EQ(to_json_object({"a", "b", "c", "d\"e"}, {"1.50", "x", "", "-2e-3"}, 2).value(),
              R"({"a":1.50,"b":"x","c":null,"d\"e":-2e-3})");
    EXPECT_EQ(to_json_object({"zip"}, {"01234"}, 2).value(), R"({"zip":"01234"})");
}

TEST(csv, record_of_another_length_or_not_utf8_is_refused_with_its_line) {
    for (const auto& fields : std::vector<record>{{"1"}, {"1", "2", "3"}, {"1", "\xff"}}) {
        const auto refused = to_json_object({"a", "b"}, fields, 17);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, errc::encode_failed);
        EXPECT_THAT(refused.error().detail, HasSubstr("Line 17"));
    }
}

TEST(csv, only_numbers_of_json_are_numbers) {
    for (const char* yes : {"0", "-0", "12", "1.0", "-1.25e+10", "1E5", "0.5e-3"})
        EXPECT_TRUE(is_json_number(yes)) << yes;
    for (const char* no : {"", "-", "+1", ".5", "1.", "01", "0x1", "nan", "1e", "1 ", " 1", "1,5",
                           "--1", "1e+", "Infinity"})
        EXPECT_FALSE(is_json_number(no)) << no;
}

} // namespace
} // namespace aistudio::cli
