// Transfers of the client against a local studio, over a line that breaks: cut at every stage, gone
// on with by the same call, by a later one, and by another process after this one was killed.

#include "integration/support/transfer_fixture.hpp"

#include <aistudio/client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <atomic>
#include <future>
#include <thread>

namespace aistudio::test {
namespace {

using namespace std::chrono_literals;

/// Small parts, so that small files have many.
transfer_options small_parts(int parallel = 3) {
    transfer_options o;
    o.part_size = mib;
    o.parallel = parallel;
    return o;
}

/// Makes `o` note whether the progress ever falls, and where it began.
struct progress_log {
    std::uint64_t first = UINT64_MAX;
    std::uint64_t last = 0;
    std::uint64_t total = 0;
    bool fell = false;

    transfer_options into(transfer_options o) {
        o.progress = [this](transfer_progress p) {
            if (first == UINT64_MAX)
                first = p.done;
            fell = fell || p.done < last;
            last = p.done;
            total = p.total;
        };
        return o;
    }
};

class transfers : public transfer_test {
protected:
    /// Uploads, and expects what arrives to be the same.
    void expect_round_trip(const std::string& name, const std::string& content,
                           transfer_options o = small_parts()) {
        const auto id = new_dataset_id();
        const auto sent = client().datasets().upload(id, file(name, content), o);
        ASSERT_TRUE(sent) << sent.error().message();
        EXPECT_EQ(sent->name, name);
        EXPECT_EQ(sent->sha256, sha256::of(content));
        const auto target = folder_ / "got" / name;
        std::filesystem::create_directories(target.parent_path());
        const auto got = client().datasets().download(id, sent->id, target, o);
        ASSERT_TRUE(got) << got.error().message();
        EXPECT_TRUE(read_file(target) == content);
        EXPECT_TRUE(left_in(folder_ / "mine").empty());
        EXPECT_TRUE(left_in(target.parent_path()).empty());
    }
};

TEST_F(transfers, sizes_around_a_part_arrive) {
    for (const std::uint64_t size : {std::uint64_t{1}, mib - 1, mib, mib + 1, 2 * mib - 1, 2 * mib,
                                     2 * mib + 1, 5 * mib + 77}) {
        SCOPED_TRACE(size);
        expect_round_trip("f" + std::to_string(size), random_bytes(size));
    }
}

TEST_F(transfers, empty_file_arrives_when_it_is_allowed) {
    auto o = small_parts();
    o.allow_empty_files = true;
    expect_round_trip("empty", "", o);
}

TEST_F(transfers, names_of_all_kinds_arrive) {
    for (const std::string name :
         {"with spaces.bin", "a+b%20c.bin", "100%.bin", "数据 集.bin", "😀+🚀.bin", "a&b=c?d#e"}) {
        SCOPED_TRACE(name);
        expect_round_trip(name, random_bytes(mib + 3));
    }
}

TEST_F(transfers, large_file_arrives_in_parallel_ranges) {
    auto o = small_parts(4);
    o.part_size = 8 * mib;
    expect_round_trip("large", random_bytes(65 * mib + 5), o);
}

TEST_F(transfers, options_out_of_range_are_refused) {
    const auto path = file("f", "x");
    for (auto change : {+[](transfer_options& o) { o.part_size = mib - 1; },
                        +[](transfer_options& o) { o.part_size = (std::uint64_t{5} << 30U) + 1; },
                        +[](transfer_options& o) { o.parallel = 0; },
                        +[](transfer_options& o) { o.parallel = 17; }}) {
        transfer_options o;
        change(o);
        EXPECT_EQ(client().datasets().upload(dataset_id(1), path, o).error().code,
                  errc::invalid_argument);
    }
}

TEST_F(transfers, upload_cut_at_any_stage_arrives) {
    const auto content = random_bytes(3 * mib + 9);
    const auto path = file("f", content);
    int place = 0;
    for (const char* stage :
         {"/llm/files/acl", "uploads=", "partNumber=2", "POST", "/addfile", "uploadId=", "/detail"})
        for (const auto fate :
             {cutting_proxy::fate::cut_request, cutting_proxy::fate::cut_answer}) {
            SCOPED_TRACE(std::string(stage) + (++place % 2 != 0 ? " request" : " answer"));
            const auto id = new_dataset_id();
            bool done = false;
            proxy().script([&](std::string_view line) {
                const bool now = !done && line.find(stage) != std::string_view::npos;
                done = done || now;
                return now ? fate : cutting_proxy::fate::pass;
            });
            const auto sent = client().datasets().upload(id, path, small_parts());
            EXPECT_TRUE(sent) << sent.error().message();
            EXPECT_TRUE(stored(id) == content);
            EXPECT_TRUE(left_in(folder_ / "mine").empty());
            proxy().script({});
            EXPECT_TRUE(api().call("DELETE", "/api/local/v1/datasets/" + to_string(id)).code == 0);
        }
    EXPECT_EQ(bytes_in_store(), 0U) << "something was left half-made";
}

TEST_F(transfers, file_sent_in_one_piece_arrives_over_a_line_that_is_cut) {
    const auto content = random_bytes(40 * mib + 11);
    const auto path = file("f", content);
    auto o = small_parts();
    o.part_size = 64 * mib;
    for (const std::uint64_t gap : {mib, 17 * mib, 39 * mib}) {
        SCOPED_TRACE(gap);
        const auto id = new_dataset_id();
        proxy().forget();
        proxy().cut_after({gap});
        progress_log log;
        const auto sent = client().datasets().upload(id, path, log.into(o));
        ASSERT_TRUE(sent) << sent.error().message();
        EXPECT_EQ(proxy().seen().cuts, 1);
        EXPECT_EQ(sent->sha256, sha256::of(content));
        EXPECT_TRUE(stored(id) == content);
        EXPECT_FALSE(log.fell);
    }
}

TEST_F(transfers, many_cuts_cost_only_what_was_on_its_way) {
    const auto content = random_bytes(24 * mib);
    const auto path = file("f", content);
    const auto id = new_dataset_id();
    std::mt19937 random(7);
    std::deque<std::uint64_t> gaps;
    for (int i = 0; i < 10; ++i)
        gaps.push_back(mib + random() % (4 * mib));
    proxy().forget();
    proxy().cut_after(gaps);
    progress_log log;
    const auto sent = client().datasets().upload(id, path, log.into(small_parts()));
    ASSERT_TRUE(sent) << sent.error().message();
    const auto up = proxy().seen();
    EXPECT_GE(up.cuts, 5);
    EXPECT_LE(up.up, 24 * mib + static_cast<std::uint64_t>(up.open_at_cuts) * mib + mib / 2);
    EXPECT_FALSE(log.fell);
    EXPECT_EQ(log.last, content.size());
    EXPECT_TRUE(stored(id) == content);

    const auto target = folder_ / "got";
    for (const int parallel : {1, 4}) {
        proxy().forget();
        proxy().cut_after(gaps);
        progress_log down;
        const auto got =
            client().datasets().download(id, sent->id, target, down.into(small_parts(parallel)));
        ASSERT_TRUE(got) << got.error().message();
        EXPECT_TRUE(read_file(target) == content);
        const auto seen = proxy().seen();
        EXPECT_GE(seen.cuts, 5);
        EXPECT_LE(seen.down, 24 * mib + static_cast<std::uint64_t>(seen.cuts) * 512 * 1024);
        EXPECT_FALSE(down.fell);
        proxy().cut_after({});
    }
}

/// Calls `then` on the proxy's thread once so many bytes went up or down.
void when(cutting_proxy& proxy, std::uint64_t cutting_proxy::totals::* which, std::uint64_t bytes,
          std::function<void()> then) {
    proxy.watch([=, then = std::move(then), done = false](const cutting_proxy::totals& t) mutable {
        if (t.*which >= bytes && !std::exchange(done, true))
            then();
    });
}

/// A studio whose clock can be set.
class expiring_transfers : public transfers {
protected:
    void SetUp() override {
        auto o = options();
        o.clock = [this] { return std::chrono::system_clock::now() + std::chrono::hours(ahead_); };
        start(o);
        proxy_.emplace(port_of(studio().base_url()));
        connect();
    }
    void TearDown() override {
        transfers::TearDown();
        stop(); // before the clock goes
    }
    std::atomic<int> ahead_ = 0;
};

TEST_F(expiring_transfers, grant_that_expires_on_the_way_is_renewed) {
    const auto content = random_bytes(8 * mib);
    const auto id = new_dataset_id();
    when(proxy(), &cutting_proxy::totals::up, 3 * mib, [&] {
        ahead_ = 2;
        (void)api().get<wire::sts_grant>("/llm/files/acl"); // forgets those that expired
        ahead_ = 0;
    });
    int grants = 0;
    proxy().script([&](std::string_view line) {
        grants += line.find("/llm/files/acl") != std::string_view::npos ? 1 : 0;
        return cutting_proxy::fate::pass;
    });
    const auto sent = client().datasets().upload(id, file("f", content), small_parts());
    ASSERT_TRUE(sent) << sent.error().message();
    EXPECT_GE(grants, 2);
    EXPECT_TRUE(stored(id) == content);
}

TEST_F(expiring_transfers, address_that_expires_on_the_way_is_renewed) {
    const auto content = random_bytes(8 * mib);
    const auto id = new_dataset_id();
    const auto sent = client().datasets().upload(id, file("f", content), small_parts());
    ASSERT_TRUE(sent) << sent.error().message();
    ahead_ = -1;
    proxy().forget();
    when(proxy(), &cutting_proxy::totals::down, mib, [&] { ahead_ = 0; });
    proxy().cut_after({3 * mib});
    const auto got = client().datasets().download(id, sent->id, folder_ / "got", small_parts());
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_EQ(proxy().seen().cuts, 1);
    EXPECT_TRUE(read_file(*got) == content);
}

TEST_F(transfers, upload_survives_a_restart_of_the_studio) {
    const auto content = random_bytes(8 * mib);
    const auto path = file("f", content);
    const auto id = new_dataset_id();
    proxy().forget();
    std::promise<void> half;
    when(proxy(), &cutting_proxy::totals::up, 4 * mib, [&] {
        half.set_value();
        proxy().refuse(true);
    });
    auto o = small_parts();
    o.call.retry = retry_policy{.max_attempts = 10, .base_delay = 300ms};
    auto sent =
        std::async(std::launch::async, [&] { return client().datasets().upload(id, path, o); });
    half.get_future().wait();
    restart(); // its grants are gone, the parts are not
    proxy().refuse(false);
    const auto done = sent.get();
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_LE(proxy().seen().up, content.size() + 4 * mib);
    EXPECT_TRUE(stored(id) == content);
}

TEST_F(transfers, failed_upload_is_gone_on_with_by_the_next_call) {
    const auto content = random_bytes(8 * mib);
    const auto path = file("f", content);
    const auto id = new_dataset_id();
    when(proxy(), &cutting_proxy::totals::up, 5 * mib, [&] { proxy().refuse(true); });
    auto o = small_parts();
    o.call.retry = retry_policy{.max_attempts = 2, .base_delay = 1ms};
    EXPECT_FALSE(client().datasets().upload(id, path, o));
    const auto left = left_in(folder_ / "mine");
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(std::filesystem::status(left[0]).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(read_file(left[0]).find("ecret"), std::string::npos);
    restart();
    proxy().refuse(false);
    proxy().forget();
    progress_log log;
    const auto again = client().datasets().upload(id, path, log.into(small_parts()));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_GE(log.first, 2 * mib);
    EXPECT_FALSE(log.fell);
    EXPECT_LE(proxy().seen().up, 6 * mib + mib / 2);
    EXPECT_TRUE(stored(id) == content);
    EXPECT_TRUE(left_in(folder_ / "mine").empty());
}

TEST_F(transfers, upload_that_may_not_be_gone_on_with_leaves_nothing) {
    const auto path = file("f", random_bytes(8 * mib));
    const auto id = new_dataset_id();
    when(proxy(), &cutting_proxy::totals::up, 5 * mib, [&] { proxy().refuse(true); });
    auto o = small_parts();
    o.call.retry = retry_policy{.max_attempts = 2, .base_delay = 1ms};
    o.resume = false;
    EXPECT_FALSE(client().datasets().upload(id, path, o));
    EXPECT_TRUE(left_in(folder_ / "mine").empty());
}

TEST_F(transfers, file_changed_between_the_tries_is_uploaded_anew) {
    const auto path = file("f", random_bytes(4 * mib));
    const auto id = new_dataset_id();
    when(proxy(), &cutting_proxy::totals::up, 3 * mib, [&] { proxy().refuse(true); });
    auto o = small_parts();
    o.call.retry = retry_policy{.max_attempts = 1};
    EXPECT_FALSE(client().datasets().upload(id, path, o));
    proxy().watch({});
    proxy().refuse(false);
    const auto content = random_bytes(4 * mib + 1, 2);
    file("f", content);
    const auto again = client().datasets().upload(id, path, small_parts());
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_TRUE(stored(id) == content);
    EXPECT_EQ(bytes_in_store(), content.size()) << "the old parts are still there";
}

/// The same size and time, but other bytes: the checksums of the parts find it out.
TEST_F(transfers, part_changed_unnoticed_is_sent_again) {
    auto content = random_bytes(6 * mib);
    const auto path = file("f", content);
    const auto time = std::filesystem::last_write_time(path);
    const auto id = new_dataset_id();
    when(proxy(), &cutting_proxy::totals::up, 4 * mib, [&] { proxy().refuse(true); });
    auto o = small_parts(1);
    o.call.retry = retry_policy{.max_attempts = 1};
    EXPECT_FALSE(client().datasets().upload(id, path, o));
    proxy().watch({});
    proxy().refuse(false);
    content[mib + 5] ^= 1;
    file("f", content);
    std::filesystem::last_write_time(path, time);
    proxy().forget();
    const auto again = client().datasets().upload(id, path, small_parts(1));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_LE(proxy().seen().up, 5 * mib);
    EXPECT_TRUE(stored(id) == content);
}

TEST_F(transfers, file_changed_while_it_is_uploaded_is_refused_and_given_up) {
    const auto path = file("f", random_bytes(8 * mib));
    const auto id = new_dataset_id();
    when(proxy(), &cutting_proxy::totals::up, 5 * mib,
         [&] { file("f", random_bytes(8 * mib, 3)); });
    const auto sent = client().datasets().upload(id, path, small_parts());
    ASSERT_FALSE(sent);
    EXPECT_TRUE(left_in(folder_ / "mine").empty());
    EXPECT_EQ(bytes_in_store(), 0U);
    EXPECT_EQ(stored(id), "(0 files)");
}

TEST_F(transfers, file_in_one_piece_that_changes_on_its_way_is_refused) {
    const auto path = file("f", random_bytes(40 * mib));
    auto o = small_parts();
    o.part_size = 64 * mib;
    const auto id = new_dataset_id();
    when(proxy(), &cutting_proxy::totals::up, 2 * mib, [&] {
        std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(39 * mib) << "x";
    });
    const auto sent = client().datasets().upload(id, path, o);
    ASSERT_FALSE(sent);
    EXPECT_EQ(stored(id), "(0 files)");
}

TEST_F(transfers, two_downloads_to_one_name_at_a_time_do_not_harm_each_other) {
    const auto content = random_bytes(12 * mib);
    const auto id = new_dataset_id();
    const auto sent = client().datasets().upload(id, file("f", content), small_parts());
    ASSERT_TRUE(sent);
    const auto target = folder_ / "got";
    proxy().cut_after({3 * mib, 3 * mib, 3 * mib});
    std::vector<std::future<result<std::filesystem::path>>> all;
    for (int i = 0; i < 3; ++i)
        all.push_back(std::async(std::launch::async, [&] {
            return client().datasets().download(id, sent->id, target, small_parts());
        }));
    for (auto& one : all) {
        const auto got = one.get();
        EXPECT_TRUE(got) << got.error().message();
    }
    EXPECT_TRUE(read_file(target) == content);
    EXPECT_TRUE(left_in(folder_.path()).empty());
}

/// A client on a loop of this thread, whose operations can be cancelled.
TEST_F(transfers, cancelled_download_is_gone_on_with) {
    const auto content = random_bytes(12 * mib);
    const auto id = new_dataset_id();
    const auto sent = client().datasets().upload(id, file("f", content), small_parts());
    ASSERT_TRUE(sent);
    const auto target = folder_ / "got";
    {
        boost::asio::io_context io;
        client_options o;
        o.base_url = proxy().url();
        o.access_token = studio().access_token();
        const aistudio::client mine(io.get_executor(), o);
        boost::asio::cancellation_signal signal;
        auto options = small_parts();
        options.progress = [&](transfer_progress p) {
            if (p.done > 5 * mib)
                signal.emit(boost::asio::cancellation_type::terminal);
        };
        errc end = errc::ok;
        mine.datasets().async_download(
            id, sent->id, target, options,
            boost::asio::bind_cancellation_slot(signal.slot(),
                                                [&](const result<std::filesystem::path>& got) {
                                                    end = got ? errc::ok : got.error().code;
                                                }));
        io.run();
        EXPECT_EQ(end, errc::cancelled);
    }
    EXPECT_FALSE(std::filesystem::exists(target));
    EXPECT_EQ(left_in(folder_.path()).size(), 2U);
    proxy().forget();
    progress_log log;
    const auto got = client().datasets().download(id, sent->id, target, log.into(small_parts()));
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_GE(log.first, 4 * mib);
    EXPECT_LE(proxy().seen().down, 7 * mib + mib / 2);
    EXPECT_TRUE(read_file(target) == content);
    EXPECT_TRUE(left_in(folder_.path()).empty());
}

TEST_F(transfers, damaged_remains_are_noticed) {
    const auto content = random_bytes(20 * mib);
    const auto id = new_dataset_id();
    const auto sent = client().datasets().upload(id, file("f", content), small_parts());
    ASSERT_TRUE(sent);
    const auto target = folder_ / "got";
    proxy().forget();
    when(proxy(), &cutting_proxy::totals::down, 12 * mib, [&] { proxy().refuse(true); });
    auto o = small_parts();
    o.call.retry = retry_policy{.max_attempts = 1};
    EXPECT_FALSE(client().datasets().download(id, sent->id, target, o));
    proxy().watch({});
    proxy().refuse(false);
    for (const auto& left : left_in(folder_.path()))
        if (left.extension() == ".part") {
            std::fstream part(left, std::ios::in | std::ios::out | std::ios::binary);
            part.seekp(1234);
            part.put(static_cast<char>(content[1234] ^ 1));
        }
    const auto got = client().datasets().download(id, sent->id, target, small_parts());
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_TRUE(read_file(target) == content);
}

/// An output that a job writes anew while it is downloaded.
TEST_F(transfers, changed_object_begins_anew) {
    wire::create_job what;
    what.name = "j";
    what.cmd = "true";
    const auto job = api().submit_job(what, {{"a.txt", "x"}});
    (void)api().wait_for(job);
    const auto output =
        options().directory / "jobs" / to_string(job) / "output" / "model 模型+.bin";
    write_file(output, random_bytes(12 * mib));
    const auto fresh = random_bytes(9 * mib, 2);
    proxy().forget();
    bool changed = false;
    proxy().watch([&](const cutting_proxy::totals& t) {
        if (t.down > 6 * mib && !std::exchange(changed, true)) {
            std::filesystem::remove(output); // what is being sent stays what it is
            write_file(output, fresh);
        }
    });
    proxy().cut_after({7 * mib});
    const auto got =
        client().jobs().download_output(job, output.filename().string(), folder_ / "got", {});
    proxy().watch({});
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_TRUE(changed);
    EXPECT_TRUE(read_file(*got) == fresh);
}

// ---- processes --------------------------------------------------------------------------------

constexpr const char* url_variable = "AISTUDIO_TEST_TRANSFER_URL";
constexpr const char* token_variable = "AISTUDIO_TEST_TRANSFER_TOKEN";
constexpr const char* dataset_variable = "AISTUDIO_TEST_TRANSFER_DATASET";
constexpr const char* file_variable = "AISTUDIO_TEST_TRANSFER_FILE";
constexpr const char* path_variable = "AISTUDIO_TEST_TRANSFER_PATH";
constexpr const char* limit_variable = "AISTUDIO_TEST_TRANSFER_LIMIT";

std::string variable(const char* name) {
    const char* text = std::getenv(name);
    return text != nullptr ? text : "";
}

/// The child's only work: one upload, or with a file's id one download.
TEST(transfer_child, DISABLED_run) {
    if (variable(url_variable).empty())
        GTEST_SKIP() << "only as a child process";
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (const auto limit = variable(limit_variable); !limit.empty()) {
        const rlimit l{std::stoul(limit), std::stoul(limit)};
        ::setrlimit(RLIMIT_FSIZE, &l);
        std::signal(SIGXFSZ, SIG_IGN);
    }
    client_options o;
    o.base_url = variable(url_variable);
    o.access_token = secret(variable(token_variable));
    const sync_client client(o);
    const dataset_id id(std::stoll(variable(dataset_variable)));
    if (variable(file_variable).empty()) {
        const auto sent = client.datasets().upload(id, variable(path_variable), small_parts());
        EXPECT_TRUE(sent);
        return;
    }
    const auto got = client.datasets().download(id, file_id(std::stoll(variable(file_variable))),
                                                variable(path_variable), small_parts());
    EXPECT_TRUE(got);
    std::exit(got ? 0 : static_cast<int>(got.error().code)); // NOLINT: the parent reads it
}

class transfer_processes : public transfers {
protected:
    std::vector<std::pair<std::string, std::string>> variables(dataset_id id,
                                                               const std::filesystem::path& path) {
        return {{url_variable, proxy().url()},
                {token_variable, std::string(studio().access_token().reveal())},
                {dataset_variable, to_string(id)},
                {path_variable, path.string()}};
    }
};

TEST_F(transfer_processes, upload_of_a_killed_process_is_gone_on_with) {
    const auto content = random_bytes(16 * mib);
    const auto path = file("f", content);
    const auto id = new_dataset_id();
    std::promise<void> half;
    when(proxy(), &cutting_proxy::totals::up, 9 * mib, [&] {
        proxy().refuse(true); // so that it cannot be done before it is killed
        half.set_value();
    });
    child_test child("transfer_child.DISABLED_run", variables(id, path));
    half.get_future().wait();
    child.kill();
    proxy().refuse(false);
    EXPECT_EQ(left_in(folder_ / "mine").size(), 1U);
    proxy().forget();
    progress_log log;
    const auto sent = client().datasets().upload(id, path, log.into(small_parts()));
    ASSERT_TRUE(sent) << sent.error().message();
    EXPECT_GE(log.first, 6 * mib);
    EXPECT_FALSE(log.fell);
    EXPECT_LE(proxy().seen().up, 10 * mib + mib / 2);
    EXPECT_EQ(sent->sha256, sha256::of(content));
    EXPECT_TRUE(stored(id) == content);
    EXPECT_TRUE(left_in(folder_ / "mine").empty());
}

TEST_F(transfer_processes, download_of_a_killed_process_is_gone_on_with) {
    const auto content = random_bytes(40 * mib);
    const auto id = new_dataset_id();
    const auto sent = client().datasets().upload(id, file("f", content), small_parts());
    ASSERT_TRUE(sent);
    const auto target = folder_ / "got";
    proxy().forget();
    std::promise<void> half;
    when(proxy(), &cutting_proxy::totals::down, 30 * mib, [&] {
        proxy().refuse(true);
        half.set_value();
    });
    auto set = variables(id, target);
    set.emplace_back(file_variable, to_string(sent->id));
    child_test child("transfer_child.DISABLED_run", set);
    half.get_future().wait();
    child.kill();
    proxy().refuse(false);
    EXPECT_FALSE(std::filesystem::exists(target));
    proxy().forget();
    progress_log log;
    const auto got = client().datasets().download(id, sent->id, target, log.into(small_parts()));
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_GE(log.first, 16 * mib) << "what was saved last";
    EXPECT_LE(proxy().seen().down, 25 * mib);
    EXPECT_TRUE(read_file(target) == content);
    EXPECT_TRUE(left_in(folder_.path()).empty());
}

TEST_F(transfer_processes, full_disk_is_told_and_the_rest_comes_when_there_is_room) {
    const auto content = random_bytes(12 * mib);
    const auto id = new_dataset_id();
    const auto sent = client().datasets().upload(id, file("f", content), small_parts());
    ASSERT_TRUE(sent);
    const auto target = folder_ / "got";
    auto set = variables(id, target);
    set.emplace_back(file_variable, to_string(sent->id));
    set.emplace_back(limit_variable, std::to_string(5 * mib));
    child_test child("transfer_child.DISABLED_run", set);
    EXPECT_EQ(child.wait(), static_cast<int>(errc::write_failed));
    EXPECT_FALSE(std::filesystem::exists(target));
    proxy().forget();
    const auto got = client().datasets().download(id, sent->id, target, small_parts());
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_LE(proxy().seen().down, 8 * mib);
    EXPECT_TRUE(read_file(target) == content);
}

} // namespace
} // namespace aistudio::test
