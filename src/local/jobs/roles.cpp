#include "local/jobs/roles.hpp"

#include <charconv>
#include <fstream>
#include <initializer_list>
#include <sstream>

namespace aistudio::local::jobs {
namespace {

/// The file in the logs' folder with the first failure: its exit status, or the negative signal,
/// and on the next line a sentence.
constexpr auto failure_file = ".failed";

std::string shell_word(std::string_view word) {
    std::string out = "'";
    for (const char c : word)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

} // namespace

std::vector<std::string> role_names(process_counts counts) {
    std::vector<std::string> out;
    for (int i = 0; i < counts.trainers; ++i)
        out.push_back("trainer." + std::to_string(i));
    for (int i = 0; i < counts.servers; ++i)
        out.push_back("pserver." + std::to_string(i));
    return out;
}

std::string role_command(const std::filesystem::path& python, const role_places& places,
                         process_counts counts, std::string_view command) {
    std::string out = "exec";
    for (const auto& word :
         {python.string(), std::string("-I"), std::string("-S"), places.program.string(),
          std::string(counts.servers > 0 ? "servers" : "launch"), std::to_string(counts.trainers),
          std::to_string(counts.servers), places.logs.string(), places.log.string(),
          places.scratch.string(), std::string(command)})
        out += ' ' + shell_word(word);
    return out;
}

std::optional<role_failure> read_role_failure(const std::filesystem::path& logs) {
    std::ifstream file(logs / failure_file);
    role_failure out;
    int code = 0;
    if (!(file >> code) || !std::getline(file >> std::ws, out.message))
        return std::nullopt;
    (code < 0 ? out.signal : out.exit_code) = code < 0 ? -code : code;
    return out;
}

const char* const roles_source = R"PY(
import os, select, signal, socket, subprocess, sys, threading, time

MODE, TRAINERS, SERVERS, LOGS, LOG, SCRATCH, COMMAND = sys.argv[1:8]
TRAINERS, SERVERS = int(TRAINERS), int(SERVERS)
GRACE = 3
LONGEST_LINE = 1 << 16
LAST_WORDS = 0.5


def write_all(file, data):
    while data:
        data = data[os.write(file, data):]


def note_failure(code, message):
    'The first failure is why the job failed; what it brings about in others is not.'
    try:
        file = os.open(os.path.join(LOGS, '.failed'), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    write_all(file, f'{code}\n{message}\n'.encode())
    os.close(file)


def how_ended(code):
    if code >= 0:
        return f'ended with exit status {code}'
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = 'unknown'
    return f'was ended by signal {-code} ({name})'


def exit_as(code):
    os._exit(code if code >= 0 else 128 - code)


class Copier:
    'Brings output to the log of its role as it comes, and to the whole log line by line.'

    def __init__(self, name):
        self.own = os.open(os.path.join(LOGS, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.whole = os.open(LOG, os.O_WRONLY | os.O_APPEND)
        self.mark = f'[{name}] '.encode()
        self.rest = b''

    def take(self, data):
        write_all(self.own, data)
        lines = (self.rest + data).split(b'\n')
        self.rest = lines.pop()
        if len(self.rest) > LONGEST_LINE:
            lines.append(self.rest)
            self.rest = b''
        write_all(self.whole, b''.join(self.mark + line + b'\n' for line in lines))

    def end(self):
        if self.rest:
            write_all(self.whole, self.mark + self.rest + b'\n')


def copy_until_end(child, source, copier):
    'Until the child has ended, not until its output has: a process it left behind may hold that.'
    told, tell = os.pipe()

    def wait():
        child.wait()
        os.write(tell, b'.')

    threading.Thread(target=wait, daemon=True).start()
    sources, until = [source], None
    while until is None or time.monotonic() < until:
        watched = sources + [told] if until is None else sources
        ready = select.select(watched, [], [], None if until is None else 0)[0]
        if source in ready:
            data = os.read(source, 65536)
            copier.take(data)
            sources = [source] if data else []
        elif until is not None:
            break
        if told in ready:
            until = time.monotonic() + LAST_WORDS
    copier.end()


def run(role, index):
    'One process of the job.'
    name = f'{role}.{index}'
    environment = dict(os.environ)
    upper = 'TRAINER' if role == 'trainer' else 'PSERVER'
    environment.update(PADDLE_TRAINING_ROLE=upper, TRAINING_ROLE=upper, PADDLE_TRAINERS=str(TRAINERS))
    environment.setdefault('PADDLE_TRAINERS_NUM', str(TRAINERS))
    source, sink = os.pipe()
    told_to_end = []
    child = subprocess.Popen(['/bin/sh', '-c', COMMAND], env=environment, stdout=sink, stderr=sink)

    def end(number, _):
        told_to_end.append(number)
        child.send_signal(number)

    signal.signal(signal.SIGTERM, end)
    os.close(sink)
    copy_until_end(child, source, Copier(name))
    code = child.returncode
    if code != 0 and not told_to_end:
        note_failure(code, f'{name} {how_ended(code)}; see its log.')
    exit_as(code)


def myself(mode, *more):
    return [sys.executable, '-u', os.path.abspath(__file__), mode, str(TRAINERS), str(SERVERS), LOGS, LOG, SCRATCH,
            COMMAND, *more]


def free_endpoints(count):
    holders = [socket.create_server(('127.0.0.1', 0)) for _ in range(count)]
    ports = [holder.getsockname()[1] for holder in holders]
    for holder in holders:
        holder.close()
    return [f'127.0.0.1:{port}' for port in ports]


def end_all(children):
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + GRACE
    while time.monotonic() < until and any(child.poll() is None for child in children):
        time.sleep(0.01)
    for child in children:
        if child.poll() is None:
            child.kill()


def servers():
    'Starts parameter servers and trainers; ends when the trainers have, or when one of all fails.'
    endpoints = free_endpoints(SERVERS + TRAINERS)
    of_servers, of_trainers = endpoints[:SERVERS], endpoints[SERVERS:]
    common = dict(os.environ, PADDLE_PSERVERS_IP_PORT_LIST=','.join(of_servers),
                  PADDLE_TRAINER_ENDPOINTS=','.join(of_trainers), PADDLE_TRAINERS_NUM=str(TRAINERS), POD_IP='127.0.0.1')

    def start(role, index, endpoint):
        environment = dict(common, PADDLE_CURRENT_ENDPOINT=endpoint, PADDLE_PORT=endpoint.rpartition(':')[2])
        if role == 'trainer':
            environment['PADDLE_TRAINER_ID'] = str(index)
        return subprocess.Popen(myself('run', role, str(index)), env=environment)

    serving = [start('pserver', i, endpoint) for i, endpoint in enumerate(of_servers)]
    training = [start('trainer', i, endpoint) for i, endpoint in enumerate(of_trainers)]
    children = serving + training
    signal.signal(signal.SIGTERM, lambda *_: (end_all(children), os._exit(143)))
    while True:
        codes = [child.poll() for child in children]
        failed = [code for code in codes if code]
        if failed or all(code == 0 for code in codes[SERVERS:]):
            end_all(children)
            exit_as(failed[0] if failed else 0)
        time.sleep(0.02)


def launch():
    'Several trainers by the launcher of PaddlePaddle. What it says is shown when it is what failed.'
    os.makedirs(SCRATCH, exist_ok=True)
    said = os.path.join(SCRATCH, 'launch.log')
    # Not the command's folder, where a file may be called like a module.
    start = ("import runpy, sys; sys.path.pop(0); "
             "runpy.run_module('paddle.distributed.launch', run_name='__main__', alter_sys=True)")
    with open(said, 'wb') as file:
        launcher = subprocess.Popen(
            [sys.executable, '-u', '-c', start, '--run_mode', 'collective', '--nproc_per_node', str(TRAINERS),
             '--host', '127.0.0.1', '--log_dir', SCRATCH, '--log_level', 'ERROR', *myself('launched')[2:]],
            stdout=file, stderr=file)
    signal.signal(signal.SIGTERM, lambda number, _: launcher.send_signal(number))
    code = launcher.wait()
    if code != 0 and not os.path.exists(os.path.join(LOGS, '.failed')):
        with open(said, 'rb') as file:
            write_all(1, file.read()[-65536:])
        note_failure(code, f'The launcher of PaddlePaddle {how_ended(code)}; what it said is in the log.')
    exit_as(code)


if MODE == 'servers':
    servers()
elif MODE == 'launch':
    launch()
elif MODE == 'launched':
    run('trainer', os.environ['PADDLE_TRAINER_ID'])
else:
    run(*sys.argv[8:10])
)PY";

} // namespace aistudio::local::jobs
