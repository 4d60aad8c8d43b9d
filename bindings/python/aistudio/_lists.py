"""Lists that are asked for page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Items(Generic[T]):
    """The items of a list. Each `for` goes through them from the start, asking for a page when the
    one before is used up. What is made or deleted meanwhile may be seen twice or missed.
    """

    def __init__(self, fetch: Callable[[int], Any], first: int) -> None:
        self._fetch = fetch
        self._first = first

    def __iter__(self) -> Iterator[T]:
        number, more = self._first, True
        while more:
            items, more = _parts(self._fetch(number))
            yield from items
            number += 1

    def _repr_html_(self) -> str:
        return _table(list(self))


class AsyncItems(Generic[T]):
    """The items of a list, for `async for`; `await` gives them all as a `list`."""

    def __init__(self, fetch: Callable[[int], Any], first: int) -> None:
        self._fetch = fetch
        self._first = first

    async def __aiter__(self) -> AsyncIterator[T]:
        from aistudio._async import finished

        number, more = self._first, True
        while more:
            items, more = _parts(await finished(self._fetch(number)))
            for item in items:
                yield item
            number += 1

    def __await__(self) -> Generator[Any, None, list[T]]:
        return self._all().__await__()

    async def _all(self) -> list[T]:
        return [item async for item in self]


def _parts(page: Any) -> tuple[list[Any], bool]:
    """Items, and whether more follow. What has no pages is a list."""
    return page if isinstance(page, tuple) else (page, False)


def _table(items: list[Any]) -> str:
    """For notebooks."""
    from html import escape

    rows = [item.to_dict() for item in items]
    if not rows:
        return "<i>nothing</i>"
    head = "".join(f"<th>{escape(name)}</th>" for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in row.values()) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
