#include "cli/command.hpp"

namespace aistudio::test {
namespace {

using testing::HasSubstr;

using project_command = command_test;

TEST_F(project_command, create_update_attach_detach_delete_goes_round) {
    const auto dataset = member(run_json({"dataset", "create", "d"}), "datasetId");
    const auto id = member(run_json({"project", "create", "p", "--dataset", dataset}), "projectId");
    EXPECT_EQ(member(run_json({"project", "show", id}), "datasetIds"), "[" + dataset + "]");
    EXPECT_EQ(member(run_json({"project", "update", id, "--name", "房价"}), "projectName"), "房价");
    EXPECT_EQ(member(run_json({"project", "detach", id, dataset}), "datasetIds"), "[]");
    EXPECT_EQ(member(run_json({"project", "attach", id, dataset}), "datasetIds"),
              "[" + dataset + "]");
    EXPECT_THAT(run({"project", "list"}).out, HasSubstr("房价"));
    EXPECT_EQ(run_json({"project", "delete", id}),
              "{\"id\":\"" + id + "\",\"done\":\"deleted\"}\n");
    EXPECT_EQ(run_json({"project", "list"}), "[]\n");
}

TEST_F(project_command, third_dataset_is_refused) {
    std::vector<std::string> words{"project", "create", "p"};
    std::string last;
    for (const char* name : {"a", "b", "c"}) {
        last = member(run_json({"dataset", "create", name}), "datasetId");
        words.insert(words.end(), {"--dataset", last});
    }
    EXPECT_EQ(run(words).status, 1);
    words.resize(words.size() - 2);
    words.push_back("--json");
    const auto id = member(run(words).out, "projectId");
    EXPECT_EQ(run({"project", "attach", id, last}).status, 1);
}

TEST_F(project_command, attributes_and_scopes_are_chosen_by_name) {
    const auto id = member(run_json({"project", "create", "p", "--kind", "notebook", "--env",
                                     "python 2.7", "--framework", "PaddlePaddle 1"}),
                           "projectId");
    const auto shown = run_json({"project", "show", id});
    EXPECT_EQ(member(shown, "kind"), "notebook");
    EXPECT_EQ(member(shown, "environment"), "Python 2.7");
    EXPECT_EQ(run({"project", "create", "q", "--env", "Python 9"}).status, 2);
    EXPECT_EQ(run({"project", "list", "--scope", "mine"}).status, 2);
    run_json({"project", "publish", id});
    EXPECT_THAT(run({"project", "list", "--scope", "shared"}).out, HasSubstr("public"));
    run_json({"project", "unpublish", id});
    EXPECT_EQ(run_json({"project", "list", "--scope", "shared"}), "[]\n");
    run_json({"project", "update", id, "--official"});
    EXPECT_THAT(run_json({"project", "list", "--scope", "official"}), HasSubstr("\"p\""));
    run_json({"project", "update", id, "--not-official"});
    EXPECT_EQ(run_json({"project", "list", "--scope", "official"}), "[]\n");
    run_json({"project", "favourite", id});
    EXPECT_THAT(run_json({"project", "list", "--scope", "favourites"}), HasSubstr("\"p\""));
    run_json({"project", "favourite", id, "--off"});
    EXPECT_EQ(run_json({"project", "list", "--scope", "favourites"}), "[]\n");
}

TEST_F(project_command, files_are_written_read_moved_and_removed) {
    const auto id = member(run_json({"project", "create", "p"}), "projectId");
    const auto code = file("train.py", "print('训练')\n");
    EXPECT_EQ(member(run_json({"project", "upload", id, code}), "path"), "train.py");
    run_json({"project", "upload", id, code, "src/数据.py"});
    run_json({"project", "write", id, "notes.txt", "a text"});
    run_json({"project", "write", id, "piped.txt", "-"}, "from a pipe\n");
    run_json({"project", "mkdir", id, "empty/folder"});
    const auto listed = run({"project", "files", id}).out;
    for (const auto* path : {"empty/folder", "notes.txt", "piped.txt", "src/数据.py", "train.py"})
        EXPECT_THAT(listed, HasSubstr(path));
    EXPECT_EQ(run({"project", "read", id, "piped.txt"}).out, "from a pipe\n");
    EXPECT_EQ(run_json({"project", "read", id, "notes.txt"}), "\"a text\"\n");
    EXPECT_EQ(run({"project", "preview", id, "src/数据.py"}).out, "print('训练')\n");
    run_json({"project", "move", id, "src", "lib"});
    EXPECT_EQ(run({"project", "read", id, "lib/数据.py"}).out, "print('训练')\n");
    EXPECT_EQ(run({"project", "rm", id, "lib"}).out, "lib removed\n");
    EXPECT_EQ(run({"project", "read", id, "lib/数据.py"}).status, 1);
    EXPECT_EQ(run({"project", "write", id, "../x", "x"}).status, 1);
    EXPECT_EQ(member(run_json({"project", "main", id, "train.py"}), "mainFile"), "train.py");
    EXPECT_EQ(member(run_json({"project", "main", id, "--none"}), "mainFile"), "");
    EXPECT_EQ(run({"project", "main", id}).status, 2);
    run_json({"project", "download", id, "train.py", "--to", (folder_ / "one.py").string()});
    EXPECT_EQ(read_file(folder_ / "one.py"), "print('训练')\n");
    run_json({"project", "download", id, "--to", (folder_ / "all").string()});
    EXPECT_EQ(read_file(folder_ / "all/notes.txt"), "a text");
}

TEST_F(project_command, large_file_is_refused_with_advice) {
    const auto id = member(run_json({"project", "create", "p"}), "projectId");
    const auto large = file("large.bin", "");
    std::filesystem::resize_file(large, (20U << 20U) + 1);
    const auto refused = run({"project", "upload", id, large});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, HasSubstr("dataset"));
}

TEST_F(project_command, versions_are_saved_compared_and_restored) {
    const auto id = member(run_json({"project", "create", "p"}), "projectId");
    EXPECT_EQ(run({"project", "save", id}).status, 1); // no files yet
    run_json({"project", "write", id, "a.py", "1"});
    EXPECT_EQ(member(run_json({"project", "save", id, "--remark", "第一"}), "version"), "1");
    run_json({"project", "write", id, "a.py", "22"});
    run_json({"project", "write", id, "b.py", "b"});
    const auto changes = run({"project", "compare", id, "1"}).out;
    EXPECT_THAT(changes, testing::AllOf(HasSubstr("changed"), HasSubstr("added")));
    EXPECT_EQ(run({"project", "read", id, "a.py", "--at", "1"}).out, "1");
    EXPECT_THAT(run({"project", "show", id, "--at", "1"}).out, HasSubstr("a.py"));
    run_json({"project", "restore", id, "1"});
    EXPECT_EQ(run_json({"project", "compare", id, "1"}), "[]\n");
    EXPECT_THAT(run({"project", "versions", id}).out,
                testing::AllOf(HasSubstr("unsubmitted"), HasSubstr("第一"), HasSubstr("\n2 ")));
    run_json({"project", "download", id, "--at", "2", "--to", (folder_ / "old").string()});
    EXPECT_EQ(read_file(folder_ / "old/a.py"), "22");
    EXPECT_EQ(run({"project", "restore", id, "9"}).status, 1);
}

TEST_F(project_command, forks_name_their_source) {
    const auto id = member(run_json({"project", "create", "p"}), "projectId");
    const auto copy = run_json({"project", "fork", id, "--name", "mine"});
    EXPECT_EQ(member(copy, "forkedFrom"), id);
    EXPECT_THAT(run({"project", "forks", id}).out, HasSubstr(member(copy, "projectId")));
    run_json({"project", "delete", id});
    const auto refused = run({"project", "fork", id});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, HasSubstr("deleted"));
}

TEST_F(project_command, job_of_a_project_needs_neither_folder_nor_command) {
    const auto id = member(run_json({"project", "create", "p"}), "projectId");
    EXPECT_EQ(run({"job", "submit", "--name", "j"}).status, 2);
    EXPECT_EQ(run({"job", "submit", "--name", "j", "--project", id}).status, 1); // no main file
    run_json({"project", "write", id, "main.sh", "echo it runs"});
    run_json({"project", "main", id, "main.sh"});
    const auto ended = run({"job", "submit", "--name", "j", "--project", id, "--follow"});
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("it runs"));
}

TEST_F(project_command, update_of_nothing_is_wrong_usage) {
    EXPECT_EQ(run({"project", "update", "1"}).status, 2);
}

} // namespace
} // namespace aistudio::test
