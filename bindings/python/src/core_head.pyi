"""The native part. The value types below are generated from the C++ headers by the build; the rest
stands in bindings/python/src/core_head.pyi. Do not edit `_core.pyi`.
"""

import builtins
import datetime
import os
import pathlib
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Sequence,
)
from types import TracebackType
from typing import Any, ClassVar, Literal, Self, TextIO, final, overload

from aistudio._lists import AsyncItems, Items

__version__: str

def run_command(words: Sequence[str], /) -> int:
    """Runs the `aistudio` command, the program's name first, and returns its exit status."""

@final
class Secret:
    """A key or token that is never shown by accident: `str` and `repr` give `***`. Pickles hold
    the text.
    """

    def __init__(self, text: str = ..., /) -> None: ...
    def reveal(self) -> str:
        """The text itself."""
    def __bool__(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> tuple[str]: ...
    def __setstate__(self, state: tuple[str], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

class Predictor:
    """Calls one prediction service. `Client.predictor` makes it.

    A record is a dict, list or other value that JSON has, a dataclass, numpy's numbers and arrays
    included; `str` and `bytes` are JSON text already and sent as they are. May be used by several
    threads.
    """

    def predict(
        self,
        record: object,
        /,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        base64: bool = False,
    ) -> Any:
        """Sends one record and returns the answer's `result`, or the whole answer if it has none.

        timeout: seconds for the whole call over all attempts; None: the client's; math.inf: no
        limit. retry: how often to send it again; None: as the client. base64: `bytes` inside the
        record become base64 text.
        Raises TypeError and ValueError for a record that JSON cannot hold, Error for a call that
        failed.
        """
    def predict_raw(
        self,
        record: object,
        /,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        base64: bool = False,
    ) -> bytes:
        """As `predict`, and returns the whole answer as it came."""
    def predict_many(
        self,
        records: Iterable[object],
        /,
        *,
        ordered: bool = True,
        errors: Literal["raise", "return"] = "raise",
        max_in_flight: int = 0,
        adaptive: bool = True,
        calls_per_second: float = 0,
        burst: float = 1,
        window: int = 0,
        stop_at_first_error: bool = False,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        base64: bool = False,
        progress: Callable[[int, int | None], object] | bool | None = None,
    ) -> Iterator[Any]:
        """Sends many records, many at a time, and yields their answers as `predict` returns them.

        Records are read one by one when they can be sent, so that memory does not depend on how
        many there are. What reading them raises is raised after the answers to those before.

        ordered: in the order of the records; False: as they come, as (index, answer).
        errors: "raise": a record that fails raises Error, with its `index`; going on with `next`
        gives the answers after it. "return": it is yielded in place of the answer.
        max_in_flight: calls at a time; 0: as many as the client may have connections.
        adaptive: finds out how many the service can work on; max_in_flight is then the bound.
        calls_per_second: 0: no limit. window: records read and not yet yielded; 0: four times what
        may be in flight. timeout: seconds for each record over all its attempts.
        progress: called with the records done and how many there are, if that is known; True: a bar.
        """
    def predict_array(
        self,
        table: object,
        /,
        *,
        columns: Sequence[str] | None = None,
        out: Any = None,
        errors: Literal["raise", "return"] = "raise",
        ordered: bool = True,
        max_in_flight: int = 0,
        adaptive: bool = True,
        calls_per_second: float = 0,
        burst: float = 1,
        window: int = 0,
        stop_at_first_error: bool = False,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        base64: bool = False,
        progress: Callable[[int, int | None], object] | bool | None = None,
    ) -> Any:
        """Sends each row of a table as a record, many at a time, without an object for each value.

        table: an array of two dimensions or more (numpy's, or whatever has the buffer protocol), or
        a table or record batch of Arrow (pyarrow, polars, pandas). It must not change meanwhile.
        columns: names, so that a record is an object; None: Arrow's, or the record is an array.
        out: an array with a row for each record, filled with the numbers of its answer and
        returned; None: a list of the answers is returned.
        errors: "raise": the first failed record raises Error, with its `index`. "return": it stands
        in place of the answer; `out` has NaN there.
        The rest as in `predict_many`.
        """
    @property
    def url(self) -> str:
        """The service's address, without the key."""

class AsyncPredictor:
    """Calls one prediction service. `AsyncClient.predictor` makes it.

    A record is a dict, list or other value that JSON has, a dataclass, numpy's numbers and arrays
    included; `str` and `bytes` are JSON text already and sent as they are. For one task or
    many, on any loop; a task that is cancelled ends its call.
    """

    async def predict(
        self,
        record: object,
        /,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        base64: bool = False,
    ) -> Any:
        """Sends one record and returns the answer's `result`, or the whole answer if it has none.

        timeout: seconds for the whole call over all attempts; None: the client's; math.inf: no
        limit. retry: how often to send it again; None: as the client. base64: `bytes` inside the
        record become base64 text.
        Raises TypeError and ValueError for a record that JSON cannot hold, Error for a call that
        failed.
        """
    async def predict_raw(
        self,
        record: object,
        /,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        base64: bool = False,
    ) -> bytes:
        """As `predict`, and returns the whole answer as it came."""
    def predict_many(
        self,
        records: Iterable[object] | AsyncIterable[object],
        /,
        *,
        ordered: bool = True,
        errors: Literal["raise", "return"] = "raise",
        max_in_flight: int = 0,
        adaptive: bool = True,
        calls_per_second: float = 0,
        burst: float = 1,
        window: int = 0,
        stop_at_first_error: bool = False,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        base64: bool = False,
        progress: Callable[[int, int | None], object] | bool | None = None,
    ) -> AsyncGenerator[Any, None]:
        """Sends many records, many at a time, and yields their answers as `predict` returns them.

        Records are read one by one when they can be sent, so that memory does not depend on how
        many there are. What reading them raises is raised after the answers to those before.

        ordered: in the order of the records; False: as they come, as (index, answer).
        errors: "raise": a record that fails raises Error, with its `index`, and ends the
        rest. "return": it is yielded in place of the answer.
        max_in_flight: calls at a time; 0: as many as the client may have connections.
        adaptive: finds out how many the service can work on; max_in_flight is then the bound.
        calls_per_second: 0: no limit. window: records read and not yet yielded; 0: four times what
        may be in flight. timeout: seconds for each record over all its attempts.
        progress: called with the records done and how many there are, if that is known; True: a bar.
        """
    @property
    def url(self) -> str:
        """The service's address, without the key."""

@final
class LocalStudio:
    """A running local studio. Use `aistudio.local.Studio`."""

    @staticmethod
    def start(
        directory: str | os.PathLike[str],
        *,
        port: int = 0,
        token: str | Secret | None = None,
        user: str = "local",
        python: str | os.PathLike[str] = ...,
    ) -> LocalStudio: ...
    def serve(self, name: str, function: Callable[[Any], object], /) -> Endpoint: ...
    def serve_chat(
        self, function: Callable[[Any], str | Iterable[str | ChatUsage]], /
    ) -> str: ...
    def add_fault(self, what: Fault, /) -> Fault: ...
    def list_faults(self, service: int, /) -> list[Fault]: ...
    def remove_fault(self, id: int, /) -> None: ...
    def clear_faults(self, service: int, /) -> None: ...
    def stop(self) -> None: ...
    @property
    def base_url(self) -> str: ...
    @property
    def access_token(self) -> Secret: ...
    @property
    def user(self) -> str: ...
