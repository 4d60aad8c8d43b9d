"""Fixtures for tests of programs that use AI Studio; pytest finds them by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aistudio.local import Studio


@pytest.fixture
def aistudio_studio() -> Iterator[Studio]:
    """A local studio of the test's own, in a temporary folder."""
    from aistudio.local import Studio

    with Studio() as studio:
        yield studio
