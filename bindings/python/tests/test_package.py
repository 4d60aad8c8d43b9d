from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest
from conftest import PYTHON_FOLDER, REPOSITORY

import aistudio

INSTALLED = pathlib.Path(aistudio.__file__).parent


def test_stub_checked_in_is_the_generated_one() -> None:
    generated = (INSTALLED / "_core.pyi").read_text()
    checked_in = (PYTHON_FOLDER / "aistudio" / "_core.pyi").read_text()
    assert checked_in == generated, "copy the wheel's _core.pyi to bindings/python/aistudio"


def test_stub_agrees_with_the_module() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy.stubtest", "aistudio", "--ignore-disjoint-bases"),
            *("--allowlist", str(PYTHON_FOLDER / "tests" / "stubtest_allowlist.txt")),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=INSTALLED.parent,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_of_the_tests_are_right() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null", "."],
        capture_output=True,
        text=True,
        check=False,
        cwd=PYTHON_FOLDER / "tests",
        env=os.environ | {"MYPYPATH": str(INSTALLED.parent)},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_package_says_it_is_typed() -> None:
    assert (INSTALLED / "py.typed").is_file()


def test_extension_module_exports_its_entry_only() -> None:
    (module,) = INSTALLED.glob("_core*.so")
    done = subprocess.run(
        ["nm", "-D", "--defined-only", str(module)], capture_output=True, text=True, check=True
    )
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["PyInit__core"]


def test_version_is_that_of_the_headers() -> None:
    header = (REPOSITORY / "include" / "aistudio" / "version.hpp").read_text()
    numbers = re.findall(r"#define AISTUDIO_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header)
    assert aistudio.__version__ == ".".join(numbers)


README = (PYTHON_FOLDER / "README.md").read_text()


README_PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
README_OUTPUTS = [
    "{'sum': 6}\n",
    "houses\nhomes\n",
    "You asked: What is a tensor?",
    "[0, 2, 4]\n[{'area': 0}, {'area': 6}]\n",
]


@pytest.mark.parametrize(
    ("program", "output"), list(zip(README_PROGRAMS, README_OUTPUTS, strict=True))
)
def test_readme_examples_run(program: str, output: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == (output, "", 0)


def test_import_loads_no_asyncio_and_is_quick() -> None:
    program = """
import sys, time
began = time.process_time()
import aistudio
took = time.process_time() - began
print(*(name in sys.modules for name in ("asyncio", "ssl", "logging")), took)
"""
    took = []
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
        )
        *loaded, seconds = done.stdout.split()
        assert loaded == ["False"] * 3
        took.append(float(seconds))
    assert min(took) < 0.05, took


def test_logger_is_silent_where_nobody_configured_logging() -> None:
    program = """
import aistudio, logging
aistudio.Client(base_url="http://127.0.0.1:1", access_token="x").close()
logging.getLogger("aistudio").error("not to be seen")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout + done.stderr == ""


EXAMPLES = REPOSITORY / "examples" / "python"


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("predict", "one: {'price': 100.5}\nmany: 15015000\n30\nfailed\ntable: [1, 23, 45]\n"),
        (
            "asyncio_predict",
            "scores: [0, 1, 4, 9, 16]\nprojects: ['cars', 'houses', 'trees']\n",
        ),
        (
            "jobs",
            "counting\nstage: Succeeded\nlines has 6 bytes: ['1', '2', '3']\nrefused: conflict\n",
        ),
    ],
)
def test_examples_run(name: str, output: str) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = "".join(
        line for line in done.stdout.splitlines(keepends=True) if not line.startswith("[studio]")
    )
    assert (said, done.stderr, done.returncode) == (output, "", 0)


def test_every_example_is_run() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.py")} == {"predict", "asyncio_predict", "jobs"}


def test_types_of_the_examples_are_right() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null", *EXAMPLES.glob("*.py")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"MYPYPATH": str(INSTALLED.parent)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
