// Members are listed twice, in the struct and in BOOST_DESCRIBE_STRUCT: a member missing from the
// second list would be missing from JSON and from every binding.

#include <aistudio/types/chat.hpp>
#include <aistudio/types/dataset.hpp>
#include <aistudio/types/job.hpp>
#include <aistudio/types/page.hpp>
#include <aistudio/types/project.hpp>
#include <aistudio/types/service.hpp>

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/pfr/tuple_size.hpp>

#include <gtest/gtest.h>

namespace {

using namespace aistudio;

template <class T>
constexpr bool every_member_is_described =
    boost::pfr::tuple_size_v<T> ==
    boost::mp11::mp_size<
        boost::describe::describe_members<T, boost::describe::mod_any_access>>::value;

static_assert(every_member_is_described<dataset_file>);
static_assert(every_member_is_described<dataset>);
static_assert(every_member_is_described<new_dataset>);
static_assert(every_member_is_described<project>);
static_assert(every_member_is_described<new_project>);
static_assert(every_member_is_described<project_changes>);
static_assert(every_member_is_described<dataset_changes>);
static_assert(every_member_is_described<dataset_path>);
static_assert(every_member_is_described<csv_row>);
static_assert(every_member_is_described<csv_preview>);
static_assert(every_member_is_described<fork_record>);
static_assert(every_member_is_described<project_file>);
static_assert(every_member_is_described<project_version>);
static_assert(every_member_is_described<file_change>);
static_assert(every_member_is_described<job>);
static_assert(every_member_is_described<new_job>);
static_assert(every_member_is_described<job_changes>);
static_assert(every_member_is_described<code_file>);
static_assert(every_member_is_described<job_version>);
static_assert(every_member_is_described<environment_choice>);
static_assert(every_member_is_described<resource_choice>);
static_assert(every_member_is_described<job_choices>);
static_assert(every_member_is_described<output_file>);
static_assert(every_member_is_described<chat_message>);
static_assert(every_member_is_described<chat_request>);
static_assert(every_member_is_described<chat_usage>);
static_assert(every_member_is_described<chat_choice>);
static_assert(every_member_is_described<chat_answer>);
static_assert(every_member_is_described<chat_delta>);
static_assert(every_member_is_described<log_chunk>);
static_assert(every_member_is_described<tensor_spec>);
static_assert(every_member_is_described<service>);
static_assert(every_member_is_described<new_service>);
static_assert(every_member_is_described<endpoint>);
static_assert(every_member_is_described<page_request>);

struct forgetful {
    int listed = 0;
    int forgotten = 0;
};
BOOST_DESCRIBE_STRUCT(forgetful, (), (listed))
static_assert(!every_member_is_described<forgetful>, "the check above would see nothing");

TEST(described_types, member_order_is_that_of_the_struct) {
    const log_chunk chunk{1, 2, "three", true};
    std::size_t last = 0;
    boost::mp11::mp_for_each<
        boost::describe::describe_members<log_chunk, boost::describe::mod_any_access>>([&](auto d) {
        const auto* member = reinterpret_cast<const char*>(&(chunk.*d.pointer));
        const auto at = static_cast<std::size_t>(member - reinterpret_cast<const char*>(&chunk));
        EXPECT_GE(at, last) << d.name;
        last = at;
    });
}

} // namespace
