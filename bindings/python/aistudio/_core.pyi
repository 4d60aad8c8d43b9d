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
        """When an attribute or an attachment last changed."""
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
    ) -> None: ...
    @property
    def name(self) -> str | None:
        """New name, not empty."""
    @property
    def description(self) -> str | None:
        """New description; empty clears it."""
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
        remark: str = ...,
        datasets: Sequence[int] = ...,
        exit_code: int | None = ...,
        message: str = ...,
        created_at: datetime.datetime | None = ...,
        started_at: datetime.datetime | None = ...,
        finished_at: datetime.datetime | None = ...,
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
    def remark(self) -> str:
        """Free text given at submission."""
    @property
    def datasets(self) -> list[int]:
        """Datasets mounted for it."""
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
    ) -> None: ...
    @property
    def name(self) -> str:
        """Must not be empty."""
    @property
    def folder(self) -> pathlib.Path:
        """Local folder with the code; packed as a zip of at most 50 MiB (official client's
        limit).
        """
    @property
    def command(self) -> str:
        """Shell command, started inside the unpacked folder, such as `python train.py`."""
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
        """The project it belongs to. Only the local studio uses it."""
    @property
    def remark(self) -> str:
        """Free text to tell executions apart. Only the local studio keeps it."""
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
        """The model's graph file, relative to the model folder."""
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
        """When its state last changed."""
    def to_dict(self) -> dict[str, Any]:
        """The members by name; secrets stay `Secret`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any], /) -> None: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class NewService:
    """What to create a prediction service from. The model comes either from a job's output or
    from a local folder.
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
        """Local folder with the model files; empty when `job` is given."""
    @property
    def main_program(self) -> str:
        """The graph file relative to the model folder (`model.json`, `model.pdmodel`,
        `__model__`); empty: found by itself when there is exactly one.
        """
    @property
    def inputs(self) -> list[TensorSpec]:
        """Inputs to check; empty: not checked."""
    @property
    def outputs(self) -> list[TensorSpec]:
        """Outputs to check; empty: not checked."""
    @property
    def converter(self) -> pathlib.Path:
        """Local Python file with `reader_infer(data_args)` and `output(results, data_args)`;
        empty: no converters.
        """
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
        """Bytes done, over all files of the call. May fall back when an attempt is repeated."""
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
    ) -> DatasetFile:
        """Adds one local file to a dataset, streamed from disk. The file must not change
        meanwhile.

        Returns: The file as the service has it.

        Raises Error with code: as `create`, not_found.
        """
    def list(
        self,
        *,
        page: int = ...,
        page_size: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> Items[Dataset]:
        """One page of the own datasets, newest first. Only the local studio has this call.

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
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
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
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> LogChunk:
        """What the log has from `offset` on, at once. Only the local studio has this call."""
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
    ) -> pathlib.Path:
        """Downloads `<job id>_log.tar.gz` or `<job id>_output.tar.gz` of a job that has ended.
        Only the local studio has this call.

        Raises Error with code: conflict while the job runs.
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
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
    ) -> Service:
        """Makes a draft from a job's output or from a local folder (packed and uploaded).

        Raises Error with code: invalid_argument (both or neither source, name),
        file_not_found, not_found, bad_request (no model in the folder, main program
        missing).
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
        """Makes a sandbox of a draft, in which it can be tried with `test`.

        Raises Error with code: not_found, conflict for the sixth sandbox of a project.
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
        and key it takes over.

        Returns: The service with `url` and `api_key`.
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
        """Ends a pause."""
    def remove(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Ends and forgets a service."""

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
    ) -> DatasetFile:
        """Adds one local file to a dataset, streamed from disk. The file must not change
        meanwhile.

        Returns: The file as the service has it.

        Raises Error with code: as `create`, not_found.
        """
    def list(
        self,
        *,
        page: int = ...,
        page_size: int = ...,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> AsyncItems[Dataset]:
        """One page of the own datasets, newest first. Only the local studio has this call.

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
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
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
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> LogChunk:
        """What the log has from `offset` on, at once. Only the local studio has this call."""
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
    ) -> pathlib.Path:
        """Downloads `<job id>_log.tar.gz` or `<job id>_output.tar.gz` of a job that has ended.
        Only the local studio has this call.

        Raises Error with code: conflict while the job runs.
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
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
        progress: Callable[[TransferProgress], object] | bool | None = None,
        allow_empty_files: bool = ...,
    ) -> Service:
        """Makes a draft from a job's output or from a local folder (packed and uploaded).

        Raises Error with code: invalid_argument (both or neither source, name),
        file_not_found, not_found, bad_request (no model in the folder, main program
        missing).
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
        """Makes a sandbox of a draft, in which it can be tried with `test`.

        Raises Error with code: not_found, conflict for the sixth sandbox of a project.
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
        and key it takes over.

        Returns: The service with `url` and `api_key`.
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
        """Ends a pause."""
    async def remove(
        self,
        id: int,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        idempotency_key: str = ...,
    ) -> None:
        """Ends and forgets a service."""

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
