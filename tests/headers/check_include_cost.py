"""Checks what a source file pays for including only <aistudio/client.hpp>.

usage: check_include_cost.py -- COMPILER [FLAG...]

The bound counts what the compiler has to read, as a ratio to what every asynchronous interface
needs, <boost/asio/any_completion_handler.hpp>: unlike seconds, it is the same on a busy machine.
The seconds are printed to be looked at.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

MAX_RATIO = 1.6


def lines_read(command: list[str]) -> int:
    text = subprocess.run([*command, "-E", "-P"], check=True, capture_output=True).stdout
    return text.count(b"\n")


def user_seconds(command: list[str]) -> float:
    before = os.times().children_user
    subprocess.run([*command, "-fsyntax-only"], check=True, stdin=subprocess.DEVNULL)
    return os.times().children_user - before


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("compiler", nargs="+")
    args = parser.parse_args()

    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for header in ("boost/asio/any_completion_handler.hpp", "aistudio/client.hpp"):
            source = Path(folder, "only.cpp")
            source.write_text(f"#include <{header}>\n")
            command = [*args.compiler, str(source)]
            lines.append(lines_read(command))
            print(f"{header}: {lines[-1]} lines, {user_seconds(command):.2f} s")

    ratio = lines[1] / lines[0]
    print(f"ratio of lines {ratio:.2f} (at most {MAX_RATIO})")
    if ratio > MAX_RATIO:
        print("client.hpp includes too much. Compile it with -H to see what it includes.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
