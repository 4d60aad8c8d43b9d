"""Checks that a source compiles, and that it does not with AISTUDIO_WRONG defined.

usage: check_compile_fail.py SOURCE -- COMPILER [FLAG...]

The error must match the line "// expect: REGEX" of the source.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("compiler", nargs="+")
    args = parser.parse_args()

    expected = re.search(r"^// expect: (.+)$", args.source.read_text(), flags=re.MULTILINE)
    if expected is None:
        print(f"{args.source} has no line '// expect: REGEX'.")
        return 1

    def compiles(*flags: str) -> subprocess.CompletedProcess[str]:
        command = [*args.compiler, *flags, "-fsyntax-only", str(args.source)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    right, wrong = compiles(), compiles("-DAISTUDIO_WRONG")
    if right.returncode != 0:
        print(right.stderr, "The right form does not compile.", sep="\n")
        return 1
    if wrong.returncode == 0:
        print("The wrong form compiles.")
        return 1
    if not re.search(expected[1], wrong.stderr):
        print(wrong.stderr, f"No error matches '{expected[1]}'.", sep="\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
