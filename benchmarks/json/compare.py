"""Prints what JSON costs here beside orjson, pybase64 and pysimdjson.

usage: compare.py [JSON_BENCH]

`make bench` runs it, with an interpreter that has the packages in peers/requirements.txt. All take turns, so that they
meet the same load of the machine. The ratio is that of the best rounds: on a busy machine they repeat,
medians do not.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy
import orjson
import pybase64
import simdjson

ROUNDS = 9
SECONDS = 0.15
ROWS, COLUMNS = 1000, 13
IMAGE_SIZE = 1_000_000
NUMBERS = ROWS * COLUMNS
DISTRICT = {
    "crim": 0.00632, "zn": 18.0, "indus": 2.31, "chas": 0.0, "nox": 0.538, "rm": 6.575, "age": 65.2,
    "dis": 4.09, "rad": 1.0, "tax": 296.0, "ptratio": 15.3, "b": 396.9, "lstat": 4.98,
}  # fmt: skip


def peers() -> dict:
    values = numpy.random.default_rng(0).standard_normal((ROWS, COLUMNS))
    text = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)
    record = orjson.dumps(DISTRICT)
    image = numpy.random.default_rng(0).bytes(IMAGE_SIZE)
    parser = simdjson.Parser()
    return {
        "orjson, numpy": lambda: orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY),
        "pysimdjson, buffer": lambda: parser.parse(text).as_buffer(of_type="d"),
        "orjson, dict": lambda: orjson.dumps(DISTRICT),
        "orjson, loads": lambda: orjson.loads(record),
        "orjson + pybase64": lambda: orjson.dumps({"image": pybase64.b64encode_as_string(image)}),
    }


TABLE = [
    ("write 1000 x 13 doubles", "ns a number", NUMBERS, 1,
     [("std::to_chars", "array_to_chars"), ("aistudio", "array_written"), ("orjson, numpy", None)]),
    ("read 1000 x 13 doubles", "ns a number", NUMBERS, 1,
     [("simdjson, parse only", "array_simdjson"), ("aistudio", "array_read"), ("pysimdjson, buffer", None)]),
    ("write a record of 13", "ns", 1, 1, [("aistudio", "record_written"), ("orjson, dict", None)]),
    ("read a record of 13", "ns", 1, 1,
     [("simdjson, parse only", "record_simdjson"), ("aistudio", "record_read"), ("orjson, loads", None)]),
    ("write an image of 1 MB", "us", 1, 1000,
     [("memory copy", "image_copied"), ("aistudio", "image_written"), ("orjson + pybase64", None)]),
]  # fmt: skip


def cpp_round(program: str) -> dict[str, float]:
    """Nanoseconds of processor time a run, by benchmark."""
    command = [program, "--benchmark_format=json", f"--benchmark_min_time={SECONDS}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {b["name"]: b["cpu_time"] for b in json.loads(done.stdout)["benchmarks"]}


def python_round(calls: dict) -> dict[str, float]:
    found = {}
    for name, call in calls.items():
        call()
        runs, start = 0, time.process_time_ns()
        while (spent := time.process_time_ns() - start) < SECONDS * 1e9:
            for _ in range(20):
                call()
            runs += 20
        found[name] = spent / runs
    return found


def main() -> int:
    default = Path(__file__).parents[2] / "build/release/benchmarks/cpp/json_bench"
    program = sys.argv[1] if len(sys.argv) > 1 else str(default)
    calls = peers()
    rounds: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, nanoseconds in (cpp_round(program) | python_round(calls)).items():
            rounds.setdefault(name, []).append(nanoseconds)

    print("| work | client | median | best | ratio to the peer |")
    print("|---|---|---|---|---|")
    for what, unit, items, divisor, clients in TABLE:
        peer = min(rounds[clients[-1][0]])
        for client, benchmark in clients:
            times = rounds[benchmark or client]
            median, best = (t / items / divisor for t in (statistics.median(times), min(times)))
            print(f"| {what}, {unit} | {client} | {median:.1f} | {best:.1f} | {min(times) / peer:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
