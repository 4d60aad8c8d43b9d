#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/resources/chat.hpp>
#include <aistudio/resources/datasets.hpp>
#include <aistudio/resources/faults.hpp>
#include <aistudio/resources/jobs.hpp>
#include <aistudio/resources/models.hpp>
#include <aistudio/resources/predictor.hpp>
#include <aistudio/resources/projects.hpp>
#include <aistudio/resources/services.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string_view>

namespace aistudio {

/// The entry point: one account on one service. Cheap to copy; copies share connections and limits.
///
/// Operations run on `executor` while somebody runs it. The client keeps no work of its own there,
/// so that `io_context::run` returns when nothing is in flight. Destroying the client lets
/// operations in flight finish; `close` ends them.
/// @par Thread safety  Safe.
class AISTUDIO_API client {
public:
    /// @par Errors  errc::invalid_configuration, see `resolve_options`. A missing token shows only
    /// in calls that need it.
    [[nodiscard]] AISTUDIO_DECL static result<client> create(boost::asio::any_io_executor executor,
                                                             client_options options = {});
    /// As `create`; throws `api_error`.
    AISTUDIO_DECL explicit client(boost::asio::any_io_executor executor,
                                  client_options options = {});
    /// With an inside made by the caller; for bindings and tests.
    explicit client(std::shared_ptr<client_core> core) noexcept : core_(std::move(core)) {}

    [[nodiscard]] aistudio::datasets datasets() const { return aistudio::datasets(core_); }
    [[nodiscard]] aistudio::projects projects() const { return aistudio::projects(core_); }
    [[nodiscard]] aistudio::jobs jobs() const { return aistudio::jobs(core_); }
    [[nodiscard]] aistudio::services services() const { return aistudio::services(core_); }
    [[nodiscard]] aistudio::models models() const { return aistudio::models(core_); }
    [[nodiscard]] aistudio::chat chat() const { return aistudio::chat(core_); }
    [[nodiscard]] aistudio::faults faults() const { return aistudio::faults(core_); }

    /// Calls to one prediction service. Needs no access token.
    /// @param  url  As the platform shows it, without `?apiKey=`.
    /// @par Errors  errc::invalid_argument (address), errc::credentials_missing (empty key).
    [[nodiscard]] AISTUDIO_DECL result<aistudio::predictor>
    predictor(std::string_view url, const secret& key, predictor_options options = {}) const;
    [[nodiscard]] result<aistudio::predictor> predictor(const endpoint& where,
                                                        predictor_options options = {}) const {
        return predictor(where.url, where.api_key, options);
    }

    /// The options in force after environment and profile were looked up.
    [[nodiscard]] AISTUDIO_DECL const client_options& options() const noexcept;

    /// Ends everything in flight with errc::client_closed, then refuses new calls with it. Calling
    /// it twice is fine.
    AISTUDIO_DECL void close();

    [[nodiscard]] const std::shared_ptr<client_core>& core() const noexcept { return core_; }

private:
    std::shared_ptr<client_core> core_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/client.ipp>
#endif
