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

TEST_F(project_command, update_of_nothing_is_wrong_usage) {
    EXPECT_EQ(run({"project", "update", "1"}).status, 2);
}

} // namespace
} // namespace aistudio::test
