"""What Python has, beside the core's own list, which is written when the package is built."""

from __future__ import annotations

import importlib.metadata
import inspect
import json
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import REPOSITORY

import aistudio
from aistudio import _core, _errors
from aistudio.local import Studio

#: What a resource has beside its operations.
MORE = {"jobs": {"follow"}}
#: Records whose members are keywords of the operation that has them.
SPREAD = {"call_options", "page_request"}


def _surface() -> dict[str, Any]:
    wheel = importlib.metadata.distribution("aistudio").read_text("WHEEL") or ""
    (tag,) = (line.split()[1] for line in wheel.splitlines() if line.startswith("Tag:"))
    file = REPOSITORY / "build" / "python" / tag / "generated" / "surface" / "surface.json"
    read: dict[str, Any] = json.loads(file.read_text())
    return read


SURFACE = _surface()
OPERATIONS: list[dict[str, Any]] = SURFACE["operations"]
RECORDS: dict[str, list[dict[str, Any]]] = {
    record["name"]: record["members"] for record in SURFACE["values"] + SURFACE["options"]
}


def pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def title(operation: dict[str, Any]) -> str:
    return f"{operation['resource']}.{operation['name']}"


def keywords(record: str, outer_has_timeout: bool = False) -> Iterator[tuple[str, str]]:
    """The keywords that a record's members are, with their types."""
    has_timeout = any(member["name"] == "timeout" for member in RECORDS[record])
    for member in RECORDS[record]:
        name, kind = member["name"], member["type"]
        if kind.removeprefix("record:") in SPREAD:
            yield from keywords(kind.removeprefix("record:"), has_timeout)
        elif record == "page_request":
            yield {"number": "page", "size": "page_size"}[name], kind
        elif name == "deadline":
            yield ("call_timeout" if outer_has_timeout else "timeout"), kind
        elif (record, name) != ("client_options", "log"):  # Python's own logging
            yield name, kind


def keywords_of(operation: dict[str, Any]) -> dict[str, str]:
    out: dict[str, str] = {}
    for argument in operation["arguments"]:
        kind = argument["type"]
        if kind.startswith("record:"):
            out |= keywords(kind.removeprefix("record:"))
        else:
            out[argument["name"]] = kind
    return out | dict(keywords(operation["options"].removeprefix("record:")))


def required(operation: dict[str, Any]) -> dict[str, Any]:
    """Values for what must be given."""
    values = {"text": "x", "enumeration": "log", "int32": 1, "int64": 1, "path": "x"}
    return {
        argument["name"]: values[argument["type"].split(":")[0]]
        for argument in operation["arguments"]
        if argument["required"] and argument["type"].split(":")[0] in values
    }


def refusal(call: Callable[..., Any], given: dict[str, Any]) -> str:
    with pytest.raises(TypeError) as raised:
        made = call(**given)
        if inspect.iscoroutine(made):
            made.send(None)
    return str(raised.value)


@pytest.fixture(params=["Client", "AsyncClient"])
def any_client(request: pytest.FixtureRequest) -> Any:
    return getattr(aistudio, request.param)(base_url="http://127.0.0.1:1", access_token="x")


def test_there_are_the_operations_of_the_core_and_no_others(any_client: Any) -> None:
    prefix = type(any_client).__name__.removesuffix("Client")
    for resource in {operation["resource"] for operation in OPERATIONS}:
        kind = getattr(_core, prefix + pascal(resource))
        assert type(getattr(any_client, resource)) is kind
        wanted = {o["name"] for o in OPERATIONS if o["resource"] == resource}
        found = {name for name in vars(kind) if not name.startswith("_")}
        assert found == wanted | MORE.get(resource, set())


@pytest.mark.parametrize("operation", OPERATIONS, ids=title)
def test_operation_takes_the_arguments_and_options_of_the_core(
    operation: dict[str, Any], any_client: Any
) -> None:
    if isinstance(any_client, aistudio.AsyncClient):
        # What is refused before the call is the same: the native part takes both.
        native = vars(getattr(_core, pascal(operation["resource"])))[operation["name"]]
        assert (
            native.__doc__
            == getattr(getattr(any_client, operation["resource"]), operation["name"]).__doc__
        )
        return
    call = getattr(getattr(any_client, operation["resource"]), operation["name"])
    for name, kind in keywords_of(operation).items():
        text = refusal(call, required(operation) | {name: object()})
        assert text.startswith(f"{title(operation)}: {name}: expected "), kind
    text = refusal(call, required(operation) | {"colour": 1})
    assert "unexpected keyword argument: 'colour'" in text
    for missing in required(operation):
        given = {name: v for name, v in required(operation).items() if name != missing}
        assert refusal(call, given) == f"{title(operation)}() needs '{missing}'."


@pytest.mark.parametrize("kind", [aistudio.Client, aistudio.AsyncClient])
def test_clients_take_the_options_of_the_core(kind: Any) -> None:
    for name, _ in keywords("client_options"):
        assert refusal(kind, {name: object()}).startswith(f"Client: {name}: expected "), name
    assert "unexpected keyword" in refusal(kind, {"log": print})


def python_value(member: dict[str, Any]) -> Any:
    """A member's default as Python has it."""
    kind, text = member["type"], member["default"]
    match kind.replace("<", ":").split(":")[0]:
        case "text" | "enumeration":
            return text
        case "int32" | "int64":
            return int(text)
        case "float64":
            return float(text)
        case "boolean":
            return text == "true"
        case "duration":
            return int(text) / 1000
        case "secret":
            return aistudio.Secret()
        case "path":
            return pathlib.Path()
        case "list":
            return []
        case "time" | "optional":
            return None
        case "record":
            return getattr(aistudio, pascal(kind.removeprefix("record:")))()
    raise AssertionError(f"Python has no {kind}")


VISIBLE = [
    record["name"]
    for record in SURFACE["values"] + SURFACE["options"]
    if hasattr(aistudio, pascal(record["name"]))
]


@pytest.mark.parametrize("name", VISIBLE)
def test_record_has_the_members_and_defaults_of_the_core(name: str) -> None:
    made = getattr(aistudio, pascal(name))()
    members = RECORDS[name]
    assert made.to_dict() == {member["name"]: python_value(member) for member in members}
    for member in members:
        assert type(getattr(made, member["name"])) is type(python_value(member)), member


def test_all_values_and_the_options_that_are_values_are_exported() -> None:
    values = {record["name"] for record in SURFACE["values"]}
    inside = {
        member["type"].removeprefix("record:")
        for record in SURFACE["options"]
        for member in record["members"]
        if member["type"].startswith("record:")
    }
    assert values | (inside - SPREAD) == set(VISIBLE)
    assert {pascal(name) for name in VISIBLE} <= set(aistudio.__all__)


def test_exceptions_are_told_apart_by_codes_of_the_core() -> None:
    assert set(_errors._BY_CODE) <= set(SURFACE["error_codes"])


def test_studio_adds_faults_with_the_defaults_of_the_core() -> None:
    taken = inspect.signature(Studio.add_fault).parameters
    given = {name: p.default for name, p in taken.items() if name not in ("self", "kind")}
    defaults = {member["name"]: member["default"] for member in RECORDS["fault"]}
    assert set(given) == set(defaults) - {"id", "kind", "played"}
    assert aistudio.Fault(**given) == aistudio.Fault()
