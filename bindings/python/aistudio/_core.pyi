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

@final
class DatasetFile:
    """One uploaded file of a dataset."""

    def __init__(
        self,
        *,
        id: int = ...,
        name: str = ...,
        size: int = ...,
        sha256: str = ...,
    ) -> None: ...
    @property
    def id(self) -> int:
        """Names the file in download calls."""
    @property
    def name(self) -> str:
        """The file's name as uploaded, without a folder."""
    @property
    def size(self) -> int:
        """Bytes."""
    @property
    def sha256(self) -> str:
        """Lower-case hex digest of the content; empty when the service does not tell."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class Dataset:
    """A dataset: up to 10 files, 50 GB together (platform documentation, 2023)."""

    def __init__(
        self,
        *,
        id: int = ...,
        name: str = ...,
        description: str = ...,
        access: str = ...,
        licence: str = ...,
        owner: str = ...,
        files: Sequence[DatasetFile] = ...,
        created_at: datetime.datetime | None = ...,
        updated_at: datetime.datetime | None = ...,
        background: str = ...,
        content: str = ...,
        origin: str = ...,
        usage: str = ...,
        official: bool = ...,
        favourite: bool = ...,
    ) -> None: ...
    @property
    def id(self) -> int:
        """Given by the service; also the number in the mount path `data<id>/`."""
    @property
    def name(self) -> str:
        """At most 40 characters."""
    @property
    def description(self) -> str:
        """Free text."""
    @property
    def access(self) -> str:
        """Who may see it."""
    @property
    def licence(self) -> str:
        """The licence it is shared under."""
    @property
    def owner(self) -> str:
        """Login of the owner."""
    @property
    def files(self) -> list[DatasetFile]:
        """The files, in the order of upload."""
    @property
    def created_at(self) -> datetime.datetime | None:
        """When it was created."""
    @property
    def updated_at(self) -> datetime.datetime | None:
        """When a file or an attribute last changed."""
    @property
    def background(self) -> str:
        """What the data is about."""
    @property
    def content(self) -> str:
        """What the files contain."""
    @property
    def origin(self) -> str:
        """Where the data comes from."""
    @property
    def usage(self) -> str:
        """What it can be used for, and how."""
    @property
    def official(self) -> bool:
        """True for those preset by the platform, which everybody can read."""
    @property
    def favourite(self) -> bool:
        """True when this account marked it."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class NewDataset:
    """What to create a dataset from."""

    def __init__(
        self,
        *,
        name: str = ...,
        description: str = ...,
        access: str = ...,
        licence: str = ...,
        files: Sequence[str | os.PathLike[str]] = ...,
    ) -> None: ...
    @property
    def name(self) -> str:
        """1 to 40 characters; must not be empty."""
    @property
    def description(self) -> str:
        """Free text."""
    @property
    def access(self) -> str:
        """Who may see it."""
    @property
    def licence(self) -> str:
        """The licence it is shared under; sent for private datasets too."""
    @property
    def files(self) -> list[pathlib.Path]:
        """Local files to upload with it, at most 10. May be empty: add them later with
        `upload`.
        """
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class DatasetChanges:
    """What to change in a dataset; what is not set stays as it is."""

    def __init__(
        self,
        *,
        name: str | None = ...,
        description: str | None = ...,
        background: str | None = ...,
        content: str | None = ...,
        origin: str | None = ...,
        usage: str | None = ...,
        access: str | None = ...,
        licence: str | None = ...,
        official: bool | None = ...,
    ) -> None: ...
    @property
    def name(self) -> str | None:
        """New name, 1 to 40 characters."""
    @property
    def description(self) -> str | None:
        """New short description; an empty text clears it, as it does the next four."""
    @property
    def background(self) -> str | None:
        """What the data is about."""
    @property
    def content(self) -> str | None:
        """What the files contain."""
    @property
    def origin(self) -> str | None:
        """Where the data comes from."""
    @property
    def usage(self) -> str | None:
        """What it can be used for, and how."""
    @property
    def access(self) -> str | None:
        """Who may see it."""
    @property
    def licence(self) -> str | None:
        """The licence it is shared under."""
    @property
    def official(self) -> bool | None:
        """Puts it among the preset ones or takes it from there. Only the local studio lets its
        user do that.
        """
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class DatasetPath:
    """Where one file of a dataset is found."""

    def __init__(
        self,
        *,
        relative: str = ...,
        job: str = ...,
        notebook: str = ...,
    ) -> None: ...
    @property
    def relative(self) -> str:
        """Below the folder of all datasets, such as `data65/train.csv`."""
    @property
    def job(self) -> str:
        """In a job."""
    @property
    def notebook(self) -> str:
        """In a notebook."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class CsvRow:
    """One row of a table."""

    def __init__(
        self,
        *,
        cells: Sequence[str] = ...,
    ) -> None: ...
    @property
    def cells(self) -> list[str]:
        """Its fields; one of more than 1,000 characters is cut there and ends in `…`."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class CsvPreview:
    """The beginning of a `.csv` file."""

    def __init__(
        self,
        *,
        header: Sequence[str] = ...,
        rows: Sequence[CsvRow] = ...,
        more: bool = ...,
        encoding: str = ...,
    ) -> None: ...
    @property
    def header(self) -> list[str]:
        """The first row, which most files name their columns in."""
    @property
    def rows(self) -> list[CsvRow]:
        """The rows after it."""
    @property
    def more(self) -> bool:
        """True when the file goes on."""
    @property
    def encoding(self) -> str:
        """What the file's text is written in: `UTF-8` or `GB18030`, of which GBK is a part."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class Project:
    """A project: code, datasets and the jobs and services made from it."""

    def __init__(
        self,
        *,
        id: int = ...,
        name: str = ...,
        description: str = ...,
        owner: str = ...,
        datasets: Sequence[int] = ...,
        created_at: datetime.datetime | None = ...,
        updated_at: datetime.datetime | None = ...,
        kind: str = ...,
        environment: str = ...,
        framework: str = ...,
        access: str = ...,
        official: bool = ...,
        favourite: bool = ...,
        main_file: str = ...,
        forked_from: int | None = ...,
    ) -> None: ...
    @property
    def id(self) -> int:
        """Given by the service."""
    @property
    def name(self) -> str:
        """Not empty."""
    @property
    def description(self) -> str:
        """Free text."""
    @property
    def owner(self) -> str:
        """Login of the owner."""
    @property
    def datasets(self) -> list[int]:
        """Attached datasets, at most 2; a job of the project finds their files at the
        documented paths.
        """
    @property
    def created_at(self) -> datetime.datetime | None:
        """When it was created."""
    @property
    def updated_at(self) -> datetime.datetime | None:
        """When an attribute, a file or an attachment last changed."""
    @property
    def kind(self) -> str:
        """What its code is run as."""
    @property
    def environment(self) -> str:
        """The Python it is written for."""
    @property
    def framework(self) -> str:
        """The framework it is written for."""
    @property
    def access(self) -> str:
        """Public projects can be read and forked by everybody."""
    @property
    def official(self) -> bool:
        """True for those preset by the platform, which everybody can read and fork."""
    @property
    def favourite(self) -> bool:
        """True when this account marked it."""
    @property
    def main_file(self) -> str:
        """The file that a job without a command of its own starts; empty: none is set."""
    @property
    def forked_from(self) -> int | None:
        """The project that this one was made from by a fork; it may be gone."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class NewProject:
    """What to create a project from."""

    def __init__(
        self,
        *,
        name: str = ...,
        description: str = ...,
        datasets: Sequence[int] = ...,
        kind: str = ...,
        environment: str = ...,
        framework: str = ...,
    ) -> None: ...
    @property
    def name(self) -> str:
        """1 to 200 characters; must not be empty."""
    @property
    def description(self) -> str:
        """Free text."""
    @property
    def datasets(self) -> list[int]:
        """Datasets to attach at once, at most 2."""
    @property
    def kind(self) -> str:
        """What its code is run as; cannot be changed later. The local studio runs jobs of both
        kinds.
        """
    @property
    def environment(self) -> str:
        """The Python it is written for."""
    @property
    def framework(self) -> str:
        """The framework it is written for."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ProjectChanges:
    """What to change in a project; what is not set stays as it is."""

    def __init__(
        self,
        *,
        name: str | None = ...,
        description: str | None = ...,
        environment: str | None = ...,
        framework: str | None = ...,
        official: bool | None = ...,
    ) -> None: ...
    @property
    def name(self) -> str | None:
        """New name, not empty."""
    @property
    def description(self) -> str | None:
        """New description; empty clears it."""
    @property
    def environment(self) -> str | None:
        """The Python it is written for."""
    @property
    def framework(self) -> str | None:
        """The framework it is written for."""
    @property
    def official(self) -> bool | None:
        """Puts it among the preset ones or takes it from there. Only the local studio lets its
        user do that.
        """
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ForkRecord:
    """Who made a project from another one."""

    def __init__(
        self,
        *,
        id: int = ...,
        owner: str = ...,
        created_at: datetime.datetime | None = ...,
    ) -> None: ...
    @property
    def id(self) -> int:
        """The copy; it may be gone."""
    @property
    def owner(self) -> str:
        """Login of its owner."""
    @property
    def created_at(self) -> datetime.datetime | None:
        """When it was made."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ProjectFile:
    """A file or folder below a project."""

    def __init__(
        self,
        *,
        path: str = ...,
        folder: bool = ...,
        size: int = ...,
        sha256: str = ...,
        modified_at: datetime.datetime | None = ...,
    ) -> None: ...
    @property
    def path(self) -> str:
        """Relative to the project, with `/` between parts."""
    @property
    def folder(self) -> bool:
        """True for a folder, which has no size."""
    @property
    def size(self) -> int:
        """Bytes."""
    @property
    def sha256(self) -> str:
        """Lower-case hex digest of the content; empty for a folder."""
    @property
    def modified_at(self) -> datetime.datetime | None:
        """When it was last written."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ProjectVersion:
    """What a project's files were at one time; never changes."""

    def __init__(
        self,
        *,
        number: int = ...,
        state: str = ...,
        remark: str = ...,
        job: str = ...,
        main_file: str = ...,
        file_count: int = ...,
        size: int = ...,
        created_at: datetime.datetime | None = ...,
        files: Sequence[ProjectFile] = ...,
    ) -> None: ...
    @property
    def number(self) -> int:
        """Counts from 1 within the project."""
    @property
    def state(self) -> str:
        """Why it was made."""
    @property
    def remark(self) -> str:
        """Free text given when it was saved, or the job's remark."""
    @property
    def job(self) -> str:
        """The job it was made for; empty: none."""
    @property
    def main_file(self) -> str:
        """The main file at that time; empty: none was set."""
    @property
    def file_count(self) -> int:
        """Number of files, without folders."""
    @property
    def size(self) -> int:
        """Bytes of all files."""
    @property
    def created_at(self) -> datetime.datetime | None:
        """When it was made."""
    @property
    def files(self) -> list[ProjectFile]:
        """Its files and folders, by path; empty in lists of versions."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class FileChange:
    """A file that is not the same in two versions. Folders are not compared."""

    def __init__(
        self,
        *,
        path: str = ...,
        change: str = ...,
        size_before: int = ...,
        size_after: int = ...,
    ) -> None: ...
    @property
    def path(self) -> str:
        """Relative to the project."""
    @property
    def change(self) -> str:
        """What became of it."""
    @property
    def size_before(self) -> int:
        """Bytes before; 0 when it was added."""
    @property
    def size_after(self) -> int:
        """Bytes after; 0 when it was removed."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class Job:
    """One execution of a command on the service (the wire calls it a pipeline)."""

    def __init__(
        self,
        *,
        id: str = ...,
        name: str = ...,
        stage: str = ...,
        project: int | None = ...,
        command: str = ...,
        environment: str = ...,
        device: str = ...,
        gpus: int = ...,
        remark: str = ...,
        code_sha256: str = ...,
        resubmitted_from: str | None = ...,
        datasets: Sequence[int] = ...,
        requirements: Sequence[str] = ...,
        trainers: int = ...,
        servers: int = ...,
        time_limit_ms: int = ...,
        memory_limit_bytes: int = ...,
        output_limit_bytes: int = ...,
        exit_code: int | None = ...,
        message: str = ...,
        created_at: datetime.datetime | None = ...,
        started_at: datetime.datetime | None = ...,
        finished_at: datetime.datetime | None = ...,
        version: int | None = ...,
    ) -> None: ...
    @property
    def id(self) -> str:
        """Given by the service."""
    @property
    def name(self) -> str:
        """As submitted."""
    @property
    def stage(self) -> str:
        """Where it is."""
    @property
    def project(self) -> int | None:
        """The project it belongs to, if any."""
    @property
    def command(self) -> str:
        """The command line it runs."""
    @property
    def environment(self) -> str:
        """Name of the environment, such as `paddle3.0_py3.10`."""
    @property
    def device(self) -> str:
        """Kind of accelerator asked for; empty: not told."""
    @property
    def gpus(self) -> int:
        """Number of accelerators asked for."""
    @property
    def remark(self) -> str:
        """Free text given at submission."""
    @property
    def code_sha256(self) -> str:
        """SHA-256 of the submitted code archive, hex: jobs with the same one ran the same
        code. Empty: no archive (yet), or not told.
        """
    @property
    def resubmitted_from(self) -> str | None:
        """The job that `jobs.resubmit` made this one of, if any."""
    @property
    def datasets(self) -> list[int]:
        """Datasets mounted for it."""
    @property
    def requirements(self) -> list[str]:
        """Python packages installed for it."""
    @property
    def trainers(self) -> int:
        """Processes that train, each with the command."""
    @property
    def servers(self) -> int:
        """Parameter servers beside them."""
    @property
    def time_limit_ms(self) -> int:
        """Limit of its run time, ms; 0: none."""
    @property
    def memory_limit_bytes(self) -> int:
        """Limit of its processes' memory together, bytes; 0: none."""
    @property
    def output_limit_bytes(self) -> int:
        """Limit of its output folder and, apart from it, of its log, bytes; 0: none."""
    @property
    def exit_code(self) -> int | None:
        """Exit status of the command; not set while it runs, or when a signal or the studio
        ended it.
        """
    @property
    def message(self) -> str:
        """Why it failed or was stopped, as a sentence; empty otherwise."""
    @property
    def created_at(self) -> datetime.datetime | None:
        """When it was submitted."""
    @property
    def started_at(self) -> datetime.datetime | None:
        """When its command was started."""
    @property
    def finished_at(self) -> datetime.datetime | None:
        """When its command ended."""
    @property
    def version(self) -> int | None:
        """Number of the project's version that it runs; not set without a project."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class NewJob:
    """What to run as a job."""

    def __init__(
        self,
        *,
        name: str = ...,
        folder: str | os.PathLike[str] = ...,
        command: str = ...,
        environment: str = ...,
        device: str = ...,
        gpus: int = ...,
        payment: str = ...,
        datasets: Sequence[int] = ...,
        project: int | None = ...,
        remark: str = ...,
        requirements: Sequence[str] = ...,
        trainers: int = ...,
        servers: int = ...,
        time_limit_ms: int = ...,
        memory_limit_bytes: int = ...,
        output_limit_bytes: int = ...,
    ) -> None: ...
    @property
    def name(self) -> str:
        """Must not be empty."""
    @property
    def folder(self) -> pathlib.Path:
        """Local folder with the code; packed as a zip of at most 50 MiB (official client's
        limit). Empty: the files of `project`, as they are in the studio.
        """
    @property
    def command(self) -> str:
        """Shell command, started inside the unpacked folder, such as `python train.py`. Empty:
        the main file of `project`.
        """
    @property
    def environment(self) -> str:
        """Name of the environment. The cloud knows paddle2.4_py3.7, paddle2.5_py3.10,
        paddle2.6_py3.10, paddle3.0_py3.10.
        """
    @property
    def device(self) -> str:
        """Kind of accelerator; the cloud knows `v100`, the local studio runs on the CPU
        whatever is asked.
        """
    @property
    def gpus(self) -> int:
        """Number of accelerators: 1, 4 or 8."""
    @property
    def payment(self) -> str:
        """How the cloud charges: `acoin` or `coupon`."""
    @property
    def datasets(self) -> list[int]:
        """Datasets to mount, at most 3 (official client's limit); empty: those attached to
        `project`.
        """
    @property
    def project(self) -> int | None:
        """The project it belongs to, which keeps the code as a version. Only the local studio
        uses it.
        """
    @property
    def remark(self) -> str:
        """Free text to tell executions apart. Only the local studio keeps it."""
    @property
    def requirements(self) -> list[str]:
        """Python packages it needs beside those of the environment, one each, as pip names
        them: `name`, `name[extra]`, `name>=1.2,<2; python_version > "3.8"`. No options,
        addresses or paths. Installed once for all jobs that ask for the same with the same
        interpreter. Only the local studio installs them.
        """
    @property
    def trainers(self) -> int:
        """Processes that train together, each with `command`: 1 to 16. More than one are
        started by `paddle.distributed.launch`, which the environment must have. Only the
        local studio.
        """
    @property
    def servers(self) -> int:
        """Parameter servers beside them, each with `command` too: 0 to 16. With any, the
        studio itself starts all processes, and the job ends when its trainers have. Only
        the local studio.
        """
    @property
    def time_limit_ms(self) -> int:
        """Longest time it may run, ms, without waiting and the installation of packages; 0: no
        limit. Crossing this or one of the limits below ends the job as failed, with the
        reason. Only the local studio keeps limits.
        """
    @property
    def memory_limit_bytes(self) -> int:
        """Most memory its processes may have together, bytes, looked at 20 times a second; 0:
        no limit.
        """
    @property
    def output_limit_bytes(self) -> int:
        """Most bytes its output folder may have and, apart from it, its log; 0: no limit."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class JobChanges:
    """What a job made from another one has different from it. What is not set stays as it was."""

    def __init__(
        self,
        *,
        name: str | None = ...,
        command: str | None = ...,
        remark: str | None = ...,
        environment: str | None = ...,
        gpus: int | None = ...,
        folder: str | os.PathLike[str] = ...,
        requirements: Sequence[str] = ...,
        trainers: int | None = ...,
        servers: int | None = ...,
        time_limit_ms: int | None = ...,
        memory_limit_bytes: int | None = ...,
        output_limit_bytes: int | None = ...,
    ) -> None: ...
    @property
    def name(self) -> str | None:
        """Not empty."""
    @property
    def command(self) -> str | None:
        """Not empty."""
    @property
    def remark(self) -> str | None:
        """May be empty."""
    @property
    def environment(self) -> str | None:
        """One that `jobs.options` lists."""
    @property
    def gpus(self) -> int | None:
        """1, 4 or 8."""
    @property
    def folder(self) -> pathlib.Path:
        """Local folder with other code, as in `new_job`; empty: the earlier job's own code."""
    @property
    def requirements(self) -> list[str]:
        """In place of the earlier job's; empty: the same."""
    @property
    def trainers(self) -> int | None:
        """1 to 16."""
    @property
    def servers(self) -> int | None:
        """0 to 16."""
    @property
    def time_limit_ms(self) -> int | None:
        """Milliseconds; 0: no limit."""
    @property
    def memory_limit_bytes(self) -> int | None:
        """Bytes; 0: no limit."""
    @property
    def output_limit_bytes(self) -> int | None:
        """Bytes; 0: no limit."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class OutputFile:
    """One file below a job's output folder."""

    def __init__(
        self,
        *,
        path: str = ...,
        size: int = ...,
        modified_at: datetime.datetime | None = ...,
    ) -> None: ...
    @property
    def path(self) -> str:
        """Path relative to the output folder, with `/` between parts."""
    @property
    def size(self) -> int:
        """Bytes."""
    @property
    def modified_at(self) -> datetime.datetime | None:
        """When it was written."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class LogChunk:
    """A piece of a job's log."""

    def __init__(
        self,
        *,
        offset: int = ...,
        next_offset: int = ...,
        text: str = ...,
        end: bool = ...,
    ) -> None: ...
    @property
    def offset(self) -> int:
        """Byte position of `text` in the log."""
    @property
    def next_offset(self) -> int:
        """Where to go on: pass it as the next call's offset."""
    @property
    def text(self) -> str:
        """Whole UTF-8 characters; bytes of the log that are not UTF-8 arrive as U+FFFD."""
    @property
    def end(self) -> bool:
        """True when the job has ended and nothing follows."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class CodeFile:
    """One file of a job's code."""

    def __init__(
        self,
        *,
        path: str = ...,
        size: int = ...,
        sha256: str = ...,
    ) -> None: ...
    @property
    def path(self) -> str:
        """Path relative to the code folder, with `/` between parts."""
    @property
    def size(self) -> int:
        """Bytes."""
    @property
    def sha256(self) -> str:
        """Of its content, lower-case hex."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class JobVersion:
    """The code of a job, as it was submitted; nothing changes it later."""

    def __init__(
        self,
        *,
        job: str = ...,
        number: int | None = ...,
        sha256: str = ...,
        files: Sequence[CodeFile] = ...,
    ) -> None: ...
    @property
    def job(self) -> str:
        """The job."""
    @property
    def number(self) -> int | None:
        """As `job.version`."""
    @property
    def sha256(self) -> str:
        """As `job.code_sha256`."""
    @property
    def files(self) -> list[CodeFile]:
        """Its files, in the order of their paths."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class EnvironmentChoice:
    """An environment that a job may run in."""

    def __init__(
        self,
        *,
        name: str = ...,
        python: str = ...,
        is_default: bool = ...,
    ) -> None: ...
    @property
    def name(self) -> str:
        """As in `new_job.environment`."""
    @property
    def python(self) -> str:
        """The interpreter that stands for it in the studio."""
    @property
    def is_default(self) -> bool:
        """True for the one of jobs that name none."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ResourceChoice:
    """Accelerators that a job may ask for."""

    def __init__(
        self,
        *,
        device: str = ...,
        gpus: int = ...,
        price_factor: int = ...,
    ) -> None: ...
    @property
    def device(self) -> str:
        """As in `new_job.device`."""
    @property
    def gpus(self) -> int:
        """As in `new_job.gpus`."""
    @property
    def price_factor(self) -> int:
        """How many times faster than one accelerator it uses up compute time in the cloud; 0:
        the platform does not say. The local studio charges nothing.
        """
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class JobChoices:
    """What a job may ask for."""

    def __init__(
        self,
        *,
        environments: Sequence[EnvironmentChoice] = ...,
        resources: Sequence[ResourceChoice] = ...,
        payments: Sequence[str] = ...,
        max_running: int = ...,
    ) -> None: ...
    @property
    def environments(self) -> list[EnvironmentChoice]:
        """Values of `new_job.environment`."""
    @property
    def resources(self) -> list[ResourceChoice]:
        """Kinds and numbers of accelerators."""
    @property
    def payments(self) -> list[str]:
        """Values of `new_job.payment`."""
    @property
    def max_running(self) -> int:
        """Jobs that run at a time; the rest wait in order."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class TensorSpec:
    """A declared input or output of a model."""

    def __init__(
        self,
        *,
        name: str = ...,
        shape: Sequence[int] = ...,
        dtype: str = ...,
    ) -> None: ...
    @property
    def name(self) -> str:
        """Name in the model's graph."""
    @property
    def shape(self) -> list[int]:
        """Sizes; -1 where any size is accepted, usually the first (the batch)."""
    @property
    def dtype(self) -> str:
        """`float32`, `float64`, `int32`, `int64`, `uint8` or `bool`."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ServingOptions:
    """How the workers of a service, processes that run its model, answer calls."""

    def __init__(
        self,
        *,
        workers: int = ...,
        memory_limit: int = ...,
        time_limit: float | datetime.timedelta = ...,
        max_batch: int = ...,
        batch_delay: float | datetime.timedelta = ...,
        max_queued: int = ...,
    ) -> None: ...
    @property
    def workers(self) -> int:
        """Processes that answer side by side, 1 to 16. Each loads the model for itself, when
        calls need it.
        """
    @property
    def memory_limit(self) -> int:
        """Memory one worker may have for data, in bytes; Python and Paddle use about 256 MiB
        of it. Code that asks for more gets Python's `MemoryError`. Zero: no limit; else at
        least 64 MiB.
        """
    @property
    def time_limit(self) -> float:
        """Longest time one call, or calls that are computed together, may take; then the
        worker is killed and restarted, and they fail. Zero: the studio's `call_timeout`; at
        most 1 day.
        """
    @property
    def max_batch(self) -> int:
        """Most calls that the model computes together, 1 to 1024; they fail together when the
        worker dies. 1: each alone, as it always is with plain Python models and with models
        whose first dimension is fixed.
        """
    @property
    def batch_delay(self) -> float:
        """How long a call waits for others to be computed together with, at most 10 s. Zero:
        only what arrived while the workers were busy goes together.
        """
    @property
    def max_queued(self) -> int:
        """Calls that may wait, those in the workers not counted; more are refused as overload
        (service_overloaded). Zero: the studio's `max_queued_calls`; at most 1,000,000.
        """
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class Service:
    """A prediction service."""

    def __init__(
        self,
        *,
        id: int = ...,
        name: str = ...,
        project: int = ...,
        state: str = ...,
        url: str = ...,
        api_key: str | Secret = ...,
        main_program: str = ...,
        inputs: Sequence[TensorSpec] = ...,
        outputs: Sequence[TensorSpec] = ...,
        has_converter: bool = ...,
        created_at: datetime.datetime | None = ...,
        updated_at: datetime.datetime | None = ...,
        files: Sequence[str] = ...,
        options: ServingOptions = ...,
        missing: Sequence[str] = ...,
        last_call_at: datetime.datetime | None = ...,
        pauses_at: datetime.datetime | None = ...,
        old_keys_until: datetime.datetime | None = ...,
    ) -> None: ...
    @property
    def id(self) -> int:
        """Given by the service."""
    @property
    def name(self) -> str:
        """Not empty."""
    @property
    def project(self) -> int:
        """The project it was made in."""
    @property
    def state(self) -> str:
        """Where it is in its life."""
    @property
    def url(self) -> str:
        """Address for prediction calls; set once it is online."""
    @property
    def api_key(self) -> Secret:
        """Key for prediction calls; set once it is online."""
    @property
    def main_program(self) -> str:
        """The model's main program, relative to the model folder; empty in a draft that has
        none yet.
        """
    @property
    def inputs(self) -> list[TensorSpec]:
        """Declared inputs; empty: not checked."""
    @property
    def outputs(self) -> list[TensorSpec]:
        """Declared outputs; empty: not checked."""
    @property
    def has_converter(self) -> bool:
        """True when it has converters; false when parameters reach the model unchanged."""
    @property
    def created_at(self) -> datetime.datetime | None:
        """When it was created."""
    @property
    def updated_at(self) -> datetime.datetime | None:
        """When its state or definition last changed."""
    @property
    def files(self) -> list[str]:
        """The model's files, relative to the model folder, sorted; at most the first 1,000."""
    @property
    def options(self) -> ServingOptions:
        """How its workers answer calls."""
    @property
    def missing(self) -> list[str]:
        """What a draft lacks for its sandbox: `model`, `main_program`; empty: nothing."""
    @property
    def last_call_at(self) -> datetime.datetime | None:
        """When the last call came, tests included; not set before the first."""
    @property
    def pauses_at(self) -> datetime.datetime | None:
        """When it pauses by itself if no call comes: 24 h after the last one for a sandbox, 14
        days for an online service; not set for others.
        """
    @property
    def old_keys_until(self) -> datetime.datetime | None:
        """Until when keys from before a rotation are valid; not set when only `api_key` is."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class NewService:
    """What to create a prediction service from. The model comes from exactly one of a job's
    output, a project's files, and a local folder or archive; a draft may have none yet.
    """

    def __init__(
        self,
        *,
        name: str = ...,
        project: int = ...,
        job: str = ...,
        job_path: str = ...,
        model_folder: str | os.PathLike[str] = ...,
        main_program: str = ...,
        inputs: Sequence[TensorSpec] = ...,
        outputs: Sequence[TensorSpec] = ...,
        converter: str | os.PathLike[str] = ...,
        project_path: str = ...,
        files: Sequence[str] = ...,
        options: ServingOptions = ...,
    ) -> None: ...
    @property
    def name(self) -> str:
        """Must not be empty."""
    @property
    def project(self) -> int:
        """The project it belongs to."""
    @property
    def job(self) -> str:
        """Job whose output holds the model; empty when `model_folder` is given."""
    @property
    def job_path(self) -> str:
        """Folder of the model below the job's output folder; empty: the output folder itself."""
    @property
    def model_folder(self) -> pathlib.Path:
        """Local folder with the model files, or an archive of them (`.zip`, `.tar`,
        `.tar.gz`); empty when the model comes from elsewhere.
        """
    @property
    def main_program(self) -> str:
        """The main program, relative to the model folder: Paddle's graph file (`*.json`,
        `*.pdmodel`, `__model__`), `*.onnx`, or a `*.py` file with a function
        `predict(data)`. Empty: found by itself when there is exactly one that is not
        Python.
        """
    @property
    def inputs(self) -> list[TensorSpec]:
        """Inputs by name, shape and type, compared with the model's when the sandbox is made,
        and with each call when there is no converter; empty: as the model has them.
        """
    @property
    def outputs(self) -> list[TensorSpec]:
        """Outputs, compared with the model's when the sandbox is made; empty: not compared."""
    @property
    def converter(self) -> pathlib.Path:
        """Local Python file with `reader_infer(data_args)` and `output(results, data_args)`;
        empty: no converters.
        """
    @property
    def project_path(self) -> str:
        """Folder among the files of `project` that holds the model, `.` for all of them; empty
        when the model comes from elsewhere.
        """
    @property
    def files(self) -> list[str]:
        """Which files and folders of the source make the model, relative to it; empty: all."""
    @property
    def options(self) -> ServingOptions:
        """How its workers answer calls."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ServiceChanges:
    """What to change of a service; what is not set stays. A draft can have everything changed,
    any other service only its name.
    """

    def __init__(
        self,
        *,
        name: str | None = ...,
        job: str = ...,
        job_path: str = ...,
        model_folder: str | os.PathLike[str] = ...,
        project_path: str = ...,
        files: Sequence[str] = ...,
        main_program: str | None = ...,
        inputs: Sequence[TensorSpec] | None = ...,
        outputs: Sequence[TensorSpec] | None = ...,
        converter: str | os.PathLike[str] | None = ...,
        options: ServingOptions | None = ...,
    ) -> None: ...
    @property
    def name(self) -> str | None:
        """Not empty."""
    @property
    def job(self) -> str:
        """With one of `job`, `model_folder` and `project_path` the draft gets the model from
        there, as in `new_service`, in place of the one it had.
        """
    @property
    def job_path(self) -> str:
        """Folder of the model below the job's output folder; empty: the output folder itself."""
    @property
    def model_folder(self) -> pathlib.Path:
        """Local folder or archive with the model files."""
    @property
    def project_path(self) -> str:
        """Folder among the project's files that holds the model, `.` for all of them."""
    @property
    def files(self) -> list[str]:
        """Which files and folders of the new source make the model; empty: all."""
    @property
    def main_program(self) -> str | None:
        """The main program, relative to the model folder; empty text: found by itself."""
    @property
    def inputs(self) -> list[TensorSpec] | None:
        """Inputs; an empty list: as the model has them."""
    @property
    def outputs(self) -> list[TensorSpec] | None:
        """Outputs; an empty list: not compared."""
    @property
    def converter(self) -> pathlib.Path | None:
        """Local Python file with converters; an empty path: none from now on."""
    @property
    def options(self) -> ServingOptions | None:
        """How its workers answer calls; all of it is replaced."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ServiceStatistics:
    """What a service's calls came to, tests included, since the studio started or the service
    was first called. Times are milliseconds from a call's arrival to its answer, of all
    calls that were not refused.
    """

    def __init__(
        self,
        *,
        id: int = ...,
        since: datetime.datetime | None = ...,
        calls: int = ...,
        errors: int = ...,
        refused: int = ...,
        in_flight: int = ...,
        batches: int = ...,
        workers: int = ...,
        worker_failures: int = ...,
        mean_ms: float = ...,
        p50_ms: float = ...,
        p90_ms: float = ...,
        p99_ms: float = ...,
        max_ms: float = ...,
    ) -> None: ...
    @property
    def id(self) -> int:
        """Of which service."""
    @property
    def since(self) -> datetime.datetime | None:
        """From when on is counted; not set before the first call."""
    @property
    def calls(self) -> int:
        """Calls that were answered, with success or failure."""
    @property
    def errors(self) -> int:
        """Those of `calls` that failed."""
    @property
    def refused(self) -> int:
        """Calls beside `calls` that were refused because too many waited."""
    @property
    def in_flight(self) -> int:
        """Calls that wait or are being computed now."""
    @property
    def batches(self) -> int:
        """How often the model was run for `calls`; fewer when calls were computed together."""
    @property
    def workers(self) -> int:
        """Workers that have the model loaded now."""
    @property
    def worker_failures(self) -> int:
        """How often a worker died or was killed."""
    @property
    def mean_ms(self) -> float:
        """Mean time."""
    @property
    def p50_ms(self) -> float:
        """Time that half of the calls did not exceed."""
    @property
    def p90_ms(self) -> float:
        """Time that 90 of 100 calls did not exceed."""
    @property
    def p99_ms(self) -> float:
        """Time that 99 of 100 calls did not exceed."""
    @property
    def max_ms(self) -> float:
        """The longest time."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class Endpoint:
    """Where and with which key to call a service."""

    def __init__(
        self,
        *,
        url: str = ...,
        api_key: str | Secret = ...,
    ) -> None: ...
    @property
    def url(self) -> str:
        """Without the key."""
    @property
    def api_key(self) -> Secret:
        """Sent as `?apiKey=`."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class Model:
    """A repository of the model hub: branches of commits, each a tree of files."""

    def __init__(
        self,
        *,
        id: str = ...,
        kind: str = ...,
        title: str = ...,
        description: str = ...,
        licence: str = ...,
        is_public: bool = ...,
        created_at: datetime.datetime | None = ...,
    ) -> None: ...
    @property
    def id(self) -> str:
        """`owner/name`."""
    @property
    def kind(self) -> str:
        """What it holds."""
    @property
    def title(self) -> str:
        """Name for people."""
    @property
    def description(self) -> str:
        """Free text."""
    @property
    def licence(self) -> str:
        """Name of the licence it is shared under."""
    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
    @property
    def created_at(self) -> datetime.datetime | None:
        """When it was created; not set where the service does not tell."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class NewModel:
    """What to create a repository from."""

    def __init__(
        self,
        *,
        id: str = ...,
        title: str = ...,
        description: str = ...,
        licence: str = ...,
        is_public: bool = ...,
        kind: str = ...,
    ) -> None: ...
    @property
    def id(self) -> str:
        """`owner/name`; the owner is the token's user."""
    @property
    def title(self) -> str:
        """Name for people; empty: the repository's name."""
    @property
    def description(self) -> str:
        """Free text."""
    @property
    def licence(self) -> str:
        """Name of the licence it is shared under."""
    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
    @property
    def kind(self) -> str:
        """What it will hold. The public wire format makes repositories of models only; the
        local studio makes the others too.
        """
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ModelFile:
    """One file of a repository at some commit."""

    def __init__(
        self,
        *,
        path: str = ...,
        size: int = ...,
        sha: str = ...,
        sha256: str = ...,
        commit: str = ...,
    ) -> None: ...
    @property
    def path(self) -> str:
        """From the repository's root, parts separated by `/`."""
    @property
    def size(self) -> int:
        """Bytes; of a large file its content, not the pointer to it. -1: not told."""
    @property
    def sha(self) -> str:
        """The hub's own name of this content."""
    @property
    def sha256(self) -> str:
        """SHA-256 of the content in lower-case hex; empty where the service does not tell."""
    @property
    def commit(self) -> str:
        """The commit that last changed it; empty where the service does not tell."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ModelUpload:
    """What to upload to a repository, and where. Patterns are those of shells and Python's
    `fnmatch`: `*` is any text, slashes too, `?` one character, `[abc]` one of them; one
    that ends in `/` means all below that folder.
    """

    def __init__(
        self,
        *,
        local_path: str | os.PathLike[str] = ...,
        path_in_repo: str = ...,
        include: Sequence[str] = ...,
        exclude: Sequence[str] = ...,
        commit_message: str = ...,
        revision: str = ...,
        max_workers: int = ...,
    ) -> None: ...
    @property
    def local_path(self) -> pathlib.Path:
        """A file or a folder; of a folder, all regular files below it but those of `.git`.
        Links to files are followed.
        """
    @property
    def path_in_repo(self) -> str:
        """Where it goes: of a folder, the folder of the repository (empty: its root); of a
        file, its path there (empty, or ending in `/`: with its own name).
        """
    @property
    def include(self) -> list[str]:
        """Of a folder: only files whose path below it matches one of these; empty: all."""
    @property
    def exclude(self) -> list[str]:
        """Of a folder: no files whose path below it matches one of these."""
    @property
    def commit_message(self) -> str:
        """Of the commit; empty: one that says what was done."""
    @property
    def revision(self) -> str:
        """Branch to commit to; empty: `master`."""
    @property
    def max_workers(self) -> int:
        """Large files sent at the same time, 1 to 64."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ModelCommit:
    """What an upload came to."""

    def __init__(
        self,
        *,
        commit: str = ...,
        files: Sequence[str] = ...,
        unchanged: Sequence[str] = ...,
    ) -> None: ...
    @property
    def commit(self) -> str:
        """The commit; of several, the last. Empty: nothing had changed, or the service does
        not tell.
        """
    @property
    def files(self) -> list[str]:
        """Paths in the repository that were added or changed."""
    @property
    def unchanged(self) -> list[str]:
        """Paths that had this content already."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class SnapshotRequest:
    """What of a repository to download. Patterns as in `model_upload`."""

    def __init__(
        self,
        *,
        revision: str = ...,
        include: Sequence[str] = ...,
        exclude: Sequence[str] = ...,
        max_workers: int = ...,
    ) -> None: ...
    @property
    def revision(self) -> str:
        """Branch, tag or commit; empty: `master`."""
    @property
    def include(self) -> list[str]:
        """Only files whose path matches one of these; empty: all."""
    @property
    def exclude(self) -> list[str]:
        """No files whose path matches one of these."""
    @property
    def max_workers(self) -> int:
        """Files fetched at the same time, 1 to 64."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ModelSnapshot:
    """A repository, or a part of it, on disk."""

    def __init__(
        self,
        *,
        folder: str | os.PathLike[str] = ...,
        revision: str = ...,
        files: Sequence[str] = ...,
        unchanged: Sequence[str] = ...,
    ) -> None: ...
    @property
    def folder(self) -> pathlib.Path:
        """The folder the files are in."""
    @property
    def revision(self) -> str:
        """What was downloaded: the commit of a tag, else the revision asked for."""
    @property
    def files(self) -> list[str]:
        """Paths that were fetched."""
    @property
    def unchanged(self) -> list[str]:
        """Paths that were there already with the same content."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ModelTag:
    """A name for a commit of a repository."""

    def __init__(
        self,
        *,
        name: str = ...,
        commit: str = ...,
    ) -> None: ...
    @property
    def name(self) -> str:
        """As given."""
    @property
    def commit(self) -> str:
        """The commit it names."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class Fault:
    """A fault that a local studio plays: what, to which calls, how often. Of several that fit
    a call, the one that was added first is played. A call may also bring its own, for
    itself alone, in the header `X-Local-Fault: KIND; bytes=N; delay_ms=N`.
    """

    def __init__(
        self,
        *,
        id: int = ...,
        kind: str = ...,
        service: int = ...,
        api_key: str | Secret = ...,
        after: int = ...,
        times: int = ...,
        share: float = ...,
        bytes: int = ...,
        delay_ms: int = ...,
        patience: int = ...,
        played: int = ...,
    ) -> None: ...
    @property
    def id(self) -> int:
        """Given by the studio."""
    @property
    def kind(self) -> str:
        """What happens."""
    @property
    def service(self) -> int:
        """Only calls to this service's address; 0: to any."""
    @property
    def api_key(self) -> Secret:
        """Only calls with this key; empty: with any."""
    @property
    def after(self) -> int:
        """Calls that fit and are answered well before it begins."""
    @property
    def times(self) -> int:
        """Calls it is played to, then it is over; 0: without end."""
    @property
    def share(self) -> float:
        """Part of the calls it is played to, above 0 to 1, chosen at random."""
    @property
    def bytes(self) -> int:
        """`reset`: bytes of the answer, its head included, that are sent before.
        `wrong_length`: bytes promised and not sent; 0: 1.
        """
    @property
    def delay_ms(self) -> int:
        """Milliseconds. `slow_body`: between two bytes; 0: 10. `too_many_requests`: the
        Retry-After, in whole seconds; 0: 1000.
        """
    @property
    def patience(self) -> int:
        """`too_many_requests`: calls within the time to wait that are answered 429 before the
        client is blocked.
        """
    @property
    def played(self) -> int:
        """Calls it was played to so far."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class TransferProgress:
    """How far a transfer is."""

    def __init__(
        self,
        *,
        done: int = ...,
        total: int = ...,
    ) -> None: ...
    @property
    def done(self) -> int:
        """Bytes done, over all files of the call; never falls. Begins with what an earlier
        call left when that one is gone on with.
        """
    @property
    def total(self) -> int:
        """Bytes in all; 0: not known."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class CallReport:
    """How one HTTP call ended, over all its attempts: for metrics and traces. Holds no
    secrets. A transfer of many parts makes many calls.
    """

    def __init__(
        self,
        *,
        method: str = ...,
        url: str = ...,
        error: str = ...,
        status: int = ...,
        phase: str = ...,
        outcome: str = ...,
        attempts: int = ...,
        seconds: float = ...,
    ) -> None: ...
    @property
    def method(self) -> str:
        """In upper case."""
    @property
    def url(self) -> str:
        """The whole address; keys in it are taken out."""
    @property
    def error(self) -> str:
        """Name of the errc, such as `connect_timeout`; empty: the call succeeded."""
    @property
    def status(self) -> int:
        """HTTP status of the last answer; 0: there was none."""
    @property
    def phase(self) -> str:
        """Where the call was when it failed; `none`: it succeeded."""
    @property
    def outcome(self) -> str:
        """What the service did, or may have done, with the call."""
    @property
    def attempts(self) -> int:
        """Attempts made; 0: it was refused before the first."""
    @property
    def seconds(self) -> float:
        """From its start to its end, with waits for a connection and between attempts."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ChatMessage:
    """One message of a conversation with a language model."""

    def __init__(
        self,
        *,
        role: str = ...,
        content: str = ...,
    ) -> None: ...
    @property
    def role(self) -> str:
        """Who says it: `system`, `user`, `assistant`, or another that the service knows."""
    @property
    def content(self) -> str:
        """The text."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ChatRequest:
    """What to ask a language model."""

    def __init__(
        self,
        *,
        model: str = ...,
        messages: Sequence[ChatMessage] = ...,
        temperature: float | None = ...,
        max_tokens: int | None = ...,
        stop: Sequence[str] = ...,
        extra: str = ...,
    ) -> None: ...
    @property
    def model(self) -> str:
        """Name of the model, such as `ernie-4.5-turbo-128k-preview`; must not be empty."""
    @property
    def messages(self) -> list[ChatMessage]:
        """The conversation so far, oldest first; at least one."""
    @property
    def temperature(self) -> float | None:
        """How freely words are chosen, from 0 on; not set: the service's default."""
    @property
    def max_tokens(self) -> int | None:
        """Longest answer, in tokens; not set: the service's default."""
    @property
    def stop(self) -> list[str]:
        """The answer ends before any of these texts."""
    @property
    def extra(self) -> str:
        """More parameters, as a JSON object whose members are sent beside these, such as
        `{"top_p": 0.8, "stream_options": {"include_usage": true}}`; empty: none.
        """
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ChatUsage:
    """Tokens that an answer took, as the service counts them."""

    def __init__(
        self,
        *,
        prompt_tokens: int = ...,
        completion_tokens: int = ...,
        total_tokens: int = ...,
    ) -> None: ...
    @property
    def prompt_tokens(self) -> int:
        """Those of the question."""
    @property
    def completion_tokens(self) -> int:
        """Those of the answer."""
    @property
    def total_tokens(self) -> int:
        """Both."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ChatChoice:
    """One of the answers to a question; most services give one."""

    def __init__(
        self,
        *,
        index: int = ...,
        content: str = ...,
        reasoning_content: str = ...,
        finish_reason: str = ...,
    ) -> None: ...
    @property
    def index(self) -> int:
        """Which one, from 0 on."""
    @property
    def content(self) -> str:
        """What the model says; as a message of the conversation its role is `assistant`."""
    @property
    def reasoning_content(self) -> str:
        """What the model thought before, where the service tells."""
    @property
    def finish_reason(self) -> str:
        """Why it ended: `stop`, `length`, or another reason of the service's; empty: it did
        not say.
        """
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ChatAnswer:
    """What a language model answered."""

    def __init__(
        self,
        *,
        id: str = ...,
        model: str = ...,
        created_at: datetime.datetime | None = ...,
        choices: Sequence[ChatChoice] = ...,
        usage: ChatUsage | None = ...,
    ) -> None: ...
    @property
    def id(self) -> str:
        """The service's name for the answer."""
    @property
    def model(self) -> str:
        """The model that answered, as the service calls it."""
    @property
    def created_at(self) -> datetime.datetime | None:
        """When it was made."""
    @property
    def choices(self) -> list[ChatChoice]:
        """At least one, in the order of their indexes."""
    @property
    def usage(self) -> ChatUsage | None:
        """Not set: the service did not count."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ChatDelta:
    """The next piece of an answer that is still being made."""

    def __init__(
        self,
        *,
        index: int = ...,
        content: str = ...,
        reasoning_content: str = ...,
        finish_reason: str = ...,
    ) -> None: ...
    @property
    def index(self) -> int:
        """Of which choice."""
    @property
    def content(self) -> str:
        """More of the text; whole UTF-8 characters, may be empty."""
    @property
    def reasoning_content(self) -> str:
        """More of the model's thoughts, where the service tells them."""
    @property
    def finish_reason(self) -> str:
        """Why the choice ended, in its last piece; else empty."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class TimeLimits:
    """Time limits of one attempt, by phase. Zero: no limit of its own (the call's deadline
    still holds). Each has an errc of its own name (`connect` ends in connect_timeout).
    """

    def __init__(
        self,
        *,
        queue: float | datetime.timedelta = ...,
        resolve: float | datetime.timedelta = ...,
        connect: float | datetime.timedelta = ...,
        tls: float | datetime.timedelta = ...,
        write: float | datetime.timedelta = ...,
        first_byte: float | datetime.timedelta = ...,
        body: float | datetime.timedelta = ...,
    ) -> None: ...
    @property
    def queue(self) -> float:
        """Waiting for a free connection."""
    @property
    def resolve(self) -> float:
        """Looking the host name up."""
    @property
    def connect(self) -> float:
        """TCP connect, over all addresses of the host."""
    @property
    def tls(self) -> float:
        """TLS handshake."""
    @property
    def write(self) -> float:
        """Sending the next piece of the request: the longest time without progress."""
    @property
    def first_byte(self) -> float:
        """From the request's last byte to the answer's header."""
    @property
    def body(self) -> float:
        """The longest time between two pieces of the answer's body."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class RetryPolicy:
    """When and how often to send a call again. What may be sent again at all is not an option:
    a call that may have had an effect is never repeated unless it is idempotent or carries
    a key that the service honours.
    """

    def __init__(
        self,
        *,
        max_attempts: int = ...,
        base_delay: float | datetime.timedelta = ...,
        throttle_base_delay: float | datetime.timedelta = ...,
        max_delay: float | datetime.timedelta = ...,
        max_retry_after: float | datetime.timedelta = ...,
    ) -> None: ...
    @property
    def max_attempts(self) -> int:
        """Attempts in all, 1 to 10; 1: never again."""
    @property
    def base_delay(self) -> float:
        """Upper bound of the first wait; doubles with each attempt, the wait is a random part
        of it (full jitter).
        """
    @property
    def throttle_base_delay(self) -> float:
        """The same after the service said "too many" (429, 503, 10010, 12002) without saying
        how long to wait.
        """
    @property
    def max_delay(self) -> float:
        """Largest bound of a wait."""
    @property
    def max_retry_after(self) -> float:
        """A longer Retry-After is not waited for: the call fails at once and tells it."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class RetryBudgetOptions:
    """Limits retries over all calls of a client, so that a failing service is not hammered."""

    def __init__(
        self,
        *,
        capacity: int = ...,
        retry_cost: int = ...,
        timeout_retry_cost: int = ...,
    ) -> None: ...
    @property
    def capacity(self) -> int:
        """Tokens at the start and at most. Zero: no budget, every allowed retry is made."""
    @property
    def retry_cost(self) -> int:
        """Tokens a retry takes; given back when it succeeds."""
    @property
    def timeout_retry_cost(self) -> int:
        """Tokens a retry takes after a time-out."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class PoolOptions:
    """Connections to one host; of a `sync_client`, from each of its prediction threads."""

    def __init__(
        self,
        *,
        max_connections: int = ...,
        max_waiting: int = ...,
        idle_timeout: float | datetime.timedelta = ...,
        max_age: float | datetime.timedelta = ...,
        pipeline_depth: int = ...,
    ) -> None: ...
    @property
    def max_connections(self) -> int:
        """Open connections at most, at least 1."""
    @property
    def max_waiting(self) -> int:
        """Calls that may wait for a connection; the next one fails with overloaded. Zero: none
        may wait.
        """
    @property
    def idle_timeout(self) -> float:
        """An idle connection older than this is not used again (nginx closes after 75 s by
        default).
        """
    @property
    def max_age(self) -> float:
        """A connection is not used again after this time, so that changes of DNS are seen.
        Zero: no limit.
        """
    @property
    def pipeline_depth(self) -> int:
        """Prediction calls under way on one connection at most, 1 to 256. 1: one after the
        other. More (HTTP pipelining): once `max_connections` are open, calls of idempotent
        predictors are sent without waiting for the answers before theirs. That costs less a
        call, but a slow answer holds up those behind it. Only for servers that keep
        connections open and answer in order (RFC 9112, section 9.3.2).
        """
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class TlsOptions:
    """How a server proves who it is. TLS 1.2 is the lowest version whatever stands here."""

    def __init__(
        self,
        *,
        verify: bool = ...,
        ca_file: str | os.PathLike[str] = ...,
    ) -> None: ...
    @property
    def verify(self) -> bool:
        """Check the certificate chain and the host name. Turning it off is for debugging only;
        it is logged.
        """
    @property
    def ca_file(self) -> pathlib.Path:
        """PEM file of certificate authorities instead of the system's; empty: the system's
        (SSL_CERT_FILE is honoured).
        """
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class ProxyOptions:
    """Proxies. Values are URLs such as `http://user:password@proxy.example:3128`."""

    def __init__(
        self,
        *,
        use_environment: bool = ...,
        https_proxy: str = ...,
        http_proxy: str = ...,
        no_proxy: str = ...,
    ) -> None: ...
    @property
    def use_environment(self) -> bool:
        """Take what is empty here from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY (also in
        lower case; HTTP_PROXY in lower case only).
        """
    @property
    def https_proxy(self) -> str:
        """For https addresses, by CONNECT."""
    @property
    def http_proxy(self) -> str:
        """For http addresses."""
    @property
    def no_proxy(self) -> str:
        """Hosts reached directly: names (with their subdomains), addresses, CIDR ranges, `*`;
        separated by commas.
        """
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class Datasets:
    """Operations on datasets."""

    def create(
        self,
        what: NewDataset = ...,
        /,
        *,
        name: str = ...,
        description: str = ...,
        access: str = ...,
        licence: str = ...,
        files: Sequence[str | os.PathLike[str]] = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Dataset:
        """Creates a dataset, uploading `what.files` first. Nothing is registered unless all
        files arrived.

        Returns: The dataset with its id.

        Raises Error with code: invalid_argument (name), file_not_found, file_unreadable,
        limit_exceeded.
        """
    def upload(
        self,
        id: int,
        file: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> DatasetFile:
        """Adds one local file to a dataset, streamed from disk. The file must not change
        meanwhile.

        Returns: The file as the service has it.

        Raises Error with code: as `create`, not_found.
        """
    def list(
        self,
        *,
        scope: str = ...,
        page: int = ...,
        page_size: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Items[Dataset]:
        """One page, newest first. Only the local studio has this call.

        Asked for page by page while you go through it.
        """
    def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Dataset:
        """One dataset with its files.

        Raises Error with code: not_found.
        """
    def download(
        self,
        id: int,
        file: int,
        target: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads one file to `target`: a file name, or an existing folder in which it gets
        its own name. Written under a temporary name beside it; the final name appears only
        when size and checksum are right.

        Returns: Where the file is.

        Raises Error with code: not_found, checksum_mismatch, incomplete_transfer,
        write_failed.
        """
    def remove(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Deletes a dataset and its files. Only the local studio has this call.

        Raises Error with code: not_found, conflict while a project or an unfinished job
        uses it.
        """
    def update(
        self,
        id: int,
        changes: DatasetChanges = ...,
        /,
        *,
        name: str | None = None,
        description: str | None = None,
        background: str | None = None,
        content: str | None = None,
        origin: str | None = None,
        usage: str | None = None,
        access: str | None = None,
        licence: str | None = None,
        official: bool | None = None,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Dataset:
        """Changes what is set in `changes` and leaves the rest. Only the local studio has this
        call.

        Raises Error with code: invalid_argument (name), not_found, forbidden for those of
        others.
        """
    def favourite(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Dataset:
        """Marks it as a favourite of this account. Only the local studio has this call.

        Raises Error with code: not_found.
        """
    def unfavourite(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Dataset:
        """Takes the mark away. What is no favourite stays none."""
    def preview(
        self,
        id: int,
        file: int,
        rows: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> CsvPreview:
        """The first rows of a `.csv` file, in UTF-8 or GBK. Only the local studio has this
        call.

        Raises Error with code: not_found, bad_request for another kind of file or text.
        """
    def path(
        self,
        id: int,
        file: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> DatasetPath:
        """Where a file is found in jobs and notebooks.

        Raises Error with code: not_found.
        """

@final
class Projects:
    """Operations on projects."""

    def create(
        self,
        what: NewProject = ...,
        /,
        *,
        name: str = ...,
        description: str = ...,
        datasets: Sequence[int] = ...,
        kind: str = ...,
        environment: str = ...,
        framework: str = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Creates a project, with datasets attached if `what` names some.

        Raises Error with code: invalid_argument (name, more than 2 datasets), not_found (a
        dataset).
        """
    def list(
        self,
        *,
        scope: str = ...,
        page: int = ...,
        page_size: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Items[Project]:
        """One page, newest first.

        Asked for page by page while you go through it.
        """
    def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """One project.

        Raises Error with code: not_found.
        """
    def update(
        self,
        id: int,
        changes: ProjectChanges = ...,
        /,
        *,
        name: str | None = None,
        description: str | None = None,
        environment: str | None = None,
        framework: str | None = None,
        official: bool | None = None,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Changes what is set in `changes` and leaves the rest."""
    def remove(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Deletes a project.

        Raises Error with code: not_found, conflict while it has unfinished jobs or
        services.
        """
    def attach_dataset(
        self,
        id: int,
        which: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Attaches a dataset: the project's next job finds it at the documented paths.
        Attaching it again changes nothing.

        Raises Error with code: not_found, conflict for the third dataset.
        """
    def detach_dataset(
        self,
        id: int,
        which: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Detaches a dataset. Detaching what is not attached changes nothing."""
    def publish(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Lets everybody read and fork it. Publishing what is public changes nothing."""
    def unpublish(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Makes it private again; forks that were made stay. What is private stays so."""
    def favourite(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Marks it as a favourite of this account.

        Raises Error with code: not_found.
        """
    def unfavourite(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Takes the mark away. What is no favourite stays none."""
    def fork(
        self,
        id: int,
        name: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Copies a project, with its files and attached datasets but without its versions and
        jobs. The copy is private, belongs to this account and has a life of its own.

        Raises Error with code: not_found when it was deleted, forbidden when it is private
        and of another account.
        """
    def forks(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[ForkRecord]:
        """Who forked it, newest first."""
    def versions(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[ProjectVersion]:
        """All versions without their files, newest first."""
    def version(
        self,
        id: int,
        number: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ProjectVersion:
        """One version with its files.

        Raises Error with code: not_found.
        """
    def save(
        self,
        id: int,
        remark: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ProjectVersion:
        """Keeps the files as they are now as an unsubmitted version. When they are those of
        the newest version, that one is returned and nothing is made.

        Raises Error with code: conflict when there is no file.
        """
    def compare(
        self,
        id: int,
        before: int,
        after: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[FileChange]:
        """What became of the files between two versions, by path.

        Raises Error with code: not_found.
        """
    def restore(
        self,
        id: int,
        number: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Puts the files and the main file of a version in place of those there are now, which
        are saved as an unsubmitted version before, so that nothing is lost.

        Raises Error with code: not_found.
        """
    def download_version(
        self,
        id: int,
        number: int,
        target: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads all files of a version to the folder `target`, which is made; files that
        are there under the same names are replaced. Safety of each file as in
        `datasets.download`.

        Returns: `target`.

        Raises Error with code: not_found, write_failed.
        """
    def files(
        self,
        id: int,
        version: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[ProjectFile]:
        """All files and folders below it, by path.

        Raises Error with code: not_found.
        """
    def create_folder(
        self,
        id: int,
        path: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ProjectFile:
        """Makes a folder and those above it. What is a folder stays one.

        Raises Error with code: bad_request (path), conflict when a file has the name.
        """
    def upload_file(
        self,
        id: int,
        file: str | os.PathLike[str],
        path: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> ProjectFile:
        """Uploads a local file of at most 20 MiB in place of what is there; folders above it
        are made.

        Raises Error with code: limit_exceeded (larger: make a dataset of it),
        file_not_found, bad_request (path), conflict (a folder has the name, too many
        files).
        """
    def download_file(
        self,
        id: int,
        path: str,
        target: str | os.PathLike[str],
        version: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads one file. Target and safety as in `datasets.download`.

        Raises Error with code: not_found, write_failed.
        """
    def read_file(
        self,
        id: int,
        path: str,
        version: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> str:
        """The text of a file.

        Raises Error with code: not_found, bad_request when it is a folder or not UTF-8,
        payload_too_large over 20 MiB: download it.
        """
    def write_file(
        self,
        id: int,
        path: str,
        content: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ProjectFile:
        """Writes a text of at most 1 MiB in place of what is there; folders above it are made.

        Raises Error with code: limit_exceeded (larger: upload it), bad_request (path, not
        UTF-8), conflict (a folder has the name, too many files).
        """
    def preview_file(
        self,
        id: int,
        path: str,
        version: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> str:
        """The text of a `.py` or `.txt` file of at most 1 MiB, for showing it.

        Raises Error with code: not_found, bad_request (another kind of file, not UTF-8),
        payload_too_large.
        """
    def rename_file(
        self,
        id: int,
        path: str,
        new_path: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ProjectFile:
        """Gives a file, or a folder with all in it, another name or place. The main file stays
        the main file.

        Raises Error with code: not_found, bad_request (path), conflict when the new name is
        taken.
        """
    def remove_file(
        self,
        id: int,
        path: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Removes a file, or a folder with all in it. Versions keep theirs.

        Raises Error with code: not_found.
        """
    def set_main_file(
        self,
        id: int,
        path: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Chooses the `.py` or `.sh` file that a job without a command of its own starts.

        Raises Error with code: not_found, bad_request (another kind of file).
        """

@final
class Jobs:
    """Operations on jobs (the wire calls them pipelines)."""

    def submit(
        self,
        what: NewJob = ...,
        /,
        *,
        name: str = ...,
        folder: str | os.PathLike[str] = ...,
        command: str = ...,
        environment: str = ...,
        device: str = ...,
        gpus: int = ...,
        payment: str = ...,
        datasets: Sequence[int] = ...,
        project: int | None = None,
        remark: str = ...,
        requirements: Sequence[str] = ...,
        trainers: int = ...,
        servers: int = ...,
        time_limit_ms: int = ...,
        memory_limit_bytes: int = ...,
        output_limit_bytes: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Job:
        """Packs `what.folder`, uploads it and queues the job. When the upload fails the
        service is told, so that no job stays half submitted.

        Returns: The job as queued.

        Raises Error with code: invalid_argument, file_not_found, limit_exceeded (zip over
        50 MiB, more than 3 datasets), not_found (a dataset or the project).
        """
    def list(
        self,
        *,
        name: str = ...,
        stage: str = ...,
        project: int | None = None,
        remark: str = ...,
        created_from: datetime.datetime | None = ...,
        created_before: datetime.datetime | None = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Items[Job]:
        """All jobs the filter lets through; the wire has no pages here.

        Asked for page by page while you go through it.
        """
    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Job:
        """One job as it is now.

        Raises Error with code: not_found.
        """
    def wait(
        self,
        id: str,
        *,
        timeout: float | None = None,
        poll: float | datetime.timedelta = ...,
        max_poll: float | datetime.timedelta = ...,
        call_timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Job:
        """Waits until the job is in a final stage. A failed job is a value, not an error;
        cancelling ends the wait, not the job.

        Raises Error with code: not_found, deadline_exceeded.
        """
    def log(
        self,
        id: str,
        offset: int = ...,
        role: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> LogChunk:
        """What the log has from `offset` on, at once. Only the local studio has this call.

        Raises Error with code: not_found (the job, or a role it does not have).
        """
    @overload
    def follow_log(
        self,
        id: str,
        *,
        offset: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        wait: float | datetime.timedelta = ...,
        role: str = ...,
    ) -> Iterator[LogChunk]:
        """Hands the log to `sink` as it grows, each byte once, until the job has ended. Lost
        connections are mended by reading on from the last byte. `sink` is called on the
        client's executor, one call at a time.

        Returns: Where the log ends, in bytes. After an error, go on from the last chunk's
        `next_offset`.
        """
    @overload
    def follow_log(
        self,
        id: str,
        sink: Callable[[LogChunk], object],
        *,
        offset: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        wait: float | datetime.timedelta = ...,
        role: str = ...,
    ) -> int:
        """Hands the log to `sink` as it grows, each byte once, until the job has ended. Lost
        connections are mended by reading on from the last byte. `sink` is called on the
        client's executor, one call at a time.

        Returns: Where the log ends, in bytes. After an error, go on from the last chunk's
        `next_offset`.
        """
    def stop(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Ends the job and all its processes; its log is kept. Stopping a job that has ended
        changes nothing.
        """
    def outputs(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[OutputFile]:
        """All files below the output folder."""
    def download_output(
        self,
        id: str,
        path: str,
        target: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads one file of the output; `path` as in `output_file`. Target and safety as
        in `datasets.download`.
        """
    def download_archive(
        self,
        id: str,
        which: str,
        target: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads `<job id>_log.tar.gz` or `<job id>_output.tar.gz` of a job that has ended.
        Only the local studio has this call.

        Raises Error with code: conflict while the job runs.
        """
    def options(
        self,
        device: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> JobChoices:
        """What a job may ask for, with the price factor of each. Only the local studio has
        this call.
        """
    def version(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> JobVersion:
        """The code of a job as it was submitted, file by file. Only the local studio has this
        call.

        Raises Error with code: not_found, conflict while no code has arrived.
        """
    def download_code(
        self,
        id: str,
        target: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Writes the code of a job, as it was submitted, below `target`: a folder, made when
        it is not there; files of the same names are replaced. To change it and submit it
        anew, give the folder to `resubmit`.

        Returns: The folder.

        Raises Error with code: As `version`; write_failed.
        """
    def resubmit(
        self,
        id: str,
        changes: JobChanges = ...,
        /,
        *,
        name: str | None = None,
        command: str | None = None,
        remark: str | None = None,
        environment: str | None = None,
        gpus: int | None = None,
        folder: str | os.PathLike[str] = ...,
        requirements: Sequence[str] = ...,
        trainers: int | None = None,
        servers: int | None = None,
        time_limit_ms: int | None = None,
        memory_limit_bytes: int | None = None,
        output_limit_bytes: int | None = None,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Job:
        """Queues a new job like an earlier one but for `changes`. The earlier job and its code
        stay as they are. Only the local studio has this call.

        Returns: The new job as queued.

        Raises Error with code: As `submit`; not_found (the job, its project or a dataset is
        gone), conflict (the earlier job's code never arrived).
        """
    def follow(
        self, job: Job | str, /, *, file: TextIO | None = None, offset: int = 0
    ) -> Job:
        """Prints the log as it grows until the job has ended, and returns the job.

        job: the job or its id. file: None: sys.stdout. offset: byte to begin with.
        """

@final
class Services:
    """Operations on prediction services: make, try, deploy."""

    def create(
        self,
        what: NewService = ...,
        /,
        *,
        name: str = ...,
        project: int = ...,
        job: str = ...,
        job_path: str = ...,
        model_folder: str | os.PathLike[str] = ...,
        main_program: str = ...,
        inputs: Sequence[TensorSpec] = ...,
        outputs: Sequence[TensorSpec] = ...,
        converter: str | os.PathLike[str] = ...,
        project_path: str = ...,
        files: Sequence[str] = ...,
        options: ServingOptions = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Service:
        """Makes a complete draft: its model comes from a job's output, a project's files, or a
        local folder (packed and uploaded) or archive (uploaded).

        Raises Error with code: invalid_argument (not exactly one source, name),
        file_not_found, not_found, bad_request (no model in the folder, main program
        missing, options out of range).
        """
    def save_draft(
        self,
        what: NewService = ...,
        /,
        *,
        name: str = ...,
        project: int = ...,
        job: str = ...,
        job_path: str = ...,
        model_folder: str | os.PathLike[str] = ...,
        main_program: str = ...,
        inputs: Sequence[TensorSpec] = ...,
        outputs: Sequence[TensorSpec] = ...,
        converter: str | os.PathLike[str] = ...,
        project_path: str = ...,
        files: Sequence[str] = ...,
        options: ServingOptions = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Service:
        """Keeps a draft as far as it goes: model and main program may be missing,
        `service.missing` names them. `update` completes it.

        Raises Error with code: as `create`, for what is given.
        """
    def update(
        self,
        id: int,
        changes: ServiceChanges = ...,
        /,
        *,
        name: str | None = None,
        job: str = ...,
        job_path: str = ...,
        model_folder: str | os.PathLike[str] = ...,
        project_path: str = ...,
        files: Sequence[str] = ...,
        main_program: str | None = None,
        inputs: Sequence[TensorSpec] | None = None,
        outputs: Sequence[TensorSpec] | None = None,
        converter: str | os.PathLike[str] | None = None,
        options: ServingOptions | None = None,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Service:
        """Changes a draft, or the name of any service.

        Raises Error with code: not_found, conflict (more than the name of what is no
        draft), and as `create` for what is given.
        """
    def list(
        self,
        *,
        project: int | None = None,
        page: int = ...,
        page_size: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Items[Service]:
        """One page, newest first.

        Asked for page by page while you go through it.
        """
    def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """One service.

        Raises Error with code: not_found.
        """
    def create_sandbox(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """Makes a sandbox of a draft, in which it can be tried with `test`. Completes once the
        model is loaded and fits the declared inputs and outputs, which takes seconds with
        Paddle.

        Raises Error with code: not_found, conflict for the sixth sandbox of a project,
        bad_request (the draft lacks something, or a declared input or output is not the
        model's), service_failed (the model or converter cannot be loaded, with the reason).
        """
    def test(
        self,
        id: int,
        parameters: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> str:
        """Calls a sandbox or online service once, by token instead of key. `parameters` is
        JSON.

        Returns: The service's output as JSON text.

        Raises Error with code: encode_failed (not JSON), service_failed with the
        converter's traceback, service_not_running.
        """
    def deploy(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """Makes a sandbox the project's online service, in place of the one before, whose URL
        and key it takes over and which becomes a sandbox. Calls go to one or the other;
        none fails for it.

        Returns: The service with `url` and `api_key`.

        Raises Error with code: not_found, conflict (no sandbox, or paused), service_failed
        (the model cannot be loaded; the service before stays online).
        """
    def pause(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """Stops answering until resumed; URL and key stay."""
    def resume(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """Ends a pause, one that came by itself included."""
    def rotate_key(
        self,
        id: int,
        overlap: float | datetime.timedelta = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """Gives the project's address a new key.

        Returns: The service with its new `api_key`.

        Raises Error with code: not_found, conflict (the service has no key: it is not
        online), bad_request (overlap).
        """
    def statistics(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ServiceStatistics:
        """What the service's calls came to.

        Raises Error with code: not_found.
        """
    def remove(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Ends and forgets a service. Calls that wait for it fail with service_not_running."""

@final
class Models:
    """Operations on repositories of the model hub."""

    def create(
        self,
        what: NewModel = ...,
        /,
        *,
        id: str = ...,
        title: str = ...,
        description: str = ...,
        licence: str = ...,
        is_public: bool = ...,
        kind: str = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Model:
        """Creates a repository without files.

        Returns: The repository.

        Raises Error with code: invalid_argument (name), conflict (the name is taken).
        """
    def exists(
        self,
        repo_id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> bool:
        """Whether there is a repository of that name which this token may read. The service
        does not tell the two apart.
        """
    def get(
        self,
        repo_id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Model:
        """One repository. Only the local studio has this call.

        Raises Error with code: not_found.
        """
    def list(
        self,
        *,
        page: int = ...,
        page_size: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Items[Model]:
        """One page of the own repositories, newest first. Only the local studio has this call.

        Asked for page by page while you go through it.
        """
    def files(
        self,
        repo_id: str,
        revision: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[ModelFile]:
        """All files at a revision, by path. `size` and `sha256` are those that the service
        tells in lists; `file_info` may know more.

        Raises Error with code: not_found (repository or revision).
        """
    def file_info(
        self,
        repo_id: str,
        path: str,
        revision: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ModelFile:
        """One file at a revision.

        Raises Error with code: not_found (repository, revision or file).
        """
    def upload(
        self,
        repo_id: str,
        what: ModelUpload = ...,
        /,
        *,
        local_path: str | os.PathLike[str] = ...,
        path_in_repo: str = ...,
        include: Sequence[str] = ...,
        exclude: Sequence[str] = ...,
        commit_message: str = ...,
        revision: str = ...,
        max_workers: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> ModelCommit:
        """Uploads a file or a folder. Large files go first, several at a time, those that the
        hub has already not at all; then one commit names everything that changed, several
        when there are more than 500 files or 32 MiB of small ones. Files of 0 bytes are
        taken whatever `transfer_options.allow_empty_files` says. Repeating it after a
        failure sends what is missing.

        Returns: The commit, and what is in it.

        Raises Error with code: invalid_argument (path, pattern without a file),
        file_not_found, file_unreadable, limit_exceeded (a small file over 5 MiB, a kind the
        platform forbids), not_found (repository), conflict (another commit changed the same
        file meanwhile, or the revision is a tag), checksum_mismatch (a file changed while
        it was sent).
        """
    def download(
        self,
        repo_id: str,
        path: str,
        target: str | os.PathLike[str],
        revision: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads one file to `target`: a file name, or an existing folder in which it gets
        its own name. Its final name appears only when size and checksum are right. A file
        that is there already with this content stays as it is, without a transfer.

        Returns: Where the file is.

        Raises Error with code: not_found, checksum_mismatch, incomplete_transfer,
        write_failed.
        """
    def snapshot_download(
        self,
        repo_id: str,
        target: str | os.PathLike[str],
        what: SnapshotRequest = ...,
        /,
        *,
        revision: str = ...,
        include: Sequence[str] = ...,
        exclude: Sequence[str] = ...,
        max_workers: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> ModelSnapshot:
        """Downloads a repository, or what of it `what` selects, into the folder `target`,
        which is made when it is missing. Each file as by `download`; nothing is ever
        written outside the folder, and other files in it stay.

        Returns: What was fetched and what was there already.

        Raises Error with code: as `download`; unexpected_answer (a path in the repository
        that would leave the folder, or two that cannot both be there).
        """
    def create_tag(
        self,
        repo_id: str,
        name: str,
        revision: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ModelTag:
        """Names a commit. Only the local studio has this call.

        Returns: The tag.

        Raises Error with code: not_found, conflict (the name is taken, nothing is
        committed).
        """
    def remove(
        self,
        repo_id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Deletes a repository with all its files. Only the local studio has this call.

        Raises Error with code: not_found.
        """

@final
class Chat:
    """Questions to language models: the platform's, a local studio's, or those of any service
    with OpenAI-compatible chat completions.
    """

    def complete(
        self,
        request: ChatRequest = ...,
        /,
        *,
        model: str = ...,
        messages: Sequence[ChatMessage] = ...,
        temperature: float | None = None,
        max_tokens: int | None = None,
        stop: Sequence[str] = ...,
        extra: str = ...,
        base_url: str = ...,
        api_key: str | Secret = ...,
        piece_timeout: float | datetime.timedelta = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ChatAnswer:
        """Asks, and waits for the whole answer.

        Raises Error with code: invalid_argument, encode_failed, credentials_missing (no
        token for the platform), unauthorized, bad_request, rate_limited, service_failed,
        unexpected_answer (no such service there).
        """
    @overload
    def stream(
        self,
        request: ChatRequest = ...,
        /,
        *,
        model: str = ...,
        messages: Sequence[ChatMessage] = ...,
        temperature: float | None = None,
        max_tokens: int | None = None,
        stop: Sequence[str] = ...,
        extra: str = ...,
        base_url: str = ...,
        api_key: str | Secret = ...,
        piece_timeout: float | datetime.timedelta = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Iterator[ChatDelta]:
        """Asks, and hands the answer to `sink` piece by piece as the model makes it. `sink` is
        called on the client's executor, one call at a time. Cancelling closes the
        connection, by which the service learns that nobody listens. A service that does not
        stream hands out one piece.

        Returns: The whole answer.

        Raises Error with code: As of `complete`. An answer that breaks off fails with
        outcome `unknown` and tells how much had come; body_timeout: no piece came within
        `options.piece_timeout`.
        """
    @overload
    def stream(
        self,
        request: ChatRequest,
        /,
        sink: Callable[[ChatDelta], object],
        *,
        model: str = ...,
        messages: Sequence[ChatMessage] = ...,
        temperature: float | None = None,
        max_tokens: int | None = None,
        stop: Sequence[str] = ...,
        extra: str = ...,
        base_url: str = ...,
        api_key: str | Secret = ...,
        piece_timeout: float | datetime.timedelta = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ChatAnswer:
        """Asks, and hands the answer to `sink` piece by piece as the model makes it. `sink` is
        called on the client's executor, one call at a time. Cancelling closes the
        connection, by which the service learns that nobody listens. A service that does not
        stream hands out one piece.

        Returns: The whole answer.

        Raises Error with code: As of `complete`. An answer that breaks off fails with
        outcome `unknown` and tells how much had come; body_timeout: no piece came within
        `options.piece_timeout`.
        """

@final
class Faults:
    """Faults that a local studio plays to prediction calls, to try how a program bears what
    services do in production.
    """

    def add(
        self,
        what: Fault = ...,
        /,
        *,
        id: int = ...,
        kind: str = ...,
        service: int = ...,
        api_key: str | Secret = ...,
        after: int = ...,
        times: int = ...,
        share: float = ...,
        bytes: int = ...,
        delay_ms: int = ...,
        patience: int = ...,
        played: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Fault:
        """Plays a fault from now on, until it is over, removed or the studio stops.

        Returns: The fault with its id.

        Raises Error with code: bad_request (a kind or number that cannot be played).
        """
    def list(
        self,
        service: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Items[Fault]:
        """The faults for one service's address, oldest first; 0: all.

        Asked for page by page while you go through it.
        """
    def remove(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Ends one fault.

        Raises Error with code: not_found.
        """
    def clear(
        self,
        service: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Ends those for one service's address; 0: all."""

class Client:
    """One account on one service. What is not given is taken from the environment
    (AISTUDIO_BASE_URL, AISTUDIO_ACCESS_TOKEN, AISTUDIO_PROFILE), then from the profile
    file.

    timeout: seconds for a whole call over all attempts; math.inf: no limit. on_call: called
    with a CallReport soon after each HTTP call's end, on a thread of its own, one report at
    a time; close() waits for it. What it raises is logged.

    Pickles hold what was given, and not what was looked up. May be used by several threads;
    a forked child makes its own.
    """

    def __init__(
        self,
        *,
        base_url: str = ...,
        git_url: str = ...,
        access_token: str | Secret = ...,
        profile: str = ...,
        config_file: str | os.PathLike[str] = ...,
        timeout: float | None = None,
        limits: TimeLimits = ...,
        retry: RetryPolicy = ...,
        retry_budget: RetryBudgetOptions = ...,
        pool: PoolOptions = ...,
        tls: TlsOptions = ...,
        proxy: ProxyOptions = ...,
        max_response_bytes: int = ...,
        honours_idempotency_keys: bool | None = None,
        prediction_threads: int = ...,
        on_call: Callable[[CallReport], object] | None = None,
    ) -> None: ...
    @property
    def datasets(self) -> Datasets:
        """Operations on datasets."""
    @property
    def projects(self) -> Projects:
        """Operations on projects."""
    @property
    def jobs(self) -> Jobs:
        """Operations on jobs (the wire calls them pipelines)."""
    @property
    def services(self) -> Services:
        """Operations on prediction services: make, try, deploy."""
    @property
    def models(self) -> Models:
        """Operations on repositories of the model hub."""
    @property
    def chat(self) -> Chat:
        """Questions to language models: the platform's, a local studio's, or those of any
        service with OpenAI-compatible chat completions.
        """
    @property
    def faults(self) -> Faults:
        """Faults that a local studio plays to prediction calls, to try how a program bears
        what services do in production.
        """
    def predictor(
        self, url: str, *, api_key: str | Secret, idempotent: bool = True
    ) -> Predictor:
        """Calls to one prediction service.

        url: as the platform shows it, without `?apiKey=`. idempotent: False for a service
        with effects: a call whose answer was lost is then not repeated, and fails with
        outcome `unknown`.
        """
    @property
    def base_url(self) -> str:
        """The service's address."""
    def close(self) -> None:
        """Ends everything in flight with code `client_closed` and refuses new calls. Twice is
        fine.
        """
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...

@final
class AsyncDatasets:
    """Operations on datasets."""

    async def create(
        self,
        what: NewDataset = ...,
        /,
        *,
        name: str = ...,
        description: str = ...,
        access: str = ...,
        licence: str = ...,
        files: Sequence[str | os.PathLike[str]] = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Dataset:
        """Creates a dataset, uploading `what.files` first. Nothing is registered unless all
        files arrived.

        Returns: The dataset with its id.

        Raises Error with code: invalid_argument (name), file_not_found, file_unreadable,
        limit_exceeded.
        """
    async def upload(
        self,
        id: int,
        file: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> DatasetFile:
        """Adds one local file to a dataset, streamed from disk. The file must not change
        meanwhile.

        Returns: The file as the service has it.

        Raises Error with code: as `create`, not_found.
        """
    def list(
        self,
        *,
        scope: str = ...,
        page: int = ...,
        page_size: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> AsyncItems[Dataset]:
        """One page, newest first. Only the local studio has this call.

        Asked for page by page while you go through it.
        """
    async def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Dataset:
        """One dataset with its files.

        Raises Error with code: not_found.
        """
    async def download(
        self,
        id: int,
        file: int,
        target: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads one file to `target`: a file name, or an existing folder in which it gets
        its own name. Written under a temporary name beside it; the final name appears only
        when size and checksum are right.

        Returns: Where the file is.

        Raises Error with code: not_found, checksum_mismatch, incomplete_transfer,
        write_failed.
        """
    async def remove(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Deletes a dataset and its files. Only the local studio has this call.

        Raises Error with code: not_found, conflict while a project or an unfinished job
        uses it.
        """
    async def update(
        self,
        id: int,
        changes: DatasetChanges = ...,
        /,
        *,
        name: str | None = None,
        description: str | None = None,
        background: str | None = None,
        content: str | None = None,
        origin: str | None = None,
        usage: str | None = None,
        access: str | None = None,
        licence: str | None = None,
        official: bool | None = None,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Dataset:
        """Changes what is set in `changes` and leaves the rest. Only the local studio has this
        call.

        Raises Error with code: invalid_argument (name), not_found, forbidden for those of
        others.
        """
    async def favourite(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Dataset:
        """Marks it as a favourite of this account. Only the local studio has this call.

        Raises Error with code: not_found.
        """
    async def unfavourite(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Dataset:
        """Takes the mark away. What is no favourite stays none."""
    async def preview(
        self,
        id: int,
        file: int,
        rows: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> CsvPreview:
        """The first rows of a `.csv` file, in UTF-8 or GBK. Only the local studio has this
        call.

        Raises Error with code: not_found, bad_request for another kind of file or text.
        """
    async def path(
        self,
        id: int,
        file: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> DatasetPath:
        """Where a file is found in jobs and notebooks.

        Raises Error with code: not_found.
        """

@final
class AsyncProjects:
    """Operations on projects."""

    async def create(
        self,
        what: NewProject = ...,
        /,
        *,
        name: str = ...,
        description: str = ...,
        datasets: Sequence[int] = ...,
        kind: str = ...,
        environment: str = ...,
        framework: str = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Creates a project, with datasets attached if `what` names some.

        Raises Error with code: invalid_argument (name, more than 2 datasets), not_found (a
        dataset).
        """
    def list(
        self,
        *,
        scope: str = ...,
        page: int = ...,
        page_size: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> AsyncItems[Project]:
        """One page, newest first.

        Asked for page by page while you go through it.
        """
    async def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """One project.

        Raises Error with code: not_found.
        """
    async def update(
        self,
        id: int,
        changes: ProjectChanges = ...,
        /,
        *,
        name: str | None = None,
        description: str | None = None,
        environment: str | None = None,
        framework: str | None = None,
        official: bool | None = None,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Changes what is set in `changes` and leaves the rest."""
    async def remove(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Deletes a project.

        Raises Error with code: not_found, conflict while it has unfinished jobs or
        services.
        """
    async def attach_dataset(
        self,
        id: int,
        which: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Attaches a dataset: the project's next job finds it at the documented paths.
        Attaching it again changes nothing.

        Raises Error with code: not_found, conflict for the third dataset.
        """
    async def detach_dataset(
        self,
        id: int,
        which: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Detaches a dataset. Detaching what is not attached changes nothing."""
    async def publish(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Lets everybody read and fork it. Publishing what is public changes nothing."""
    async def unpublish(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Makes it private again; forks that were made stay. What is private stays so."""
    async def favourite(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Marks it as a favourite of this account.

        Raises Error with code: not_found.
        """
    async def unfavourite(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Takes the mark away. What is no favourite stays none."""
    async def fork(
        self,
        id: int,
        name: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Copies a project, with its files and attached datasets but without its versions and
        jobs. The copy is private, belongs to this account and has a life of its own.

        Raises Error with code: not_found when it was deleted, forbidden when it is private
        and of another account.
        """
    async def forks(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[ForkRecord]:
        """Who forked it, newest first."""
    async def versions(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[ProjectVersion]:
        """All versions without their files, newest first."""
    async def version(
        self,
        id: int,
        number: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ProjectVersion:
        """One version with its files.

        Raises Error with code: not_found.
        """
    async def save(
        self,
        id: int,
        remark: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ProjectVersion:
        """Keeps the files as they are now as an unsubmitted version. When they are those of
        the newest version, that one is returned and nothing is made.

        Raises Error with code: conflict when there is no file.
        """
    async def compare(
        self,
        id: int,
        before: int,
        after: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[FileChange]:
        """What became of the files between two versions, by path.

        Raises Error with code: not_found.
        """
    async def restore(
        self,
        id: int,
        number: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Puts the files and the main file of a version in place of those there are now, which
        are saved as an unsubmitted version before, so that nothing is lost.

        Raises Error with code: not_found.
        """
    async def download_version(
        self,
        id: int,
        number: int,
        target: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads all files of a version to the folder `target`, which is made; files that
        are there under the same names are replaced. Safety of each file as in
        `datasets.download`.

        Returns: `target`.

        Raises Error with code: not_found, write_failed.
        """
    async def files(
        self,
        id: int,
        version: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[ProjectFile]:
        """All files and folders below it, by path.

        Raises Error with code: not_found.
        """
    async def create_folder(
        self,
        id: int,
        path: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ProjectFile:
        """Makes a folder and those above it. What is a folder stays one.

        Raises Error with code: bad_request (path), conflict when a file has the name.
        """
    async def upload_file(
        self,
        id: int,
        file: str | os.PathLike[str],
        path: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> ProjectFile:
        """Uploads a local file of at most 20 MiB in place of what is there; folders above it
        are made.

        Raises Error with code: limit_exceeded (larger: make a dataset of it),
        file_not_found, bad_request (path), conflict (a folder has the name, too many
        files).
        """
    async def download_file(
        self,
        id: int,
        path: str,
        target: str | os.PathLike[str],
        version: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads one file. Target and safety as in `datasets.download`.

        Raises Error with code: not_found, write_failed.
        """
    async def read_file(
        self,
        id: int,
        path: str,
        version: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> str:
        """The text of a file.

        Raises Error with code: not_found, bad_request when it is a folder or not UTF-8,
        payload_too_large over 20 MiB: download it.
        """
    async def write_file(
        self,
        id: int,
        path: str,
        content: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ProjectFile:
        """Writes a text of at most 1 MiB in place of what is there; folders above it are made.

        Raises Error with code: limit_exceeded (larger: upload it), bad_request (path, not
        UTF-8), conflict (a folder has the name, too many files).
        """
    async def preview_file(
        self,
        id: int,
        path: str,
        version: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> str:
        """The text of a `.py` or `.txt` file of at most 1 MiB, for showing it.

        Raises Error with code: not_found, bad_request (another kind of file, not UTF-8),
        payload_too_large.
        """
    async def rename_file(
        self,
        id: int,
        path: str,
        new_path: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ProjectFile:
        """Gives a file, or a folder with all in it, another name or place. The main file stays
        the main file.

        Raises Error with code: not_found, bad_request (path), conflict when the new name is
        taken.
        """
    async def remove_file(
        self,
        id: int,
        path: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Removes a file, or a folder with all in it. Versions keep theirs.

        Raises Error with code: not_found.
        """
    async def set_main_file(
        self,
        id: int,
        path: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Project:
        """Chooses the `.py` or `.sh` file that a job without a command of its own starts.

        Raises Error with code: not_found, bad_request (another kind of file).
        """

@final
class AsyncJobs:
    """Operations on jobs (the wire calls them pipelines)."""

    async def submit(
        self,
        what: NewJob = ...,
        /,
        *,
        name: str = ...,
        folder: str | os.PathLike[str] = ...,
        command: str = ...,
        environment: str = ...,
        device: str = ...,
        gpus: int = ...,
        payment: str = ...,
        datasets: Sequence[int] = ...,
        project: int | None = None,
        remark: str = ...,
        requirements: Sequence[str] = ...,
        trainers: int = ...,
        servers: int = ...,
        time_limit_ms: int = ...,
        memory_limit_bytes: int = ...,
        output_limit_bytes: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Job:
        """Packs `what.folder`, uploads it and queues the job. When the upload fails the
        service is told, so that no job stays half submitted.

        Returns: The job as queued.

        Raises Error with code: invalid_argument, file_not_found, limit_exceeded (zip over
        50 MiB, more than 3 datasets), not_found (a dataset or the project).
        """
    def list(
        self,
        *,
        name: str = ...,
        stage: str = ...,
        project: int | None = None,
        remark: str = ...,
        created_from: datetime.datetime | None = ...,
        created_before: datetime.datetime | None = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> AsyncItems[Job]:
        """All jobs the filter lets through; the wire has no pages here.

        Asked for page by page while you go through it.
        """
    async def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Job:
        """One job as it is now.

        Raises Error with code: not_found.
        """
    async def wait(
        self,
        id: str,
        *,
        timeout: float | None = None,
        poll: float | datetime.timedelta = ...,
        max_poll: float | datetime.timedelta = ...,
        call_timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Job:
        """Waits until the job is in a final stage. A failed job is a value, not an error;
        cancelling ends the wait, not the job.

        Raises Error with code: not_found, deadline_exceeded.
        """
    async def log(
        self,
        id: str,
        offset: int = ...,
        role: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> LogChunk:
        """What the log has from `offset` on, at once. Only the local studio has this call.

        Raises Error with code: not_found (the job, or a role it does not have).
        """
    @overload
    def follow_log(
        self,
        id: str,
        *,
        offset: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        wait: float | datetime.timedelta = ...,
        role: str = ...,
    ) -> AsyncIterator[LogChunk]:
        """Hands the log to `sink` as it grows, each byte once, until the job has ended. Lost
        connections are mended by reading on from the last byte. `sink` is called on the
        client's executor, one call at a time.

        Returns: Where the log ends, in bytes. After an error, go on from the last chunk's
        `next_offset`.
        """
    @overload
    def follow_log(
        self,
        id: str,
        sink: Callable[[LogChunk], object],
        *,
        offset: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        wait: float | datetime.timedelta = ...,
        role: str = ...,
    ) -> Awaitable[int]:
        """Hands the log to `sink` as it grows, each byte once, until the job has ended. Lost
        connections are mended by reading on from the last byte. `sink` is called on the
        client's executor, one call at a time.

        Returns: Where the log ends, in bytes. After an error, go on from the last chunk's
        `next_offset`.
        """
    async def stop(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Ends the job and all its processes; its log is kept. Stopping a job that has ended
        changes nothing.
        """
    async def outputs(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[OutputFile]:
        """All files below the output folder."""
    async def download_output(
        self,
        id: str,
        path: str,
        target: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads one file of the output; `path` as in `output_file`. Target and safety as
        in `datasets.download`.
        """
    async def download_archive(
        self,
        id: str,
        which: str,
        target: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads `<job id>_log.tar.gz` or `<job id>_output.tar.gz` of a job that has ended.
        Only the local studio has this call.

        Raises Error with code: conflict while the job runs.
        """
    async def options(
        self,
        device: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> JobChoices:
        """What a job may ask for, with the price factor of each. Only the local studio has
        this call.
        """
    async def version(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> JobVersion:
        """The code of a job as it was submitted, file by file. Only the local studio has this
        call.

        Raises Error with code: not_found, conflict while no code has arrived.
        """
    async def download_code(
        self,
        id: str,
        target: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Writes the code of a job, as it was submitted, below `target`: a folder, made when
        it is not there; files of the same names are replaced. To change it and submit it
        anew, give the folder to `resubmit`.

        Returns: The folder.

        Raises Error with code: As `version`; write_failed.
        """
    async def resubmit(
        self,
        id: str,
        changes: JobChanges = ...,
        /,
        *,
        name: str | None = None,
        command: str | None = None,
        remark: str | None = None,
        environment: str | None = None,
        gpus: int | None = None,
        folder: str | os.PathLike[str] = ...,
        requirements: Sequence[str] = ...,
        trainers: int | None = None,
        servers: int | None = None,
        time_limit_ms: int | None = None,
        memory_limit_bytes: int | None = None,
        output_limit_bytes: int | None = None,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Job:
        """Queues a new job like an earlier one but for `changes`. The earlier job and its code
        stay as they are. Only the local studio has this call.

        Returns: The new job as queued.

        Raises Error with code: As `submit`; not_found (the job, its project or a dataset is
        gone), conflict (the earlier job's code never arrived).
        """
    async def follow(
        self, job: Job | str, /, *, file: TextIO | None = None, offset: int = 0
    ) -> Job:
        """Prints the log as it grows until the job has ended, and returns the job.

        job: the job or its id. file: None: sys.stdout. offset: byte to begin with.
        """

@final
class AsyncServices:
    """Operations on prediction services: make, try, deploy."""

    async def create(
        self,
        what: NewService = ...,
        /,
        *,
        name: str = ...,
        project: int = ...,
        job: str = ...,
        job_path: str = ...,
        model_folder: str | os.PathLike[str] = ...,
        main_program: str = ...,
        inputs: Sequence[TensorSpec] = ...,
        outputs: Sequence[TensorSpec] = ...,
        converter: str | os.PathLike[str] = ...,
        project_path: str = ...,
        files: Sequence[str] = ...,
        options: ServingOptions = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Service:
        """Makes a complete draft: its model comes from a job's output, a project's files, or a
        local folder (packed and uploaded) or archive (uploaded).

        Raises Error with code: invalid_argument (not exactly one source, name),
        file_not_found, not_found, bad_request (no model in the folder, main program
        missing, options out of range).
        """
    async def save_draft(
        self,
        what: NewService = ...,
        /,
        *,
        name: str = ...,
        project: int = ...,
        job: str = ...,
        job_path: str = ...,
        model_folder: str | os.PathLike[str] = ...,
        main_program: str = ...,
        inputs: Sequence[TensorSpec] = ...,
        outputs: Sequence[TensorSpec] = ...,
        converter: str | os.PathLike[str] = ...,
        project_path: str = ...,
        files: Sequence[str] = ...,
        options: ServingOptions = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Service:
        """Keeps a draft as far as it goes: model and main program may be missing,
        `service.missing` names them. `update` completes it.

        Raises Error with code: as `create`, for what is given.
        """
    async def update(
        self,
        id: int,
        changes: ServiceChanges = ...,
        /,
        *,
        name: str | None = None,
        job: str = ...,
        job_path: str = ...,
        model_folder: str | os.PathLike[str] = ...,
        project_path: str = ...,
        files: Sequence[str] = ...,
        main_program: str | None = None,
        inputs: Sequence[TensorSpec] | None = None,
        outputs: Sequence[TensorSpec] | None = None,
        converter: str | os.PathLike[str] | None = None,
        options: ServingOptions | None = None,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> Service:
        """Changes a draft, or the name of any service.

        Raises Error with code: not_found, conflict (more than the name of what is no
        draft), and as `create` for what is given.
        """
    def list(
        self,
        *,
        project: int | None = None,
        page: int = ...,
        page_size: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> AsyncItems[Service]:
        """One page, newest first.

        Asked for page by page while you go through it.
        """
    async def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """One service.

        Raises Error with code: not_found.
        """
    async def create_sandbox(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """Makes a sandbox of a draft, in which it can be tried with `test`. Completes once the
        model is loaded and fits the declared inputs and outputs, which takes seconds with
        Paddle.

        Raises Error with code: not_found, conflict for the sixth sandbox of a project,
        bad_request (the draft lacks something, or a declared input or output is not the
        model's), service_failed (the model or converter cannot be loaded, with the reason).
        """
    async def test(
        self,
        id: int,
        parameters: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> str:
        """Calls a sandbox or online service once, by token instead of key. `parameters` is
        JSON.

        Returns: The service's output as JSON text.

        Raises Error with code: encode_failed (not JSON), service_failed with the
        converter's traceback, service_not_running.
        """
    async def deploy(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """Makes a sandbox the project's online service, in place of the one before, whose URL
        and key it takes over and which becomes a sandbox. Calls go to one or the other;
        none fails for it.

        Returns: The service with `url` and `api_key`.

        Raises Error with code: not_found, conflict (no sandbox, or paused), service_failed
        (the model cannot be loaded; the service before stays online).
        """
    async def pause(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """Stops answering until resumed; URL and key stay."""
    async def resume(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """Ends a pause, one that came by itself included."""
    async def rotate_key(
        self,
        id: int,
        overlap: float | datetime.timedelta = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Service:
        """Gives the project's address a new key.

        Returns: The service with its new `api_key`.

        Raises Error with code: not_found, conflict (the service has no key: it is not
        online), bad_request (overlap).
        """
    async def statistics(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ServiceStatistics:
        """What the service's calls came to.

        Raises Error with code: not_found.
        """
    async def remove(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Ends and forgets a service. Calls that wait for it fail with service_not_running."""

@final
class AsyncModels:
    """Operations on repositories of the model hub."""

    async def create(
        self,
        what: NewModel = ...,
        /,
        *,
        id: str = ...,
        title: str = ...,
        description: str = ...,
        licence: str = ...,
        is_public: bool = ...,
        kind: str = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Model:
        """Creates a repository without files.

        Returns: The repository.

        Raises Error with code: invalid_argument (name), conflict (the name is taken).
        """
    async def exists(
        self,
        repo_id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> bool:
        """Whether there is a repository of that name which this token may read. The service
        does not tell the two apart.
        """
    async def get(
        self,
        repo_id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Model:
        """One repository. Only the local studio has this call.

        Raises Error with code: not_found.
        """
    def list(
        self,
        *,
        page: int = ...,
        page_size: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> AsyncItems[Model]:
        """One page of the own repositories, newest first. Only the local studio has this call.

        Asked for page by page while you go through it.
        """
    async def files(
        self,
        repo_id: str,
        revision: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> builtins.list[ModelFile]:
        """All files at a revision, by path. `size` and `sha256` are those that the service
        tells in lists; `file_info` may know more.

        Raises Error with code: not_found (repository or revision).
        """
    async def file_info(
        self,
        repo_id: str,
        path: str,
        revision: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ModelFile:
        """One file at a revision.

        Raises Error with code: not_found (repository, revision or file).
        """
    async def upload(
        self,
        repo_id: str,
        what: ModelUpload = ...,
        /,
        *,
        local_path: str | os.PathLike[str] = ...,
        path_in_repo: str = ...,
        include: Sequence[str] = ...,
        exclude: Sequence[str] = ...,
        commit_message: str = ...,
        revision: str = ...,
        max_workers: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> ModelCommit:
        """Uploads a file or a folder. Large files go first, several at a time, those that the
        hub has already not at all; then one commit names everything that changed, several
        when there are more than 500 files or 32 MiB of small ones. Files of 0 bytes are
        taken whatever `transfer_options.allow_empty_files` says. Repeating it after a
        failure sends what is missing.

        Returns: The commit, and what is in it.

        Raises Error with code: invalid_argument (path, pattern without a file),
        file_not_found, file_unreadable, limit_exceeded (a small file over 5 MiB, a kind the
        platform forbids), not_found (repository), conflict (another commit changed the same
        file meanwhile, or the revision is a tag), checksum_mismatch (a file changed while
        it was sent).
        """
    async def download(
        self,
        repo_id: str,
        path: str,
        target: str | os.PathLike[str],
        revision: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> pathlib.Path:
        """Downloads one file to `target`: a file name, or an existing folder in which it gets
        its own name. Its final name appears only when size and checksum are right. A file
        that is there already with this content stays as it is, without a transfer.

        Returns: Where the file is.

        Raises Error with code: not_found, checksum_mismatch, incomplete_transfer,
        write_failed.
        """
    async def snapshot_download(
        self,
        repo_id: str,
        target: str | os.PathLike[str],
        what: SnapshotRequest = ...,
        /,
        *,
        revision: str = ...,
        include: Sequence[str] = ...,
        exclude: Sequence[str] = ...,
        max_workers: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
        part_size: int = ...,
        parallel: int = ...,
        resume: bool = ...,
    ) -> ModelSnapshot:
        """Downloads a repository, or what of it `what` selects, into the folder `target`,
        which is made when it is missing. Each file as by `download`; nothing is ever
        written outside the folder, and other files in it stay.

        Returns: What was fetched and what was there already.

        Raises Error with code: as `download`; unexpected_answer (a path in the repository
        that would leave the folder, or two that cannot both be there).
        """
    async def create_tag(
        self,
        repo_id: str,
        name: str,
        revision: str = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ModelTag:
        """Names a commit. Only the local studio has this call.

        Returns: The tag.

        Raises Error with code: not_found, conflict (the name is taken, nothing is
        committed).
        """
    async def remove(
        self,
        repo_id: str,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Deletes a repository with all its files. Only the local studio has this call.

        Raises Error with code: not_found.
        """

@final
class AsyncChat:
    """Questions to language models: the platform's, a local studio's, or those of any service
    with OpenAI-compatible chat completions.
    """

    async def complete(
        self,
        request: ChatRequest = ...,
        /,
        *,
        model: str = ...,
        messages: Sequence[ChatMessage] = ...,
        temperature: float | None = None,
        max_tokens: int | None = None,
        stop: Sequence[str] = ...,
        extra: str = ...,
        base_url: str = ...,
        api_key: str | Secret = ...,
        piece_timeout: float | datetime.timedelta = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> ChatAnswer:
        """Asks, and waits for the whole answer.

        Raises Error with code: invalid_argument, encode_failed, credentials_missing (no
        token for the platform), unauthorized, bad_request, rate_limited, service_failed,
        unexpected_answer (no such service there).
        """
    @overload
    def stream(
        self,
        request: ChatRequest = ...,
        /,
        *,
        model: str = ...,
        messages: Sequence[ChatMessage] = ...,
        temperature: float | None = None,
        max_tokens: int | None = None,
        stop: Sequence[str] = ...,
        extra: str = ...,
        base_url: str = ...,
        api_key: str | Secret = ...,
        piece_timeout: float | datetime.timedelta = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> AsyncIterator[ChatDelta]:
        """Asks, and hands the answer to `sink` piece by piece as the model makes it. `sink` is
        called on the client's executor, one call at a time. Cancelling closes the
        connection, by which the service learns that nobody listens. A service that does not
        stream hands out one piece.

        Returns: The whole answer.

        Raises Error with code: As of `complete`. An answer that breaks off fails with
        outcome `unknown` and tells how much had come; body_timeout: no piece came within
        `options.piece_timeout`.
        """
    @overload
    def stream(
        self,
        request: ChatRequest,
        /,
        sink: Callable[[ChatDelta], object],
        *,
        model: str = ...,
        messages: Sequence[ChatMessage] = ...,
        temperature: float | None = None,
        max_tokens: int | None = None,
        stop: Sequence[str] = ...,
        extra: str = ...,
        base_url: str = ...,
        api_key: str | Secret = ...,
        piece_timeout: float | datetime.timedelta = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Awaitable[ChatAnswer]:
        """Asks, and hands the answer to `sink` piece by piece as the model makes it. `sink` is
        called on the client's executor, one call at a time. Cancelling closes the
        connection, by which the service learns that nobody listens. A service that does not
        stream hands out one piece.

        Returns: The whole answer.

        Raises Error with code: As of `complete`. An answer that breaks off fails with
        outcome `unknown` and tells how much had come; body_timeout: no piece came within
        `options.piece_timeout`.
        """

@final
class AsyncFaults:
    """Faults that a local studio plays to prediction calls, to try how a program bears what
    services do in production.
    """

    async def add(
        self,
        what: Fault = ...,
        /,
        *,
        id: int = ...,
        kind: str = ...,
        service: int = ...,
        api_key: str | Secret = ...,
        after: int = ...,
        times: int = ...,
        share: float = ...,
        bytes: int = ...,
        delay_ms: int = ...,
        patience: int = ...,
        played: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Fault:
        """Plays a fault from now on, until it is over, removed or the studio stops.

        Returns: The fault with its id.

        Raises Error with code: bad_request (a kind or number that cannot be played).
        """
    def list(
        self,
        service: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> AsyncItems[Fault]:
        """The faults for one service's address, oldest first; 0: all.

        Asked for page by page while you go through it.
        """
    async def remove(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Ends one fault.

        Raises Error with code: not_found.
        """
    async def clear(
        self,
        service: int = ...,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Ends those for one service's address; 0: all."""

class AsyncClient:
    """One account on one service. What is not given is taken from the environment
    (AISTUDIO_BASE_URL, AISTUDIO_ACCESS_TOKEN, AISTUDIO_PROFILE), then from the profile
    file.

    timeout: seconds for a whole call over all attempts; math.inf: no limit. on_call: called
    with a CallReport soon after each HTTP call's end, on a thread of its own, one report at
    a time; close() waits for it. What it raises is logged.

    Pickles hold what was given, and not what was looked up. For one task or many, on any
    loop.
    """

    def __init__(
        self,
        *,
        base_url: str = ...,
        git_url: str = ...,
        access_token: str | Secret = ...,
        profile: str = ...,
        config_file: str | os.PathLike[str] = ...,
        timeout: float | None = None,
        limits: TimeLimits = ...,
        retry: RetryPolicy = ...,
        retry_budget: RetryBudgetOptions = ...,
        pool: PoolOptions = ...,
        tls: TlsOptions = ...,
        proxy: ProxyOptions = ...,
        max_response_bytes: int = ...,
        honours_idempotency_keys: bool | None = None,
        prediction_threads: int = ...,
        on_call: Callable[[CallReport], object] | None = None,
    ) -> None: ...
    @property
    def datasets(self) -> AsyncDatasets:
        """Operations on datasets."""
    @property
    def projects(self) -> AsyncProjects:
        """Operations on projects."""
    @property
    def jobs(self) -> AsyncJobs:
        """Operations on jobs (the wire calls them pipelines)."""
    @property
    def services(self) -> AsyncServices:
        """Operations on prediction services: make, try, deploy."""
    @property
    def models(self) -> AsyncModels:
        """Operations on repositories of the model hub."""
    @property
    def chat(self) -> AsyncChat:
        """Questions to language models: the platform's, a local studio's, or those of any
        service with OpenAI-compatible chat completions.
        """
    @property
    def faults(self) -> AsyncFaults:
        """Faults that a local studio plays to prediction calls, to try how a program bears
        what services do in production.
        """
    def predictor(
        self, url: str, *, api_key: str | Secret, idempotent: bool = True
    ) -> AsyncPredictor:
        """Calls to one prediction service.

        url: as the platform shows it, without `?apiKey=`. idempotent: False for a service
        with effects: a call whose answer was lost is then not repeated, and fails with
        outcome `unknown`.
        """
    @property
    def base_url(self) -> str:
        """The service's address."""
    async def close(self) -> None:
        """Ends everything in flight with code `client_closed` and refuses new calls. Twice is
        fine.
        """
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
