#include "cli/command.hpp"

namespace aistudio::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class model_command : public command_test {
protected:
    std::string path(const std::string& name) const { return (folder_ / name).string(); }
};

TEST_F(model_command, create_upload_download_delete_goes_round) {
    const auto folder = path("in");
    file("in/README.md", "# 房价\n");
    file("in/weights/a b+%.bin", std::string(3000, '\1'));
    file("in/notes.tmp", "no");
    EXPECT_EQ(run({"model", "create", "local/houses", "--public", "--licence", "MIT"}).status, 0);
    const auto sent =
        run({"upload", "local/houses", folder, "--exclude", "*.tmp", "--commit-message", "first"});
    EXPECT_EQ(sent.status, 0) << sent.err;
    EXPECT_EQ(sent.out, "README.md\nweights/a b+%.bin\n");
    EXPECT_THAT(sent.err, HasSubstr("2 committed"));
    EXPECT_THAT(run({"upload", "local/houses", folder, "--exclude", "*.tmp"}).err,
                HasSubstr("Nothing to commit"));
    const auto listed = run({"model", "files", "local/houses"});
    EXPECT_THAT(listed.out, AllOf(HasSubstr("weights/a b+%.bin"), HasSubstr("3000")));
    const auto got = run({"download", "--model", "local/houses", "--local_dir", path("out")});
    EXPECT_EQ(got.status, 0) << got.err;
    EXPECT_EQ(read_file(folder_ / "out" / "README.md"), "# 房价\n");
    EXPECT_EQ(read_file(folder_ / "out" / "weights" / "a b+%.bin"), std::string(3000, '\1'));
    EXPECT_THAT(run({"download", "--model", "local/houses", "--local_dir", path("out")}).err,
                HasSubstr("0 downloaded"));
    EXPECT_EQ(run({"model", "delete", "local/houses"}).out, "local/houses deleted\n");
    EXPECT_EQ(run({"model", "show", "local/houses"}).status, 1);
}

TEST_F(model_command, one_file_keeps_its_path_and_several_are_patterns) {
    run_json({"model", "create", "local/m"});
    file("in/a.py", "a");
    file("in/sub/b.py", "b");
    file("in/c.md", "c");
    run_json({"upload", "local/m", path("in"), "deep/er"});
    EXPECT_EQ(
        run({"download", "--model", "local/m", "deep/er/sub/b.py", "--local_dir", path("o")}).out,
        path("o") + "/deep/er/sub/b.py\n");
    EXPECT_EQ(read_file(folder_ / "o/deep/er/sub/b.py"), "b");
    const auto got = run_json({"download", "--model", "local/m", "*.py", "*.md", "--exclude",
                               "*/b.py", "--local-dir", path("p")});
    EXPECT_EQ(member(got, "files"), R"(["deep/er/a.py","deep/er/c.md"])");
}

TEST_F(model_command, tag_keeps_what_it_named) {
    run_json({"model", "create", "local/m"});
    run_json({"upload", "local/m", file("w.bin", "old")});
    EXPECT_EQ(run({"model", "tag", "local/m", "v1"}).status, 0);
    run_json({"upload", "local/m", file("w.bin", "new")});
    run_json(
        {"download", "--model", "local/m", "w.bin", "--revision", "v1", "--local_dir", path("v1")});
    EXPECT_EQ(read_file(folder_ / "v1" / "w.bin"), "old");
    EXPECT_EQ(run({"model", "tag", "local/m", "v1"}).status, 1);
}

TEST_F(model_command, dataset_repository_works_the_same) {
    run_json({"model", "create", "local/prices", "--kind", "dataset"});
    run_json({"upload", "local/prices", file("p.csv", "1,2\n"), "--repo-type", "dataset"});
    run_json({"download", "--dataset", "local/prices", "--local_dir", path("out")});
    EXPECT_EQ(read_file(folder_ / "out" / "p.csv"), "1,2\n");
}

TEST_F(model_command, without_a_folder_it_goes_where_the_platforms_command_keeps_it) {
    run_json({"model", "create", "local/m.v1"});
    run_json({"upload", "local/m.v1", file("w.bin", "w")});
    const auto home = std::filesystem::path(environment().at("HOME"));
    run_json({"download", "--model", "local/m.v1", "w.bin"});
    EXPECT_EQ(read_file(home / ".cache/aistudio/hub/models/local/m___v1/w.bin"), "w");
}

TEST_F(model_command, failures_are_one_line_and_status_1) {
    const auto unknown = run({"download", "--model", "local/nothing", "--local_dir", path("out")});
    EXPECT_EQ(unknown.status, 1);
    EXPECT_THAT(unknown.out, IsEmpty());
    EXPECT_THAT(unknown.err, AllOf(StartsWith("aistudio: "), HasSubstr("local/nothing")));
    EXPECT_EQ(std::count(unknown.err.begin(), unknown.err.end(), '\n'), 1);
    run_json({"model", "create", "local/m"});
    EXPECT_EQ(run({"upload", "local/m", path("nothing")}).status, 1);
    EXPECT_EQ(run({"upload", "m", file("w.bin", "w")}).status, 1);
    const auto outside =
        run({"download", "--model", "local/m", "../w.bin", "--local_dir", path("o")});
    EXPECT_EQ(outside.status, 1);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "w.bin.part"));
}

TEST_F(model_command, wrong_token_is_refused_and_not_printed) {
    run_json({"model", "create", "local/m"});
    const auto refused =
        run({"upload", "local/m", file("w.bin", "w"), "--token", "wrong-canary-77"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("unauthorized"), Not(HasSubstr("canary"))));
    auto none = environment();
    none.erase("AISTUDIO_ACCESS_TOKEN");
    const auto with_option =
        command({"upload", "local/m", file("w.bin", "w"), "--token", std::string(token)}, none)
            .wait();
    EXPECT_EQ(with_option.status, 0) << with_option.err;
    EXPECT_THAT(with_option.out + with_option.err, Not(HasSubstr(std::string(token))));
}

TEST_F(model_command, wrong_usage_is_status_2) {
    EXPECT_EQ(run({"download", "--local_dir", "x"}).status, 2);
    EXPECT_EQ(run({"download", "--model", "a/b", "--dataset", "a/b"}).status, 2);
    EXPECT_EQ(run({"upload"}).status, 2);
    EXPECT_EQ(run({"upload", "local/not-here-7b"}).status, 2);
    EXPECT_EQ(run({"model", "create", "local/m", "--kind", "thing"}).status, 2);
    EXPECT_EQ(run({"upload", "local/m", "x", "--max-workers", "0"}).status, 2);
}

} // namespace
} // namespace aistudio::test
