#include <aistudio/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace {

using namespace aistudio;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class each_errc : public testing::TestWithParam<int> {
protected:
    const errc code = static_cast<errc>(GetParam());
};
INSTANTIATE_TEST_SUITE_P(catalogue, each_errc,
                         testing::Range(0, static_cast<int>(errc::internal_error) + 1));

TEST_P(each_errc, has_a_row_of_its_own) {
    EXPECT_EQ(info(code).code, code) << "no row for " << GetParam();
    EXPECT_NE(info(code).name, "unknown") << "no row for " << GetParam();
    EXPECT_EQ(info(code).name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"),
              std::string_view::npos);
}

TEST_P(each_errc, has_a_sentence_in_both_languages) {
    EXPECT_TRUE(info(code).english.ends_with('.')) << info(code).english;
    EXPECT_TRUE(info(code).chinese.ends_with("。")) << info(code).chinese;
    for (const char c : info(code).english)
        EXPECT_TRUE(c >= ' ' && c <= '~') << info(code).english;
}

TEST_P(each_errc, message_of_the_category_is_the_english_sentence) {
    const boost::system::error_code error = code;
    EXPECT_EQ(error.message(), info(code).english);
    EXPECT_EQ(error.failed(), code != errc::ok);
}

TEST_P(each_errc, problem_tells_name_and_advice) {
    problem p;
    p.code = code;
    EXPECT_THAT(p.message(), StartsWith(std::string(info(code).english)));
    EXPECT_THAT(p.message(), HasSubstr(std::string(info(code).name)));
    EXPECT_THAT(p.message_zh(), StartsWith(std::string(info(code).chinese)));
}

TEST(errc_catalogue, names_are_distinct) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(errc::internal_error); ++i)
        EXPECT_TRUE(names.insert(info(static_cast<errc>(i)).name).second)
            << info(static_cast<errc>(i)).name;
}

TEST(errc_catalogue, number_without_a_code_is_unknown) {
    EXPECT_EQ(info(static_cast<errc>(-1)).name, "unknown");
    EXPECT_EQ(info(static_cast<errc>(static_cast<int>(errc::internal_error) + 1)).name, "unknown");
    EXPECT_EQ(category().message(9999), "Unknown error.");
    EXPECT_STREQ(category().name(), "aistudio");
}

TEST(problem, message_holds_every_fact) {
    problem p;
    p.code = errc::rate_limited;
    p.status = 429;
    p.service_code = 12002;
    p.detail = "The service said: slow down.";
    p.log_id = "abc-1";
    p.phase = phase::first_byte;
    p.outcome = outcome::done;
    p.attempts = 3;
    p.cause = make_error_code(boost::system::errc::connection_reset);
    for (const std::string& text : {p.message(), p.message_zh()})
        for (const char* fact : {"slow down", "rate_limited", "429", "12002", "abc-1", "first_byte",
                                 "done", "attempts 3", "reset"})
            EXPECT_THAT(text, HasSubstr(fact));
    EXPECT_EQ(p.message().find('\n'), std::string::npos);
}

TEST(problem, message_omits_what_is_not_known) {
    const std::string text = make_problem(errc::invalid_argument, "").message();
    for (const char* fact : {"HTTP", "errorCode", "logId", "attempts", "cause"})
        EXPECT_THAT(text, Not(HasSubstr(fact)));
    EXPECT_THAT(text, HasSubstr("outcome not_sent"));
}

TEST(make_problem, nothing_was_sent) {
    const problem p = make_problem(errc::file_not_found, "The file `a` is missing.");
    EXPECT_EQ(p.code, errc::file_not_found);
    EXPECT_EQ(p.phase, phase::check);
    EXPECT_EQ(p.outcome, outcome::not_sent);
    EXPECT_EQ(p.attempts, 0);
    EXPECT_EQ(make_problem(errc::decode_failed, "", phase::decode).phase, phase::decode);
}

TEST(result, value_of_a_failed_one_throws_the_problem) {
    const result<int> failed = make_problem(errc::conflict, "Attached elsewhere.");
    try {
        (void)failed.value();
        FAIL() << "did not throw";
    } catch (const api_error& e) {
        EXPECT_EQ(e.code(), errc::conflict);
        EXPECT_EQ(e.problem(), failed.error());
        EXPECT_EQ(e.what(), failed.error().message());
    }
}

TEST(result, void_of_a_failed_one_throws_a_system_error) {
    const result<void> failed = make_problem(errc::conflict, "");
    EXPECT_THROW(failed.value(), boost::system::system_error);
    EXPECT_NO_THROW(result<void>().value());
}

} // namespace
