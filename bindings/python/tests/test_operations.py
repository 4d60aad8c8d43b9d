"""Every operation of datasets, projects, jobs and services, blocking and for asyncio."""

from __future__ import annotations

import asyncio
import datetime
import inspect
import io
import math
import pathlib
import pickle
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import aistudio
from aistudio import _core
from aistudio.local import Studio


def output_of(log: str) -> str:
    """What the command wrote, without what the studio says."""
    return "".join(
        line for line in log.splitlines(keepends=True) if not line.startswith("[studio]")
    )


@pytest.fixture
def account(studio: Studio) -> Iterator[aistudio.Client]:
    with aistudio.Client(
        base_url=studio.base_url, access_token=studio.access_token, timeout=20
    ) as made:
        yield made


@pytest.fixture
def data(tmp_path: pathlib.Path) -> pathlib.Path:
    file = tmp_path / "data.csv"
    file.write_bytes(b"a,b\n" * 1000)
    return file


@pytest.fixture
def code(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "run.sh").write_text("mkdir -p output; echo one; echo 两; echo x > output/result")
    return folder


def test_datasets_are_created_listed_downloaded_and_removed(
    account: aistudio.Client, data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    seen: list[aistudio.TransferProgress] = []
    made = account.datasets.create(name="houses", files=[data], progress=seen.append)
    assert (made.name, made.access, made.files[0].size) == ("houses", "private", 4000)
    assert seen[-1] == aistudio.TransferProgress(done=4000, total=4000)

    added = account.datasets.upload(made.id, data.rename(tmp_path / "more.csv"))
    assert [f.id for f in account.datasets.get(id=made.id).files] == [made.files[0].id, added.id]
    assert [d.name for d in account.datasets.list()] == ["houses"]

    target = account.datasets.download(made.id, added.id, tmp_path / "copy.csv")
    assert target.read_bytes() == b"a,b\n" * 1000
    assert account.datasets.remove(made.id) is None  # type: ignore[func-returns-value]
    with pytest.raises(aistudio.NotFoundError) as raised:
        account.datasets.get(made.id)
    assert (raised.value.code, raised.value.service_code) == ("not_found", 404)


def test_create_takes_a_value_that_keywords_change(account: aistudio.Client) -> None:
    what = aistudio.NewProject(name="first", description="text")
    made = account.projects.create(what, name="second")
    assert (made.name, made.description) == ("second", "text")


def test_projects_are_changed_and_have_datasets(account: aistudio.Client) -> None:
    project = account.projects.create(name="p")
    dataset = account.datasets.create(name="d")
    assert account.projects.update(project.id, name="q").name == "q"
    assert account.projects.get(project.id).description == ""
    assert account.projects.attach_dataset(project.id, dataset.id).datasets == [dataset.id]
    assert account.projects.detach_dataset(project.id, dataset.id).datasets == []
    account.projects.remove(project.id)
    assert list(account.projects.list()) == []


def test_lists_ask_for_page_after_page(account: aistudio.Client) -> None:
    names = [f"p{i}" for i in range(7)]
    for name in names:
        account.projects.create(name=name)
    listed = account.projects.list(page_size=3)
    assert sorted(p.name for p in listed) == names
    assert sorted(p.name for p in listed) == names, "it can be gone through again"
    assert len(list(account.projects.list(page=3, page_size=3))) == 1


def test_jobs_are_submitted_followed_and_have_outputs(
    account: aistudio.Client, code: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    job = account.jobs.submit(name="j", folder=code, command="sh run.sh")
    log = "".join(chunk.text for chunk in account.jobs.follow_log(job.id))
    assert output_of(log) == "one\n两\n"

    texts: list[str] = []
    end = account.jobs.follow_log(job.id, lambda chunk: texts.append(chunk.text))
    assert ("".join(texts), end) == (log, len(log.encode()))

    done = account.jobs.wait(job.id, timeout=20, poll=datetime.timedelta(milliseconds=20))
    assert (done.stage, done.exit_code) == ("Succeeded", 0)
    at = log.encode().index("两".encode())
    assert account.jobs.log(job.id, at).text == log[log.index("两") :]
    assert [j.id for j in account.jobs.list(name="j")] == [job.id]
    assert [j.id for j in account.jobs.list(stage="Failed")] == []
    (output,) = account.jobs.outputs(job.id)
    assert output.path == "result"
    file = account.jobs.download_output(job.id, output.path, tmp_path / "result")
    assert file.read_text() == "x\n"
    assert account.jobs.download_archive(job.id, "log", tmp_path / "log.tar.gz").is_file()
    account.jobs.stop(job.id)


def test_follow_prints_the_log_and_returns_the_finished_job(
    account: aistudio.Client, code: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = account.jobs.submit(name="j", folder=code, command="sh run.sh")
    done = account.jobs.follow(job)
    assert (done.id, done.stage) == (job.id, "Succeeded")
    printed = capsys.readouterr().out
    assert output_of(printed) == "one\n两\n"
    rest = io.StringIO()
    account.jobs.follow(job.id, file=rest, offset=printed.encode().index("两".encode()))
    assert rest.getvalue() == printed[printed.index("两") :]
    with pytest.raises(aistudio.NotFoundError):
        account.jobs.follow("nothing")


def test_services_without_a_model_are_refused(
    account: aistudio.Client, tmp_path: pathlib.Path
) -> None:
    project = account.projects.create(name="p")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "readme").write_text("no model")
    with pytest.raises(aistudio.BadRequestError):
        account.services.create(name="s", project=project.id, model_folder=tmp_path / "model")
    assert list(account.services.list(project=project.id)) == []
    for call in (
        account.services.get,
        account.services.create_sandbox,
        account.services.deploy,
        account.services.pause,
        account.services.resume,
        account.services.remove,
    ):
        with pytest.raises(aistudio.NotFoundError):
            call(77)
    with pytest.raises(aistudio.NotFoundError):
        account.services.test(77, "{}")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.projects.get("7"), "projects.get: id: expected int, not str."),
        (lambda c: c.projects.get(), "projects.get() needs 'id'."),
        (lambda c: c.projects.get(7, 8), "projects.get() takes 1 positional arguments, but 2"),
        (lambda c: c.projects.get(7, id=7), "projects.get() got two values for 'id'."),
        (lambda c: c.projects.get(7, colour=1), "unexpected keyword argument: 'colour'"),
        (lambda c: c.projects.create(name=b"x"), "projects.create: name: expected str, not bytes."),
        (lambda c: c.projects.get(7, timeout="x"), "projects.get: timeout: expected float"),
        (lambda c: c.jobs.follow_log("x", 5), "jobs.follow_log: sink: expected a function"),
        (lambda c: type(c)(pool=3), "Client: pool: expected PoolOptions, not int."),
    ],
)
def test_wrong_arguments_are_named(account: aistudio.Client, call: Any, message: str) -> None:
    with pytest.raises(TypeError) as raised:
        call(account)
    assert message in str(raised.value)


def test_wrong_name_of_an_enumeration_is_told_with_the_right_ones(
    account: aistudio.Client, tmp_path: pathlib.Path
) -> None:
    with pytest.raises(ValueError) as raised:
        account.jobs.download_archive("j", "logs", tmp_path)
    assert str(raised.value) == (
        "jobs.download_archive: which: expected one of 'log', 'output', not 'logs'."
    )
    with pytest.raises(ValueError, match="NewDataset.access: expected one of 'private', 'public'"):
        aistudio.NewDataset(access="secret")


@pytest.mark.parametrize("timeout", [0, -1, math.nan])
def test_timeout_without_meaning_is_refused(account: aistudio.Client, timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout: expected seconds above 0"):
        account.projects.get(7, timeout=timeout)


def test_callback_that_raises_ends_the_call_with_its_exception(
    account: aistudio.Client, data: pathlib.Path
) -> None:
    def broken(progress: aistudio.TransferProgress) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        account.datasets.create(name="d", files=[data], progress=broken)
    assert list(account.projects.list()) == []


def test_client_takes_options_of_the_core(studio: Studio) -> None:
    with aistudio.Client(
        base_url=studio.base_url,
        access_token=studio.access_token,
        timeout=math.inf,
        limits=aistudio.TimeLimits(connect=2, first_byte=datetime.timedelta(seconds=3)),
        retry=aistudio.RetryPolicy(max_attempts=1),
        pool=aistudio.PoolOptions(max_connections=2),
        tls=aistudio.TlsOptions(verify=True),
        proxy=aistudio.ProxyOptions(use_environment=False),
    ) as client:
        assert list(client.projects.list()) == []
    assert aistudio.TimeLimits(connect=2.5).connect == 2.5
    assert aistudio.RetryPolicy() == aistudio.RetryPolicy(max_attempts=3, base_delay=0.1)


def test_client_closed_refuses_operations(account: aistudio.Client) -> None:
    account.close()
    account.close()
    with pytest.raises(aistudio.Error) as raised:
        account.projects.get(1)
    assert raised.value.code == "client_closed"


def test_client_pickles_as_what_it_was_given(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISTUDIO_ACCESS_TOKEN", studio.access_token.reveal())
    with aistudio.Client(base_url=studio.base_url, timeout=20) as client:
        text = pickle.dumps(client)
    assert studio.access_token.reveal().encode() not in text
    with pickle.loads(text) as copy:
        assert copy.base_url == studio.base_url
        assert list(copy.projects.list()) == []
    assert pickle.loads(pickle.dumps(aistudio.AsyncClient(base_url=studio.base_url))).base_url


def test_predictor_pickles(client: aistudio.Client, echo: aistudio.Endpoint) -> None:
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    assert pickle.loads(pickle.dumps(predictor)).predict([1]) == {"got": [1]}


# --- asyncio


@pytest.fixture
def make_async(studio: Studio) -> Any:
    def make(**options: Any) -> aistudio.AsyncClient:
        return aistudio.AsyncClient(
            base_url=studio.base_url, access_token=studio.access_token, **{"timeout": 20} | options
        )

    return make


def test_async_client_has_every_operation_as_coroutine() -> None:
    aistudio.AsyncClient  # noqa: B018 makes them
    for resource in ("Datasets", "Projects", "Jobs", "Services", "Faults"):
        blocking, twin = getattr(_core, resource), getattr(_core, "Async" + resource)
        names = {n for n in vars(blocking) if not n.startswith("_")}
        assert names == {n for n in vars(twin) if not n.startswith("_")}
        for name in names - {"list", "follow_log"}:
            assert inspect.iscoroutinefunction(getattr(twin, name)), name
            assert getattr(twin, name).__doc__ == getattr(blocking, name).__doc__


def test_async_operations_do_what_the_blocking_ones_do(
    make_async: Any, data: pathlib.Path, code: pathlib.Path
) -> None:
    async def main() -> None:
        async with make_async() as client:
            seen: list[Any] = []
            made = await client.datasets.create(name="d", files=[data], progress=seen.append)
            assert seen[-1].done == 4000
            assert [d.id async for d in client.datasets.list()] == [made.id]
            assert [d.id for d in await client.datasets.list()] == [made.id]
            for name in "abcde":
                await client.projects.create(name=name)
            listed = [p.name async for p in client.projects.list(page_size=2)]
            assert sorted(listed) == list("abcde")
            job = await client.jobs.submit(name="j", folder=code, command="sh run.sh")
            log = [chunk.text async for chunk in client.jobs.follow_log(job.id)]
            assert output_of("".join(log)) == "one\n两\n"
            texts: list[str] = []
            await client.jobs.follow_log(job.id, lambda chunk: texts.append(chunk.text))
            assert texts
            assert (await client.jobs.wait(job.id)).stage == "Succeeded"
            printed = io.StringIO()
            assert (await client.jobs.follow(job, file=printed)).stage == "Succeeded"
            assert printed.getvalue() == "".join(log)
            assert [j.id for j in await client.jobs.list()] == [job.id]
            with pytest.raises(aistudio.NotFoundError):
                await client.projects.get(77)
            with pytest.raises(TypeError, match=r"projects.get: id: expected int"):
                await client.projects.get("x")
            await client.close()
            with pytest.raises(aistudio.Error) as raised:
                await client.projects.get(77)
            assert raised.value.code == "client_closed"

    asyncio.run(main())


def test_async_client_serves_one_loop_after_the_other(make_async: Any) -> None:
    client = make_async()

    async def count() -> int:
        await client.projects.create(name="p")
        return len(await client.projects.list())

    assert [asyncio.run(count()) for _ in range(3)] == [1, 2, 3]


def test_async_cancelled_wait_ends_soon_and_the_job_goes_on(
    make_async: Any, code: pathlib.Path
) -> None:
    async def main() -> None:
        async with make_async() as client:
            job = await client.jobs.submit(name="j", folder=code, command="sleep 30")
            waiting = asyncio.create_task(client.jobs.wait(job.id))
            await asyncio.sleep(0.1)
            waiting.cancel()
            began = time.monotonic()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert time.monotonic() - began < 1
            assert (await client.jobs.get(job.id)).stage in ("Pending", "Running")
            await client.jobs.stop(job.id)

    asyncio.run(main())


def test_async_log_left_early_ends_the_call(make_async: Any, code: pathlib.Path) -> None:
    async def main() -> None:
        async with make_async() as client:
            job = await client.jobs.submit(name="j", folder=code, command="echo a; sleep 30")
            log: AsyncIterator[aistudio.LogChunk] = client.jobs.follow_log(job.id)
            text = (await anext(log)).text
            while "a\n" not in text:
                text += (await anext(log)).text
            await log.aclose()  # type: ignore[attr-defined]
            await client.jobs.stop(job.id)

    asyncio.run(main())


def test_async_callback_that_raises_ends_the_call_with_its_exception(
    make_async: Any, data: pathlib.Path
) -> None:
    def broken(progress: aistudio.TransferProgress) -> None:
        raise KeyError("mine")

    async def main() -> None:
        async with make_async() as client:
            with pytest.raises(KeyError, match="mine"):
                await client.datasets.create(name="d", files=[data], progress=broken)
            assert await client.projects.list() == []

    asyncio.run(main())


def test_async_call_outside_a_loop_is_refused(make_async: Any) -> None:
    client = make_async()
    with pytest.raises(RuntimeError, match="no running event loop"):
        client.projects.get(1).send(None)
