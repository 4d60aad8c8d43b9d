#include "bindings.hpp"
#include "casters.hpp"
#include "errors.hpp"
#include "owned.hpp"
#include "python_json.hpp"

#include <aistudio/local/studio.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace aistudio::python {
namespace {

/// A Python function that may be called and destroyed by any thread. After the interpreter's end it
/// is leaked.
class any_thread_function {
public:
    explicit any_thread_function(py::function f)
        : function_(new py::function(std::move(f)), [](py::function* p) {
              if (Py_IsInitialized() == 0)
                  return;
              const py::gil_scoped_acquire gil;
              delete p;
          }) {}

    /// Answers a prediction call.
    result<std::string> operator()(std::string_view json) const {
        json_document document;
        const auto record = document.parse(json);
        if (!record)
            return record.error();
        const py::gil_scoped_acquire gil;
        return told([&] { return value_to_json_text((*function_)(to_python(*record)), "answer"); });
    }

    /// Answers a chat call.
    result<void> operator()(const local::chat_call& call, const local::chat_listener& say) const {
        json_document document;
        const auto request = document.parse(call.json);
        if (!request)
            return request.error();
        const py::gil_scoped_acquire gil;
        return told([&] { return say_all((*function_)(to_python(*request)), say); });
    }

private:
    /// What `call()` returns; what Python raises there becomes an exception of C++.
    template <class Call>
    static std::invoke_result_t<Call> told(Call call) {
        try {
            return call();
        } catch (py::error_already_set& e) {
            // Its what() has a traceback with file names; the caller gets the last line.
            throw std::runtime_error(py::str(e.type().attr("__name__")).cast<std::string>() + ": " +
                                     py::str(e.value()).cast<std::string>());
        } catch (const py::builtin_exception& e) {
            throw std::runtime_error(e.what());
        }
    }

    /// A text, or pieces of one, with the GIL.
    static result<void> say_all(const py::object& answer, const local::chat_listener& say) {
        if (py::isinstance<py::str>(answer)) {
            (void)say_one(answer, say);
            return {};
        }
        for (const py::handle piece : py::iter(answer))
            if (!say_one(piece, say))
                break;
        return {};
    }
    /// False: nobody listens any more.
    static bool say_one(py::handle piece, const local::chat_listener& say) {
        if (py::isinstance<chat_usage>(piece)) {
            say.usage(piece.cast<chat_usage>());
            return true;
        }
        if (!py::isinstance<py::str>(piece))
            throw py::type_error("A piece of a chat answer is a str or a ChatUsage.");
        const auto text = piece.cast<std::string>();
        const py::gil_scoped_release no_gil; // a slow client keeps this waiting
        return say(text);
    }

    std::shared_ptr<py::function> function_;
};

class studio_object {
public:
    explicit studio_object(local::studio s) : inner_(std::move(s)) {}

    [[nodiscard]] local::studio& get() const { return inner_.get(); }

    [[nodiscard]] endpoint serve(std::string name, py::function f) const {
        auto& studio = get();
        any_thread_function handler(std::move(f));
        const py::gil_scoped_release no_gil;
        return value_or_raise(studio.serve(std::move(name), std::move(handler)));
    }

    [[nodiscard]] std::string serve_chat(py::function f) const {
        auto& studio = get();
        any_thread_function handler(std::move(f));
        const py::gil_scoped_release no_gil;
        return value_or_raise(studio.serve_chat(std::move(handler)));
    }

    [[nodiscard]] fault add_fault(fault what) const {
        auto& studio = get();
        const py::gil_scoped_release no_gil;
        return value_or_raise(studio.add_fault(std::move(what)));
    }
    [[nodiscard]] std::vector<fault> list_faults(service_id service) const {
        auto& studio = get();
        const py::gil_scoped_release no_gil;
        return value_or_raise(studio.list_faults(service));
    }
    void remove_fault(fault_id id) const {
        auto& studio = get();
        const py::gil_scoped_release no_gil;
        value_or_raise(studio.remove_fault(id));
    }
    void clear_faults(service_id service) const {
        auto& studio = get();
        const py::gil_scoped_release no_gil;
        value_or_raise(studio.clear_faults(service));
    }

    void stop() const {
        if (!inner_.is_ours())
            return;
        const py::gil_scoped_release no_gil;
        inner_.get().stop();
    }

private:
    owned<local::studio> inner_;
};

std::unique_ptr<studio_object> start(const std::filesystem::path& directory, std::uint16_t port,
                                     const std::optional<secret>& token, const std::string& user,
                                     const std::filesystem::path& python) {
    local::studio_options options;
    options.directory = directory;
    options.port = port;
    options.token = token.value_or(secret());
    options.user = user;
    options.python = python;
    const py::gil_scoped_release no_gil;
    return std::make_unique<studio_object>(
        value_or_raise(local::studio::start(std::move(options))));
}

} // namespace

void bind_local_studio(py::module_& m) {
    py::class_<studio_object>(m, "LocalStudio", "A running local studio.", py::is_final())
        .def_static("start", &start, py::arg("directory"), py::kw_only(), py::arg("port") = 0,
                    py::arg("token") = py::none(), py::arg("user") = "local",
                    py::arg("python") = std::filesystem::path())
        .def("serve", &studio_object::serve, py::arg("name"), py::arg("function"), py::pos_only())
        .def("serve_chat", &studio_object::serve_chat, py::arg("function"), py::pos_only())
        .def("add_fault", &studio_object::add_fault, py::arg("what"), py::pos_only())
        .def("list_faults", &studio_object::list_faults, py::arg("service"), py::pos_only())
        .def("remove_fault", &studio_object::remove_fault, py::arg("id"), py::pos_only())
        .def("clear_faults", &studio_object::clear_faults, py::arg("service"), py::pos_only())
        .def("stop", &studio_object::stop)
        .def_property_readonly("base_url",
                               [](const studio_object& self) { return self.get().base_url(); })
        .def_property_readonly("access_token",
                               [](const studio_object& self) { return self.get().access_token(); })
        .def_property_readonly("user", [](const studio_object& self) { return self.get().user(); });
}

} // namespace aistudio::python
