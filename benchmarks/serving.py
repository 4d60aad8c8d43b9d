#!/usr/bin/env python3
"""Measures what the local studio's prediction services do in a second, and prints one table.

    benchmarks/serving.py [--rounds 5] [--seconds 2] [--in-flight 32] [--write]

wrk calls the studio over loopback. The handler's studio has a processor for itself; a Paddle worker, its studio and wrk
share the machine. The rows are ratios within the same round, so that a machine that is busy now and then spoils none.
--write puts the table into benchmarks/SERVING.md.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

from harness import machine, results, server

HERE = pathlib.Path(__file__).resolve().parent
SERVER_CPU, CLIENT_CPU = 0, 1


class Host:
    """Runs while the `with` block does."""

    def __init__(self, program, python, services=(), pin=()):
        self._command = [*pin, program, None, python, *services]
        self._folder = tempfile.TemporaryDirectory(prefix="aistudio-bench-")

    def __enter__(self):
        command = [self._folder.name if word is None else str(word) for word in self._command]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.urls = {}
        for line in self._process.stdout:
            fields = json.loads(line)
            if "ready" in fields:
                return self
            self.urls[fields["name"]] = fields["url"]
        self.__exit__()
        raise results.NotMeasured("the studio did not start")

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(30)
        self._folder.cleanup()

    def resident_mib(self):
        """Of the studio's own process, without its workers."""
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def wrk(url, record, connections, seconds, pin=()):
    command = [*pin, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
               "-s", str(HERE / "peers" / "wrk" / "post.lua"), url, "--", str(record)]  # fmt: skip
    # wrk names the address that it calls, and the key stands in it: only our own line goes on.
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    fields = json.loads(next(line for line in output.splitlines() if line.startswith("{")))
    if fields["errors"]:
        raise results.NotMeasured(f"{fields['errors']} of {fields['calls']} calls failed")
    return fields["calls_per_second"]


def predictor_loop(python, model):
    command = [python, HERE / "serving_models.py", "loop", model]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(output.splitlines()[-1])["calls_per_second"]


def measure_handler(options, record, rounds):
    with Host(options.host, options.python, pin=server.pin_to(SERVER_CPU)) as host:
        for _ in range(options.rounds):
            rate = wrk(host.urls["echo"], record, options.in_flight, options.seconds, server.pin_to(CLIENT_CPU))
            rounds.setdefault("handler", []).append(rate)
        rounds["resident after the handler's calls, MiB"] = [host.resident_mib()]


def measure_model(options, name, folder, rounds):
    services = [f"alone={folder}:1:1", f"together={folder}:64:1"]
    with Host(options.host, options.python, services) as host:
        for service in ("alone", "together"):
            wrk(host.urls[service], folder / "record.json", options.in_flight, 1)
        for _ in range(options.rounds):
            loop = predictor_loop(options.python, folder)
            alone = wrk(host.urls["alone"], folder / "record.json", options.in_flight, options.seconds)
            together = wrk(host.urls["together"], folder / "record.json", options.in_flight, options.seconds)
            for label, value in {
                f"{name}: predictor loop": loop,
                f"{name}: unbatched": alone,
                f"{name}: batched": together,
                f"{name}: unbatched / predictor loop": alone / loop,
                f"{name}: batched / unbatched": together / alone,
            }.items():
                rounds.setdefault(label, []).append(value)
        rounds[f"{name}: resident, MiB"] = [host.resident_mib()]


def table(rounds):
    rows = []
    for label, values in rounds.items():
        digits = 2 if "/" in label else 0
        median, low, high = (f"{f(values):,.{digits}f}" for f in (statistics.median, min, max))
        rows.append([label, median, f"{low} to {high}" if len(values) > 1 else ""])
    return results.table(["", "median", "range"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default=str(HERE.parent / "build/release/benchmarks/cpp/studio_host"))
    parser.add_argument("--python", default=str(HERE.parent / ".venv" / "bin" / "python"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--in-flight", type=int, default=32)
    parser.add_argument("--only", default="handler,housing,digits")
    parser.add_argument("--models", help="a folder to keep the models in; default: a temporary one")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    quiet = machine.Quietness()
    server.raise_file_limit()
    rounds = {}
    with tempfile.TemporaryDirectory(prefix="aistudio-bench-") as temporary:
        models = pathlib.Path(options.models or temporary)
        if not (models / "digits" / "record.json").exists():
            subprocess.run([options.python, HERE / "serving_models.py", "save", models], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        if "handler" in options.only:
            measure_handler(options, models / "housing" / "record.json", rounds)
        for name in ("housing", "digits"):
            if name in options.only:
                measure_model(options, name, models / name, rounds)
    text = table(rounds)
    print(text)
    print(quiet.sentence())
    if options.write:
        about = f"{options.rounds} rounds of {options.seconds} s, {options.in_flight} calls in flight; medians."
        machine.write_report("SERVING.md", "The local studio under load: calls a second", text, about, quiet)


if __name__ == "__main__":
    main()
