#include "local/jobs/exit_text.hpp"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

namespace aistudio::local::jobs {
namespace {

std::string explain_status(int status) {
    const auto number = "The command ended with exit status " + std::to_string(status);
    if (status == 127)
        return number +
               ": it, or a program it starts, does not exist. Check the command and see the log.";
    if (status == 126)
        return number + ": it, or a program it starts, cannot be executed. Check its permissions "
                        "and see the log.";
    return number + "; see the log.";
}

std::string explain_signal(int signal) {
    auto text = "The command was ended by signal " + std::to_string(signal) + " (" +
                signal_name(signal) + ")";
    if (signal == SIGKILL)
        text += ", perhaps because the machine ran out of memory";
    return text + "; see the log.";
}

int signal_in(int wait_status) {
    if (WIFSIGNALED(wait_status))
        return WTERMSIG(wait_status);
    const int beyond = WEXITSTATUS(wait_status) - 128;
    return beyond > 0 && beyond < 32 ? beyond : 0;
}

} // namespace

std::string signal_name(int signal) {
    const char* short_name = ::sigabbrev_np(signal);
    return short_name != nullptr ? std::string("SIG") + short_name
                                 : "signal " + std::to_string(signal);
}

exit_report describe_exit(int wait_status, bool stopped) {
    exit_report out;
    if (stopped) {
        out.stopped = true;
        out.message = "The job was stopped.";
    } else if (const int signal = signal_in(wait_status); signal != 0) {
        out.signal = signal;
        out.message = explain_signal(signal);
    } else {
        out.exit_code = WEXITSTATUS(wait_status);
        if (*out.exit_code != 0)
            out.message = explain_status(*out.exit_code);
    }
    return out;
}

} // namespace aistudio::local::jobs
