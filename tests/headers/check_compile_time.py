"""Checks what a source file pays for including only <aistudio/client.hpp>.

usage: check_compile_time.py -- COMPILER [FLAG...]

The bound is a ratio to <boost/asio/any_completion_handler.hpp>, which every asynchronous interface
needs: it holds on fast and slow machines alike. The seconds are the goal on a usual machine, and
only twice the goal is an error.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

MAX_RATIO = 2.5
GOAL_SECONDS = 2.0
RUNS = 3


def user_seconds(command: list[str]) -> float:
    before = os.times().children_user
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return os.times().children_user - before


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("compiler", nargs="+")
    args = parser.parse_args()

    headers = ["boost/asio/any_completion_handler.hpp", "aistudio/client.hpp"]
    seconds: dict[str, list[float]] = {header: [] for header in headers}
    with tempfile.TemporaryDirectory() as folder:
        for run in range(RUNS):  # in turns, so that both meet the same load of the machine
            for index, header in enumerate(headers):
                source = Path(folder, f"only_{index}.cpp")
                source.write_text(f"#include <{header}>\n")
                seconds[header].append(user_seconds([*args.compiler, "-fsyntax-only", str(source)]))

    base, ours = (statistics.median(seconds[header]) for header in headers)
    print(f"{headers[0]}: {base:.2f} s, {headers[1]}: {ours:.2f} s (median of {RUNS}, user CPU)")
    print(f"ratio {ours / base:.2f} (at most {MAX_RATIO}), goal {GOAL_SECONDS} s")
    if ours / base > MAX_RATIO:
        print("client.hpp costs too much. Compile it with -H to see what it includes.")
        return 1
    if ours > 2 * GOAL_SECONDS:
        print("client.hpp takes more than twice the goal.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
