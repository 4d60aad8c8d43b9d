// The client's repositories against a studio: what goes wrong under way, and what must be left
// then.
#include "integration/support/studio_fixture.hpp"

#include <aistudio/protocol/digest.hpp>
#include <aistudio/sync_client.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>

namespace aistudio::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const repository_id houses("local/houses");

class studio_models : public studio_test {
protected:
    void SetUp() override {
        start();
        client().models().create({houses, {}, {}, "MIT", true, repository_kind::model}).value();
    }
    /// Each call's method and address come to `heard` when it has ended.
    sync_client& client() {
        if (!client_)
            client_.emplace(settings());
        return *client_;
    }
    client_options settings() {
        client_options o;
        o.base_url = studio().base_url();
        o.access_token = studio().access_token();
        o.on_call = [this](const call_report& r) {
            const std::lock_guard lock(mutex_);
            heard_.push_back(r.method + " " + r.url.substr(studio().base_url().size()));
            if (on_call_)
                on_call_(heard_.back());
        };
        return o;
    }
    void when_called(std::function<void(const std::string&)> f) {
        const std::lock_guard lock(mutex_);
        on_call_ = std::move(f);
    }
    std::size_t calls(std::string_view part) {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::ranges::count_if(
            heard_, [&](const std::string& call) { return call.find(part) != std::string::npos; }));
    }
    fs::path file(const std::string& name, std::string_view content) {
        write_file(folder_ / "work" / name, content);
        return folder_ / "work" / name;
    }
    result<model_commit> upload(model_upload what, transfer_options options = {}) {
        return client().models().upload(houses, std::move(what), std::move(options));
    }
    std::vector<std::string> paths() {
        std::vector<std::string> out;
        for (const auto& f : client().models().files(houses).value())
            out.push_back(f.path);
        return out;
    }
    static std::vector<std::string> names_in(const fs::path& where) {
        std::vector<std::string> out;
        if (fs::exists(where))
            for (const auto& entry : fs::recursive_directory_iterator(where))
                out.push_back(entry.path().lexically_relative(where).string());
        return out;
    }
    static std::string bytes(std::size_t size, char seed) {
        std::string out(size, seed);
        for (std::size_t i = 0; i < size; ++i)
            out[i] = static_cast<char>(out[i] + static_cast<char>(i * 31 % 251));
        return out;
    }

private:
    std::mutex mutex_;
    std::vector<std::string> heard_;
    std::function<void(const std::string&)> on_call_;
    std::optional<sync_client> client_;
};

TEST_F(studio_models, many_files_come_back_byte_by_byte) {
    const auto in = folder_ / "work" / "in";
    for (int i = 0; i < 60; ++i)
        file("in/f" + std::to_string(i % 7) + "/数据 " + std::to_string(i) +
                 (i % 2 ? ".bin" : ".py"),
             bytes(static_cast<std::size_t>(i) * 997, static_cast<char>(i)));
    for (const auto size : {(5U << 20U) - 1, 5U << 20U, (5U << 20U) + 1})
        file("in/" + std::to_string(size) + ".bin", bytes(size, 'x'));
    std::atomic<std::uint64_t> last = 0;
    transfer_options options;
    options.progress = [&](transfer_progress at) { last = at.done; };
    EXPECT_THAT(upload({in, "", {}, {}, "", "", 8}, options).value().files, SizeIs(63));
    std::uint64_t total = 0;
    for (const auto& entry : fs::recursive_directory_iterator(in))
        total += entry.is_regular_file() ? entry.file_size() : 0;
    EXPECT_EQ(last, total);

    const auto out = folder_ / "work" / "out";
    const auto got = client().models().snapshot_download(houses, out, {"", {}, {}, 8}).value();
    EXPECT_THAT(got.files, SizeIs(63));
    for (const auto& path : got.files)
        EXPECT_EQ(read_file(in / path), read_file(out / path)) << path;
    EXPECT_THAT(names_in(out), SizeIs(63 + 7)) << "nothing else is left";
    const auto fetched = calls("GET /api/v1/repos/local/houses/media/");
    EXPECT_THAT(client().models().snapshot_download(houses, out).value().unchanged, SizeIs(63));
    EXPECT_EQ(calls("GET /api/v1/repos/local/houses/media/"), fetched);
}

TEST_F(studio_models, stored_content_that_rotted_is_not_given_a_name) {
    const std::string content = bytes(5000, 'a');
    upload({file("w.bin", content), "", {}, {}, "", "", 1}).value();
    const auto digest = sha256::of(content);
    bool found = false;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
        if (entry.is_regular_file() && entry.file_size() == content.size() &&
            digest.ends_with(entry.path().filename().string())) {
            fs::permissions(entry.path(), fs::perms::owner_write, fs::perm_options::add);
            std::fstream(entry.path(), std::ios::in | std::ios::out | std::ios::binary) << '#';
            found = true;
        }
    ASSERT_TRUE(found);
    const auto out = folder_ / "work" / "out";
    const auto got = client().models().snapshot_download(houses, out);
    EXPECT_EQ(got.error().code, errc::checksum_mismatch);
    EXPECT_THAT(names_in(out), IsEmpty());
}

TEST_F(studio_models, large_file_that_changes_while_it_is_sent_is_not_committed) {
    const auto w = file("w.bin", bytes(300'000, 'a'));
    when_called([&](const std::string& call) {
        if (call.find("objects/batch") != std::string::npos)
            write_file(w, bytes(300'000, 'b'));
    });
    const auto got = upload({w, "", {}, {}, "", "", 1});
    ASSERT_FALSE(got);
    when_called({});
    EXPECT_THAT(paths(), IsEmpty());
    EXPECT_EQ(upload({w, "", {}, {}, "", "", 1}).value().files, std::vector<std::string>{"w.bin"});
}

TEST_F(studio_models, file_that_vanishes_while_others_are_sent_commits_nothing) {
    const auto folder = folder_ / "work" / "in";
    file("in/w.bin", bytes(300'000, 'a'));
    const auto small = file("in/z.py", "x");
    when_called([&](const std::string& call) {
        if (call.find("objects/batch") != std::string::npos)
            fs::remove(small);
    });
    const auto got = upload({folder, "", {}, {}, "", "", 1});
    EXPECT_EQ(got.error().code, errc::file_unreadable);
    EXPECT_THAT(got.error().detail, HasSubstr("z.py"));
    when_called({});
    EXPECT_THAT(paths(), IsEmpty());
    file("in/z.py", "x"); // again: what arrived is not sent a second time
    EXPECT_THAT(upload({folder, "", {}, {}, "", "", 1}).value().files,
                ElementsAre("w.bin", "z.py"));
}

TEST_F(studio_models, other_commit_of_the_same_file_is_a_conflict) {
    upload({file("a.py", "first"), "", {}, {}, "", "", 1}).value();
    sync_client other([&] {
        auto o = settings();
        o.on_call = {};
        return o;
    }());
    const auto theirs = file("theirs/a.py", "theirs");
    bool done = false;
    when_called([&](const std::string& call) {
        if (done || call.find("GET /api/v1/repos/local/houses/contents/a.py") == std::string::npos)
            return;
        done = true;
        other.models().upload(houses, {theirs, "", {}, {}, "", "", 1}).value();
    });
    const auto got = upload({file("a.py", "ours"), "", {}, {}, "", "", 1});
    EXPECT_TRUE(done);
    EXPECT_EQ(got.error().code, errc::conflict);
    when_called({});
    const auto where = folder_ / "work" / "now.py";
    client().models().download(houses, "a.py", where).value();
    EXPECT_EQ(read_file(where), "theirs");
}

TEST_F(studio_models, wrong_token_and_no_token_are_told_apart) {
    auto o = settings();
    o.access_token = secret("wrong-canary");
    const auto w = file("w.bin", "w");
    const auto refused = sync_client(o).models().upload(houses, {w, "", {}, {}, "", "", 1});
    EXPECT_EQ(refused.error().code, errc::unauthorized);
    EXPECT_THAT(refused.error().message(), testing::Not(HasSubstr("canary")));
}

TEST_F(studio_models, closed_client_leaves_no_half_file_and_no_commit) {
    const auto folder = folder_ / "work" / "in";
    for (int i = 0; i < 8; ++i)
        file("in/" + std::to_string(i) + ".bin", bytes(2'000'000, static_cast<char>(i)));
    transfer_options options;
    std::atomic<bool> first = true;
    options.progress = [&](transfer_progress at) {
        if (at.done > 0 && first.exchange(false))
            client().close();
    };
    EXPECT_EQ(upload({folder, "", {}, {}, "", "", 4}, options).error().code, errc::client_closed);
    sync_client next(settings());
    EXPECT_THAT(next.models().files(houses).value(), IsEmpty());
    next.models().upload(houses, {folder, "", {}, {}, "", "", 4}).value();

    const auto out = folder_ / "work" / "out";
    first = true;
    options.progress = [&](transfer_progress at) {
        if (at.done > 0 && first.exchange(false))
            next.close();
    };
    EXPECT_EQ(next.models().snapshot_download(houses, out, {}, options).error().code,
              errc::client_closed);
    for (const auto& name : names_in(out))
        if (!name.starts_with(".aistudio-")) { // what the next download goes on with
            EXPECT_EQ(read_file(out / name), read_file(folder / name)) << name;
        }
    sync_client last(settings());
    const auto got = last.models().snapshot_download(houses, out).value();
    EXPECT_EQ(got.files.size() + got.unchanged.size(), 8U);
    EXPECT_THAT(names_in(out), SizeIs(8));
}

TEST_F(studio_models, pages_of_repositories_are_walked) {
    for (int i = 0; i < 5; ++i)
        client().models().create({repository_id("local/m" + std::to_string(i)),
                                  {},
                                  {},
                                  "",
                                  false,
                                  repository_kind::model});
    std::vector<std::string> ids;
    for (const auto& m : client().models().all({{1, 2}}))
        ids.push_back(to_string(m.value().id));
    EXPECT_THAT(ids, ElementsAre("local/m4", "local/m3", "local/m2", "local/m1", "local/m0",
                                 "local/houses"));
}

} // namespace
} // namespace aistudio::test
