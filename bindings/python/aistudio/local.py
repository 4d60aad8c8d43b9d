"""The local studio: AI Studio in this process, without the cloud, for tests and demos."""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

from aistudio._core import ChatUsage, Endpoint, Fault, LocalStudio, Secret

__all__ = ["Studio"]

_running: weakref.WeakSet[Studio] = weakref.WeakSet()


class Studio:
    """A local studio that runs from its construction to `stop()` or the end of the `with` block.

    directory: where it keeps everything, for the next time too; None: a temporary folder, removed
    at the end. port: 0 takes a free one. token: None takes the one kept in the directory, made on
    the first start. python: interpreter for jobs and models; None: AISTUDIO_PYTHON, then the one
    that runs this.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str] | None = None,
        *,
        port: int = 0,
        token: str | Secret | None = None,
        user: str = "local",
        python: str | os.PathLike[str] | None = None,
    ) -> None:
        self._temporary = None
        if directory is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="aistudio-")
            directory = self._temporary.name
        if python is None:
            python = os.environ.get("AISTUDIO_PYTHON") or sys.executable
        self._native = LocalStudio.start(
            directory, port=port, token=token, user=user, python=python
        )
        _running.add(self)

    def serve(self, name: str, function: Callable[[Any], object]) -> Endpoint:
        """Serves a Python function as an online prediction service.

        It gets the call's record and returns its answer, both as JSON has them, and is called from
        the studio's threads. What it raises becomes a failed answer with errorCode 422.
        """
        return self._native.serve(name, function)

    def serve_chat(self, function: Callable[[Any], str | Iterable[str | ChatUsage]]) -> str:
        """Serves a Python function as the platform's language models, OpenAI-compatible, and
        returns the base address, for `client.chat` or any client of that protocol.

        It gets the request as JSON has it (`request["messages"][-1]["content"]`), and returns the
        answer as a text or as pieces of it, such as a generator makes; a ChatUsage among them tells
        the tokens. It is called from threads of the studio. What it raises ends the answer as a
        failed one. Raises Error with code conflict when a function is served already.
        """
        return self._native.serve_chat(function)

    def add_fault(
        self,
        kind: str,
        *,
        service: int = 0,
        api_key: str | Secret = "",
        after: int = 0,
        times: int = 0,
        share: float = 1.0,
        bytes: int = 0,
        delay_ms: int = 0,
        patience: int = 64,
    ) -> Fault:
        """Does something wrong to prediction calls from now on, to try how a program bears it.

        kind: such as `queue_full`, `rate_limited`, `stall`, `reset`; `Fault` has what the rest
        means. `client.faults` does the same from elsewhere. Raises Error with code bad_request for
        what cannot be played.
        """
        what = Fault(
            kind=kind,
            service=service,
            api_key=api_key,
            after=after,
            times=times,
            share=share,
            bytes=bytes,
            delay_ms=delay_ms,
            patience=patience,
        )
        return self._native.add_fault(what)

    def list_faults(self, service: int = 0) -> list[Fault]:
        """The faults for one service's address, oldest first; 0: all."""
        return self._native.list_faults(service)

    def remove_fault(self, id: int) -> None:
        """Ends one fault. Raises Error with code not_found."""
        self._native.remove_fault(id)

    def clear_faults(self, service: int = 0) -> None:
        """Ends those for one service's address; 0: all."""
        self._native.clear_faults(service)

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:<port>`."""
        return self._native.base_url

    @property
    def access_token(self) -> Secret:
        """The token that every call but prediction needs."""
        return self._native.access_token

    @property
    def user(self) -> str:
        """The one user, owner of everything."""
        return self._native.user

    def stop(self) -> None:
        """Ends its jobs and services and frees the folder. Twice is fine."""
        _running.discard(self)
        self._native.stop()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


@atexit.register
def _stop_all() -> None:
    """Studios call Python from their threads: they must be gone before the interpreter is."""
    for studio in list(_running):
        studio.stop()
