#include "cli/application.hpp"
#include "cli/official_forms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace aistudio::cli {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using words = std::vector<std::string>;

/// The grammar, and a command line parsed by it after translation, but not run.
struct line {
    explicit line(words given = {}) {
        build(app, ctx);
        if (given.empty())
            return;
        translated = from_official_forms(std::move(given), app);
        auto reversed = translated;
        std::reverse(reversed.begin(), reversed.end()); // as CLI11 wants them
        app.parse(reversed);
    }
    CLI::App& verb(const std::string& noun, const std::string& name) {
        return *app.get_subcommand(noun)->get_subcommand(name);
    }
    context ctx;
    CLI::App app;
    words translated;
};

words translate(words given) { return from_official_forms(std::move(given), line().app); }

TEST(official_forms, verb_behind_a_job_goes_before_it) {
    EXPECT_THAT(translate({"job", "job-1", "ls"}), ElementsAre("job", "ls", "job-1"));
    EXPECT_THAT(translate({"job", "job-1", "ls", "sub"}), ElementsAre("job", "ls", "job-1", "sub"));
    EXPECT_THAT(translate({"job", "ls", "cp", "a", "b"}), ElementsAre("job", "ls", "cp", "a", "b"))
        << "a verb of ours is a verb";
    EXPECT_THAT(translate({"job", "job-1", "cp", "a", "."}),
                ElementsAre("job", "cp", "job-1", "a", "."));
}

TEST(official_forms, global_options_may_stand_anywhere) {
    EXPECT_THAT(translate({"--json", "job", "--base-url", "http://x", "job-1", "-q", "ls"}),
                ElementsAre("--json", "job", "--base-url", "http://x", "ls", "-q", "job-1"));
    EXPECT_THAT(translate({"--lang=zh", "job", "job-1", "ls"}),
                ElementsAre("--lang=zh", "job", "ls", "job-1"));
    EXPECT_THAT(translate({"job", "--unknown", "job-1", "ls"}),
                ElementsAre("job", "--unknown", "job-1", "ls"));
}

TEST(official_forms, our_own_forms_stay_as_they_are) {
    for (const words& ours : {words{"job", "show", "ls"}, words{"job", "download", "cp"},
                              words{"dataset", "create", "job", "ls", "cp"},
                              words{"job", "submit", "-n", "-pay", "-p", "ay", "-c", "-id"},
                              words{"job"}, words{"job", "job-1"}, words{}})
        EXPECT_THAT(translate(ours), ElementsAreArray(ours));
}

TEST(official_forms, long_options_of_one_dash_get_another) {
    EXPECT_THAT(translate({"submit", "job", "-pay", "coupon", "-p", "code"}),
                ElementsAre("submit", "job", "--payment", "coupon", "-p", "code"));
    EXPECT_THAT(translate({"submit", "job", "-pay=coupon"}),
                ElementsAre("submit", "job", "--payment=coupon"));
    EXPECT_THAT(translate({"submit", "job", "-payment"}), ElementsAre("submit", "job", "-payment"));
    EXPECT_THAT(translate({"dataset", "add", "-f", "a", "-id", "3"}),
                ElementsAre("dataset", "add", "-f", "a", "--id", "3"));
    EXPECT_THAT(translate({"dataset", "create", "-id", "3"}),
                ElementsAre("dataset", "create", "-id", "3"));
}

TEST(official_forms, options_cut_short_are_written_out) {
    EXPECT_THAT(translate({"download", "--mod", "a/b", "--local", "x", "--max=3", "--inc", "*.py"}),
                ElementsAre("download", "--model", "a/b", "--local_dir", "x", "--max-workers=3",
                            "--include", "*.py"));
    EXPECT_THAT(translate({"submit", "job", "--na", "n", "--pat", "p", "--c", "c", "--mount", "3",
                           "--pay", "acoin"}),
                ElementsAre("submit", "job", "--name", "n", "--path", "p", "--cmd", "c",
                            "--mount_dataset", "3", "--payment", "acoin"));
    EXPECT_THAT(translate({"--json", "upload", "a/b", "x", "--commit", "m", "--repo", "dataset"}),
                ElementsAre("--json", "upload", "a/b", "x", "--commit-message", "m", "--repo-type",
                            "dataset"));
    EXPECT_THAT(translate({"dataset", "create", "--n", "d", "--lic", "3", "--pub", "--f", "a"}),
                ElementsAre("dataset", "create", "--name", "d", "--license", "3", "--public",
                            "--files", "a"));
    EXPECT_THAT(translate({"stop", "job", "job-1", "--fo"}),
                ElementsAre("stop", "job", "job-1", "--force"));
    EXPECT_THAT(translate({"jobs", "--stat", "Failed"}), ElementsAre("jobs", "--status", "Failed"));
    EXPECT_THAT(translate({"config", "--tok", "t"}), ElementsAre("config", "--token", "t"));
}

TEST(official_forms, what_may_mean_several_options_or_is_a_value_stays) {
    for (const words& same :
         {words{"download", "--m", "a/b"},           // --model, --max-workers
          words{"submit", "job", "--p", "x"},        // --path, --payment
          words{"submit", "job", "-c", "--na"},      // a value
          words{"submit", "job", "--cmd=--na"},      // the same
          words{"submit", "job", "--", "--na"},      // no options any more
          words{"upload", "a/b", "--revision", "r"}, // only we have it
          words{"download", "--unheard-of", "x"}, words{"dataset", "list", "--na"},
          words{"job", "submit", "--na", "n"}})
        EXPECT_THAT(translate(same), ElementsAreArray(same));
}

TEST(official_forms, submission_means_what_it_means_there) {
    line parsed(
        {"submit", "job",  "-n", "train", "-p",   "code",   "-c", "-x y", "-e", "paddle3.0_py3.10",
         "-d",     "v100", "-g", "4",     "-pay", "coupon", "-m", "3",    "-m", "4"});
    auto& verb = parsed.verb("submit", "job");
    EXPECT_EQ(verb.get_option("--cmd")->as<std::string>(), "-x y");
    EXPECT_EQ(verb.get_option("--gpus")->as<int>(), 4);
    EXPECT_EQ(verb.get_option("--payment")->as<std::string>(), "coupon");
    EXPECT_EQ(verb.get_option("--mount_dataset")->as<words>(), (words{"3", "4"}));
    EXPECT_TRUE(parsed.ctx.action);
    EXPECT_THROW(line({"submit", "job", "-n", "a", "-p", "b", "-c", "c", "-g", "2"}),
                 CLI::ParseError);
    EXPECT_THROW(line({"submit", "job", "-n", "a", "-p", "b", "-c", "c", "-pay", "cash"}),
                 CLI::ParseError);
}

TEST(official_forms, files_come_together_or_one_by_one) {
    line together(
        {"dataset", "create", "-f", "a", "b c", "-n", "name", "-p", "-l", "2", "-d", "x"});
    auto& create = together.verb("dataset", "create");
    EXPECT_EQ(create.get_option("--files")->as<words>(), (words{"a", "b c"}));
    EXPECT_EQ(create.get_option("--name")->as<std::string>(), "name");
    EXPECT_TRUE(create.get_option("--public")->as<bool>());
    EXPECT_EQ(create.get_option("--license")->as<int>(), 2);

    line ours({"dataset", "create", "name", "a", "b"});
    EXPECT_EQ(ours.verb("dataset", "create").get_option("FILES")->as<words>(), (words{"a", "b"}));

    line no_name({"dataset", "create", "-f", "a", "b"});
    EXPECT_EQ(no_name.verb("dataset", "create").get_option("--name")->count(), 0U)
        << "a file is no name";

    line add({"dataset", "add", "-id", "3", "-f", "a", "b"});
    EXPECT_EQ(add.verb("dataset", "add").get_option("--id")->as<int>(), 3);
    EXPECT_EQ(add.verb("dataset", "add").get_option("--files")->as<words>(), (words{"a", "b"}));
    EXPECT_THROW(line({"dataset", "add", "-id", "x", "-f", "a"}), CLI::ParseError);
    EXPECT_THROW(line({"dataset", "add", "-f", "a"}), CLI::ParseError);
}

TEST(official_forms, jobs_are_listed_and_stopped) {
    EXPECT_TRUE(line({"jobs"}).ctx.action);
    line filtered({"jobs", "job-1", "-n", "name", "-s", "running"});
    auto& jobs = *filtered.app.get_subcommand("jobs");
    EXPECT_EQ(jobs.get_option("ID")->as<std::string>(), "job-1");
    EXPECT_EQ(jobs.get_option("--status")->as<std::string>(), "Running");
    EXPECT_TRUE(line({"stop", "job", "job-1", "-f"}).ctx.action);
    EXPECT_TRUE(line({"stop", "job", "-f", "job-1"}).ctx.action);
    EXPECT_THROW(line({"stop", "job"}), CLI::ParseError);
}

} // namespace
} // namespace aistudio::cli
