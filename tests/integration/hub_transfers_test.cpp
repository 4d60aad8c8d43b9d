// Transfers to and from repositories over a line that breaks, or that refuses one of the ways.

#include "integration/support/transfer_fixture.hpp"

#include <aistudio/codec/hub_wire.hpp>

#include <gmock/gmock.h>

#include <atomic>

namespace aistudio::test {
namespace {

using fate = cutting_proxy::fate;
using testing::ElementsAre;
using testing::IsEmpty;

const repository_id houses("local/houses");

class hub_transfers : public transfer_test {
protected:
    void SetUp() override {
        transfer_test::SetUp();
        client().models().create({houses, {}, {}, "MIT", true, repository_kind::model}).value();
    }
    /// Small parts, so that small files have many; few attempts, so that what is down is told soon.
    static transfer_options small_parts(int attempts = 0) {
        transfer_options o;
        o.part_size = mib;
        o.parallel = 3;
        if (attempts > 0)
            o.call.retry =
                retry_policy{.max_attempts = attempts, .base_delay = std::chrono::milliseconds{1}};
        return o;
    }
    result<model_commit> upload(const std::filesystem::path& file, transfer_options o) {
        return client().models().upload(houses, {file, "", {}, {}, "", "", 2}, std::move(o));
    }
    /// What the studio gives for a name, without the proxy.
    std::string stored(const std::string& name) {
        const sync_client direct = without_proxy();
        const auto target = folder_ / "stored" / name;
        std::filesystem::create_directories(target.parent_path());
        std::filesystem::remove(target);
        const auto got = direct.models().download(houses, name, target);
        return got ? read_file(target) : got.error().message();
    }
    std::vector<std::string> paths() {
        std::vector<std::string> out;
        for (const auto& f : without_proxy().models().files(houses).value())
            out.push_back(f.path);
        return out;
    }
    [[nodiscard]] sync_client without_proxy() {
        return sync_client(
            {.base_url = studio().base_url(), .access_token = studio().access_token()});
    }
};

TEST_F(hub_transfers, upload_cut_at_any_stage_arrives_or_can_be_made_again) {
    std::uint64_t bytes = 0;
    std::vector<std::string> names;
    for (const std::string stage :
         {"/preupload/", "/contents/", "/objects/batch", "?uploads=", "partNumber=2",
          "?uploadId=", "/objects/verify", "/contents HTTP"})
        for (const auto cut : {fate::cut_request, fate::cut_answer, fate::fail}) {
            const auto number = std::to_string(names.size());
            SCOPED_TRACE(stage + " " + std::to_string(static_cast<int>(cut)));
            names.push_back("w" + std::string(number.size() < 2 ? "0" : "") + number + ".bin");
            const auto content =
                random_bytes(3 * mib + 9, static_cast<unsigned>(names.size())); // not there yet
            bytes += content.size();
            const auto path = file(names.back(), content);
            bool done = false;
            proxy().script([&](std::string_view line) {
                const bool now = !done && line.find(stage) != std::string_view::npos;
                done = done || now;
                return now ? cut : fate::pass;
            });
            const auto sent = upload(path, small_parts());
            EXPECT_TRUE(done);
            proxy().script({});
            if (!sent) { // nobody knows whether the commit was made
                EXPECT_EQ(stage, "/contents HTTP") << sent.error().message();
                EXPECT_FALSE(sent.error().message().empty());
                EXPECT_TRUE(upload(path, small_parts()));
            }
            EXPECT_TRUE(stored(names.back()) == content);
            EXPECT_THAT(left_in(folder_ / "mine"), IsEmpty());
            EXPECT_EQ(paths(), names);
        }
    EXPECT_EQ(bytes_in_store(), bytes) << "something was left half-made";
}

TEST_F(hub_transfers, upload_goes_by_put_when_the_grants_way_is_down) {
    std::uint64_t bytes = 0;
    for (const std::string down : {"/aistudio-local/lfs/", "partNumber=2", "?uploadId="}) {
        SCOPED_TRACE(down);
        const auto content = random_bytes(3 * mib + 9, static_cast<unsigned>(down.size()));
        bytes += content.size();
        int granted = 0;
        int puts = 0;
        proxy().script([&](std::string_view line) {
            const bool put = line.find("authorization=") != std::string_view::npos;
            puts += put ? 1 : 0;
            if (put || line.find(down) == std::string_view::npos || line.starts_with("DELETE"))
                return fate::pass;
            ++granted;
            return fate::fail;
        });
        const auto sent = upload(file("w.bin", content), small_parts(2));
        ASSERT_TRUE(sent) << sent.error().message();
        EXPECT_GE(granted, 1);
        EXPECT_EQ(puts, 1);
        EXPECT_TRUE(stored("w.bin") == content);
        EXPECT_THAT(left_in(folder_ / "mine"), IsEmpty());
        EXPECT_EQ(bytes_in_store(), bytes) << "parts are still there";
    }
}

TEST_F(hub_transfers, put_that_fails_at_first_is_repeated) {
    const auto content = random_bytes(3 * mib + 9);
    int puts = 0;
    proxy().script([&](std::string_view line) {
        if (line.find("/aistudio-local/lfs/") == std::string_view::npos)
            return fate::pass;
        if (line.find("authorization=") == std::string_view::npos)
            return fate::cut_request;
        return ++puts == 1 ? fate::fail : fate::pass;
    });
    const auto sent = upload(file("w.bin", content), small_parts(3));
    ASSERT_TRUE(sent) << sent.error().message();
    EXPECT_EQ(puts, 2);
    EXPECT_TRUE(stored("w.bin") == content);
}

TEST_F(hub_transfers, upload_that_has_no_way_is_told_and_commits_nothing) {
    proxy().script([&](std::string_view line) {
        return line.find("/aistudio-local/lfs/") == std::string_view::npos ? fate::pass
                                                                           : fate::fail;
    });
    const auto path = file("w.bin", random_bytes(3 * mib + 9));
    const auto sent = upload(path, small_parts(2));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, errc::service_overloaded) << sent.error().message();
    EXPECT_THAT(paths(), IsEmpty());
    EXPECT_EQ(bytes_in_store(), 0U);
    proxy().script({});
    EXPECT_TRUE(upload(path, small_parts()));
    EXPECT_THAT(paths(), ElementsAre("w.bin"));
}

TEST_F(hub_transfers, upload_is_gone_on_with_after_a_restart_of_the_studio) {
    const auto content = random_bytes(8 * mib);
    const auto path = file("w.bin", content);
    proxy().watch([&](const cutting_proxy::totals& t) {
        if (t.up > 5 * mib)
            proxy().refuse(true);
    });
    EXPECT_FALSE(upload(path, small_parts(2)));
    EXPECT_EQ(left_in(folder_ / "mine").size(), 1U);
    EXPECT_THAT(paths(), IsEmpty());
    proxy().watch({});
    restart();
    proxy().refuse(false);
    connect();
    proxy().forget();
    const auto sent = upload(path, small_parts());
    ASSERT_TRUE(sent) << sent.error().message();
    EXPECT_LE(proxy().seen().up, 6 * mib + mib / 2);
    EXPECT_TRUE(stored("w.bin") == content);
    EXPECT_THAT(left_in(folder_ / "mine"), IsEmpty());
}

TEST_F(hub_transfers, download_is_gone_on_with_by_another_client_and_after_a_restart) {
    const auto content = random_bytes(24 * mib);
    ASSERT_TRUE(upload(file("w.bin", content), small_parts()));
    const auto target = folder_ / "got" / "w.bin";
    std::filesystem::create_directories(target.parent_path());
    const auto stop_at = [&](std::uint64_t down) {
        proxy().forget();
        proxy().watch([this, down](const cutting_proxy::totals& t) {
            if (t.down > down)
                proxy().refuse(true);
        });
    };
    const auto go_on = [&] {
        proxy().watch({});
        proxy().refuse(false);
        proxy().forget();
        connect();
    };
    stop_at(12 * mib);
    EXPECT_FALSE(client().models().download(houses, "w.bin", target, "", small_parts(1)));
    EXPECT_FALSE(std::filesystem::exists(target));
    EXPECT_FALSE(left_in(target.parent_path()).empty());

    go_on();
    stop_at(4 * mib);
    EXPECT_FALSE(client().models().download(houses, "w.bin", target, "", small_parts(1)));
    restart();
    go_on();
    std::uint64_t first = 0;
    auto o = small_parts();
    o.progress = [&](transfer_progress p) { first = first == 0 ? p.done : first; };
    const auto got = client().models().download(houses, "w.bin", target, "", o);
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_GE(first, 8 * mib);
    EXPECT_LE(proxy().seen().down, 16 * mib);
    EXPECT_TRUE(read_file(target) == content);
    EXPECT_THAT(left_in(target.parent_path()), IsEmpty());
}

TEST_F(hub_transfers, download_over_a_line_that_is_cut_again_and_again_arrives) {
    const auto content = random_bytes(24 * mib);
    ASSERT_TRUE(upload(file("w.bin", content), small_parts()));
    const auto target = folder_ / "w.bin";
    proxy().forget();
    proxy().cut_after({3 * mib, mib, 5 * mib, 2 * mib, 4 * mib, mib, mib, 3 * mib});
    const auto got = client().models().download(houses, "w.bin", target, "", small_parts());
    ASSERT_TRUE(got) << got.error().message();
    const auto seen = proxy().seen();
    EXPECT_EQ(seen.cuts, 8);
    EXPECT_LE(seen.down, 24 * mib + static_cast<std::uint64_t>(seen.cuts) * 512 * 1024);
    EXPECT_TRUE(read_file(target) == content);
    EXPECT_THAT(left_in(folder_.path()), IsEmpty());
}

TEST_F(hub_transfers, file_committed_anew_while_it_is_downloaded_is_never_mixed) {
    ASSERT_TRUE(upload(file("w.bin", random_bytes(12 * mib)), small_parts()));
    const auto fresh = random_bytes(12 * mib, 2);
    const auto other = folder_ / "other" / "w.bin";
    write_file(other, fresh);
    const auto target = folder_ / "w.bin";
    std::atomic<bool> changed = false;
    proxy().forget();
    proxy().watch([&](const cutting_proxy::totals& t) {
        if (t.down > 5 * mib && !changed.exchange(true)) {
            EXPECT_TRUE(without_proxy().models().upload(houses, {other, "", {}, {}, "", "", 1},
                                                        small_parts()));
        }
    });
    proxy().cut_after({6 * mib});
    const auto got = client().models().download(houses, "w.bin", target, "", small_parts());
    proxy().watch({});
    EXPECT_TRUE(changed);
    if (got) {
        EXPECT_TRUE(read_file(target) == fresh);
        return;
    }
    EXPECT_EQ(got.error().code, errc::checksum_mismatch) << got.error().message();
    EXPECT_FALSE(std::filesystem::exists(target));
    const auto again = client().models().download(houses, "w.bin", target, "", small_parts());
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_TRUE(read_file(target) == fresh);
    EXPECT_THAT(left_in(folder_.path()), IsEmpty());
}

} // namespace
} // namespace aistudio::test
