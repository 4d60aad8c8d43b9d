"""What calls and clients take, they give back."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

import aistudio

pytestmark = pytest.mark.long

MIB = 1 << 20

SERVICE = """
import sys, aistudio.local
with aistudio.local.Studio() as studio:
    where = studio.serve("echo", lambda record: {"got": record})
    print(where.url, where.api_key.reveal(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def no_log() -> Iterator[None]:
    """pytest keeps every line of a test's log, and failed calls are logged."""
    logger = logging.getLogger("aistudio")
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def echo() -> Iterator[aistudio.Endpoint]:
    """In another process: what is measured here is the client."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVICE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        url, key = process.stdout.readline().split()
        yield aistudio.Endpoint(url=url, api_key=key)
        process.communicate(timeout=30)


def resident() -> int:
    gc.collect()
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_calls_leave_nothing_behind(client: aistudio.Client, echo: aistudio.Endpoint) -> None:
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    broken = client.predictor(echo.url, api_key="wrong")

    def calls(count: int) -> None:
        for _ in range(count // 10):
            predictor.predict({"x": [1, 2, 3], "name": "a" * 100})
            with pytest.raises(aistudio.Error):
                broken.predict(1)
        for answer in predictor.predict_many(range(count * 8 // 10), max_in_flight=16):
            assert answer

    calls(20_000)
    memory, files = resident(), open_files()
    calls(100_000)
    assert resident() - memory < 8 * MIB
    assert open_files() <= files


def test_asyncio_calls_leave_nothing_behind(echo: aistudio.Endpoint) -> None:
    async def main() -> None:
        async with aistudio.AsyncClient(timeout=20) as client:
            predict = client.predictor(echo.url, api_key=echo.api_key).predict

            async def calls(count: int) -> None:
                async def worker() -> None:
                    for _ in range(count // 16):
                        await predict({"x": 1})

                await asyncio.gather(*(worker() for _ in range(16)))

            await calls(10_000)
            memory, files = resident(), open_files()
            await calls(50_000)
            assert resident() - memory < 8 * MIB
            assert open_files() <= files

    asyncio.run(main())


def test_clients_leave_nothing_behind(echo: aistudio.Endpoint) -> None:
    def clients(count: int) -> None:
        for i in range(count):
            with aistudio.Client(timeout=20) as client:
                predictor = client.predictor(echo.url, api_key=echo.api_key)
                if i % 20 == 0:
                    predictor.predict(1)

    clients(500)
    memory, files = resident(), open_files()
    clients(10_000)
    assert resident() - memory < 8 * MIB
    assert open_files() <= files + 2


def test_loops_leave_nothing_behind(echo: aistudio.Endpoint) -> None:
    client = aistudio.AsyncClient(timeout=20)
    predictor = client.predictor(echo.url, api_key=echo.api_key)

    def loops(count: int) -> None:
        for i in range(count):
            assert asyncio.run(predictor.predict(i)) == {"got": i}

    loops(50)
    memory, files = resident(), open_files()
    loops(1000)
    assert resident() - memory < 8 * MIB
    assert open_files() <= files + 2


def test_million_rows_from_a_generator_stay_flat(
    client: aistudio.Client, echo: aistudio.Endpoint
) -> None:
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    memory = highest = 0
    for i, _ in enumerate(predictor.predict_many(range(1_000_000), max_in_flight=32)):
        if i == 100_000:
            memory = resident()
        elif i % 100_000 == 99_999 and memory:
            highest = max(highest, resident())
    assert highest - memory < 8 * MIB
