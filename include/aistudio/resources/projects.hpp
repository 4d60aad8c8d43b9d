#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/resources/item_stream.hpp>
#include <aistudio/types/page.hpp>
#include <aistudio/types/project.hpp>

#include <memory>
#include <utility>

namespace aistudio {

/// Operations on projects. The platform publishes no wire format for them, so only the local studio
/// has them. Completion, errors, cancellation and thread safety as in `datasets`.
class projects {
public:
    explicit projects(std::shared_ptr<client_core> core) : core_(std::move(core)) {}

    /// Creates a project, with datasets attached if `what` names some.
    /// @par Errors  errc::invalid_argument (name, more than 2 datasets), errc::not_found (a
    /// dataset).
    template <class Token = boost::asio::deferred_t>
    auto async_create(new_project what, call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_create, std::forward<Token>(token),
                                         std::move(what), std::move(options));
    }
    /// One page, newest first.
    template <class Token = boost::asio::deferred_t>
    auto async_list(page_request which = detail::defaults<page_request>(),
                    call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<page<project>>(core_, &start_list, std::forward<Token>(token),
                                               which, std::move(options));
    }
    /// All of them, page by page; `options` holds for each page.
    [[nodiscard]] item_stream<project> all(call_options options = {}) const {
        return {detail::home_executor(*core_),
                [core = core_, options = std::move(options)](page_request which, auto handler) {
                    start_list(core, which, options, std::move(handler));
                }};
    }
    /// One project.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_get(project_id id, call_options options = detail::defaults<call_options>(),
                   Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_get, std::forward<Token>(token), id,
                                         std::move(options));
    }
    /// Changes what is set in `changes` and leaves the rest.
    template <class Token = boost::asio::deferred_t>
    auto async_update(project_id id, project_changes changes,
                      call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_update, std::forward<Token>(token), id,
                                         std::move(changes), std::move(options));
    }
    /// Deletes a project.
    /// @par Errors  errc::not_found, errc::conflict while it has unfinished jobs or services.
    template <class Token = boost::asio::deferred_t>
    auto async_remove(project_id id, call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<void>(core_, &start_remove, std::forward<Token>(token), id,
                                      std::move(options));
    }
    /// Attaches a dataset: the project's next job finds it at the documented paths. Attaching it
    /// again changes nothing.
    /// @par Errors  errc::not_found, errc::conflict for the third dataset.
    template <class Token = boost::asio::deferred_t>
    auto async_attach_dataset(project_id id, dataset_id which,
                              call_options options = detail::defaults<call_options>(),
                              Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_attach_dataset, std::forward<Token>(token),
                                         id, which, std::move(options));
    }
    /// Detaches a dataset. Detaching what is not attached changes nothing.
    template <class Token = boost::asio::deferred_t>
    auto async_detach_dataset(project_id id, dataset_id which,
                              call_options options = detail::defaults<call_options>(),
                              Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_detach_dataset, std::forward<Token>(token),
                                         id, which, std::move(options));
    }

    // The same with a type-erased handler, for facades and bindings.
    AISTUDIO_DECL static void start_create(std::shared_ptr<client_core>, new_project, call_options,
                                           detail::handler<project>);
    AISTUDIO_DECL static void start_list(std::shared_ptr<client_core>, page_request, call_options,
                                         detail::handler<page<project>>);
    AISTUDIO_DECL static void start_get(std::shared_ptr<client_core>, project_id, call_options,
                                        detail::handler<project>);
    AISTUDIO_DECL static void start_update(std::shared_ptr<client_core>, project_id,
                                           project_changes, call_options, detail::handler<project>);
    AISTUDIO_DECL static void start_remove(std::shared_ptr<client_core>, project_id, call_options,
                                           detail::handler<void>);
    AISTUDIO_DECL static void start_attach_dataset(std::shared_ptr<client_core>, project_id,
                                                   dataset_id, call_options,
                                                   detail::handler<project>);
    AISTUDIO_DECL static void start_detach_dataset(std::shared_ptr<client_core>, project_id,
                                                   dataset_id, call_options,
                                                   detail::handler<project>);

private:
    std::shared_ptr<client_core> core_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/projects.ipp>
#endif
