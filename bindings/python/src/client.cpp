#include "bindings.hpp"
#include "call_arguments.hpp"
#include "errors.hpp"
#include "logging.hpp"
#include "operations.hpp"
#include "predictor.hpp"
#include "reports.hpp"

#include <concepts>
#include <functional>
#include <memory>
#include <string>

namespace aistudio::python {
namespace {

/// How a client's callbacks reach Python.
struct client_context {
    template <class... A>
    [[nodiscard]] static std::function<void(A...)> callback(py::object function) {
        if constexpr (std::same_as<std::function<void(A...)>, call_sink>)
            return report_to(std::move(function));
        else
            return {}; // the log has no keyword
    }
};

client_options options_from(const py::kwargs& named) {
    client_options out;
    given_arguments given("Client", py::args(), named);
    take_members(out, given, client_context());
    given.finish();
    out.log = python_log();
    return out;
}

/// A client, and how it was made. `Tag`: whether its operations block.
template <class Tag>
class client_object {
public:
    explicit client_object(py::kwargs named)
        : inner_(std::make_shared<owned<sync_client>>(
              value_or_raise(sync_client::create(options_from(named))))),
          given_(std::move(named)) {}

    [[nodiscard]] const client_handle& handle() const noexcept { return inner_; }
    [[nodiscard]] const py::dict& given() const noexcept { return given_; }
    [[nodiscard]] std::string base_url() const { return inner_->get().inner().options().base_url; }

    void close() const {
        if (!inner_->is_ours())
            return;
        {
            const py::gil_scoped_release no_gil;
            inner_->get().close();
        }
        flush_reports();
    }

private:
    client_handle inner_;
    py::dict given_; // what was passed, not what was looked up
};

template <class Resource, class Tag, class Class>
void bind_resource(Class& c) {
    const std::string name(boost::mp11::mp_front<operations_of<Resource>>::resource);
    c.def_property_readonly(
        name.c_str(),
        [](const client_object<Tag>& self) {
            return resource_object<Resource, Tag>{{self.handle()}};
        },
        value_doc(name, ""));
}

template <class Tag>
void bind_client_class(py::module_& m) {
    using object = client_object<Tag>;
    const auto name = std::string(Tag::prefix) + "Client";
    py::class_<object> c(m, name.c_str(), "One account on one service.");
    c.def(py::init([](py::kwargs named) { return std::make_unique<object>(std::move(named)); }))
        .def(
            "predictor",
            [](const object& self, const std::string& url, const secret& key, bool idempotent) {
                return make_predictor(self.handle(), self.given(), url, key, idempotent, Tag{});
            },
            py::arg("url"), py::kw_only(), py::arg("api_key"), py::arg("idempotent") = true,
            "Calls to one prediction service.")
        .def_property_readonly("base_url", &object::base_url, "The service's address.")
        .def("close", &object::close, "Ends everything in flight. Twice is fine.")
        .def("__getstate__", &object::given)
        .def(
            "__setstate__",
            [](py::detail::value_and_holder& self, const py::dict& given) {
                self.value_ptr() = new object(py::kwargs(given));
            },
            py::detail::is_new_style_constructor())
        .def("__repr__", [name](const object& self) {
            return name + "(base_url=" + py::repr(py::str(self.base_url())).cast<std::string>() +
                   ")";
        });
    boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, all_resources>>(
        [&](auto resource) { bind_resource<typename decltype(resource)::type, Tag>(c); });
    if constexpr (std::same_as<Tag, blocking_tag>)
        c.def("__enter__", [](py::object self) {
             return self;
         }).def("__exit__", [](const object& self, const py::args&) { self.close(); });
}

} // namespace

void bind_client(py::module_& m) {
    bind_operations(m);
    bind_predictor(m);
    bind_client_class<blocking_tag>(m);
    bind_client_class<asyncio_tag>(m);
}

} // namespace aistudio::python
