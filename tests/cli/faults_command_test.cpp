#include "cli/command.hpp"

namespace aistudio::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class faults_command : public command_test {
protected:
    void SetUp() override {
        command_test::SetUp();
        service_ = studio_
                       ->serve("echo",
                               [](std::string_view json) -> result<std::string> {
                                   return std::string(json);
                               })
                       .value();
    }
    command_result predict() const {
        auto variables = environment();
        variables["AISTUDIO_API_KEY"] = service_.api_key.reveal();
        return command({"predict", service_.url, "1"}, variables).wait();
    }

    endpoint service_;
};

TEST_F(faults_command, added_fault_is_played_listed_and_cleared) {
    const auto added = run_json({"local", "faults", "add", "html_page", "--times", "7"});
    EXPECT_EQ(member(added, "kind"), "html_page");
    const auto failed = predict();
    EXPECT_EQ(failed.status, 1);
    EXPECT_THAT(failed.err, HasSubstr("502"));
    EXPECT_THAT(run({"local", "faults", "list"}).out,
                AllOf(HasSubstr("html_page"), HasSubstr("1.0"), HasSubstr("7")));
    EXPECT_EQ(run({"local", "faults", "clear"}).status, 0);
    EXPECT_EQ(run_json({"local", "faults", "list"}), "[]\n");
    EXPECT_EQ(predict().status, 0);
}

TEST_F(faults_command, one_fault_is_removed_by_its_id) {
    const auto id =
        member(run_json({"local", "faults", "add", "stall", "--share", "0.5"}), "faultId");
    EXPECT_EQ(run({"local", "faults", "remove", id}).status, 0);
    EXPECT_EQ(run({"local", "faults", "remove", id}).status, 1);
}

TEST_F(faults_command, what_cannot_be_played_is_refused_with_advice) {
    const auto unknown = run({"local", "faults", "add", "gremlins"});
    EXPECT_EQ(unknown.status, 1);
    EXPECT_THAT(unknown.err, AllOf(HasSubstr("gremlins"), HasSubstr("queue_full")));
    EXPECT_THAT(run({"local", "faults", "add", "reset", "--share", "2"}).err, HasSubstr("share"));
    EXPECT_EQ(run({"local", "faults", "add"}).status, 2);
}

} // namespace
} // namespace aistudio::test
