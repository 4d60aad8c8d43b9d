// A job's code on its way to the studio: cut at every stage, and packed to do harm.

#include "integration/support/transfer_fixture.hpp"

#include <gmock/gmock.h>

#include <archive.h>
#include <archive_entry.h>

namespace aistudio::test {
namespace {

using fate = cutting_proxy::fate;
using testing::HasSubstr;
using testing::IsEmpty;

la_ssize_t append(::archive*, void* to, const void* bytes, std::size_t size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
}

/// A zip of files of zeros, packed piece by piece.
std::string zip_of_zeros(int files, std::uint64_t bytes_each) {
    std::string out;
    ::archive* a = ::archive_write_new();
    ::archive_write_set_format_zip(a);
    ::archive_write_set_options(a, "zip:compression-level=1");
    ::archive_write_set_bytes_per_block(a, 0);
    ::archive_write_open(a, &out, nullptr, append, nullptr);
    const std::string zeros(4 * mib, '\0');
    for (int i = 0; i < files; ++i) {
        ::archive_entry* e = ::archive_entry_new();
        ::archive_entry_set_pathname(e, ("zeros" + std::to_string(i)).c_str());
        ::archive_entry_set_filetype(e, AE_IFREG);
        ::archive_entry_set_perm(e, 0644);
        ::archive_entry_set_size(e, static_cast<la_int64_t>(bytes_each));
        ::archive_write_header(a, e);
        for (std::uint64_t at = 0; at < bytes_each;)
            at += static_cast<std::uint64_t>(::archive_write_data(
                a, zeros.data(), std::min<std::uint64_t>(zeros.size(), bytes_each - at)));
        ::archive_entry_free(e);
    }
    ::archive_write_close(a);
    ::archive_write_free(a);
    return out;
}

class job_transfers : public transfer_test {
protected:
    std::filesystem::path code() {
        write_file(folder_ / "code" / "main.sh", "cat large.bin | wc -c > output/size\n");
        write_file(folder_ / "code" / "large.bin", random_bytes(3 * mib + 9));
        return folder_ / "code";
    }
    new_job job_of(const std::filesystem::path& folder) {
        new_job what;
        what.name = "j";
        what.folder = folder;
        what.command = "sh main.sh";
        return what;
    }
    std::vector<job> jobs() {
        return api().post<std::vector<job>>("/paddlex/v3/pipelines/sdk/list",
                                            wire::list_jobs{{}, "", ""});
    }
    std::filesystem::path folder_of(const job_id& id) {
        return options().directory / "jobs" / to_string(id);
    }
    envelope callback(const job_id& id, const std::string& key) {
        return api().call("POST", "/paddlex/v3/pipelines/sdk/create/callback",
                          to_json(wire::job_callback{id, true, key, "code.zip"}).value());
    }
};

TEST_F(job_transfers, submission_cut_at_any_stage_runs_once_or_is_told) {
    const auto folder = code();
    transfer_options o;
    o.part_size = mib;
    std::size_t submitted = 0;
    for (const std::string stage : {"/sdk/create HTTP", "source=SDK", "?uploads=", "partNumber=2",
                                    "?uploadId=", "/create/callback", "/sdk/list"})
        for (const auto cut : {fate::cut_request, fate::cut_answer, fate::fail}) {
            SCOPED_TRACE(stage + " " + std::to_string(static_cast<int>(cut)));
            bool done = false;
            proxy().script([&](std::string_view line) {
                const bool now = !done && line.find(stage) != std::string_view::npos;
                done = done || now;
                return now ? cut : fate::pass;
            });
            const auto made = client().jobs().submit(job_of(folder), o);
            proxy().script({});
            EXPECT_TRUE(done);
            ASSERT_TRUE(made) << made.error().message();
            EXPECT_EQ(api().wait_for(made->id).stage, job_stage::succeeded);
            EXPECT_EQ(read_file(folder_of(made->id) / "output" / "size"),
                      std::to_string(3 * mib + 9) + "\n");
            EXPECT_EQ(jobs().size(), ++submitted) << "submitted once, whatever was repeated";
        }
}

TEST_F(job_transfers, submission_whose_code_does_not_get_through_fails_and_leaves_nothing) {
    const auto folder = code();
    transfer_options o;
    o.part_size = mib;
    o.resume = false;
    o.call.retry = retry_policy{.max_attempts = 2, .base_delay = std::chrono::milliseconds{1}};
    for (const std::string stage : {"/aistudio-local/", "partNumber=2", "?uploadId="}) {
        SCOPED_TRACE(stage);
        const auto before = jobs().size();
        proxy().script([&](std::string_view line) {
            return line.find(stage) != std::string_view::npos && !line.starts_with("DELETE") &&
                           !line.starts_with("GET")
                       ? fate::cut_request
                       : fate::pass;
        });
        const auto made = client().jobs().submit(job_of(folder), o);
        proxy().script({});
        ASSERT_FALSE(made);
        EXPECT_FALSE(made.error().message().empty());
        const auto all = jobs();
        ASSERT_EQ(all.size(), before + 1);
        EXPECT_EQ(all.front().stage, job_stage::failed) << "the studio was told";
        EXPECT_FALSE(std::filesystem::exists(folder_of(all.front().id) / "code"));
    }
    EXPECT_EQ(bytes_in_store(), 0U) << "something was left half-made";
}

TEST_F(job_transfers, studio_that_never_answers_leaves_no_job_that_runs) {
    const auto folder = code();
    call_options few;
    few.retry = retry_policy{.max_attempts = 2, .base_delay = std::chrono::milliseconds{1}};
    transfer_options o;
    o.call = few;
    for (const std::string stage : {"/sdk/create HTTP", "source=SDK", "/create/callback"}) {
        SCOPED_TRACE(stage);
        proxy().script([&](std::string_view line) {
            return line.find(stage) != std::string_view::npos ? fate::cut_request : fate::pass;
        });
        const auto made = client().jobs().submit(job_of(folder), o);
        proxy().script({});
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, errc::connection_lost) << made.error().message();
    }
    for (const auto& one : jobs()) {
        EXPECT_NE(one.stage, job_stage::running);
        EXPECT_NE(one.stage, job_stage::succeeded);
        EXPECT_FALSE(std::filesystem::exists(folder_of(one.id) / "code"));
    }
}

/// With the limits that everybody has.
TEST_F(job_transfers, code_that_unpacks_to_far_too_much_is_refused) {
    wire::create_job request;
    request.name = "bomb";
    request.cmd = "true";
    const auto id =
        api().post<wire::created_job>("/paddlex/v3/pipelines/sdk/create", request).pipeline_id;
    const auto grant = api().get<wire::sts_grant>(
        "/paddlex/v3/file/api/bosacl?source=SDK&pipelineId=" + to_string(id));
    const auto key = grant.file_key.substr(1);
    for (const auto& bomb : {zip_of_zeros(1, 1024 * mib + 1), zip_of_zeros(5, 256 * mib)}) {
        ASSERT_LT(bomb.size(), 6 * mib) << "no bomb";
        ASSERT_EQ(api().object("PUT", grant, key, bomb).status, 200U);
        const auto refused = callback(id, grant.file_key);
        EXPECT_EQ(refused.status, 200U);
        EXPECT_EQ(refused.code, service_code::parameter_invalid);
        EXPECT_THAT(refused.message, HasSubstr("too large when unpacked"));
        EXPECT_FALSE(std::filesystem::exists(folder_of(id) / "code"));
        EXPECT_EQ(api().get_job(id).stage, job_stage::pending);
    }
    // What its directory says is checked against what comes out.
    auto liar = zip_of_zeros(1, 1024 * mib + 1);
    for (std::size_t at = 0; (at = liar.find("PK\x01\x02", at)) != std::string::npos; at += 4)
        liar.replace(at + 24, 4, std::string("\x10\0\0\0", 4)); // 16 bytes, unpacked
    ASSERT_EQ(api().object("PUT", grant, key, liar).status, 200U);
    const auto refused = callback(id, grant.file_key);
    EXPECT_EQ(refused.code, service_code::parameter_invalid) << refused.message;
    EXPECT_FALSE(std::filesystem::exists(folder_of(id) / "code"));
    EXPECT_EQ(api().get_job(id).stage, job_stage::pending);

    ASSERT_EQ(api().object("PUT", grant, key, zip_of_zeros(1, 16 * mib)).status, 200U);
    EXPECT_EQ(callback(id, grant.file_key).code, 0) << "what is small may be as empty as it likes";
    EXPECT_EQ(api().wait_for(id).stage, job_stage::succeeded);
}

} // namespace
} // namespace aistudio::test
