#include "support/temporary_folder.hpp"

#include <aistudio/client_options.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

namespace fs = std::filesystem;

class options_test : public testing::Test {
protected:
    test::temporary_folder folder;
    std::map<std::string, std::string> variables{{"HOME", folder.path().string()}};

    environment env() {
        return [this](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
    }
    result<client_options> resolve(client_options o = {}) {
        return resolve_options(std::move(o), env());
    }
    fs::path profile_file(std::string_view text, fs::perms mode = fs::perms(0600)) {
        const auto file = folder / ".config" / "aistudio" / "config.json";
        test::write_file(file, text);
        fs::permissions(file, mode);
        return file;
    }
};

constexpr std::string_view two_profiles =
    R"({"default":{"base_url":"https://one.example","access_token":"t-one"},)"
    R"("work":{"base_url":"https://two.example","access_token":"t-two"}})";

TEST_F(options_test, defaults_without_anything) {
    const auto o = resolve().value();
    EXPECT_EQ(o.base_url, "https://aistudio.baidu.com");
    EXPECT_TRUE(o.access_token.empty());
    EXPECT_EQ(o.profile, "default");
    EXPECT_TRUE(o.tls.verify);
}

TEST_F(options_test, option_wins_over_environment_over_profile) {
    profile_file(two_profiles);
    EXPECT_EQ(resolve()->base_url, "https://one.example");
    EXPECT_EQ(resolve()->access_token.reveal(), "t-one");
    variables["AISTUDIO_BASE_URL"] = "https://env.example";
    variables["AISTUDIO_ACCESS_TOKEN"] = "t-env";
    EXPECT_EQ(resolve()->base_url, "https://env.example");
    EXPECT_EQ(resolve()->access_token.reveal(), "t-env");
    client_options o;
    o.base_url = "http://option.example:81";
    o.access_token = secret("t-option");
    EXPECT_EQ(resolve(o)->base_url, "http://option.example:81");
    EXPECT_EQ(resolve(o)->access_token.reveal(), "t-option");
}

TEST_F(options_test, git_host_follows_the_base_url_unless_it_is_given) {
    EXPECT_EQ(resolve()->git_url, "https://git.aistudio.baidu.com");
    client_options o;
    o.base_url = "http://127.0.0.1:8080/";
    EXPECT_EQ(resolve(o)->git_url, "http://127.0.0.1:8080");
    variables["STUDIO_GIT_HOST"] = "https://git.env.example/";
    EXPECT_EQ(resolve(o)->git_url, "https://git.env.example");
    o.git_url = "http://git.option.example";
    EXPECT_EQ(resolve(o)->git_url, "http://git.option.example");
    o.git_url = "git.option.example";
    EXPECT_EQ(resolve(o).error().code, errc::invalid_configuration);
    o.git_url = "http://user@git.option.example";
    EXPECT_EQ(resolve(o).error().code, errc::invalid_configuration);
}

TEST_F(options_test, git_host_of_a_profile_belongs_to_its_base_url) {
    profile_file(R"({"default":{"base_url":"https://one.example","access_token":"t",)"
                 R"("git_url":"https://git.one.example"}})");
    EXPECT_EQ(resolve()->git_url, "https://git.one.example");
    variables["AISTUDIO_BASE_URL"] = "http://127.0.0.1:8080";
    EXPECT_EQ(resolve()->git_url, "http://127.0.0.1:8080");
}

TEST_F(options_test, official_address_is_the_last_resort) {
    variables["STUDIO_MODEL_API_URL_PREFIX"] = "http://api.example";
    EXPECT_EQ(resolve()->base_url, "http://api.example");
    EXPECT_EQ(resolve()->git_url, "http://api.example");
    profile_file(two_profiles);
    EXPECT_EQ(resolve()->base_url, "https://one.example");
}

TEST_F(options_test, official_token_file_is_the_last_resort) {
    EXPECT_EQ(official_token_file(env()), folder / ".cache" / "aistudio" / ".auth" / "token");
    test::write_file(official_token_file(env()), "  t-official\r\n");
    EXPECT_EQ(resolve()->access_token.reveal(), "t-official");
    profile_file(two_profiles);
    EXPECT_EQ(resolve()->access_token.reveal(), "t-one");
    variables["AISTUDIO_CACHE_HOME"] = (folder / "cache").string();
    EXPECT_EQ(official_token_file(env()),
              folder / "cache" / ".cache" / "aistudio" / ".auth" / "token");
    variables.clear();
    EXPECT_EQ(official_token_file(env()), fs::path());
}

TEST_F(options_test, official_token_file_that_is_empty_or_odd_is_no_token) {
    test::write_file(official_token_file(env()), " \n");
    EXPECT_TRUE(resolve()->access_token.empty());
    fs::remove(official_token_file(env()));
    fs::create_directory(official_token_file(env()));
    EXPECT_TRUE(resolve()->access_token.empty());
}

TEST_F(options_test, profile_chosen_by_option_then_environment) {
    profile_file(two_profiles);
    variables["AISTUDIO_PROFILE"] = "work";
    EXPECT_EQ(resolve()->access_token.reveal(), "t-two");
    client_options o;
    o.profile = "default";
    EXPECT_EQ(resolve(o)->access_token.reveal(), "t-one");
}

TEST_F(options_test, named_profile_must_exist) {
    profile_file(two_profiles);
    client_options o;
    o.profile = "missing";
    EXPECT_EQ(resolve(o).error().code, errc::invalid_configuration);
    EXPECT_NE(resolve(o).error().detail.find("missing"), std::string::npos);
}

TEST_F(options_test, file_found_by_option_environment_xdg_home) {
    client_options o;
    EXPECT_EQ(config_file_path(o, env()), folder / ".config" / "aistudio" / "config.json");
    variables["XDG_CONFIG_HOME"] = "/xdg";
    EXPECT_EQ(config_file_path(o, env()), "/xdg/aistudio/config.json");
    variables["AISTUDIO_CONFIG_FILE"] = "/env.json";
    EXPECT_EQ(config_file_path(o, env()), "/env.json");
    o.config_file = "/option.json";
    EXPECT_EQ(config_file_path(o, env()), "/option.json");
    variables.clear();
    EXPECT_EQ(config_file_path({}, env()), fs::path{});
    EXPECT_TRUE(resolve());
}

TEST_F(options_test, file_that_others_may_open_refused) {
    for (const unsigned mode : {0644U, 0640U, 0604U, 0660U, 0602U, 0610U}) {
        profile_file(two_profiles, fs::perms(mode));
        const auto got = resolve();
        ASSERT_FALSE(got) << std::oct << mode;
        EXPECT_EQ(got.error().code, errc::invalid_configuration);
        EXPECT_NE(got.error().detail.find("chmod 600"), std::string::npos);
    }
    for (const unsigned mode : {0600U, 0400U, 0700U}) {
        profile_file(two_profiles, fs::perms(mode));
        EXPECT_TRUE(resolve()) << std::oct << mode;
        fs::permissions(folder / ".config" / "aistudio" / "config.json", fs::perms(0600));
    }
}

TEST_F(options_test, file_of_another_form_refused_without_its_content) {
    for (const char* text : {"", "{", "[]", "CANARY", R"({"default":"CANARY"})",
                             R"({"default":{"access_token":["CANARY"]}})", "\xff\xfe"}) {
        profile_file(text);
        const auto got = resolve();
        ASSERT_FALSE(got) << text;
        EXPECT_EQ(got.error().code, errc::invalid_configuration);
        EXPECT_EQ(got.error().message().find("CANARY"), std::string::npos);
    }
}

TEST_F(options_test, folder_in_place_of_the_file_refused) {
    fs::create_directory(folder / "d");
    fs::permissions(folder / "d", fs::perms(0700));
    variables["AISTUDIO_CONFIG_FILE"] = (folder / "d").string();
    EXPECT_EQ(resolve().error().code, errc::invalid_configuration);
}

TEST_F(options_test, bad_addresses_and_limits_refused) {
    for (const char* address :
         {"ftp://h", "h.example", "https://", "http://h/?apiKey=CANARY", "https://u:CANARY@h/"}) {
        client_options o;
        o.base_url = address;
        const auto got = resolve(o);
        ASSERT_FALSE(got) << address;
        EXPECT_EQ(got.error().code, errc::invalid_configuration);
        EXPECT_EQ(got.error().message().find("CANARY"), std::string::npos);
    }
    const auto refused = [&](auto change) {
        client_options o;
        change(o);
        return !resolve(o);
    };
    EXPECT_TRUE(refused([](client_options& o) { o.retry.max_attempts = 0; }));
    EXPECT_TRUE(refused([](client_options& o) { o.retry.max_attempts = 11; }));
    EXPECT_TRUE(refused([](client_options& o) { o.pool.max_connections = 0; }));
    EXPECT_TRUE(refused([](client_options& o) { o.pool.pipeline_depth = 0; }));
    EXPECT_TRUE(refused([](client_options& o) { o.pool.pipeline_depth = 257; }));
    EXPECT_TRUE(refused([](client_options& o) { o.prediction_threads = 0; }));
    EXPECT_TRUE(refused([](client_options& o) { o.prediction_threads = 65; }));
    EXPECT_TRUE(refused([](client_options& o) { o.deadline = std::chrono::milliseconds(-1); }));
    EXPECT_TRUE(refused([](client_options& o) { o.access_token = secret("a\nb"); }));
}

TEST_F(options_test, slashes_at_the_end_dropped) {
    client_options o;
    o.base_url = "https://h.example/studio//";
    EXPECT_EQ(resolve(o)->base_url, "https://h.example/studio");
}

TEST_F(options_test, written_profiles_are_private_and_read_back) {
    const auto file = folder / "new" / "config.json";
    std::map<std::string, profile_entry> profiles;
    profiles["default"] = {"https://one.example", secret("t-one")};
    ASSERT_TRUE(write_profiles(file, profiles));
    EXPECT_EQ(fs::status(file).permissions(), fs::perms(0600));
    EXPECT_EQ(fs::status(file.parent_path()).permissions(), fs::perms(0700));
    profiles["two"] = {"https://two.example", secret("t-two")};
    ASSERT_TRUE(write_profiles(file, profiles));
    const auto read = read_profiles(file).value();
    EXPECT_EQ(read.size(), 2U);
    EXPECT_EQ(read.at("two").access_token.reveal(), "t-two");
    EXPECT_EQ(std::distance(fs::directory_iterator(file.parent_path()), {}), 1) << "left over";
}

TEST_F(options_test, private_file_is_private_whatever_stood_there) {
    const auto file = folder / "a" / "b" / "token";
    ASSERT_TRUE(write_private_file(file, "old"));
    fs::permissions(file, fs::perms(0644));
    ASSERT_TRUE(write_private_file(file, "new"));
    EXPECT_EQ(test::read_file(file), "new");
    EXPECT_EQ(fs::status(file).permissions(), fs::perms(0600));
    EXPECT_EQ(fs::status(folder / "a").permissions(), fs::perms(0700));
}

TEST_F(options_test, private_files_written_at_once_stay_whole) {
    const auto file = folder / "token";
    std::vector<std::thread> writers;
    for (char c = 'a'; c < 'e'; ++c)
        writers.emplace_back([&file, c] {
            for (int i = 0; i < 20; ++i)
                EXPECT_TRUE(write_private_file(file, std::string(10000, c)));
        });
    for (auto& one : writers)
        one.join();
    const auto text = test::read_file(file);
    EXPECT_EQ(text, std::string(10000, text.at(0)));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "left over";
}

TEST_F(options_test, writing_leaves_the_mode_of_an_existing_folder) {
    fs::permissions(folder.path(), fs::perms(0755));
    ASSERT_TRUE(write_profiles(folder / "config.json", {}));
    EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms(0755));
}

TEST_F(options_test, unwritable_place_is_write_failed) {
    test::write_file(folder / "file", "x");
    EXPECT_EQ(write_profiles(folder / "file" / "config.json", {}).error().code, errc::write_failed);
}

} // namespace
} // namespace aistudio
