#include "cli/command.hpp"

namespace aistudio::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The forms of the platform's official command. That they do what they do there is for
/// tests/interop.
class official_form : public command_test {
protected:
    std::string submit(const std::string& command) const {
        file("code/main.sh", command);
        return member(run_json({"submit", "job", "-n", "j", "-p", (folder_ / "code").string(), "-c",
                                "sh main.sh", "-pay", "coupon", "-g", "4"}),
                      "pipelineId");
    }
    std::string stage_of(const std::string& id) const {
        return member(run_json({"job", "show", id}), "stage");
    }
    fs::path token_file() const {
        return folder_ / "home" / ".cache" / "aistudio" / ".auth" / "token";
    }
    /// Without token and address in the environment.
    command::variables bare() const {
        auto out = environment();
        out.erase("AISTUDIO_ACCESS_TOKEN");
        return out;
    }
};

TEST_F(official_form, job_is_submitted_listed_and_its_output_copied) {
    const auto id =
        submit("mkdir output/sub; echo model > output/sub/m.txt; echo r > output/r.txt");
    EXPECT_EQ(run({"job", "wait", id}).status, 0);
    EXPECT_EQ(member(run_json({"job", "show", id}), "env"), "paddle2.6_py3.10");
    for (const std::vector<std::string>& words : {std::vector<std::string>{"jobs"},
                                                  {"jobs", id},
                                                  {"jobs", "-n", "j"},
                                                  {"jobs", "-s", "Succeeded"}})
        EXPECT_THAT(run(words).out, HasSubstr(id));
    EXPECT_EQ(run_json({"jobs", "-s", "Running"}), "[]\n");
    EXPECT_EQ(run_json({"jobs", id, "-n", "another"}), "[]\n");
    EXPECT_THAT(run({"jobs", "-s", "succeeded"}).out, HasSubstr(id));
    EXPECT_EQ(run_json({"jobs", "-s", "Queueing"}), "[]\n") << "any text, as there";
    EXPECT_EQ(run_json({"jobs", id, "--stat", "Queueing"}), "[]\n");
    EXPECT_EQ(run({"job", "list", "-s", "Queueing"}).status, 2) << "our own form knows them all";
    EXPECT_EQ(run({"jobs", "job-0"}).status, 1) << "there is no such job";

    EXPECT_THAT(run({"job", id, "ls"}).out, AllOf(HasSubstr("sub/"), Not(HasSubstr("m.txt"))));
    EXPECT_THAT(run({"job", id, "ls", "/sub/"}).out, HasSubstr("m.txt"));
    EXPECT_EQ(run({"job", id, "ls", "nothing"}).status, 1);
    EXPECT_EQ(run({"job", id, "ls"}).out, run({"job", "ls", id}).out);

    const auto out = (folder_ / "out").string();
    fs::create_directory(out);
    EXPECT_EQ(run({"job", id, "cp", "sub/m.txt", out}).status, 0);
    EXPECT_EQ(read_file(folder_ / "out" / "m.txt"), "model\n");
    EXPECT_EQ(run({"job", id, "cp", "r.txt", out + "/new name"}).status, 0);
    EXPECT_EQ(read_file(folder_ / "out" / "new name"), "r\n");
    EXPECT_EQ(run({"job", id, "cp", "nothing", out + "/nothing"}).status, 1);
    EXPECT_FALSE(fs::exists(folder_ / "out" / "nothing"));
}

TEST_F(official_form, stop_asks_first) {
    const auto id = submit("sleep 1000");
    for (const char* no : {"n\n", "\n", "what?\nNo\n"}) {
        const auto refused = run({"stop", "job", id}, no);
        EXPECT_EQ(refused.status, 1) << no;
        EXPECT_THAT(refused.err, AllOf(HasSubstr("[y/N]"), HasSubstr("runs on")));
    }
    EXPECT_EQ(run({"stop", "job", id}).status, 2) << "nobody answers";
    EXPECT_THAT(stage_of(id), testing::AnyOf("Pending", "Running"));
    EXPECT_EQ(run({"stop", "job", id}, "Yes\n").status, 0);
    EXPECT_EQ(run({"job", "wait", id}).status, 1);
    EXPECT_EQ(stage_of(id), "Stopped");
    EXPECT_EQ(run({"stop", "job", id, "-f"}).status, 0) << "it has ended, which is fine";
    EXPECT_EQ(run({"stop", "job", "job-0", "-f"}).status, 1);
}

TEST_F(official_form, dataset_is_created_and_added_to) {
    const auto a = file("in/a.csv", "1,2\n");
    const auto empty = file("in/empty.csv", "");
    const auto id = member(run_json({"dataset", "create", "-n", "房价", "-f", a, empty, "-p", "-l",
                                     "2", "-d", "prices"}),
                           "datasetId");
    EXPECT_EQ(run({"dataset", "add", "-id", id, "-f", file("in/b.csv", "3,4\n")}).status, 0);
    EXPECT_THAT(run({"dataset", "show", id}).out,
                AllOf(HasSubstr("房价"), HasSubstr("public"), HasSubstr("CC BY 4.0"),
                      HasSubstr("prices"), HasSubstr("a.csv"), HasSubstr("empty.csv"),
                      HasSubstr("b.csv")));
    EXPECT_EQ(run({"dataset", "create", "-f", a, a}).status, 2) << "no name";
    EXPECT_EQ(run({"dataset", "add", "-id", "99", "-f", a}).status, 1);
    EXPECT_EQ(run({"dataset", "create", "-n", "d", "-f", a, "/no/such"}).status, 1);
    EXPECT_THAT(run({"dataset", "list"}).out, Not(HasSubstr("\n2 "))) << "nothing half made";
}

TEST_F(official_form, upload_and_download_take_what_they_take_there) {
    const auto here = [&](std::vector<std::string> words) { // as if said in `folder_`
        const auto before = fs::current_path();
        fs::current_path(folder_.path());
        auto ended = run(words);
        fs::current_path(before);
        return ended;
    };
    for (const char* name : {"as-folder", "as-file", "as-nothing"})
        run_json({"model", "create", std::string("local/") + name});
    file("as-folder/sub/a.py", "a");
    file("as-file", "f");
    EXPECT_EQ(here({"upload", "local/as-folder"}).out, "sub/a.py\n");
    EXPECT_EQ(here({"upload", "local/as-file"}).out, "as-file\n");
    EXPECT_EQ(here({"upload", "local/as-nothing"}).status, 2);

    const auto sent = here({"upload", "local/as-nothing", "as-folder", "--commit", "m", "--max",
                            "500", "--repo", "model"});
    EXPECT_EQ(sent.status, 0) << sent.err;
    const auto got =
        here({"download", "--mod", "local/as-nothing", "--local", "out", "--max-workers", "65"});
    EXPECT_EQ(got.status, 0) << got.err;
    EXPECT_EQ(read_file(folder_ / "out" / "sub" / "a.py"), "a");
    EXPECT_EQ(here({"download", "--m", "local/as-nothing"}).status, 2) << "--model, --max-workers";
    EXPECT_EQ(here({"upload", "local/as-nothing", "as-folder", "--max", "-1"}).status, 2);
}

/// `run` looks for the token; here also for what grants and signed addresses hold.
TEST_F(official_form, log_of_what_goes_on_holds_no_secrets) {
    EXPECT_EQ(run({"config", "-l", "debug"}).status, 0);
    const auto look = [&](const std::vector<std::string>& words) {
        const auto ended = run(words);
        EXPECT_EQ(ended.status, 0) << ended.err;
        EXPECT_THAT(ended.err, HasSubstr("http")) << "nothing was logged";
        for (const char* sign :
             {"bce-auth-v1", "Authorization", "sessionToken", "secretAccessKey", "Bearer "})
            EXPECT_THAT(ended.err, Not(HasSubstr(sign))) << words[0] << ' ' << words[1];
        EXPECT_THAT(ended.err,
                    Not(testing::ContainsRegex("(authorization|security-token|apiKey)=[^*]")));
        return ended;
    };
    const auto data = file("in/data.csv", std::string(6 << 20, 'x')); // in parts
    look({"dataset", "create", "-n", "d", "-f", data});
    look({"dataset", "download", "1", "--to", (folder_ / "got").string()});
    look({"dataset", "list"});
    const auto id = submit("echo r > output/r.txt");
    EXPECT_EQ(run({"job", "wait", id}).status, 0);
    look({"job", id, "ls"});
    look({"job", id, "cp", "r.txt", (folder_ / "r.txt").string()});
    look({"model", "create", "local/m"});
    look({"upload", "local/m", file("w.bin", std::string(6 << 20, 'w')), "--token",
          std::string(token)});
    look({"download", "--model", "local/m", "--local_dir", (folder_ / "m").string()});
    auto debug = environment();
    debug["AISTUDIO_LOG"] = "debug";
    debug["AISTUDIO_ACCESS_TOKEN"] = "wrong-canary-31";
    const auto refused = command({"dataset", "list"}, debug).wait();
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("unauthorized"), Not(HasSubstr("canary"))));
}

TEST_F(official_form, config_keeps_the_token_where_the_official_command_does) {
    const auto saved = run({"config", "-t", std::string(token)});
    EXPECT_EQ(saved.status, 0) << saved.err;
    EXPECT_EQ(read_file(token_file()), token);
    EXPECT_EQ(fs::status(token_file()).permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(fs::status(token_file().parent_path()).permissions(), fs::perms::owner_all);
    EXPECT_FALSE(fs::exists(folder_ / "home" / ".config")) << "nothing of ours to say";
    EXPECT_EQ(command({"dataset", "list", "--json"}, bare()).wait().out, "[]\n");
    EXPECT_THAT(command({"config"}, bare()).wait().out,
                AllOf(HasSubstr("token file"), HasSubstr(token_file().string()),
                      Not(HasSubstr(std::string(token)))));
}

TEST_F(official_form, token_of_the_official_command_is_used_whatever_its_mode) {
    auto elsewhere = bare();
    elsewhere["AISTUDIO_CACHE_HOME"] = (folder_ / "cache").string();
    const auto file = folder_ / "cache" / ".cache" / "aistudio" / ".auth" / "token";
    fs::create_directories(file.parent_path());
    write_file(file, std::string(token) + "\n");
    fs::permissions(file, fs::perms(0644));
    EXPECT_EQ(command({"dataset", "list", "--json"}, elsewhere).wait().out, "[]\n");
    EXPECT_EQ(command({"config", "-t", "another"}, elsewhere).wait().status, 0);
    EXPECT_EQ(read_file(file), "another");
    EXPECT_EQ(fs::status(file).permissions(), fs::perms(0600));
    EXPECT_THAT(command({"dataset", "list"}, elsewhere).wait().err, HasSubstr("unauthorized"));
}

TEST_F(official_form, token_of_a_named_profile_stays_in_it) {
    EXPECT_EQ(run({"config", "--profile", "lab", "-t", std::string(token)}).status, 0);
    EXPECT_FALSE(fs::exists(token_file()));
    EXPECT_EQ(command({"--profile", "lab", "dataset", "list", "--json"}, bare()).wait().out,
              "[]\n");
}

TEST_F(official_form, log_level_is_kept_and_obeyed) {
    EXPECT_EQ(run({"config", "-l", "debug"}).status, 0);
    EXPECT_EQ(read_file(folder_ / "home" / ".cache" / "aistudio" / ".log" / "level"), "debug");
    EXPECT_THAT(run({"dataset", "list"}).err, HasSubstr("GET http"));
    auto quiet = environment();
    quiet["AISTUDIO_LOG"] = "info";
    EXPECT_EQ(command({"dataset", "list"}, quiet).wait().err, "");
    EXPECT_EQ(run({"config", "-l", "loud"}).status, 2);
}

} // namespace
} // namespace aistudio::test
