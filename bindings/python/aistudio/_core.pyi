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
