"""The native part. The value types below are generated from the C++ headers by the build; the rest
stands in bindings/python/src/core_head.pyi. Do not edit `_core.pyi`.
"""

import datetime
import os
import pathlib
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, ClassVar, Self, final

__version__: str

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

@final
class Predictor:
    """Calls one prediction service. `Client.predictor` makes it.

    A record is a dict, list or other value that JSON has, numpy's numbers included; `str` and
    `bytes` are JSON text already and sent as they are. May be used by several threads.
    """

    def predict(self, record: object, /, *, timeout: float | None = None) -> Any:
        """Sends one record and returns the answer's `result`, or the whole answer if it has none.

        timeout: seconds for the whole call over all attempts; None: the client's.
        Raises TypeError and ValueError for a record that JSON cannot hold, Error for a call that
        failed.
        """
    def predict_raw(self, record: object, /, *, timeout: float | None = None) -> bytes:
        """As `predict`, and returns the whole answer as it came."""
    @property
    def url(self) -> str:
        """The service's address, without the key."""

@final
class Client:
    """One account on one service. What is None is taken from the environment
    (AISTUDIO_BASE_URL, AISTUDIO_ACCESS_TOKEN, AISTUDIO_PROFILE), then from the profile file.

    timeout: seconds for a whole call over all attempts; None: 120. May be used by several threads;
    a forked child makes its own.
    """

    def __init__(
        self,
        *,
        base_url: str | None = None,
        access_token: str | Secret | None = None,
        profile: str | None = None,
        timeout: float | None = None,
    ) -> None: ...
    def predictor(
        self, url: str, *, api_key: str | Secret, idempotent: bool = True
    ) -> Predictor:
        """Calls to one prediction service.

        url: as the platform shows it, without `?apiKey=`.
        idempotent: False for a service with effects: a call whose answer was lost is then not
        repeated, and fails with outcome `unknown`.
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
    ) -> LocalStudio: ...
    def serve(self, name: str, function: Callable[[Any], object], /) -> Endpoint: ...
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
