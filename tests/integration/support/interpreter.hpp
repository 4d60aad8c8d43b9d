#pragma once

#include <cstdlib>
#include <string>

namespace aistudio::test {

/// True when the interpreter that runs jobs has this Python module.
inline bool jobs_have(const std::string& module) {
    const char* set = std::getenv("AISTUDIO_PYTHON");
    const auto python = std::string(set != nullptr && *set != '\0' ? set : "python3");
    const auto command = "'" + python +
                         "' -c 'import importlib.util as u; exit(not u.find_spec(\"" + module +
                         "\"))'";
    return std::system(command.c_str()) == 0;
}

} // namespace aistudio::test
