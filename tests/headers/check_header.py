"""Compiles one public header alone and checks what it reaches.

usage: check_header.py [--any-reach] HEADER -- COMPILER [FLAG...]

The header is included twice, so that a missing include guard shows. With --any-reach only the
compilation counts: in header-only use every header brings what its bodies need.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# What a header must not reach, by the folder it is in: (folders it holds for, pattern, reason).
EVERYWHERE = r".*"
OUTSIDE_CODEC_AND_TRANSPORT = r"(?!codec/|transport/)"
RULES = [
    (OUTSIDE_CODEC_AND_TRANSPORT, r"/boost/beast", "Beast belongs to transport/"),
    (OUTSIDE_CODEC_AND_TRANSPORT, r"/simdjson\.h$", "simdjson belongs to codec/"),
    (r"types/|error\.hpp|version\.hpp", r"/boost/asio", "types/ knows no Asio"),
    (r"codec/|protocol/", r"/boost/asio", "codec/ and protocol/ know no sockets, executors and clocks"),
    (r"local/", r"/aistudio/(resources/|client)", "the local studio knows no client"),
    (EVERYWHERE, r"/(sqlite3|archive)\.h$", "SQLite and libarchive stay inside the local studio"),
    (EVERYWHERE, r"/CLI/", "CLI11 stays inside the command"),
]

# A layer includes only what is left of it. Folders that are not here may be used from everywhere.
LAYERS = ["types", "codec", "protocol", "transport", "resources"]


def included_files(stderr: str) -> list[str]:
    """The paths in the output of -H: one a line, after dots that give the depth."""
    return re.findall(r"^\.+ (.+)$", stderr, flags=re.MULTILINE)


def layer_of(name: str) -> int:
    folder = name.split("/")[0]
    return LAYERS.index(folder) if folder in LAYERS else -1


def violations(name: str, reached: list[str]) -> list[str]:
    found = []
    for where, pattern, reason in RULES:
        hits = [path for path in reached if re.search(pattern, path)]
        if re.match(where, name) and hits:
            found.append(f"{name} reaches {hits[0]}: {reason}.")
    if layer_of(name) >= 0:
        for path in reached:
            _, own, inner = path.rpartition("include/aistudio/")
            if own and layer_of(inner) > layer_of(name):
                found.append(f"{name} reaches {inner}, a layer that is right of it.")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--any-reach", action="store_true")
    parser.add_argument("header")
    parser.add_argument("compiler", nargs="+")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "lone.cpp")
        source.write_text(f"#include <{args.header}>\n" * 2)
        command = [*args.compiler, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-H", "-fsyntax-only"]
        done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)

    reached = included_files(done.stderr)
    if done.returncode != 0:
        print(re.sub(r"^\.+ .+\n", "", done.stderr, flags=re.MULTILINE))
        print(f"{args.header} does not compile alone.")
        return 1
    if not any(path.endswith(args.header) for path in reached):
        print(f"The compiler did not list {args.header}: this check would see nothing.")
        return 1
    found = [] if args.any_reach else violations(args.header.removeprefix("aistudio/"), reached)
    print("\n".join(found) or f"{args.header}: {len(reached)} files included")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
