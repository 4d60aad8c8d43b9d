#pragma once

/// @file
/// The operations of all resources as data, for bindings, facades and tests. This is their only
/// list; types come from the functions, so that nothing here can disagree with them.

#include <aistudio/client.hpp>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

/// `X(resource, name, arguments as text...)` for each operation: `async_name` of class `resource`.
/// Its options, always the last argument, are not named.
#define AISTUDIO_OPERATIONS(X)                                                                     \
    X(datasets, create, "what")                                                                    \
    X(datasets, upload, "id", "file")                                                              \
    X(datasets, list, "filter")                                                                    \
    X(datasets, get, "id")                                                                         \
    X(datasets, download, "id", "file", "target")                                                  \
    X(datasets, remove, "id")                                                                      \
    X(datasets, update, "id", "changes")                                                           \
    X(datasets, favourite, "id")                                                                   \
    X(datasets, unfavourite, "id")                                                                 \
    X(datasets, preview, "id", "file", "rows")                                                     \
    X(datasets, path, "id", "file")                                                                \
    X(projects, create, "what")                                                                    \
    X(projects, list, "filter")                                                                    \
    X(projects, get, "id")                                                                         \
    X(projects, update, "id", "changes")                                                           \
    X(projects, remove, "id")                                                                      \
    X(projects, attach_dataset, "id", "which")                                                     \
    X(projects, detach_dataset, "id", "which")                                                     \
    X(projects, publish, "id")                                                                     \
    X(projects, unpublish, "id")                                                                   \
    X(projects, favourite, "id")                                                                   \
    X(projects, unfavourite, "id")                                                                 \
    X(projects, fork, "id", "name")                                                                \
    X(projects, forks, "id")                                                                       \
    X(projects, versions, "id")                                                                    \
    X(projects, version, "id", "number")                                                           \
    X(projects, save, "id", "remark")                                                              \
    X(projects, compare, "id", "before", "after")                                                  \
    X(projects, restore, "id", "number")                                                           \
    X(projects, download_version, "id", "number", "target")                                        \
    X(projects, files, "id", "version")                                                            \
    X(projects, create_folder, "id", "path")                                                       \
    X(projects, upload_file, "id", "file", "path")                                                 \
    X(projects, download_file, "id", "path", "target", "version")                                  \
    X(projects, read_file, "id", "path", "version")                                                \
    X(projects, write_file, "id", "path", "content")                                               \
    X(projects, preview_file, "id", "path", "version")                                             \
    X(projects, rename_file, "id", "path", "new_path")                                             \
    X(projects, remove_file, "id", "path")                                                         \
    X(projects, set_main_file, "id", "path")                                                       \
    X(jobs, submit, "what")                                                                        \
    X(jobs, list, "filter")                                                                        \
    X(jobs, get, "id")                                                                             \
    X(jobs, wait, "id")                                                                            \
    X(jobs, log, "id", "offset", "role")                                                           \
    X(jobs, follow_log, "id", "sink")                                                              \
    X(jobs, stop, "id")                                                                            \
    X(jobs, outputs, "id")                                                                         \
    X(jobs, download_output, "id", "path", "target")                                               \
    X(jobs, download_archive, "id", "which", "target")                                             \
    X(jobs, options, "device")                                                                     \
    X(jobs, version, "id")                                                                         \
    X(jobs, download_code, "id", "target")                                                         \
    X(jobs, resubmit, "id", "changes")                                                             \
    X(services, create, "what")                                                                    \
    X(services, save_draft, "what")                                                                \
    X(services, update, "id", "changes")                                                           \
    X(services, list, "filter")                                                                    \
    X(services, get, "id")                                                                         \
    X(services, create_sandbox, "id")                                                              \
    X(services, test, "id", "parameters")                                                          \
    X(services, deploy, "id")                                                                      \
    X(services, pause, "id")                                                                       \
    X(services, resume, "id")                                                                      \
    X(services, rotate_key, "id", "overlap")                                                       \
    X(services, statistics, "id")                                                                  \
    X(services, remove, "id")                                                                      \
    X(models, create, "what")                                                                      \
    X(models, exists, "repo_id")                                                                   \
    X(models, get, "repo_id")                                                                      \
    X(models, list, "filter")                                                                      \
    X(models, files, "repo_id", "revision")                                                        \
    X(models, file_info, "repo_id", "path", "revision")                                            \
    X(models, upload, "repo_id", "what")                                                           \
    X(models, download, "repo_id", "path", "target", "revision")                                   \
    X(models, snapshot_download, "repo_id", "target", "what")                                      \
    X(models, create_tag, "repo_id", "name", "revision")                                           \
    X(models, remove, "repo_id")                                                                   \
    X(chat, complete, "request")                                                                   \
    X(chat, stream, "request", "sink")                                                             \
    X(faults, add, "what")                                                                         \
    X(faults, list, "service")                                                                     \
    X(faults, remove, "id")                                                                        \
    X(faults, clear, "service")

namespace aistudio {
namespace detail {

template <class Start>
struct operation_types;

/// `start_x(core, arguments..., options, handler)`.
template <class... All>
struct operation_types<void (*)(std::shared_ptr<client_core>, All...)> {
    using given = boost::mp11::mp_pop_front<boost::mp11::mp_reverse<boost::mp11::mp_list<All...>>>;
    using options = boost::mp11::mp_front<given>;
    using arguments = boost::mp11::mp_reverse<boost::mp11::mp_pop_front<given>>;

    template <class T>
    static T result_of(boost::mp11::mp_identity<handler<T>>);
    using result = decltype(result_of(
        boost::mp11::mp_identity<boost::mp11::mp_back<boost::mp11::mp_list<All...>>>{}));
};

/// How many of an operation's arguments must be given: the fewest that its function can be called
/// with.
template <class Operation, std::size_t Count = 0>
constexpr std::size_t required_arguments() {
    using first = boost::mp11::mp_take_c<typename Operation::arguments, Count>;
    constexpr bool enough = []<class... A>(boost::mp11::mp_list<A...>) {
        return requires { Operation::async(std::declval<A>()...); };
    }(first{});
    if constexpr (enough)
        return Count;
    else
        return required_arguments<Operation, Count + 1>();
}

} // namespace detail

/// A class for each operation.
namespace operations {

#define AISTUDIO_DETAIL_OPERATION(resource_, name_, ...)                                           \
    struct resource_##_##name_ {                                                                   \
        using resource_type = aistudio::resource_;                                                 \
        static constexpr std::string_view resource = #resource_;                                   \
        static constexpr std::string_view name = #name_;                                           \
        static constexpr auto start = &resource_type::start_##name_;                               \
        using types = detail::operation_types<std::remove_const_t<decltype(start)>>;               \
        using arguments = types::arguments;                                                        \
        using options = types::options;                                                            \
        using result = types::result;                                                              \
        static constexpr auto argument_names = std::to_array<std::string_view>({__VA_ARGS__});     \
        static_assert(argument_names.size() == boost::mp11::mp_size<arguments>::value,             \
                      "each argument needs its name");                                             \
        template <class... A>                                                                      \
        static void async(A&&... a)                                                                \
            requires requires(const resource_type& r) { r.async_##name_(std::forward<A>(a)...); }; \
    };
AISTUDIO_OPERATIONS(AISTUDIO_DETAIL_OPERATION)
#undef AISTUDIO_DETAIL_OPERATION

} // namespace operations

#define AISTUDIO_DETAIL_OPERATION(resource_, name_, ...) operations::resource_##_##name_,
/// All of them, as `boost::mp11::mp_list`. Each has `resource`, `name`, `start`, the types
/// `resource_type`, `arguments` (a list), `options` and `result`, and `argument_names`.
using all_operations = boost::mp11::mp_pop_back<
    boost::mp11::mp_list<AISTUDIO_OPERATIONS(AISTUDIO_DETAIL_OPERATION) void>>;
#undef AISTUDIO_DETAIL_OPERATION

/// The resources, in their order.
template <class Operation>
using resource_of = typename Operation::resource_type;
using all_resources =
    boost::mp11::mp_unique<boost::mp11::mp_transform<resource_of, all_operations>>;

/// How many arguments an operation needs; those after them start with `T{}`, as in C++.
template <class Operation>
inline constexpr std::size_t required_arguments = detail::required_arguments<Operation>();

/// Those of one resource, in their order.
template <class Resource>
struct operations_on {
    template <class Operation>
    using is_one = std::is_same<typename Operation::resource_type, Resource>;
    using type = boost::mp11::mp_copy_if<all_operations, is_one>;
};
template <class Resource>
using operations_of = typename operations_on<Resource>::type;

} // namespace aistudio
