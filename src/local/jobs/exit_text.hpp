#pragma once

#include "local/jobs/runner.hpp"

#include <string>

namespace aistudio::local::jobs {

/// `SIGSEGV` and the like; `signal 40` for those without a common name.
std::string signal_name(int signal);

/// What a wait status means for the user. An exit status of 128 + signal counts as that signal: a
/// shell, bubblewrap and the supervisor pass a signal on so.
exit_report describe_exit(int wait_status, bool stopped);

} // namespace aistudio::local::jobs
