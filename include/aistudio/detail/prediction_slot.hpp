#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/codec/json.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace aistudio {

class client_core;

namespace detail {

struct prediction_target;
class prediction_slot;

/// How a prediction call ended.
struct prediction_answer {
    /// Null: the service answered with success.
    const problem* failure = nullptr;
    /// HTTP status, 0 without an answer.
    int status = 0;
    /// The answer, followed by at least `json_padding` readable bytes.
    std::string_view body{};
    int attempts = 0;
};

template <class T>
concept json_text = std::convertible_to<const T&, std::string_view>;

/// Appends `record` to `out` as JSON. Text is JSON already.
template <class In>
result<void> encode_record(const In& record, std::string& out) {
    if constexpr (json_text<In>) {
        out.append(std::string_view(record));
        return {};
    } else {
        return append_json(out, record);
    }
}

/// The answer proper: the member `result` of an object that has it, else the whole body.
inline json_value answer_of(json_value root) { return root.find("result").value_or(root); }

/// Turns an answer into what the caller wants.
template <class Out>
result<Out> decode_answer(const prediction_answer& answer) {
    if (answer.failure != nullptr)
        return *answer.failure;
    if constexpr (std::same_as<Out, std::string>) {
        return std::string(answer.body);
    } else {
        std::optional<json_document> own;
        const bool keeps = std::same_as<Out, json_document> || answer.body.size() > max_kept_json;
        json_document& document = keeps ? own.emplace() : thread_document();
        const auto root = document.parse_padded(answer.body);
        result<Out> out = [&]() -> result<Out> {
            if (!root)
                return root.error();
            if constexpr (std::same_as<Out, json_document>)
                return std::move(document);
            else
                return from_json<Out>(answer_of(*root));
        }();
        if (out)
            return out;
        problem p = out.error();
        p.outcome = outcome::done;
        p.status = answer.status;
        p.attempts = answer.attempts;
        return p;
    }
}

/// The same for bytes that were copied out of an answer.
template <class Out>
result<Out> decode_text(result<std::string> text) {
    if constexpr (std::same_as<Out, std::string>) {
        return text;
    } else {
        if (!text)
            return text.error();
        const std::size_t size = text->size();
        text->append(json_padding, '\0');
        prediction_answer answer;
        answer.status = 200;
        answer.body = std::string_view(*text).substr(0, size);
        answer.attempts = 1;
        return decode_answer<Out>(answer);
    }
}

/// What completes a call: made by the caller's thread, used once on the client's.
class prediction_completion {
public:
    prediction_completion() = default;
    prediction_completion(const prediction_completion&) = delete;
    prediction_completion& operator=(const prediction_completion&) = delete;
    virtual ~prediction_completion() = default;
    /// Takes what it needs out of `answer`, releases the slot, which destroys it, then tells the
    /// caller. `here`: the thread is one of the client's executor, and this was not called from the
    /// initiating function.
    virtual void finish(prediction_slot& slot, const prediction_answer& answer) = 0;
};

/// One prediction call: its request while it is written, then everything it needs under way. Slots
/// are used again, with their memory, so that a call in the steady state allocates nothing.
class prediction_slot {
public:
    prediction_slot(const prediction_slot&) = delete;
    prediction_slot& operator=(const prediction_slot&) = delete;

    /// Room for the header, then the record.
    std::string text;
    std::shared_ptr<client_core> core;
    std::shared_ptr<const prediction_target> target;
    /// Why it cannot be sent.
    std::optional<problem> refused;

    template <class Completion, class... Args>
    void emplace_completion(Args&&... args) {
        if constexpr (sizeof(Completion) <= sizeof room_ &&
                      alignof(Completion) <= alignof(std::max_align_t)) {
            completion_ = ::new (static_cast<void*>(room_)) Completion(std::forward<Args>(args)...);
        } else {
            completion_ = new Completion(std::forward<Args>(args)...);
        }
    }
    /// What `cancel_prediction` needs to find this call, and not a later one in the same slot.
    [[nodiscard]] std::uint64_t use() const noexcept { return use_; }

protected:
    prediction_slot() = default;
    ~prediction_slot() { destroy_completion(); }
    void destroy_completion() noexcept {
        prediction_completion* const gone = std::exchange(completion_, nullptr);
        if (gone == nullptr)
            return;
        if (static_cast<void*>(gone) == static_cast<void*>(room_))
            gone->~prediction_completion();
        else
            delete gone;
    }

    prediction_completion* completion_ = nullptr;
    std::atomic<std::uint64_t> use_ = 0;

private:
    alignas(std::max_align_t) std::byte room_[320];
};

/// Gives a slot back that no call was made with.
struct return_slot {
    AISTUDIO_DECL void operator()(prediction_slot* slot) const noexcept;
};
using prediction_ticket = std::unique_ptr<prediction_slot, return_slot>;

/// A slot for a call to `target`; its `text` ends where the record begins.
[[nodiscard]] AISTUDIO_DECL prediction_ticket
take_slot(const std::shared_ptr<client_core>& core,
          const std::shared_ptr<const prediction_target>& target);
/// Makes the call. Its completion is set.
AISTUDIO_DECL void start_prediction(prediction_ticket ticket, const call_options& options);
/// Ends call number `use` of a slot. From any thread.
AISTUDIO_DECL void cancel_prediction(const std::weak_ptr<client_core>& core, prediction_slot* slot,
                                     std::uint64_t use);
/// Ends the use of a slot under way; the connection is free for the next call.
AISTUDIO_DECL void release_slot(prediction_slot& slot);
/// True in a thread that runs the client.
[[nodiscard]] AISTUDIO_DECL bool runs_here(const client_core& core) noexcept;

/// Completes an Asio handler with an `Out`, on the handler's executor.
template <class Out, class Handler>
class handler_completion final : public prediction_completion {
public:
    handler_completion(Handler h, prediction_slot& slot)
        : handler_(std::move(h)),
          executor_(boost::asio::get_associated_executor(handler_, home_executor(*slot.core))),
          cancellation_(boost::asio::get_associated_cancellation_slot(handler_)) {
        if (!is_home(*slot.core))
            work_.emplace(
                boost::asio::prefer(executor_, boost::asio::execution::outstanding_work.tracked));
        if (!cancellation_.is_connected())
            return;
        cancellation_.assign([core = std::weak_ptr<client_core>(slot.core), s = &slot,
                              use = slot.use()](boost::asio::cancellation_type type) {
            if (type != boost::asio::cancellation_type::none)
                cancel_prediction(core, s, use);
        });
    }

    void finish(prediction_slot& slot, const prediction_answer& answer) override {
        delivery d{std::move(handler_), decode_answer<Out>(answer), std::move(work_),
                   cancellation_};
        const executor_type executor = std::move(executor_);
        const auto core = slot.core; // until the handler has run
        const bool at_home = is_home(*core, executor) && runs_here(*core);
        release_slot(slot); // and with it this object
        if (at_home)
            d();
        else
            boost::asio::dispatch(executor, std::move(d));
    }

private:
    using executor_type = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;
    /// Keeps its loop running.
    using tracked_executor = std::decay_t<decltype(boost::asio::prefer(
        std::declval<const executor_type&>(), boost::asio::execution::outstanding_work.tracked))>;
    using cancellation_slot = boost::asio::associated_cancellation_slot_t<Handler>;

    struct delivery {
        void operator()() {
            if (cancellation.is_connected())
                cancellation.clear();
            work.reset();
            std::move(handler)(std::move(value));
        }
        Handler handler;
        result<Out> value;
        std::optional<tracked_executor> work;
        cancellation_slot cancellation;
    };

    static bool is_home(const client_core& core, const executor_type& executor) {
        if constexpr (std::same_as<executor_type, boost::asio::any_io_executor>)
            return executor == home_executor(core);
        else if constexpr (std::constructible_from<executor_type,
                                                   const boost::asio::any_io_executor&>)
            return executor == executor_type(home_executor(core));
        else
            return boost::asio::any_io_executor(executor) == home_executor(core);
    }
    [[nodiscard]] bool is_home(const client_core& core) const { return is_home(core, executor_); }

    Handler handler_;
    executor_type executor_;
    std::optional<tracked_executor> work_;
    cancellation_slot cancellation_;
};

} // namespace detail
} // namespace aistudio
