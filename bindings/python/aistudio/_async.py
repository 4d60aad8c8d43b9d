"""The client for asyncio. Its operations are the native ones, which return a future each, as
coroutines: a task that is cancelled ends its call on the wire.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from types import TracebackType
from typing import Any, TextIO, cast

from aistudio import _core
from aistudio._core import AsyncClient, AsyncPredictor, Job
from aistudio._errors import Error

__all__ = ["AsyncClient", "AsyncPredictor"]

_RESOURCES = [
    made
    for name, made in vars(_core).items()
    if name.startswith("Async") and made not in (AsyncClient, AsyncPredictor)
]


async def finished(call: Any) -> Any:
    """What a native call returns."""
    try:
        return await call.future
    except asyncio.CancelledError:
        call.cancel()
        raise


def _coroutine(start: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(start)
    async def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        call = start(self, *args, **kwargs)
        try:
            return await call.future
        except asyncio.CancelledError:
            call.cancel()
            raise

    return method


async def _follow(
    self: Any, job: Job | str, /, *, file: TextIO | None = None, offset: int = 0
) -> Job:
    """Prints the log as it grows until the job has ended, and returns the job."""
    id = job.id if isinstance(job, Job) else job
    async for chunk in self.follow_log(id, offset=offset):
        print(chunk.text, end="", file=file, flush=True)
    return cast("Job", await self.wait(id))


def _pieces(start: Callable[..., Any]) -> Callable[..., Any]:
    """An operation with a sink: without one it yields what the sink would get."""
    run = _coroutine(start)

    async def chunks_of(self: Any, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        chunks: asyncio.Queue[Any] = asyncio.Queue()
        call = start(self, *args, sink=chunks.put_nowait, **kwargs)
        # Chunks are delivered before the end of the call, so that nothing follows this.
        call.future.add_done_callback(lambda _: chunks.put_nowait(None))
        try:
            while (chunk := await chunks.get()) is not None:
                yield chunk
            await call.future
        finally:
            call.cancel()

    @functools.wraps(start)
    def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        has_sink = len(args) > 1 or "sink" in kwargs
        return run(self, *args, **kwargs) if has_sink else chunks_of(self, *args, **kwargs)

    return method


async def _each(records: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterator[Any]:
    if isinstance(records, AsyncIterable):
        async for record in records:
            yield record
    else:
        for record in records:
            yield record


async def _predict_many(
    self: Any, records: Iterable[Any] | AsyncIterable[Any], /, **kwargs: Any
) -> AsyncIterator[Any]:
    """Sends many records, many at a time, and yields their answers."""
    bulk = self._begin_many(records, **kwargs)
    room = asyncio.Event()

    async def feed() -> None:
        try:
            async for record in _each(records):
                while not bulk.room:
                    room.clear()
                    await room.wait()
                bulk.feed(record)
        finally:
            bulk.close_source()

    feeding = asyncio.ensure_future(feed())
    try:
        while (answers := bulk.take()) is not None:
            room.set()
            for answer in answers:
                if not bulk.returns_errors:
                    _raise_error(answer if bulk.ordered else answer[1])
                yield answer
            if not answers and (ready := bulk.ready()) is not None:
                await ready
        await feeding
    finally:
        feeding.cancel()
        bulk.close()


def _raise_error(answer: Any) -> None:
    if isinstance(answer, Error):
        raise answer


async def _close(self: Any) -> None:
    """Ends everything in flight with code `client_closed` and refuses new calls. Twice is fine."""
    _native_close(self)


async def _enter(self: Any) -> Any:
    return self


async def _exit(
    self: Any,
    kind: type[BaseException] | None,
    error: BaseException | None,
    traceback: TracebackType | None,
) -> None:
    _native_close(self)


def _make_methods() -> None:
    for resource in _RESOURCES:
        for name, native in list(vars(resource).items()):
            if name.startswith("_") or name == "list":
                continue
            wrap = _pieces if name in ("follow_log", "stream") else _coroutine
            setattr(resource, name, wrap(native))
    for name in ("predict", "predict_raw"):
        setattr(AsyncPredictor, name, _coroutine(vars(AsyncPredictor)[name]))
    for owner, name, method in (
        (_core.AsyncJobs, "follow", _follow),
        (AsyncPredictor, "predict_many", _predict_many),
        (AsyncClient, "close", _close),
        (AsyncClient, "__aenter__", _enter),
        (AsyncClient, "__aexit__", _exit),
    ):
        setattr(owner, name, method)


_native_close: Any = AsyncClient.close
_make_methods()
