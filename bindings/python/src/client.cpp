#include "bindings.hpp"
#include "casters.hpp"
#include "errors.hpp"
#include "owned.hpp"
#include "python_json.hpp"
#include "waiting.hpp"

#include <aistudio/sync_client.hpp>
#include <aistudio/transport/client_core.hpp> // for executor()

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aistudio::python {
namespace {

using seconds = std::chrono::duration<double>;

std::chrono::milliseconds time_limit(double timeout) {
    constexpr double longest = 1e9; // about 30 years
    if (!(timeout > 0) || timeout > longest)
        throw py::value_error("timeout: expected seconds above 0, or None for the default.");
    return std::chrono::ceil<std::chrono::milliseconds>(seconds(timeout));
}

call_options options_for(std::optional<double> timeout) {
    call_options out;
    if (timeout)
        out.deadline = time_limit(*timeout);
    return out;
}

class predictor_object {
public:
    predictor_object(sync_predictor inner, boost::asio::any_io_executor executor)
        : inner_(std::move(inner)), executor_(std::move(executor)) {}

    py::object predict(py::handle record, std::optional<double> timeout) const {
        const auto document = call<json_document>(record, timeout);
        return to_python(detail::answer_of(document.root()));
    }

    py::bytes predict_raw(py::handle record, std::optional<double> timeout) const {
        return call<std::string>(record, timeout);
    }

    [[nodiscard]] std::string url() const { return inner_.get().url(); }

private:
    template <class Answer>
    Answer call(py::handle record, std::optional<double> timeout) const {
        const auto body = to_json_text(record);
        const auto options = options_for(timeout);
        const auto& inner = inner_.get();
        const py::gil_scoped_release no_gil;
        return value_or_raise(wait_for<Answer>(executor_, [&](auto handler) {
            inner.template async_predict<Answer>(body, options, std::move(handler));
        }));
    }

    owned<sync_predictor> inner_;
    boost::asio::any_io_executor executor_;
};

class client_object {
public:
    explicit client_object(client_options options)
        : inner_(value_or_raise(sync_client::create(std::move(options)))) {}

    [[nodiscard]] std::unique_ptr<predictor_object>
    predictor(const std::string& url, const secret& key, bool idempotent) const {
        return std::make_unique<predictor_object>(
            value_or_raise(client().predictor(url, key, {idempotent})),
            client().inner().core()->executor());
    }

    [[nodiscard]] std::string base_url() const { return client().inner().options().base_url; }

    void close() {
        if (!inner_.is_ours())
            return;
        const py::gil_scoped_release no_gil;
        client().close();
    }

private:
    [[nodiscard]] sync_client& client() const { return inner_.get(); }

    owned<sync_client> inner_;
};

std::unique_ptr<client_object> make_client(const std::optional<std::string>& base_url,
                                           const std::optional<secret>& access_token,
                                           const std::optional<std::string>& profile,
                                           std::optional<double> timeout) {
    client_options options;
    options.base_url = base_url.value_or("");
    options.access_token = access_token.value_or(secret());
    options.profile = profile.value_or("");
    if (timeout)
        options.deadline = time_limit(*timeout);
    return std::make_unique<client_object>(std::move(options));
}

} // namespace

void bind_client(py::module_& m) {
    py::class_<predictor_object>(m, "Predictor", "Calls one prediction service.", py::is_final())
        .def("predict", &predictor_object::predict, py::arg("record"), py::pos_only(),
             py::kw_only(), py::arg("timeout") = py::none(),
             "Sends one record and returns the answer's `result`, or the whole answer if it has "
             "none.")
        .def("predict_raw", &predictor_object::predict_raw, py::arg("record"), py::pos_only(),
             py::kw_only(), py::arg("timeout") = py::none(),
             "Sends one record and returns the answer's bytes.")
        .def_property_readonly("url", &predictor_object::url,
                               "The service's address, without the key.")
        .def("__repr__", [](const predictor_object& self) {
            return "Predictor(" + py::repr(py::str(self.url())).cast<std::string>() + ")";
        });

    py::class_<client_object>(m, "Client", "One account on one service.", py::is_final())
        .def(py::init(&make_client), py::kw_only(), py::arg("base_url") = py::none(),
             py::arg("access_token") = py::none(), py::arg("profile") = py::none(),
             py::arg("timeout") = py::none())
        .def("predictor", &client_object::predictor, py::arg("url"), py::kw_only(),
             py::arg("api_key"), py::arg("idempotent") = true, "Calls to one prediction service.")
        .def_property_readonly("base_url", &client_object::base_url, "The service's address.")
        .def("close", &client_object::close, "Ends everything in flight. Twice is fine.")
        .def("__enter__", [](py::object self) { return self; })
        .def("__exit__", [](client_object& self, const py::args&) { self.close(); })
        .def("__repr__", [](const client_object& self) {
            return "Client(base_url=" + py::repr(py::str(self.base_url())).cast<std::string>() +
                   ")";
        });
}

} // namespace aistudio::python
