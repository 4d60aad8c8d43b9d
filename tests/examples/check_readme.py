"""The README's first C++ example, its commands and its launcher are the files that the tests run, in both languages."""

import pathlib
import sys

root = pathlib.Path(sys.argv[1])
readme = (root / "README.md").read_text(encoding="utf-8")
program = (root / "examples/cpp/quickstart.cpp").read_text(encoding="utf-8")
script = (root / "examples/cli/main_job.sh").read_text(encoding="utf-8")
commands = script[script.index("studio=$("):]

failures = []
blocks = [block.split("\n", 1) for block in readme.split("```")[1::2]]
first_program = next(text for kind, text in blocks if kind == "cpp")
if first_program != program:
    failures.append("The first C++ block of README.md is not examples/cpp/quickstart.cpp.")
if program.count("\n") > 25:
    failures.append("examples/cpp/quickstart.cpp has more than 25 lines.")
if not any(kind == "sh" and text == commands for kind, text in blocks):
    failures.append("README.md does not hold the commands of examples/cli/main_job.sh.")
launcher = (root / "examples/official/official.py").read_text(encoding="utf-8")
both = (root / "examples/official/both.sh").read_text(encoding="utf-8")
if not any(kind == "python" and text == launcher for kind, text in blocks):
    failures.append("README.md does not hold examples/official/official.py.")
if not any(kind == "sh" and text == both[both.index("dataset=$(") :] for kind, text in blocks):
    failures.append("README.md does not hold the commands of examples/official/both.sh.")
first_commands = next(text for kind, text in blocks if kind == "sh").split()
if first_commands[:2] != ["make", "demo"] or "test" not in first_commands:
    failures.append("README.md does not start with make demo and make test.")
chinese = (root / "README.zh-CN.md").read_text(encoding="utf-8")
if chinese.split("```")[1::2] != readme.split("```")[1::2]:
    failures.append("README.zh-CN.md does not have the programs and commands of README.md.")


def measurements(text: str) -> str:
    return text.partition("<!-- benchmarks")[2].partition("<!-- end of benchmarks")[0]


if chinese.count("\n## ") != readme.count("\n## "):
    failures.append("README.zh-CN.md does not have the sections of README.md.")
if measurements(chinese) != measurements(readme):
    failures.append("README.zh-CN.md does not have the measurements of README.md.")
print("\n".join(failures) or "README.md is true to the examples.")
sys.exit(bool(failures))
