#include "bindings.hpp"

#include "cli/application.hpp"

#include <pybind11/stl.h>

#include <iostream>
#include <string>
#include <vector>

namespace aistudio::python {

void bind_command(pybind11::module_& m) {
    m.def(
        "run_command",
        [](const std::vector<std::string>& words) {
            std::vector<const char*> argv;
            for (const auto& word : words)
                argv.push_back(word.c_str());
            argv.push_back(nullptr);
            const pybind11::gil_scoped_release no_gil;
            const int status = cli::run(static_cast<int>(words.size()), argv.data());
            std::cout.flush();
            return status;
        },
        pybind11::arg("words"), pybind11::pos_only(),
        "Runs the command and returns its exit status.");
}

} // namespace aistudio::python
