#include "integration/support/studio_fixture.hpp"

#include <aistudio/protocol/digest.hpp>

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

TEST_F(studio_objects, uploads_in_parts_are_refused_clearly) {
    EXPECT_EQ(
        error_of(api().object("PUT", grant_, grant_.file_key, "x", {}, "partNumber=1&uploadId=u")),
        "NotImplemented");
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
