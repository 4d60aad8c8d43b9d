#include "cli/command.hpp"

namespace aistudio::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using dataset_command = command_test;

TEST_F(dataset_command, create_show_download_delete_goes_round) {
    const auto a = file("in/a.csv", "1,2\n");
    const auto b = file("in/b.csv", "3,4\n");
    const auto id = member(run_json({"dataset", "create", "房价", a, "--licence", "2", "--public"}),
                           "datasetId");
    EXPECT_EQ(run({"dataset", "upload", id, b}).status, 0);
    const auto shown = run({"dataset", "show", id});
    EXPECT_THAT(shown.out, AllOf(HasSubstr("房价"), HasSubstr("public"), HasSubstr("CC BY 4.0"),
                                 HasSubstr("b.csv")));
    const auto loaded = run_json({"dataset", "download", id, "--to", (folder_ / "out").string()});
    EXPECT_EQ(read_file(folder_ / "out" / "a.csv"), "1,2\n");
    EXPECT_EQ(read_file(folder_ / "out" / "b.csv"), "3,4\n");
    EXPECT_THAT(member(loaded, "files"), HasSubstr("b.csv"));
    EXPECT_EQ(run({"dataset", "delete", id}).out, id + " deleted\n");
    EXPECT_EQ(run({"dataset", "show", id}).status, 1);
}

TEST_F(dataset_command, folder_gives_its_name_and_is_packed_when_it_has_more) {
    for (int i = 0; i < 3; ++i)
        (void)file("few/" + std::to_string(i), "x");
    const auto few = run_json({"dataset", "create", (folder_ / "few").string()});
    EXPECT_EQ(member(few, "datasetName"), "few");
    EXPECT_THAT(member(few, "fileList"), HasSubstr("\"fileOriginName\":\"2\""));
    for (int i = 0; i < 11; ++i)
        (void)file("照片/" + std::to_string(i), "x");
    const auto many = run_json({"dataset", "create", (folder_ / "照片").string()});
    EXPECT_EQ(member(many, "datasetName"), "照片");
    EXPECT_THAT(member(many, "fileList"), HasSubstr("照片.zip"));
    const auto named =
        run_json({"dataset", "create", "both", (folder_ / "照片").string(), file("b.csv", "1\n")});
    EXPECT_THAT(member(named, "fileList"), AllOf(HasSubstr("照片.zip"), HasSubstr("b.csv")));
    EXPECT_EQ(run({"dataset", "create", "d", (folder_ / "none").string()}).status, 1);
}

TEST_F(dataset_command, eleven_files_are_refused_with_advice_to_pack_them) {
    std::vector<std::string> words{"dataset", "create", "eleven"};
    for (int i = 0; i < 11; ++i)
        words.push_back(file("in/" + std::to_string(i), "x"));
    const auto refused = run(words);
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.out, IsEmpty());
    EXPECT_THAT(refused.err, AllOf(HasSubstr("at most 10 files, not 11; pack them"),
                                   HasSubstr("limit_exceeded"), HasSubstr("not_sent")));
    EXPECT_THAT(run_json({"dataset", "list"}), testing::Not(HasSubstr("eleven")));
    words.pop_back();
    EXPECT_EQ(run(words).status, 0);
}

TEST_F(dataset_command, description_and_licence_are_changed) {
    const auto id = member(
        run_json({"dataset", "create", "d", "--background", "背景", "--usage", "u"}), "datasetId");
    EXPECT_THAT(run({"dataset", "show", id}).out, HasSubstr("背景"));
    const auto changed = run_json({"dataset", "update", id, "--origin", "census", "--usage", "",
                                   "--licence", "6", "--public", "--official"});
    EXPECT_EQ(member(changed, "datasetOrigin"), "census");
    EXPECT_EQ(member(changed, "datasetUsage"), "");
    EXPECT_EQ(member(changed, "protocolId"), "6");
    EXPECT_EQ(member(changed, "datasetType"), "2");
    EXPECT_THAT(run_json({"dataset", "list", "--scope", "official"}), HasSubstr("census"));
    EXPECT_EQ(member(run_json({"dataset", "update", id, "--private"}), "datasetType"), "1");
    EXPECT_EQ(run({"dataset", "update", id}).status, 2);
    EXPECT_EQ(run({"dataset", "update", id, "--licence", "9"}).status, 2);
    run_json({"dataset", "favourite", id});
    EXPECT_THAT(run_json({"dataset", "list", "--scope", "favourites"}), HasSubstr("census"));
}

TEST_F(dataset_command, csv_preview_is_a_table) {
    const auto id = member(
        run_json({"dataset", "create", "d", file("h.csv", "房间,price\n6,\"24,0\"\n5,x\n4,y\n")}),
        "datasetId");
    const auto shown = run({"dataset", "preview", id, "--rows", "2"});
    EXPECT_EQ(shown.out, "房间  price\n6     24,0\n5     x\n");
    EXPECT_THAT(shown.err, HasSubstr("--rows"));
    EXPECT_EQ(member(run_json({"dataset", "preview", id}), "header"), "[\"房间\",\"price\"]");
    EXPECT_THAT(run({"dataset", "path", id}).out,
                HasSubstr("/root/paddlejob/workspace/train_data/datasets/data" + id + "/h.csv"));
    const auto other =
        member(run_json({"dataset", "create", "d", file("a.txt", "1\n")}), "datasetId");
    EXPECT_EQ(run({"dataset", "preview", other}).status, 1);
    EXPECT_EQ(run({"dataset", "preview", id, "--rows", "0"}).status, 2);
}

TEST_F(dataset_command, list_aligns_chinese_names) {
    for (const char* name : {"ab", "波士顿房价"})
        run_json({"dataset", "create", name});
    const auto out = run({"dataset", "list"}).out;
    EXPECT_THAT(
        out, AllOf(HasSubstr("\n1   ab          private"), HasSubstr("\n2   波士顿房价  private")))
        << out;
}

TEST_F(dataset_command, list_without_all_shows_the_first_page_and_says_so) {
    for (int i = 0; i < 51; ++i)
        run_json({"dataset", "create", "d" + std::to_string(i)});
    const auto first = run({"dataset", "list"});
    EXPECT_EQ(std::count(first.out.begin(), first.out.end(), '\n'), 51); // with the header
    EXPECT_THAT(first.err, HasSubstr("50 of 51 shown"));
    const auto all = run({"dataset", "list", "--all"});
    EXPECT_EQ(std::count(all.out.begin(), all.out.end(), '\n'), 52);
    EXPECT_THAT(all.err, IsEmpty());
}

TEST_F(dataset_command, failure_is_one_line_and_status_1) {
    const auto missing = run({"dataset", "create", "d", "/no/such/file"});
    EXPECT_EQ(missing.status, 1);
    EXPECT_THAT(missing.out, IsEmpty());
    EXPECT_THAT(missing.err, AllOf(StartsWith("aistudio: "), HasSubstr("/no/such/file")));
    EXPECT_EQ(std::count(missing.err.begin(), missing.err.end(), '\n'), 1);
    EXPECT_EQ(run_json({"dataset", "list"}), "[]\n") << "nothing was registered";
}

TEST_F(dataset_command, failure_with_json_is_a_document_too) {
    const auto missing = run({"dataset", "show", "99", "--json"});
    EXPECT_EQ(missing.status, 1);
    EXPECT_EQ(member(member(missing.out, "error"), "code"), "not_found");
}

TEST_F(dataset_command, bad_files_are_refused) {
    const auto empty = file("empty.csv", "");
    EXPECT_THAT(run({"dataset", "create", "d", empty}).err, HasSubstr("empty.csv"));
    const auto folder = folder_ / "nothing";
    std::filesystem::create_directory(folder);
    EXPECT_THAT(run({"dataset", "create", "d", folder.string()}).err, HasSubstr("aistudio: "));
    EXPECT_EQ(run({"dataset", "create", std::string(10000, 'x')}).status, 1);
    EXPECT_EQ(run({"dataset", "create", ""}).status, 1);
}

TEST_F(dataset_command, failed_download_leaves_nothing) {
    const auto id = member(run_json({"dataset", "create", "d", file("a.csv", "1\n")}), "datasetId");
    std::filesystem::create_directory(folder_ / "out");
    EXPECT_EQ(run({"dataset", "download", id, "77", "--to", (folder_ / "out").string()}).status, 1);
    EXPECT_TRUE(std::filesystem::is_empty(folder_ / "out"));
}

TEST_F(dataset_command, wrong_usage_is_status_2_and_says_where_help_is) {
    for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                  {"dataset"},
                                                  {"dataset", "frobnicate"},
                                                  {"dataset", "show"},
                                                  {"dataset", "show", "x"},
                                                  {"dataset", "list", "--nonsense"},
                                                  {"nonsense"}}) {
        const auto ended = run(words);
        EXPECT_EQ(ended.status, 2);
        EXPECT_THAT(ended.out, IsEmpty());
        EXPECT_THAT(ended.err, AllOf(StartsWith("aistudio: "), HasSubstr("--help")));
        EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
    }
}

TEST_F(dataset_command, secret_behind_a_mistyped_option_is_not_repeated) {
    EXPECT_THAT(run({"config", "--tokn", std::string(token)}).err, HasSubstr("--tokn"));
}

TEST_F(dataset_command, errors_come_in_the_users_language) {
    EXPECT_THAT(run({"dataset", "show", "99", "--lang", "zh"}).err, HasSubstr("请检查编号"));
    auto chinese = environment();
    chinese["LANG"] = "zh_CN.UTF-8";
    EXPECT_THAT(command({"dataset", "show", "99"}, chinese).wait().err, HasSubstr("请检查编号"));
    EXPECT_THAT(run({"dataset", "show", "99", "--lang", "en"}).err, HasSubstr("check the id"));
}

TEST_F(dataset_command, wrong_and_missing_tokens_are_told_apart) {
    auto wrong = environment();
    wrong["AISTUDIO_ACCESS_TOKEN"] = "wrong-canary";
    const auto refused = command({"dataset", "list"}, wrong).wait();
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("unauthorized"), testing::Not(HasSubstr("canary"))));
    wrong.erase("AISTUDIO_ACCESS_TOKEN");
    EXPECT_THAT(command({"dataset", "list"}, wrong).wait().err, HasSubstr("credentials_missing"));
}

TEST_F(dataset_command, full_output_is_a_failure) {
    const auto all = environment();
    std::string line;
    const std::string shell = std::string("exec ") + AISTUDIO_COMMAND + " dataset list > /dev/full";
    for (const auto& [name, value] : all)
        ::setenv(("T_" + name).c_str(), value.c_str(), 1);
    line = "AISTUDIO_BASE_URL=$T_AISTUDIO_BASE_URL AISTUDIO_ACCESS_TOKEN=$T_AISTUDIO_ACCESS_TOKEN "
           "HOME=$T_HOME " +
           shell + " 2> /dev/null";
    EXPECT_EQ(std::system(("sh -c '" + line + "'").c_str()) >> 8, 1);
}

TEST_F(dataset_command, help_and_version_go_to_standard_output) {
    EXPECT_THAT(run({"--version"}).out, StartsWith("aistudio "));
    const auto help = run({"dataset", "create", "--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out,
                AllOf(HasSubstr("Examples:"), HasSubstr("--licence"), HasSubstr("FILES")));
}

} // namespace
} // namespace aistudio::test
