"""The tables of docs/ are those that the headers give, and docs/wire.md names every operation."""

import pathlib
import re
import sys

root, made = map(pathlib.Path, sys.argv[1:3])
docs = root / "docs"
failures = [
    f"docs/{file.name} is not what the headers say: run tools/reference."
    for file in sorted(made.iterdir())
    if not (docs / file.name).is_file() or (docs / file.name).read_text("utf-8") != file.read_text("utf-8")
]


def operations() -> set[str]:
    out, resource = set(), ""
    for line in (made / "operations.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            resource = line[3:]
        elif found := re.match(r"\| `(\w+)`", line):
            out.add(f"{resource}.{found[1]}")
    return out


def named_in(line: str) -> set[str]:
    """`projects.list`, `get` are projects.list and projects.get."""
    out, resource = set(), ""
    for name in re.findall(r"`([a-z_.]+)`", line):
        resource = name.partition(".")[0] if "." in name else resource
        out.add(f"{resource}.{name.rpartition('.')[2]}")
    return out


wire = (docs / "wire.md").read_text("utf-8")
missing = operations() - set().union(*map(named_in, wire.splitlines()))
if missing:
    failures.append("docs/wire.md does not say what these send: " + ", ".join(sorted(missing)))

def constants() -> dict[str, set[int]]:
    """All integers named max_x in the sources, with their values; C++ is close enough to Python."""
    out: dict[str, set[int]] = {}
    for folder in ("include/aistudio", "src/local"):
        for file in (root / folder).rglob("*.?pp"):
            text = file.read_text("utf-8")
            for name, value in re.findall(r"constexpr [\w:]+ ((?:max|min)_\w+)\s*=\s*([^;]+);", text):
                number = re.sub(r"std::\w+|'|(?<=\d)[UL]+", "", value).replace("{", "(").replace("}", ")")
                if re.fullmatch(r"[\d\s()<*+x-]+", number):
                    out.setdefault(name, set()).add(eval(number))
    return out


def amount(text: str) -> int:
    number, _, unit = text.replace(",", "").partition(" ")
    if unit in ("ms", "s", "day", "days"):
        return int(number) * {"ms": 1, "s": 1000}.get(unit, 24 * 60 * 60 * 1000)
    return int(number) << {"": 0, "KiB": 10, "MiB": 20, "GiB": 30, "PiB": 50}[unit]


# Not what anybody is refused by.
INTERNAL = {
    "max_log_piece",  # bytes of one answer with a part of a log
    "max_listed_files",  # of a model, in the sentence that says which there are
}


def limits() -> set[str]:
    """Every constant that says what is too much, where such constants belong."""
    out: set[str] = set()
    for folder in ("include/aistudio/types", "src/local/domain"):
        for file in (root / folder).glob("*.?pp"):
            out |= set(re.findall(r"constexpr [\w:]+ ((?:max|min)_\w+)", file.read_text("utf-8")))
    return out


known = constants()
rows = re.findall(r"^\| [^|]+ \| ([\d,]+(?: (?:[KMGP]iB|s|days?))?) \| ([^|]+) \|", (docs / "limits.md").read_text("utf-8"), re.MULTILINE)
if len(rows) < 20:
    failures.append("docs/limits.md has not the table that this test reads.")
without_row = limits() - INTERNAL - {name for _, names in rows for name in re.findall(r"`(\w+)`", names)}
if without_row:
    failures.append("docs/limits.md has no row for " + ", ".join(sorted(without_row)) + ".")
for value, names in rows:
    for name in re.findall(r"`(\w+)`", names):
        if known.get(name) != {amount(value)}:
            failures.append(f"docs/limits.md says {value} for {name}; the sources say {known.get(name)}.")
print("\n".join(failures) or "The documents are true to the headers.")
sys.exit(bool(failures))
