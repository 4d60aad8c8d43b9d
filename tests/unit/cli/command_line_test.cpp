#include "cli/application.hpp"
#include "cli/completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

namespace aistudio::cli {
namespace {

using testing::HasSubstr;

/// The whole command line, parsed but not run.
struct parsed {
    explicit parsed(std::vector<std::string> words) {
        build(app, ctx);
        std::reverse(words.begin(), words.end()); // as CLI11 wants them
        app.parse(words);
    }
    context ctx;
    CLI::App app;
};

void for_each_command(const CLI::App& app, const std::function<void(const CLI::App&)>& f) {
    for (const auto* sub : app.get_subcommands({})) {
        f(*sub);
        for_each_command(*sub, f);
    }
}

struct whole_tree {
    whole_tree() { build(app, ctx); }
    context ctx;
    CLI::App app;
};

TEST(command_line, global_options_may_stand_anywhere) {
    EXPECT_TRUE(parsed({"--json", "dataset", "list"}).ctx.global.json);
    EXPECT_TRUE(parsed({"dataset", "--json", "list"}).ctx.global.json);
    EXPECT_TRUE(parsed({"dataset", "list", "--json"}).ctx.global.json);
    EXPECT_EQ(parsed({"job", "wait", "x", "--timeout", "1.5"}).ctx.timeout(),
              std::chrono::milliseconds(1500));
}

TEST(command_line, name_may_be_that_of_a_noun_or_verb) {
    EXPECT_TRUE(parsed({"dataset", "create", "job"}).ctx.action);
    EXPECT_TRUE(parsed({"dataset", "create", "list", "show"}).ctx.action);
    EXPECT_TRUE(parsed({"job", "submit", "-n", "list", "-p", "job", "-c", "show"}).ctx.action);
}

TEST(command_line, files_may_have_commas_and_blanks) {
    parsed line({"dataset", "create", "d", "a b", "c,d"});
    const auto files = line.app.get_subcommand("dataset")
                           ->get_subcommand("create")
                           ->get_option("FILES")
                           ->results();
    EXPECT_THAT(files, testing::ElementsAre("a b", "c,d"));
}

TEST(command_line, record_may_be_an_array) {
    parsed line({"predict", "http://127.0.0.1:1/serving/online/1", "[1,2]"});
    EXPECT_EQ(line.app.get_subcommand("predict")->get_option("RECORD")->as<std::string>(), "[1,2]");
}

TEST(command_line, repeated_options_leave_positionals_alone) {
    parsed line({"project", "create", "--dataset", "1", "--dataset", "2", "name"});
    const auto* create = line.app.get_subcommand("project")->get_subcommand("create");
    EXPECT_EQ(create->get_option("--dataset")->as<std::vector<int>>(), (std::vector{1, 2}));
    EXPECT_EQ(create->get_option("NAME")->as<std::string>(), "name");
}

TEST(command_line, wrong_values_are_refused) {
    EXPECT_THROW(parsed({"dataset", "show", "0"}), CLI::ParseError);
    EXPECT_THROW(parsed({"dataset", "show", "x"}), CLI::ParseError);
    EXPECT_THROW(parsed({"dataset", "show", "-1"}), CLI::ParseError);
    EXPECT_THROW(parsed({"dataset", "show", "99999999999999999999"}), CLI::ParseError);
    EXPECT_THROW(parsed({"dataset", "list", "--timeout", "0"}), CLI::ParseError);
    EXPECT_THROW(parsed({"dataset", "list", "--timeout", "inf"}), CLI::ParseError);
    EXPECT_THROW(parsed({"dataset", "create", "d", "--licence", "9"}), CLI::ParseError);
    EXPECT_THROW(parsed({"job", "list", "--stage", "nonsense"}), CLI::ParseError);
    EXPECT_THROW(parsed({"local", "up", "--port", "65536"}), CLI::ParseError);
    EXPECT_THROW(parsed({"--lang", "fr", "dataset", "list"}), CLI::ParseError);
    EXPECT_THROW(parsed({"dataset"}), CLI::ParseError);
    EXPECT_THROW(parsed({}), CLI::ParseError);
}

TEST(command_line, every_verb_has_an_example) {
    const whole_tree tree;
    for_each_command(tree.app, [](const CLI::App& app) {
        if (app.get_subcommands({}).empty()) {
            EXPECT_THAT(app.get_footer(), HasSubstr("aistudio")) << app.get_name();
        }
    });
}

TEST(completion, script_of_every_shell_mentions_every_verb_and_option) {
    const whole_tree tree;
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const auto script = completion_script(tree.app, shell);
        for_each_command(tree.app, [&](const CLI::App& app) {
            const auto* parent = app.get_parent();
            const auto path = parent->get_parent() == nullptr
                                  ? app.get_name()
                                  : parent->get_name() + ' ' + app.get_name();
            EXPECT_THAT(script, HasSubstr(path + "'")) << shell;
            for (const auto* option : app.get_options())
                for (const auto& name : option->get_lnames())
                    EXPECT_THAT(script, HasSubstr("--" + name)) << shell;
        });
    }
}

} // namespace
} // namespace aistudio::cli
