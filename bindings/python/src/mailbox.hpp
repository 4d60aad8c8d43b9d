#pragma once

#include <pybind11/pybind11.h>

#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace aistudio::python {

/// Something for a Python thread, made by a thread that has no business with Python: it is
/// destroyed by whoever has it, and must not own Python objects unless it always arrives.
class letter {
public:
    letter() = default;
    letter(const letter&) = delete;
    letter& operator=(const letter&) = delete;
    virtual ~letter() = default;
    /// With the GIL.
    virtual void deliver() = 0;
};

/// Where the callbacks of an operation reach the Python thread that started it.
class mailbox {
public:
    mailbox() = default;
    mailbox(const mailbox&) = delete;
    mailbox& operator=(const mailbox&) = delete;
    /// From any thread, without the GIL.
    virtual void post(std::unique_ptr<letter> what) = 0;

protected:
    ~mailbox() = default;
};

/// What Python has of a call under way. Lives until its last letter was delivered; used with the
/// GIL.
class call_control {
public:
    /// Holds a callback for as long as the call lives.
    pybind11::handle keep(pybind11::object callback) {
        kept_.push_back(std::move(callback));
        return kept_.back();
    }
    /// A callback has raised: that ends the call, and is what the caller gets.
    void fail(pybind11::error_already_set error) {
        if (error_)
            return;
        error_.emplace(std::move(error));
        if (cancel)
            cancel();
    }
    [[nodiscard]] bool failed() const noexcept { return error_.has_value(); }
    void rethrow() const {
        if (error_)
            throw *error_; // NOLINT: copies share what they hold
    }

    /// Ends the call early; from any thread.
    std::function<void()> cancel;

private:
    std::vector<pybind11::object> kept_;
    std::optional<pybind11::error_already_set> error_;
};

/// A callback's call.
template <class... A>
class callback_letter final : public letter {
public:
    callback_letter(call_control& call, pybind11::handle function, const A&... a)
        : call_(&call), function_(function), arguments_(a...) {}
    void deliver() override {
        if (call_->failed())
            return;
        try {
            std::apply([&](const A&... a) { function_(pybind11::cast(a)...); }, arguments_);
        } catch (pybind11::error_already_set& error) {
            call_->fail(std::move(error));
        }
    }

private:
    call_control* call_;
    pybind11::handle function_; // kept by the call
    std::tuple<A...> arguments_;
};

/// How an operation's callbacks reach Python.
struct call_context {
    std::shared_ptr<mailbox> box;
    call_control* call;

    template <class... A>
    [[nodiscard]] std::function<void(A...)> callback(pybind11::object function) const {
        return [box = box, call = call,
                held = call->keep(std::move(function))](const std::remove_cvref_t<A>&... a) {
            box->post(
                std::make_unique<callback_letter<std::remove_cvref_t<A>...>>(*call, held, a...));
        };
    }
};

} // namespace aistudio::python
