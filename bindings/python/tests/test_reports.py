"""`on_call`: a report of each HTTP call."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import pickle
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import aistudio
from aistudio.local import Studio

SEEN: list[aistudio.CallReport] = []


def see(report: aistudio.CallReport) -> None:
    SEEN.append(report)


@pytest.fixture
def account(studio: Studio) -> dict[str, Any]:
    return {"base_url": studio.base_url, "access_token": studio.access_token, "timeout": 20}


def test_calls_are_reported_with_how_they_ended(
    studio: Studio, account: dict[str, Any], echo: aistudio.Endpoint
) -> None:
    seen: list[aistudio.CallReport] = []
    with aistudio.Client(**account, on_call=seen.append) as client:
        project = client.projects.create(name="p")
        with pytest.raises(aistudio.NotFoundError):
            client.projects.get(project.id + 1)
        client.predictor(echo.url, api_key=echo.api_key).predict([1])
    made, missed, predicted = seen
    assert (made.method, made.error, made.phase, made.outcome) == ("POST", "", "none", "done")
    assert made.url == studio.base_url + "/api/local/v1/projects"
    assert (made.status, made.attempts) == (200, 1)
    assert 0 < made.seconds < 20
    assert (missed.method, missed.error, missed.status) == ("GET", "not_found", 404)
    assert (predicted.method, predicted.error, predicted.status) == ("POST", "", 200)
    assert predicted.url.startswith(echo.url)
    for report in seen:
        assert echo.api_key.reveal() not in repr(report)
        assert studio.access_token.reveal() not in repr(report)


def test_failure_without_an_answer_is_reported(account: dict[str, Any]) -> None:
    seen: list[aistudio.CallReport] = []
    options = account | {"base_url": "http://127.0.0.1:1"}
    retry = aistudio.RetryPolicy(max_attempts=2, base_delay=0.001)
    with (
        aistudio.Client(**options, retry=retry, on_call=seen.append) as client,
        pytest.raises(aistudio.TransportError),
    ):
        list(client.projects.list())
    (report,) = seen
    assert (report.error, report.phase, report.outcome) == ("connect_failed", "connect", "not_sent")
    assert (report.status, report.attempts) == (0, 2)


def test_slow_function_holds_no_call_up(account: dict[str, Any], echo: aistudio.Endpoint) -> None:
    seen: list[str] = []
    go_on = threading.Event()

    def slow(report: aistudio.CallReport) -> None:
        go_on.wait(20)
        seen.append(threading.current_thread().name)

    with aistudio.Client(**account, on_call=slow) as client:
        predictor = client.predictor(echo.url, api_key=echo.api_key)
        assert len(list(predictor.predict_many(range(100)))) == 100
        assert predictor.predict(1) == {"got": 1}
        assert seen == []
        go_on.set()
    assert len(seen) == 101
    assert threading.current_thread().name not in seen


def test_exception_is_logged_and_the_next_report_comes(
    account: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    def broken(report: aistudio.CallReport) -> None:
        seen.append(report.method)
        raise KeyError("mine")

    with (
        caplog.at_level(logging.ERROR, "aistudio"),
        aistudio.Client(**account, on_call=broken) as client,
    ):
        client.projects.create(name="p")
        client.projects.create(name="q")
    assert seen == ["POST", "POST"]
    assert [record.message for record in caplog.records] == ["on_call raised:"] * 2
    assert all(record.exc_info and record.exc_info[0] is KeyError for record in caplog.records)


def test_async_client_reports(account: dict[str, Any], echo: aistudio.Endpoint) -> None:
    seen: list[aistudio.CallReport] = []

    async def main() -> None:
        async with aistudio.AsyncClient(**account, on_call=seen.append) as client:
            await client.projects.create(name="p")
            predictor = client.predictor(echo.url, api_key=echo.api_key)
            await asyncio.gather(*(predictor.predict(i) for i in range(20)))

    asyncio.run(main())
    assert len(seen) == 21


def test_cancelled_task_is_reported(studio: Studio, account: dict[str, Any]) -> None:
    seen: list[aistudio.CallReport] = []
    stop = threading.Event()
    where = studio.serve("stuck", lambda record: stop.wait(20))

    async def main() -> None:
        async with aistudio.AsyncClient(**account, on_call=seen.append) as client:
            call = client.predictor(where.url, api_key=where.api_key).predict(1)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(call, 0.2)
            stop.set()

    asyncio.run(main())
    assert [(report.error, report.outcome) for report in seen] == [("cancelled", "unknown")]


def test_client_is_closed_from_its_own_report(account: dict[str, Any]) -> None:
    closed = threading.Event()

    def close(report: aistudio.CallReport) -> None:
        client.close()
        closed.set()

    client = aistudio.Client(**account, on_call=close)
    client.projects.create(name="p")
    assert closed.wait(20)


def test_function_is_let_go_with_the_client(account: dict[str, Any]) -> None:
    class Counter:
        def __call__(self, report: aistudio.CallReport) -> None:
            done.set()

    done = threading.Event()
    gone = threading.Event()
    counter = Counter()
    weakref.finalize(counter, gone.set)
    client = aistudio.Client(**account, on_call=counter)
    client.projects.create(name="p")
    assert done.wait(20)
    del client, counter
    gc.collect()
    assert gone.wait(20)


def test_only_functions_are_taken(account: dict[str, Any]) -> None:
    wrong: Any
    for wrong in (True, 3, "print"):
        with pytest.raises(TypeError, match="Client: on_call: expected a function, not"):
            aistudio.Client(**account, on_call=wrong)
    aistudio.Client(**account, on_call=None).close()


def test_client_pickles_with_its_function(account: dict[str, Any]) -> None:
    SEEN.clear()
    text = pickle.dumps(aistudio.Client(**account, on_call=see))
    with pickle.loads(text) as client:
        client.projects.create(name="p")
    assert [report.method for report in SEEN] == ["POST"]


def test_interpreter_that_ends_gives_the_last_reports(studio: Studio) -> None:
    program = f"""
import aistudio
client = aistudio.Client(base_url={studio.base_url!r}, access_token="x", on_call=lambda r: print(r.error))
for _ in range(10):
    try:
        list(client.projects.list())
    except aistudio.Error:
        pass
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("unauthorized\n" * 10, "", 0)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_child_has_reports_of_its_own(account: dict[str, Any]) -> None:
    def calls(report: Callable[[aistudio.CallReport], object]) -> None:
        with aistudio.Client(**account, on_call=report) as client:
            client.projects.create(name="p")

    seen: list[aistudio.CallReport] = []
    calls(seen.append)
    assert len(seen) == 1
    child = os.fork()
    if child == 0:
        try:
            calls(seen.append)
        finally:
            os._exit(40 + len(seen))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
    assert len(seen) == 1


@pytest.mark.long
def test_reports_are_dropped_and_counted_when_nobody_takes_them(
    account: dict[str, Any], echo: aistudio.Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    seen = 0
    go_on = threading.Event()

    def slow(report: aistudio.CallReport) -> None:
        nonlocal seen
        go_on.wait(60)
        seen += 1

    with (
        caplog.at_level(logging.ERROR, "aistudio"),
        aistudio.Client(**account, on_call=slow) as client,
    ):
        predictor = client.predictor(echo.url, api_key=echo.api_key)
        assert sum(1 for _ in predictor.predict_many(range(70_000))) == 70_000
        go_on.set()
    (record,) = caplog.records
    assert seen < 70_000
    assert record.message == f"on_call is too slow: {70_000 - seen} reports of calls were dropped."
