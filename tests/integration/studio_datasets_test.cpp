#include "integration/support/studio_fixture.hpp"

#include <aistudio/protocol/digest.hpp>

namespace aistudio::test {
namespace {

/// D2's answer.
struct listed_dataset {
    dataset_id datasetId; // NOLINT: names on the wire
    std::string datasetName;
    int datasetType = 0;
    std::string gitLogin;
    std::string repoName;
    int itemVersion = 0;
};
BOOST_DESCRIBE_STRUCT(listed_dataset, (),
                      (datasetId, datasetName, datasetType, gitLogin, repoName, itemVersion))
struct dataset_list {
    std::vector<listed_dataset> data;
    std::int64_t totalPage = -1; // NOLINT: names on the wire
    std::int64_t totalCount = -1;
};
BOOST_DESCRIBE_STRUCT(dataset_list, (), (data, totalPage, totalCount))

class studio_datasets : public studio_test {
protected:
    void SetUp() override { start(); }

    envelope detail(dataset_id id, const header_list& headers = {}) {
        return api().call("POST", "/studio/dataset/detail", "datasetId=" + to_string(id), headers);
    }
    envelope create(const std::string& body) {
        return api().call("POST", "/llm/files/datasets", body);
    }
    wire::file_url address(dataset_id id, file_id file) {
        return api().get<wire::file_url>("/llm/files/datasets/" + to_string(id) + "/file/" +
                                         to_string(file) + "/download");
    }
};

TEST_F(studio_datasets, uploaded_file_can_be_listed_and_downloaded) {
    const std::string content = "CRIM,ZN\n0.1,2\n";
    const auto id = api().upload_dataset("房价", "数据 1.csv", content);
    const auto d = detail(id).as<dataset>();
    ASSERT_EQ(d.files.size(), 1U);
    EXPECT_EQ(d.name, "房价");
    EXPECT_EQ(d.files[0].name, "数据 1.csv");
    EXPECT_EQ(d.files[0].size, static_cast<std::int64_t>(content.size()));
    EXPECT_EQ(d.files[0].sha256, sha256::of(content));
    EXPECT_EQ(detail(id).as<wire::file_ids>().ids, std::vector{d.files[0].id});

    const auto url = address(id, d.files[0].id);
    EXPECT_EQ(url.sha256, sha256::of(content));
    EXPECT_EQ(api().fetch(url.url).body, content);
    const auto part = api().fetch(url.url, {{"Range", "bytes=5-6"}});
    EXPECT_EQ(part.status, 206U);
    EXPECT_EQ(part.body, "ZN");
    const auto looked = api().fetch(url.url, {}, "HEAD");
    EXPECT_EQ(looked.status, 200U);
    EXPECT_EQ(looked.headers.at("content-length"), std::to_string(content.size()));
}

TEST_F(studio_datasets, empty_file_is_kept) {
    const auto id = api().upload_dataset("d", "empty.txt", "");
    const auto d = detail(id).as<dataset>();
    EXPECT_EQ(d.files.at(0).size, 0);
    EXPECT_EQ(api().fetch(address(id, d.files.at(0).id).url).body, "");
}

TEST_F(studio_datasets, altered_address_is_refused) {
    const auto id = api().upload_dataset("d", "f", "x");
    auto url = address(id, detail(id).as<dataset>().files.at(0).id).url;
    url.back() = url.back() == '0' ? '1' : '0';
    const auto reply = api().fetch(url);
    EXPECT_EQ(reply.status, 403U);
    EXPECT_NE(reply.body.find("SignatureDoesNotMatch"), std::string::npos) << reply.body;
}

TEST_F(studio_datasets, private_dataset_needs_the_token_and_public_one_does_not) {
    const auto id = api().upload_dataset("d", "f", "x");
    EXPECT_EQ(detail(id, {{"Authorization", ""}}).code, service_code::unauthorized);
    const auto open = create(R"({"datasetName":"o","datasetType":2,"protocolId":2,"fileIds":[]})")
                          .as<wire::created_dataset>();
    EXPECT_EQ(detail(open.dataset_id, {{"Authorization", ""}}).code, 0);
}

TEST_F(studio_datasets, public_ones_are_listed_for_everybody) {
    const auto made = [&](const std::string& name, int type) {
        return create(R"({"datasetName":")" + name + R"(","datasetType":)" + std::to_string(type) +
                      R"(,"protocolId":2,"fileIds":[]})")
            .as<wire::created_dataset>()
            .dataset_id;
    };
    const auto first = made("Housing 房价", 2);
    const auto preset = made("housing, preset", 1);
    made("housing, private", 1);
    const auto last = made("wine", 2);
    EXPECT_EQ(
        api()
            .call("PATCH", "/api/local/v1/datasets/" + to_string(preset), R"({"official":true})")
            .code,
        0);
    const auto ask = [&](const std::string& body) {
        return api().call("POST", "/studio/dataset/v2/publiclist", body, {{"Authorization", ""}});
    };
    const auto ids = [](const dataset_list& all) {
        std::vector<dataset_id> out;
        for (const auto& one : all.data)
            out.push_back(one.datasetId);
        return out;
    };

    const auto all = ask(R"({"tags":[],"orderType":0,"kw":"","pageSize":2,"p":1,"topic":0})");
    EXPECT_EQ(all.status, 200U);
    EXPECT_EQ(ids(all.as<dataset_list>()), (std::vector{last, preset}));
    EXPECT_EQ(all.as<dataset_list>().totalCount, 3);
    EXPECT_EQ(all.as<dataset_list>().totalPage, 2);
    const auto wine = all.as<dataset_list>().data.at(0);
    EXPECT_EQ(wine.datasetName, "wine");
    EXPECT_EQ(wine.datasetType, 2);
    EXPECT_EQ(wine.gitLogin + wine.repoName, "");
    EXPECT_EQ(ids(ask(R"({"pageSize":2,"p":2})").as<dataset_list>()), std::vector{first});
    EXPECT_TRUE(ids(ask(R"({"pageSize":2,"p":3})").as<dataset_list>()).empty());

    EXPECT_EQ(ids(ask(R"({"kw":"HOUSING"})").as<dataset_list>()), (std::vector{preset, first}));
    EXPECT_EQ(ids(ask(R"({"kw":"房价"})").as<dataset_list>()), std::vector{first});
    const auto none = ask(R"({"kw":"%"})").as<dataset_list>(); // means itself
    EXPECT_TRUE(none.data.empty());
    EXPECT_EQ(none.totalCount, 0);
    EXPECT_EQ(none.totalPage, 0);
    EXPECT_TRUE(ids(ask(R"({"tags":[3]})").as<dataset_list>()).empty());

    for (const std::string body :
         {R"({"p":0})", R"({"pageSize":0})", R"({"pageSize":1001})", R"({"kw":7})", "[]", ""})
        EXPECT_EQ(ask(body).code, service_code::parameter_invalid) << body;
}

TEST_F(studio_datasets, bad_descriptions_are_refused_and_nothing_is_made) {
    for (const std::string body :
         {R"({})", R"({"datasetName":""})", R"({"datasetName":"a/\u0007"})",
          R"({"datasetName":"n","datasetType":7})", R"({"datasetName":"n","protocolId":0})",
          R"({"datasetName":7})"})
        EXPECT_EQ(create(body).code, service_code::parameter_invalid) << body;
    EXPECT_EQ(create("{\"datasetName\":\"" + std::string(41, 'n') + "\"}").code,
              service_code::parameter_invalid);
    EXPECT_EQ(create(R"({"datasetName":"n","fileIds":[4711]})").code, service_code::not_found);
    EXPECT_EQ(create(R"({"datasetName":"n","fileIds":[4711]})").status, 200U);
    EXPECT_EQ(api().get<wire::page_of<dataset>>("/api/local/v1/datasets").total_count, 0);
    EXPECT_EQ(detail(dataset_id(4711)).code, service_code::not_found);
    EXPECT_EQ(api().call("POST", "/studio/dataset/detail", "").code,
              service_code::parameter_missing);
}

TEST_F(studio_datasets, file_names_with_folders_or_too_long_are_refused) {
    const auto grant = api().get<wire::sts_grant>("/llm/files/acl");
    ASSERT_EQ(api().object("PUT", grant, grant.file_key, "x").status, 200U);
    for (const std::string name : {"", "a/b", "..", ".", "a\\b", "a\nb", "../../etc/passwd"})
        EXPECT_NE(
            api()
                .call("POST", "/llm/files/addfile",
                      to_json(wire::add_file{name, grant.file_key, grant.bucket_name, std::nullopt})
                          .value())
                .code,
            0)
            << name;
    const wire::add_file longest{std::string(10'000, 'n'), grant.file_key, grant.bucket_name,
                                 std::nullopt};
    EXPECT_EQ(api().call("POST", "/llm/files/addfile", to_json(longest).value()).code,
              service_code::parameter_invalid);
}

TEST_F(studio_datasets, file_without_its_object_is_refused) {
    const auto grant = api().get<wire::sts_grant>("/llm/files/acl");
    const auto e = api().call(
        "POST", "/llm/files/addfile",
        to_json(wire::add_file{"f", grant.file_key, grant.bucket_name, std::nullopt}).value());
    EXPECT_EQ(e.code, service_code::not_found);
    EXPECT_NE(e.message.find("upload the file first"), std::string::npos) << e.message;
}

TEST_F(studio_datasets, files_can_be_added_up_to_ten) {
    const auto id = api().upload_dataset("d", "f0", "x");
    const auto path = "/llm/files/datasets/" + to_string(id) + "/addfile";
    const auto same_name = api().upload_file("f0", "y");
    EXPECT_EQ(api().call("POST", path, to_json(wire::file_ids{{same_name}}).value()).code,
              service_code::conflict);
    wire::file_ids more;
    for (int i = 1; i <= 9; ++i)
        more.ids.push_back(api().upload_file("f" + std::to_string(i), std::to_string(i)));
    EXPECT_EQ(api().call("POST", path, to_json(more).value()).code, 0);
    EXPECT_EQ(api().call("POST", path, to_json(more).value()).code, 0); // again changes nothing
    const auto eleventh = api().upload_file("f10", "10");
    const auto refused = api().call("POST", path, to_json(wire::file_ids{{eleventh}}).value());
    EXPECT_EQ(refused.code, service_code::conflict);
    EXPECT_NE(refused.message.find("10 files"), std::string::npos);
    EXPECT_EQ(detail(id).as<dataset>().files.size(), 10U);
}

TEST_F(studio_datasets, attached_dataset_is_not_deleted) {
    const auto id = api().upload_dataset("d", "f", "content of d");
    const auto project = api().create_project("p", {id});
    const auto path = "/api/local/v1/datasets/" + to_string(id);
    EXPECT_EQ(api().call("DELETE", path).code, service_code::conflict);
    EXPECT_EQ(api()
                  .call("DELETE", "/api/local/v1/projects/" + to_string(project) + "/datasets/" +
                                      to_string(id))
                  .code,
              0);
    EXPECT_EQ(api().call("DELETE", path).code, 0);
    EXPECT_EQ(api().call("DELETE", path).code, service_code::not_found);
    const auto digest = sha256::of("content of d");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "studio" / "content" / digest.substr(0, 2) /
                                         digest.substr(2)));
}

TEST_F(studio_datasets, equal_content_is_stored_once_and_kept_while_used) {
    const auto first = api().upload_dataset("a", "f", "same bytes");
    const auto second = api().upload_dataset("b", "f", "same bytes");
    EXPECT_EQ(api().call("DELETE", "/api/local/v1/datasets/" + to_string(first)).code, 0);
    const auto file = detail(second).as<dataset>().files.at(0).id;
    EXPECT_EQ(api().fetch(address(second, file).url).body, "same bytes");
}

TEST_F(studio_datasets, restart_keeps_everything) {
    const auto id = api().upload_dataset("d", "f.bin", std::string(300'000, 'z'));
    const auto before = detail(id).as<dataset>();
    stop();
    start();
    EXPECT_EQ(detail(id).as<dataset>(), before);
    EXPECT_EQ(api().fetch(address(id, before.files.at(0).id).url).body, std::string(300'000, 'z'));
}

} // namespace
} // namespace aistudio::test
