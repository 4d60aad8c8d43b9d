#!/usr/bin/env python3
"""Measures a prediction call of ours beside other HTTP clients, and prints one table.

    benchmarks/run.py [--full] [--write] [--only wrk,ours,beast_loop] [--rounds 5] [--seconds 1]

Every client posts the same record to nginx on loopback, which answers with a fixed price. What
counts is the processor time that the client's process uses for a call, as a ratio to wrk in the
same round. --full adds connections, calls, threads and latency curves. --write also puts the short
table into README.md. Results go to benchmarks/RESULTS.md when everything was measured in at least
five rounds, else to build/bench/RESULTS.md only; build/bench/results.json has every measurement.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time

from harness import machine, peers, results, server

README_BEGIN = "<!-- benchmarks: written by `make bench ARGS=--write` -->"
README_END = "<!-- end of benchmarks -->"

CLIENT_CPU, SERVER_CPU = 0, 1
# Seconds of processor time: the JVM compiles meanwhile. Then rounds that do not count while a call
# gets cheaper.
JAVA_FIRST_WARMUP = 12
JAVA_MORE_WARMUPS = 8
JAVA_TIMEOUT = 240
LATENCY_CLIENTS = ("beast_loop", "ours")


def say(text):
    print(text, file=sys.stderr, flush=True)


def environment():
    """Of the clients: no proxies, no keys, nothing of ours."""
    hidden = ("_proxy", "aistudio_", "java_tool_options", "pythonpath")
    return {k: v for k, v in os.environ.items() if not any(h in k.lower() for h in hidden)}


def start(command, **more):
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(),
        start_new_session=True, **more,
    )  # fmt: skip


def end(process):
    """Ends a program that we started, with what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class Hung(results.NotMeasured):
    pass


class WithTimeout:
    """Ends a program when the block takes longer than `seconds`."""

    def __init__(self, process, seconds):
        self._timer = threading.Timer(seconds, self._expire)
        self._process = process
        self._expired = False

    def _expire(self):
        self._expired = True
        end(self._process)

    def __enter__(self):
        self._timer.start()

    def __exit__(self, *_):
        self._timer.cancel()
        self._timer.join()
        if self._expired:
            raise Hung("it did not end in time")


class Resident:
    """A client that stays between rounds: a JVM is fast only after a while."""

    def __init__(self, command):
        self._process = start(command, stdin=subprocess.PIPE)

    def warm_up(self, timeout):
        best = self.measure(JAVA_FIRST_WARMUP, timeout).cpu_us_per_call
        in_vain = 0
        for _ in range(JAVA_MORE_WARMUPS):
            cost = self.measure(0, timeout).cpu_us_per_call
            in_vain = in_vain + 1 if cost > 0.95 * best else 0
            best = min(best, cost)
            if in_vain == 2:
                break

    def measure(self, warmup, timeout):
        output = ""
        with WithTimeout(self._process, timeout):
            try:
                self._process.stdin.write(f"{warmup}\n")
                self._process.stdin.flush()
                for line in self._process.stdout:
                    output += line
                    if line.startswith("{"):
                        break
            except BrokenPipeError:
                output += self._process.stdout.read()
        return results.parse_line(output)

    def close(self):
        end(self._process)


def run_once(client, command, timeout):
    """One run of a client that ends by itself."""
    process = start(command, stdin=subprocess.DEVNULL)
    output = ""
    try:
        with WithTimeout(process, timeout):
            output = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        if process.returncode is None:
            end(process)
    # wrk does not say what it used: its whole life counts, a few milliseconds more than the calls.
    outside = usage.ru_utime + usage.ru_stime if client.kind == "wrk" else None
    return results.parse_line(output, outside)


class Bench:
    def __init__(self, options, nginx, installer):
        self.options = options
        self.nginx = nginx
        self.pin = server.pin_to(CLIENT_CPU)
        names = options.only or [c.name for c in peers.CLIENTS]
        self.clients = [c for c in peers.CLIENTS if c.name in names]
        self.installer = installer
        self.missing = {c.name: installer.missing(c) for c in self.clients}
        self._resident = {}

    def is_whole(self):
        return len(self.clients) == len(peers.CLIENTS)

    def close(self):
        for resident in self._resident.values():
            resident.close()
        self._resident.clear()

    def measure(self, rounds, number, name, scheme="http", connections=32, seconds=None,
                extra=(), label=None, pin=None):  # fmt: skip
        """Runs a client once and puts the outcome, whatever it is, into `rounds`."""
        client = peers.client(name)
        label = label or name
        if self.missing.get(name):
            rounds.fail(label, self.missing[name])
            return
        seconds = seconds or self.options.seconds
        warmup = 0.3 if client.kind in ("python", "java", "ours_java") else 0.2
        command = (self.pin if pin is None else pin) + client.command(
            self.nginx.url(scheme), self.nginx.ca_file, connections, seconds, warmup, extra
        )
        try:
            if client.kind in ("java", "ours_java"):
                key = (name, scheme)
                if key not in self._resident:
                    self._resident[key] = Resident(command)
                    self._resident[key].warm_up(JAVA_TIMEOUT)
                rounds.add(number, label, self._resident[key].measure(warmup, JAVA_TIMEOUT))
            else:
                rounds.add(number, label, run_once(client, command, seconds * 3 + 60))
        except (results.NotMeasured, OSError) as reason:
            rounds.fail(label, str(reason))

    def compare(self):
        """Every client, 32 connections, both schemes; wrk first in each round."""
        series = {scheme: results.Rounds() for scheme in peers.BOTH}
        for number in range(self.options.rounds):
            say(f"Round {number + 1} of {self.options.rounds}")
            for scheme, rounds in series.items():
                for client in self.clients:
                    if scheme in client.schemes:
                        self.measure(rounds, number, client.name, scheme)
        self.close()
        return series

    def latency(self, http, shares):
        """Calls that start on time at shares of the rate that both can reach: {share: (rate, rounds)}."""
        rates = [http.summary(name, "calls_per_second") for name in LATENCY_CLIENTS]
        if not all(rates):
            return {}
        peak = min(rate.median for rate in rates)
        out = {share: (peak * share, results.Rounds()) for share in shares}
        for number in range(self.options.rounds):
            say(f"Latency, round {number + 1} of {self.options.rounds}")
            for rate, rounds in out.values():
                for name in LATENCY_CLIENTS:
                    self.measure(rounds, number, name, extra=("--rate", f"{rate:.0f}"),
                                 seconds=1.5 * self.options.seconds)  # fmt: skip
        return out

    def connections(self, counts=(1, 8, 32, 128, 1000)):
        out = {count: results.Rounds() for count in counts}
        for number in range(self.options.rounds):
            say(f"Connections, round {number + 1} of {self.options.rounds}")
            for count, rounds in out.items():
                for name in (results.REFERENCE, "beast_loop", "ours"):
                    self.measure(rounds, number, name, connections=count)
        return out

    def calls(self):
        """As many calls, and wrk for as long as they took."""
        counts = [10**digits for digits in range(3, 8) if 10**digits <= self.options.max_calls]
        out = {count: results.Rounds() for count in counts}
        for count, rounds in out.items():
            say(f"{count:,} calls")
            for number in range(self.options.rounds if count < 10**7 else 3):
                extra = ("--calls", str(count), "--seconds", "600")
                self.measure(rounds, number, "ours", extra=extra, seconds=600)
                took = rounds.summary("ours", "calls_per_second")
                if took:
                    wrk_seconds = min(600, max(1, round(count / took.median)))
                    self.measure(rounds, number, results.REFERENCE, seconds=wrk_seconds)
        return out

    def threads(self):
        """Two loops that share nothing, beside one; with two, all processors are theirs."""
        rounds = results.Rounds()
        for number in range(self.options.rounds):
            say(f"Threads, round {number + 1} of {self.options.rounds}")
            self.measure(rounds, number, "ours", seconds=2, label="1 thread", pin=[])
            self.measure(rounds, number, "ours", seconds=2, label="2 threads", pin=[],
                         extra=("--threads", "2"), connections=16)  # fmt: skip
        return rounds


def latency_table(by_share):
    rows = []
    for share, (rate, rounds) in by_share.items():
        row = [f"{100 * share:.0f} %", f"{rate:,.0f}"]
        for field in ("p50_us", "p99_us"):
            row += [results.median_or_reason(rounds, n, field) for n in LATENCY_CLIENTS]
            row.append(results.ratio_text(rounds.ratio("ours", field, to="beast_loop")))
        rows.append(row)
    header = ["of peak", "calls/s", "Beast p50 µs", "ours p50 µs", "× Beast", "Beast p99 µs",
              "ours p99 µs", "× Beast"]  # fmt: skip
    return results.table(header, rows)


def scale_table(what, by_count, names):
    rows = []
    for count, rounds in by_count.items():
        row = [f"{count:,}"]
        row += [results.median_or_reason(rounds, name) for name in names]
        row += [results.ratio_text(rounds.ratio(n)) for n in names if n != results.REFERENCE]
        rows.append(row)
    others = [n for n in names if n != results.REFERENCE]
    header = [what, *(f"{n} µs" for n in names), *(f"{n} × wrk" for n in others)]
    return results.table(header, rows)


def threads_table(rounds):
    rows = []
    for label in ("1 thread", "2 threads"):
        rate = rounds.summary(label, "calls_per_second")
        rows.append([label, results.median_or_reason(rounds, label), results.ratio_text(rounds.ratio(label, to="1 thread")),
                     f"{rate.median:,.0f}" if rate else "–"])  # fmt: skip
    return results.table(["", "µs a call", "× one thread", "calls/s"], rows)


def sections(bench, full):
    """(title, text, raw data) of everything measured, and the short table."""
    described = [(c.name, c.title, c.json, c.schemes) for c in bench.clients]
    series = bench.compare()
    out = [("Processor time a call, 32 connections",
            "\n".join((results.main_table(described, series["http"], series["https"]),
                       results.complaints(described, series))),
            {scheme: rounds.as_json() for scheme, rounds in series.items()})]  # fmt: skip
    shares = [n / 10 for n in range(1, 10)] if full else [0.5]
    if all(name in {c.name for c in bench.clients} for name in LATENCY_CLIENTS):
        latency = bench.latency(series["http"], shares)
        out.append(("Latency of calls that start on time, HTTP", latency_table(latency),
                    {str(share): r.as_json() for share, (_, r) in latency.items()}))  # fmt: skip
    if full:
        counts = bench.connections()
        out.append(("By connections, HTTP",
                    scale_table("connections", counts, (results.REFERENCE, "beast_loop", "ours")),
                    {str(n): r.as_json() for n, r in counts.items()}))  # fmt: skip
        threads = bench.threads()
        out.append(("I/O threads, HTTP", threads_table(threads), threads.as_json()))
        calls = bench.calls()
        out.append(("By calls, HTTP",
                    scale_table("calls", calls, (results.REFERENCE, "ours")),
                    {str(n): r.as_json() for n, r in calls.items()}))  # fmt: skip
    if bench.is_whole():
        out += [(title, text, None) for title, text in bench.installer.json_tables()]
    return out, results.short_table(described, series["http"], series["https"])


NOTES = """One client process on processor {client_cpu}, nginx with one worker on processor {server_cpu}, loopback, keep-alive. Each
call posts the 13 features of a house and gets `[[23.38]]`. "µs" is user and system time of the client's
process for a call: median of {rounds} rounds (lowest–highest), each {seconds:g} s after a warm-up; "× wrk" is the
median of the ratios to wrk in the same round. wrk is timed from outside, checks no certificate and reads no
body. "JSON both ways": the record is written and the answer is read as JSON in each call. Clients with 1
connection are blocking ones on one thread; the others keep 32 busy. Java clients are warm: each stays over
all rounds. Latency counts from the time at which a call was to start.
"""


def document(bench, quiet, parts, elapsed):
    options = bench.options
    lines = ["# Results", "", "Written by `make bench`.", "", NOTES.format(
        client_cpu=CLIENT_CPU, server_cpu=SERVER_CPU, rounds=options.rounds,
        seconds=options.seconds)]  # fmt: skip
    lines += [f"Taken on {time.strftime('%Y-%m-%d')} in {elapsed / 60:.0f} minutes. {quiet.sentence()}", ""]
    for title, text, _ in parts:
        lines += [f"## {title}", "", text]
    lines += ["## Machine", "", results.table(["what", "value"], machine.describe())]
    lines += ["## Versions", "", results.table(["what", "version"], peers.versions())]
    return "\n".join(lines)


def write_results(bench, text, parts, short):
    peers.SCRATCH.mkdir(parents=True, exist_ok=True)
    (peers.SCRATCH / "RESULTS.md").write_text(text, encoding="utf-8")
    raw = json.dumps({title: data for title, _, data in parts}, indent=1)
    (peers.SCRATCH / "results.json").write_text(raw, encoding="utf-8")
    whole = bench.is_whole() and bench.options.rounds >= 5
    if whole:
        (peers.ROOT / "benchmarks/RESULTS.md").write_text(text, encoding="utf-8")
    if bench.options.write:
        if not whole:
            raise SystemExit("The README is only written from a whole run with five rounds or more.")
        for readme in (peers.ROOT / "README.md", peers.ROOT / "README.zh-CN.md"):
            old = readme.read_text(encoding="utf-8")
            readme.write_text(results.replace_between(old, README_BEGIN, README_END, short), "utf-8")
    say(f"Written: {'benchmarks' if whole else 'build/bench'}/RESULTS.md")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="also connections, calls, threads, curves")
    parser.add_argument("--write", action="store_true", help="put the short table into README.md")
    parser.add_argument("--only", type=lambda text: text.split(","), help="names, by comma")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="measured, of each run")
    parser.add_argument("--max-calls", type=int, default=10**7, help="of a run of --full")
    options = parser.parse_args()
    known = {c.name for c in peers.CLIENTS}
    unknown = [name for name in options.only or [] if name not in known]
    if unknown:
        parser.error(f"not known: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return options


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nginx is ended
    if not server.nginx_program():
        raise SystemExit("nginx is missing: apt-get install nginx-light (or tools/setup-debian bench)")
    server.raise_file_limit()
    installer = peers.Installer(say)
    began = time.monotonic()
    with server.Nginx(server.pin_to(SERVER_CPU)) as nginx:
        bench = Bench(options, nginx, installer)
        quiet = machine.Quietness()
        try:
            parts, short = sections(bench, options.full)
        finally:
            bench.close()
    text = document(bench, quiet, parts, time.monotonic() - began)
    for title, table, _ in parts:
        print(f"\n{title}\n\n{table}")
    print(quiet.sentence())
    write_results(bench, text, parts, short)


if __name__ == "__main__":
    main()
