#include "integration/support/studio_fixture.hpp"

namespace aistudio::test {
namespace {

class studio_projects : public studio_test {
protected:
    void SetUp() override { start(); }
    static std::string path(project_id id) { return "/api/local/v1/projects/" + to_string(id); }
};

TEST_F(studio_projects, life_of_a_project) {
    const auto made =
        api().post<project>("/api/local/v1/projects", new_project{"房价 🏠", "text", {}});
    EXPECT_EQ(made.name, "房价 🏠");
    EXPECT_EQ(made.owner, "local");
    EXPECT_NE(made.created_at, timestamp{});
    EXPECT_EQ(api().get<project>(path(made.id)), made);

    const auto changed =
        api().call("PATCH", path(made.id), R"({"projectAbs":"other"})").as<project>();
    EXPECT_EQ(changed.name, made.name);
    EXPECT_EQ(changed.description, "other");
    EXPECT_EQ(api().call("DELETE", path(made.id)).code, 0);
    EXPECT_EQ(api().call("GET", path(made.id)).code, service_code::not_found);
}

TEST_F(studio_projects, list_is_paged_newest_first) {
    for (int i = 1; i <= 5; ++i)
        api().create_project("p" + std::to_string(i));
    const auto page = api().get<wire::page_of<project>>("/api/local/v1/projects?p=2&pageSize=2");
    EXPECT_EQ(page.total_count, 5);
    ASSERT_EQ(page.data.size(), 2U);
    EXPECT_EQ(page.data[0].name, "p3");
    EXPECT_EQ(page.page, 2);
    EXPECT_EQ(page.page_size, 2);
    for (const std::string query : {"p=0", "pageSize=1001", "p=x"})
        EXPECT_EQ(api().call("GET", "/api/local/v1/projects?" + query).code,
                  service_code::parameter_invalid)
            << query;
}

TEST_F(studio_projects, third_dataset_is_refused_and_nothing_changes) {
    std::vector<dataset_id> sets;
    for (int i = 0; i < 3; ++i)
        sets.push_back(api().upload_dataset("d" + std::to_string(i), "f.csv", "x"));
    const auto id = api().create_project("p", {sets[0]});
    EXPECT_EQ(api().call("PUT", path(id) + "/datasets/" + to_string(sets[1])).code, 0);
    EXPECT_EQ(api().call("PUT", path(id) + "/datasets/" + to_string(sets[1])).code,
              0); // again changes nothing
    const auto third = api().call("PUT", path(id) + "/datasets/" + to_string(sets[2]));
    EXPECT_EQ(third.code, service_code::conflict);
    EXPECT_EQ(third.status, 409U);
    EXPECT_EQ(api().get<project>(path(id)).datasets, (std::vector{sets[0], sets[1]}));
    const auto all =
        api().call("POST", "/api/local/v1/projects", to_json(new_project{"q", "", sets}).value());
    EXPECT_EQ(all.code, service_code::conflict);
    EXPECT_EQ(api().get<wire::page_of<project>>("/api/local/v1/projects").total_count, 1);

    EXPECT_EQ(api().call("DELETE", path(id) + "/datasets/" + to_string(sets[0])).code, 0);
    EXPECT_EQ(api().call("DELETE", path(id) + "/datasets/" + to_string(sets[0])).code,
              service_code::not_found);
    EXPECT_EQ(api().call("PUT", path(id) + "/datasets/" + to_string(sets[2])).code, 0);
}

TEST_F(studio_projects, bad_names_and_unknown_ids_are_refused) {
    const auto code_of = [&](const std::string& name) {
        return api()
            .call("POST", "/api/local/v1/projects", to_json(new_project{name, "", {}}).value())
            .code;
    };
    EXPECT_EQ(code_of(""), service_code::parameter_invalid);
    EXPECT_EQ(code_of(std::string(10'000, 'n')), service_code::parameter_invalid);
    EXPECT_EQ(code_of("a\nb"), service_code::parameter_invalid);
    EXPECT_EQ(code_of(std::string("a\0b", 3)), service_code::parameter_invalid);
    std::string wide;
    for (int i = 0; i < 200; ++i)
        wide += "名";
    EXPECT_EQ(code_of(wide), 0);
    EXPECT_EQ(code_of(wide + "名"), service_code::parameter_invalid);

    for (const std::string id : {"4711", "x", "-1", "99999999999999999999"})
        EXPECT_EQ(api().call("GET", "/api/local/v1/projects/" + id).code, service_code::not_found)
            << id;
    const auto id = api().create_project("p");
    EXPECT_EQ(api().call("PUT", path(id) + "/datasets/4711").code, service_code::not_found);
    EXPECT_EQ(api().call("PATCH", "/api/local/v1/projects/4711", "{}").code,
              service_code::not_found);
    EXPECT_EQ(api().call("DELETE", "/api/local/v1/projects/4711").code, service_code::not_found);
}

} // namespace
} // namespace aistudio::test
