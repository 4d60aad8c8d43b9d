#include "integration/support/studio_fixture.hpp"

#include <aistudio/protocol/bce_auth.hpp>
#include <aistudio/protocol/digest.hpp>

#include <atomic>

namespace aistudio::test {
namespace {

class studio_objects : public studio_test {
protected:
    void SetUp() override {
        start();
        grant_ = api().get<wire::sts_grant>("/llm/files/acl");
    }
    std::string error_of(const http_reply& reply) {
        return reply.body.empty()
                   ? ""
                   : from_json<wire::object_error>(std::string_view(reply.body)).value().code;
    }
    std::size_t temporary_files() {
        const auto folder = folder_ / "studio" / "tmp";
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                                      std::filesystem::directory_iterator()));
    }

    wire::sts_grant grant_;
};

TEST_F(studio_objects, put_get_head_delete) {
    std::string content(3'000'000, '\0');
    for (std::size_t i = 0; i < content.size(); ++i)
        content[i] = static_cast<char>(i * 31 + (i >> 8U));
    const auto put =
        api().object("PUT", grant_, grant_.file_key, content, {{"Content-Type", "text/csv"}});
    EXPECT_EQ(put.status, 200U);
    EXPECT_EQ(put.headers.at("etag"), "\"" + md5::of(content) + "\"");
    EXPECT_EQ(api().object("GET", grant_, grant_.file_key).body, content);
    const auto head = api().object("HEAD", grant_, grant_.file_key);
    EXPECT_EQ(head.headers.at("content-length"), "3000000");
    EXPECT_EQ(head.headers.at("content-type"), "text/csv");
    EXPECT_EQ(head.headers.at("etag"), put.headers.at("etag"));
    EXPECT_EQ(api().object("DELETE", grant_, grant_.file_key).status, 204U);
    EXPECT_EQ(error_of(api().object("GET", grant_, grant_.file_key)), "NoSuchKey");
    EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(studio_objects, ranges_are_served) {
    ASSERT_EQ(api().object("PUT", grant_, grant_.file_key, "0123456789").status, 200U);
    const auto range = [&](const std::string& r) {
        return api().object("GET", grant_, grant_.file_key, {}, {{"Range", r}});
    };
    EXPECT_EQ(range("bytes=2-4").body, "234");
    EXPECT_EQ(range("bytes=2-4").headers.at("content-range"), "bytes 2-4/10");
    EXPECT_EQ(range("bytes=8-100").body, "89");
    EXPECT_EQ(range("bytes=-3").body, "789");
    EXPECT_EQ(range("bytes=5-").body, "56789");
    EXPECT_EQ(range("bytes=10-").status, 416U);
    EXPECT_EQ(range("lines=1-2").status, 200U);
}

TEST_F(studio_objects, announced_digests_are_checked_and_nothing_is_kept) {
    crc32 crc;
    crc.update("hello bos\n");
    EXPECT_EQ(api()
                  .object("PUT", grant_, grant_.file_key, "hello bos\n",
                          {{"x-bce-content-crc32", "4061960521"}})
                  .status,
              200U);
    EXPECT_EQ(crc.value(), 4061960521U);
    EXPECT_EQ(api()
                  .object("PUT", grant_, grant_.file_key, "x", {{"Content-MD5", content_md5("x")}})
                  .status,
              200U);
    EXPECT_EQ(
        error_of(api().object("PUT", grant_, grant_.file_key, "y", {{"x-bce-content-crc32", "1"}})),
        "BadDigest");
    EXPECT_EQ(error_of(api().object("PUT", grant_, grant_.file_key, "y",
                                    {{"Content-MD5", content_md5("x")}})),
              "BadDigest");
    EXPECT_EQ(api().object("GET", grant_, grant_.file_key).body, "x");
    EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(studio_objects, grant_reaches_its_own_key_only) {
    const auto other = api().get<wire::sts_grant>("/llm/files/acl");
    EXPECT_NE(other.file_key, grant_.file_key);
    EXPECT_EQ(error_of(api().object("PUT", grant_, other.file_key, "x")), "AccessDenied");
    EXPECT_EQ(error_of(api().object("GET", grant_, other.file_key)), "AccessDenied");
    EXPECT_EQ(error_of(api().object("GET", grant_, "", {}, {}, "prefix=")), "AccessDenied");
}

TEST_F(studio_objects, grant_for_a_jobs_output_reaches_no_other_jobs) {
    std::vector<job_id> jobs;
    for (int i = 0; i < 10; ++i) {
        wire::create_job request;
        request.name = "j";
        request.cmd = "true";
        jobs.push_back(
            api().post<wire::created_job>("/paddlex/v3/pipelines/sdk/create", request).pipeline_id);
    }
    const auto& one = jobs.front();
    const auto& ten = jobs.back();
    ASSERT_EQ(to_string(ten), to_string(one) + "0"); // the one's name begins the other's
    for (const auto& job : {one, ten})
        write_file(options().directory / "jobs" / to_string(job) / "output" / "sub" / "m.bin",
                   "of " + to_string(job));
    for (const auto& [mine, other] : {std::pair(one, ten), std::pair(ten, one)}) {
        SCOPED_TRACE(to_string(mine));
        const auto of = [&](const job_id& job) {
            return api().get<wire::sts_grant>(
                "/paddlex/v3/file/api/bosacl?source=customCodeOutput&pipelineId=" + to_string(job));
        };
        const auto grant = of(mine);
        const auto get = [&](const std::string& key, const header_list& more = {}) {
            return api().object("GET", grant, key, {}, more);
        };
        const auto list = [&](const std::string& query) {
            return api().object("GET", grant, "", {}, {}, query);
        };
        const auto own = grant.file_key + "sub/m.bin";
        const auto others = of(other).file_key + "sub/m.bin";
        EXPECT_EQ(get(own).body, "of " + to_string(mine));
        EXPECT_EQ(error_of(get(others)), "AccessDenied");
        EXPECT_EQ(error_of(get(others, {{"Range", "bytes=0-1"}})), "AccessDenied");
        EXPECT_EQ(api().object("HEAD", grant, others).status, 403U);
        EXPECT_EQ(error_of(get("jobs/" + to_string(mine) + "/code.zip")), "AccessDenied");

        const auto encoded = uri_encode(grant.file_key, false);
        const auto listed = list("prefix=" + encoded);
        ASSERT_EQ(listed.status, 200U) << listed.body;
        const auto objects = from_json<wire::object_list>(std::string_view(listed.body)).value();
        ASSERT_EQ(objects.contents.size(), 1U);
        EXPECT_EQ(objects.contents[0].key, own);
        const auto bare = grant.file_key.substr(0, grant.file_key.size() - 1);
        for (const std::string& prefix :
             {of(other).file_key, std::string("jobs/"), "jobs/" + to_string(mine),
              "jobs/" + to_string(mine) + "/", "jobs/" + to_string(other), bare, std::string("/"),
              std::string()})
            EXPECT_EQ(error_of(list("prefix=" + uri_encode(prefix, false))), "AccessDenied")
                << prefix;
        EXPECT_EQ(error_of(list("")), "AccessDenied");
        EXPECT_EQ(list("prefix=" + encoded + "&prefix=").body, listed.body) << "the first counts";
        EXPECT_EQ(error_of(list("prefix=&prefix=" + encoded)), "AccessDenied");

        EXPECT_EQ(error_of(api().object("PUT", grant, own, "x")), "AccessDenied");
        EXPECT_EQ(error_of(api().object("DELETE", grant, own)), "AccessDenied");
        EXPECT_EQ(error_of(api().object("POST", grant, own, {}, {}, "uploads=")), "AccessDenied");
        EXPECT_EQ(get(own).body, "of " + to_string(mine));
    }
}

TEST_F(studio_objects, wrong_signatures_are_refused) {
    auto forged = grant_;
    forged.secret_access_key = secret("forged");
    EXPECT_EQ(error_of(api().object("PUT", forged, grant_.file_key, "x")), "SignatureDoesNotMatch");
    forged = grant_;
    forged.session_token = secret("forged");
    EXPECT_EQ(error_of(api().object("PUT", forged, grant_.file_key, "x")), "AccessDenied");
    forged = grant_;
    forged.access_key_id = secret("forged");
    EXPECT_EQ(error_of(api().object("PUT", forged, grant_.file_key, "x")), "InvalidAccessKeyId");
    const auto unsigned_reply =
        api().fetch(studio().base_url() + "/aistudio-local/" + grant_.file_key);
    EXPECT_EQ(unsigned_reply.status, 403U);
    EXPECT_EQ(error_of(unsigned_reply), "AccessDenied");
}

TEST_F(studio_objects, keys_that_climb_are_refused) {
    for (const std::string key :
         {"uploads/../token", "uploads/./x", "uploads//x", "a/../../../etc/passwd"}) {
        const auto reply = api().object("GET", grant_, key);
        EXPECT_EQ(reply.status, 400U) << key;
        EXPECT_EQ(error_of(reply), "InvalidArgument");
    }
    http_connection c(api().port());
    EXPECT_EQ(c.send("GET", "/aistudio-local/uploads/%2e%2e/token").status, 400U);
}

class studio_multipart : public studio_objects {
protected:
    void SetUp() override {
        studio_objects::SetUp();
        id_ = begin();
    }
    std::string begin() {
        const auto reply = api().object("POST", grant_, grant_.file_key, {}, {}, "uploads=");
        return from_json<wire::begun_upload>(std::string_view(reply.body)).value().upload_id;
    }
    http_reply part(int number, std::string_view bytes, const header_list& more = {}) {
        return api().object("PUT", grant_, grant_.file_key, bytes, more,
                            "partNumber=" + std::to_string(number) + "&uploadId=" + id_);
    }
    http_reply complete(const std::vector<wire::upload_part>& parts, const header_list& more = {}) {
        return api().object("POST", grant_, grant_.file_key,
                            to_json(wire::complete_upload{parts}).value(), more, "uploadId=" + id_);
    }
    wire::part_list parts(const std::string& more = "") {
        const auto reply =
            api().object("GET", grant_, grant_.file_key, {}, {}, more + "uploadId=" + id_);
        return from_json<wire::part_list>(std::string_view(reply.body)).value();
    }
    std::string read() { return api().object("GET", grant_, grant_.file_key).body; }
    bool exists() {
        return api().object("GET", grant_, grant_.file_key, {}, {{"Range", "bytes=0-0"}}).status !=
               404U;
    }
    std::size_t contents() {
        std::size_t n = 0;
        for (const auto& e :
             std::filesystem::recursive_directory_iterator(folder_ / "studio" / "content"))
            n += e.is_regular_file() ? 1 : 0;
        return n;
    }

    std::string id_;
};

TEST_F(studio_multipart, parts_in_any_order_become_one_object) {
    EXPECT_EQ(part(3, "three").headers.at("etag"), "\"" + md5::of("three") + "\"");
    EXPECT_EQ(part(1, "wrong").status, 200U);
    EXPECT_EQ(part(2, "two").status, 200U);
    EXPECT_EQ(part(1, "one").status, 200U); // in place of the earlier one
    EXPECT_FALSE(exists());
    EXPECT_EQ(parts().parts.size(), 3U);
    EXPECT_EQ(parts("maxParts=1&partNumberMarker=1&").parts.at(0).size, 3);
    EXPECT_TRUE(parts("maxParts=1&").is_truncated);
    crc32 crc;
    crc.update("onetwothree");
    const auto done =
        complete({{1, md5::of("one")}, {2, "\"" + md5::of("two") + "\""}, {3, md5::of("three")}},
                 {{"x-bce-content-crc32", std::to_string(crc.value())}});
    EXPECT_EQ(done.status, 200U) << done.body;
    EXPECT_EQ(from_json<wire::completed_upload>(std::string_view(done.body)).value().e_tag,
              "\"" + md5::of("onetwothree") + "\"");
    EXPECT_EQ(read(), "onetwothree");
    EXPECT_EQ(contents(), 1U); // the parts are gone
    EXPECT_EQ(error_of(complete({})), "NoSuchUpload");
    EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(studio_multipart, no_parts_become_an_empty_object) {
    EXPECT_EQ(complete({}).status, 200U);
    EXPECT_TRUE(exists());
    EXPECT_EQ(read(), "");
}

TEST_F(studio_multipart, wrong_lists_of_parts_are_refused_and_the_upload_goes_on) {
    const auto one = md5::of("one");
    const auto two = md5::of("two");
    part(1, "one");
    part(2, "two");
    EXPECT_EQ(error_of(complete({{2, two}, {1, one}})), "InvalidPart");
    EXPECT_EQ(error_of(complete({{1, one}, {1, one}})), "InvalidPartOrder");
    EXPECT_EQ(error_of(complete({{1, one}, {3, two}})), "InvalidPart");
    EXPECT_EQ(error_of(complete({{1, one}, {2, one}})), "InvalidPart");
    EXPECT_EQ(error_of(complete({{1, one}, {2, two}, {3, two}})), "InvalidPart");
    EXPECT_EQ(error_of(complete({{1, one}})), "InvalidPart"); // the second was left out
    EXPECT_EQ(error_of(complete({{1, one}, {2, two}}, {{"x-bce-content-crc32", "1"}})),
              "BadDigest");
    EXPECT_EQ(error_of(api().object("POST", grant_, grant_.file_key, "{\"parts\":7}", {},
                                    "uploadId=" + id_)),
              "InvalidArgument");
    EXPECT_FALSE(exists());
    EXPECT_EQ(complete({{1, one}, {2, two}}).status, 200U);
    EXPECT_EQ(read(), "onetwo");
}

TEST_F(studio_multipart, parts_are_checked_as_they_come) {
    EXPECT_EQ(error_of(part(1, "x", {{"x-bce-content-crc32", "1"}})), "BadDigest");
    EXPECT_EQ(error_of(part(1, "x", {{"Content-MD5", content_md5("y")}})), "BadDigest");
    EXPECT_EQ(error_of(part(0, "x")), "InvalidArgument");
    EXPECT_EQ(error_of(part(10'001, "x")), "InvalidArgument");
    EXPECT_EQ(error_of(api().object("PUT", grant_, grant_.file_key, "x", {}, "partNumber=1")),
              "InvalidArgument");
    EXPECT_EQ(error_of(api().object("PUT", grant_, grant_.file_key, "x", {},
                                    "partNumber=1&uploadId=none")),
              "NoSuchUpload");
    EXPECT_TRUE(parts().parts.empty());
    EXPECT_EQ(contents(), 0U);
}

TEST_F(studio_multipart, aborted_upload_leaves_nothing) {
    part(1, "one");
    EXPECT_EQ(api().object("DELETE", grant_, grant_.file_key, {}, {}, "uploadId=" + id_).status,
              204U);
    EXPECT_EQ(contents(), 0U);
    EXPECT_EQ(error_of(part(1, "one")), "NoSuchUpload");
    EXPECT_EQ(error_of(complete({})), "NoSuchUpload");
    EXPECT_FALSE(exists());
}

TEST_F(studio_multipart, upload_that_is_not_complete_cannot_be_registered) {
    part(1, "one");
    const auto refused = api().call(
        "POST", "/llm/files/addfile",
        to_json(wire::add_file{"f.bin", grant_.file_key, grant_.bucket_name, {}}).value());
    EXPECT_EQ(refused.status, 200U);
    EXPECT_EQ(refused.code, service_code::not_found);
    EXPECT_FALSE(refused.message.empty());
    EXPECT_EQ(api().get<wire::page_of<dataset>>("/api/local/v1/datasets").total_count, 0);
}

TEST_F(studio_multipart, upload_belongs_to_its_key) {
    const auto other = api().get<wire::sts_grant>("/llm/files/acl");
    const auto query = "partNumber=1&uploadId=" + id_;
    EXPECT_EQ(error_of(api().object("PUT", other, other.file_key, "x", {}, query)), "NoSuchUpload");
    EXPECT_EQ(error_of(api().object("PUT", other, grant_.file_key, "x", {}, query)),
              "AccessDenied");
    EXPECT_EQ(error_of(api().object("GET", other, "", {}, {}, "prefix=uploads%2F&uploads=")),
              "AccessDenied");
    const auto own = api().object("GET", grant_, "", {}, {},
                                  "prefix=" + uri_encode(grant_.file_key, false) + "&uploads=");
    const auto list = from_json<wire::upload_list>(std::string_view(own.body)).value();
    ASSERT_EQ(list.uploads.size(), 1U);
    EXPECT_EQ(list.uploads[0].upload_id, id_);
}

TEST_F(studio_multipart, parts_outlive_the_studio) {
    part(1, "one");
    const auto key = grant_.file_key;
    stop();
    start();
    EXPECT_EQ(contents(), 1U);
    EXPECT_EQ(error_of(part(2, "two")), "InvalidAccessKeyId"); // grants do not
}

TEST_F(studio_objects, grant_expires_by_the_studios_clock) {
    std::atomic<std::chrono::seconds> later{std::chrono::seconds{0}};
    stop();
    auto o = options();
    o.clock = [&] { return std::chrono::system_clock::now() + later.load(); };
    start(std::move(o));
    grant_ = api().get<wire::sts_grant>("/llm/files/acl");
    EXPECT_EQ(api().object("PUT", grant_, grant_.file_key, "x").status, 200U);
    later = std::chrono::seconds{1801}; // the signature is made by the caller's clock
    EXPECT_EQ(error_of(api().object("GET", grant_, grant_.file_key)), "RequestExpired");
    later = std::chrono::seconds{grant_.expires_in + 1};
    EXPECT_EQ(error_of(api().object("GET", grant_, grant_.file_key)), "InvalidAccessKeyId");
    stop(); // before `later` goes
}

TEST_F(studio_multipart, upload_goes_on_when_the_clock_is_set_back) {
    std::atomic<std::chrono::seconds> later{std::chrono::seconds{0}};
    stop();
    auto o = options();
    o.clock = [&] { return std::chrono::system_clock::now() + later.load(); };
    start(o);
    grant_ = api().get<wire::sts_grant>("/llm/files/acl");
    id_ = begin();
    EXPECT_EQ(part(1, "one").status, 200U);
    later = std::chrono::hours(-48);
    EXPECT_EQ(part(2, "two").status, 200U);
    const auto other = api().get<wire::sts_grant>("/llm/files/acl");
    EXPECT_EQ(api().object("PUT", other, other.file_key, "x").status, 200U);
    EXPECT_EQ(complete({{1, md5::of("one")}, {2, md5::of("two")}}).status, 200U);
    EXPECT_EQ(read(), "onetwo");
    const auto id = api().upload_dataset("d", "f", "content");
    const auto before = api().call("POST", "/studio/dataset/detail", "datasetId=" + to_string(id));
    const auto d = before.as<dataset>();
    EXPECT_GE(d.updated_at, d.created_at);
    later = std::chrono::seconds{other.expires_in + 1}; // and forwards again: each has its hour
    EXPECT_EQ(error_of(api().object("GET", other, other.file_key)), "InvalidAccessKeyId");
    stop(); // before `later` goes
}

TEST_F(studio_objects, broken_upload_leaves_nothing) {
    const auto target = "/" + grant_.bucket_name + "/" + grant_.file_key;
    {
        http_connection c(api().port());
        std::string head = "PUT " + target + " HTTP/1.1\r\nContent-Length: 1000000\r\n";
        for (const auto& [name, value] : api().signed_headers("PUT", grant_, target, 1'000'000))
            head.append(name).append(": ").append(value).append("\r\n");
        c.send_raw(head + "\r\n" + std::string(600'000, 'x'));
        EXPECT_TRUE(eventually([&] { return temporary_files() == 1; }));
    }
    EXPECT_TRUE(eventually([&] { return temporary_files() == 0; }));
    EXPECT_EQ(error_of(api().object("GET", grant_, grant_.file_key)), "NoSuchKey");
}

} // namespace
} // namespace aistudio::test
