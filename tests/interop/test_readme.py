"""The README's example with the official command and ours on one studio."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from conftest import COMMAND, INSTALLED

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def test_both_commands_work_on_one_account(tmp_path: pathlib.Path) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "aistudio").symlink_to(COMMAND)
    done = subprocess.run(
        ["examples/official/both.sh"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        cwd=REPOSITORY,
        env={
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "PYTHON": sys.executable,
            "PYTHONPATH": str(INSTALLED),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NO_PROXY": "*",
        },
    )
    assert done.returncode == 0, done.stderr
    assert "job-1 | count |" in done.stdout + done.stderr, "the official command submitted it"
    assert "\n507\n" in done.stdout, "and both copied what it wrote"
    assert list(tmp_path.iterdir()) and not list(tmp_path.glob("tmp.*")), "nothing is left behind"
