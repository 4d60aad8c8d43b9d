#include "cli/command.hpp"

namespace aistudio::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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
    command_result predict() const { return predict(service_); }
    command_result predict(const endpoint& to) const {
        auto variables = environment();
        variables["AISTUDIO_API_KEY"] = to.api_key.reveal();
        return command({"predict", to.url, "1"}, variables).wait();
    }
    /// A second service beside the first.
    endpoint other() {
        return studio_->serve("other", [](std::string_view) { return result<std::string>("2"); })
            .value();
    }
    static std::string id_of(const endpoint& e) { return e.url.substr(e.url.rfind('/') + 1); }
    /// What the studio keeps of a fault that was added so.
    std::string added(std::vector<std::string> words) const {
        words.insert(words.begin(), {"local", "faults", "add"});
        return run_json(words);
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

TEST_F(faults_command, every_option_says_what_is_played) {
    const auto made =
        added({"too_many_requests", "--service", id_of(service_), "--after", "3", "--times", "4",
               "--share", "0.25", "--delay-ms", "2000", "--patience", "5"});
    EXPECT_EQ(member(made, "kind"), "too_many_requests");
    EXPECT_EQ(member(made, "serviceId"), id_of(service_));
    EXPECT_EQ(member(made, "after"), "3");
    EXPECT_EQ(member(made, "times"), "4");
    EXPECT_EQ(member(made, "share"), "0.25");
    EXPECT_EQ(member(made, "delayMs"), "2000");
    EXPECT_EQ(member(made, "patience"), "5");
    EXPECT_EQ(member(added({"reset", "--bytes", "40"}), "bytes"), "40");
    EXPECT_EQ(member(added({"reset"}), "patience"), "64");
    for (const std::string option : {"--after", "--times", "--bytes", "--delay-ms", "--patience"}) {
        EXPECT_EQ(run({"local", "faults", "add", "reset", option, "-1"}).status, 1) << option;
        EXPECT_EQ(run({"local", "faults", "add", "reset", option, "x"}).status, 2) << option;
    }
    EXPECT_EQ(run({"local", "faults", "add", "reset", "--service", "0"}).status, 2);
}

TEST_F(faults_command, service_option_spares_the_other_services) {
    const auto spared = other();
    added({"html_page", "--service", id_of(service_)});
    EXPECT_EQ(predict().status, 1);
    EXPECT_EQ(predict(spared).status, 0);
    EXPECT_EQ(run_json({"local", "faults", "list", "--service", id_of(spared)}), "[]\n");
    EXPECT_THAT(run({"local", "faults", "list", "--service", id_of(service_)}).out,
                HasSubstr("html_page"));
    run({"local", "faults", "clear", "--service", id_of(spared)});
    EXPECT_EQ(predict().status, 1);
    run({"local", "faults", "clear", "--service", id_of(service_)});
    EXPECT_EQ(predict().status, 0);
}

TEST_F(faults_command, after_and_patience_count_calls) {
    added({"failure_text", "--after", "1", "--times", "1"}); // is not tried again
    EXPECT_EQ(predict().status, 0);
    EXPECT_EQ(predict().status, 1);
    EXPECT_EQ(predict().status, 0);
    // Told to wait a minute, a client that does not is blocked: at once without patience.
    added({"too_many_requests", "--delay-ms", "60000", "--patience", "0"});
    auto variables = environment();
    variables["AISTUDIO_API_KEY"] = service_.api_key.reveal();
    const auto called = [&] {
        return command({"predict", service_.url, "1", "--timeout", "5"}, variables).wait().err;
    };
    EXPECT_THAT(called(), HasSubstr("429"));
    EXPECT_THAT(called(), HasSubstr("403"));
}

TEST_F(faults_command, key_comes_from_a_variable_and_is_not_shown) {
    const auto spared = other();
    const std::string key(service_.api_key.reveal());
    auto variables = environment();
    variables["KEY_OF_ONE"] = key;
    const auto done =
        command({"local", "faults", "add", "html_page", "--key-env", "KEY_OF_ONE", "--json"},
                variables)
            .wait();
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_EQ(member(done.out, "apiKey"), "***");
    EXPECT_THAT(done.out + done.err, Not(HasSubstr(key)));
    EXPECT_THAT(run({"local", "faults", "list"}).out, Not(HasSubstr(key)));
    EXPECT_EQ(predict().status, 1);
    EXPECT_EQ(predict(spared).status, 0);

    const auto unset = run({"local", "faults", "add", "html_page", "--key-env", "NOT_SET"});
    EXPECT_EQ(unset.status, 1);
    EXPECT_THAT(unset.err, HasSubstr("set NOT_SET"));
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
