#pragma once

#include <string>
#include <vector>

namespace aistudio::local::jobs {

/// Runs a command as a plain process with nothing of it left at the end. Orphans of the command
/// become children of the supervisor, which ends them when the command has ended, when it gets
/// SIGTERM (after `grace`), and when the studio dies. It ends as the command did. Python, since
/// every job has an interpreter, and a forked C++ process may not do this much without exec.
inline constexpr auto supervisor_source = R"(
import ctypes, os, signal, sys, time

PR_SET_CHILD_SUBREAPER = 36
grace, command = float(sys.argv[1]), sys.argv[2]
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def below():
    parents = {}
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{name}/stat', 'rb') as file:
                parents.setdefault(int(file.read().rpartition(b')')[2].split()[1]), []).append(int(name))
        except OSError:
            pass
    found = parents.get(os.getpid(), [])
    for pid in found:
        found.extend(parents.get(pid, []))
    return found


def signal_all(number):
    for pid in below():
        try:
            os.kill(pid, number)
        except OSError:
            pass


def reap(deadline=None):
    'Takes the ends of children until none is left, or the time is over.'
    global status
    while True:
        try:
            pid, ended = os.waitpid(-1, os.WNOHANG if deadline else 0)
        except ChildProcessError:
            return True
        if pid == main:
            status = ended
            if not deadline:
                return True
        if deadline and time.monotonic() > deadline:
            return False
        if pid == 0:
            time.sleep(0.01)


class Stop(Exception):
    pass


def stop(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stop


status = None
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
signal.signal(signal.SIGTERM, stop)
main = os.fork()
if main == 0:
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        os.execv('/bin/sh', ['/bin/sh', '-c', command])
    finally:
        os._exit(127)
try:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    reap()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
except Stop:
    signal_all(signal.SIGTERM)
    reap(time.monotonic() + grace)
while not reap(time.monotonic() + 0.05):
    signal_all(signal.SIGKILL)
if status is None or os.WIFSIGNALED(status):
    os._exit(128 + (os.WTERMSIG(status) if status is not None else signal.SIGKILL))
os._exit(os.WEXITSTATUS(status))
)";

/// The command line of the supervisor. -S: it needs no packages, and they cost time at the start.
inline std::vector<std::string> supervisor_line(const std::string& python, double grace_seconds,
                                                const std::string& command) {
    return {python, "-I", "-S", "-c", supervisor_source, std::to_string(grace_seconds), command};
}

} // namespace aistudio::local::jobs
