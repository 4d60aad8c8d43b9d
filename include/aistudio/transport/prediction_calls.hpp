#pragma once

#include <aistudio/detail/prediction_slot.hpp>
#include <aistudio/protocol/call_machine.hpp>
#include <aistudio/protocol/url.hpp>
#include <aistudio/transport/exchange_engine.hpp>

#include <boost/asio/execution_context.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aistudio::detail {

/// What every call of a predictor has in common.
struct prediction_target {
    url address;       // the target has the key in it
    std::string shown; // without the key
    bool idempotent = true;
    /// Found with the first call; used on the client's executor only.
    mutable origin* where = nullptr;
    /// The header up to the record's length; it has the key in it.
    std::string head;
};

class prediction_calls;

/// A slot with what drives it.
class prediction_call final : public prediction_slot, public exchange {
public:
    explicit prediction_call(prediction_calls& owner) : owner_(&owner), nap_(*this) {}

private:
    friend class prediction_calls;
    void on_answer(const answer_view& answer) override;
    void on_failure(attempt_result why) override;

    /// The wait before the next attempt.
    struct nap final : limit_list::limit {
        explicit nap(prediction_call& c) : call(&c) {}
        void on_expiry(errc) override;
        prediction_call* call;
    };

    prediction_calls* owner_;
    std::optional<call_machine> machine_;
    std::optional<retry_policy> retry_;
    nap nap_;
    time_point started_{};
    std::size_t place_ = 0; // among those under way
    bool under_way_ = false;
    bool answered_ = false; // and the answer is still in use
};

/// Lets go of the calls of a loop that is destroyed: nobody will complete them, and each keeps its
/// client alive.
class loop_end final : public boost::asio::execution_context::service {
public:
    inline static boost::asio::execution_context::id id;
    explicit loop_end(boost::asio::execution_context& context) : service(context) {}
    AISTUDIO_DECL void add(prediction_calls& calls);
    AISTUDIO_DECL void remove(prediction_calls& calls);

private:
    AISTUDIO_DECL void shutdown() override;
    std::mutex mutex_;
    std::vector<prediction_calls*> all_;
};

/// The prediction calls of one client: drives each through its attempts.
///
/// @par Thread safety  `take`, `give_back`, `start` and `cancel`: safe. The rest on the engine's
/// home.
class prediction_calls {
public:
    AISTUDIO_DECL prediction_calls(client_core& core, std::shared_ptr<exchange_engine> engine);
    prediction_calls(const prediction_calls&) = delete;
    prediction_calls& operator=(const prediction_calls&) = delete;
    AISTUDIO_DECL ~prediction_calls();

    [[nodiscard]] AISTUDIO_DECL prediction_call& take();
    AISTUDIO_DECL void give_back(prediction_call& call) noexcept;
    AISTUDIO_DECL void start(prediction_call& call, const call_options& options);
    AISTUDIO_DECL void cancel(prediction_call& call, std::uint64_t use);
    AISTUDIO_DECL void release(prediction_call& call);
    /// Ends everything in flight with errc::client_closed.
    AISTUDIO_DECL void close();
    /// The loop is gone: destroys what waits to be completed. May destroy the client.
    AISTUDIO_DECL void abandon();
    [[nodiscard]] bool is_here() const noexcept { return engine_->home().is_here(); }

private:
    friend class prediction_call;
    using answer = prediction_answer;

    AISTUDIO_DECL void enqueue(prediction_call& call);
    AISTUDIO_DECL void run_inbox();
    AISTUDIO_DECL void begin(prediction_call& call);
    [[nodiscard]] AISTUDIO_DECL result<void> prepare(prediction_call& call);
    AISTUDIO_DECL void write_head(prediction_call& call);
    AISTUDIO_DECL void follow(prediction_call& call, call_machine::action what, answer how,
                              time_point now);
    AISTUDIO_DECL void fail(prediction_call& call, problem p);
    AISTUDIO_DECL void complete(prediction_call& call, const answer& how);
    AISTUDIO_DECL void interrupt(prediction_call& call, errc why);

    client_core* core_;
    loop_end* loop_end_;
    std::shared_ptr<exchange_engine> engine_;
    std::vector<prediction_call*> free_; // of the engine's home
    std::vector<prediction_call*> under_way_;
    bool closed_ = false;
    std::mutex mutex_; // of what follows
    std::vector<std::unique_ptr<prediction_call>> all_;
    std::vector<prediction_call*> shared_free_;
    std::vector<prediction_call*> inbox_;
};

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/prediction_calls.ipp>
#endif
