// The table of operations against the classes that have them: none is missing on either side.
#include <aistudio/operations.hpp>

#include <aistudio/sync_client.hpp>

#include <boost/describe/members.hpp>
#include <boost/pfr/tuple_size.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <concepts>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace aistudio;
using testing::UnorderedElementsAreArray;

/// The blocking member that an operation must have: the same arguments and the same result.
template <class Operation, class Blocking>
struct expected_member {
    template <class... A>
    static auto of(boost::mp11::mp_list<A...>)
        -> result<typename Operation::result> (Blocking::*)(A...,
                                                            typename Operation::options) const;
    using type = decltype(of(typename Operation::arguments{}));
};

#define AISTUDIO_TEST_BLOCKING(resource_, name_, ...)                                              \
    static_assert(                                                                                 \
        std::same_as<decltype(&sync_##resource_::name_),                                           \
                     expected_member<operations::resource_##_##name_, sync_##resource_>::type>,    \
        "sync_" #resource_ "::" #name_ " differs from the operation");
AISTUDIO_OPERATIONS(AISTUDIO_TEST_BLOCKING)
#undef AISTUDIO_TEST_BLOCKING

template <class Operation>
using has_options =
    boost::mp11::mp_contains<boost::mp11::mp_list<call_options, transfer_options, wait_options,
                                                  follow_options, chat_options>,
                             typename Operation::options>;
static_assert(boost::mp11::mp_all_of<all_operations, has_options>::value);

// Options are listed twice too, in the struct and for Boost.Describe.
template <class T>
using is_described = boost::mp11::mp_bool<boost::pfr::tuple_size_v<T> ==
                                          boost::mp11::mp_size<boost::describe::describe_members<
                                              T, boost::describe::mod_any_access>>::value>;
static_assert(boost::mp11::mp_all_of<
              boost::mp11::mp_list<time_limits, retry_policy, retry_budget_options, pool_options,
                                   tls_options, proxy_options, client_options, call_options,
                                   transfer_progress, transfer_options, wait_options,
                                   follow_options, dataset_filter, project_filter, job_filter,
                                   service_filter, model_filter, chat_options>,
              is_described>::value);

std::string text_of(const std::string& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// What the first group of `form` matches in `text`.
std::multiset<std::string> matches(const std::string& text, const std::regex& form) {
    std::multiset<std::string> out;
    for (std::sregex_iterator at(text.begin(), text.end(), form), end; at != end; ++at)
        out.insert((*at)[1].str());
    return out;
}

template <class Resource>
std::multiset<std::string> listed() {
    std::multiset<std::string> out;
    boost::mp11::mp_for_each<operations_of<Resource>>(
        [&](auto operation) { out.insert(std::string(operation.name)); });
    return out;
}

template <class Resource>
void expect_all_are_listed(const std::string& resource) {
    const auto header = text_of("include/aistudio/resources/" + resource + ".hpp");
    const auto names = listed<Resource>();
    EXPECT_THAT(matches(header, std::regex(R"(static void start_(\w+)\()")),
                UnorderedElementsAreArray(names));
    EXPECT_THAT(matches(header, std::regex(R"(auto async_(\w+)\()")),
                UnorderedElementsAreArray(names));
    EXPECT_THAT(matches(text_of("include/aistudio/sync_client.hpp"),
                        std::regex("&" + resource + R"(::start_(\w+))")),
                UnorderedElementsAreArray(names));
}

TEST(Operations, headers_have_no_operation_that_is_not_listed) {
    expect_all_are_listed<datasets>("datasets");
    expect_all_are_listed<projects>("projects");
    expect_all_are_listed<jobs>("jobs");
    expect_all_are_listed<services>("services");
    expect_all_are_listed<models>("models");
    expect_all_are_listed<chat>("chat");
    expect_all_are_listed<faults>("faults");
}

TEST(Operations, resources_are_listed_one_after_the_other) {
    std::vector<std::string> resources;
    boost::mp11::mp_for_each<all_operations>([&](auto operation) {
        if (resources.empty() || resources.back() != operation.resource)
            resources.emplace_back(operation.resource);
    });
    EXPECT_THAT(resources, testing::ElementsAre("datasets", "projects", "jobs", "services",
                                                "models", "chat", "faults"));
}

TEST(Operations, arguments_with_a_default_may_be_left_out) {
    static_assert(required_arguments<operations::datasets_create> == 1);
    static_assert(required_arguments<operations::datasets_list> == 0);
    static_assert(required_arguments<operations::jobs_log> == 1);
    static_assert(required_arguments<operations::services_test> == 2);
}

TEST(Operations, types_are_those_of_the_function) {
    using op = operations::jobs_log;
    static_assert(
        std::same_as<op::arguments, boost::mp11::mp_list<job_id, std::int64_t, std::string>>);
    static_assert(std::same_as<op::options, call_options>);
    static_assert(std::same_as<op::result, log_chunk>);
    static_assert(std::same_as<operations::jobs_stop::result, void>);
    EXPECT_EQ(op::argument_names[1], "offset");
    EXPECT_EQ(op::argument_names[2], "role");
}

} // namespace
