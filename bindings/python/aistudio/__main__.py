"""The `aistudio` command: `python -m aistudio`."""

from __future__ import annotations

import signal
import sys

from aistudio._core import run_command


def main() -> int:
    """Runs the command with the arguments of the process."""
    # Ctrl-C is the command's own business, as in the program without Python.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command(["aistudio", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
