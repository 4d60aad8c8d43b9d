from __future__ import annotations

import asyncio
import pathlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import aistudio
from aistudio.local import Studio


def test_studio_in_a_temporary_folder_leaves_nothing_behind(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Studio() as studio:
        assert studio.base_url.startswith("http://127.0.0.1:")
        assert list(tmp_path.iterdir())
        studio.stop()
    assert not list(tmp_path.iterdir())


def test_studio_second_on_a_folder_is_refused(tmp_path: pathlib.Path) -> None:
    with Studio(tmp_path), pytest.raises(aistudio.Error) as raised:
        Studio(tmp_path)
    assert raised.value.code == "already_running"


def test_studio_given_token_is_kept(tmp_path: pathlib.Path) -> None:
    with Studio(tmp_path, token="t-1") as studio:
        assert studio.access_token == aistudio.Secret("t-1")
        assert "t-1" not in repr(studio)


def test_jobs_run_with_the_interpreter_that_runs_the_studio(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AISTUDIO_PYTHON", raising=False)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "run.py").write_text("import sys; print(sys.prefix)")

    def prefix_of(studio: Studio) -> str:
        with aistudio.Client(base_url=studio.base_url, access_token=studio.access_token) as client:
            job = client.jobs.submit(name="j", folder=tmp_path / "code", command="python run.py")
            client.jobs.wait(job.id, timeout=60)
            lines = client.jobs.log(job.id).text.splitlines()
            (line,) = (line for line in lines if not line.startswith("[studio]"))
            return line

    with Studio(tmp_path / "one") as studio:
        assert prefix_of(studio) == sys.prefix
    with Studio(tmp_path / "two", python="/usr/bin/python3") as studio:
        assert prefix_of(studio) != sys.prefix


def test_serve_name_taken_is_a_conflict(studio: Studio) -> None:
    studio.serve("twice", lambda record: record)
    with pytest.raises(aistudio.Error) as raised:
        studio.serve("twice", lambda record: record)
    assert raised.value.code == "conflict"


def test_faults_are_played_listed_and_ended(
    studio: Studio, client: aistudio.Client, echo: aistudio.Endpoint
) -> None:
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    number = int(echo.url.rsplit("/", 1)[1])
    fault = studio.add_fault("failure_text", service=number, times=1, api_key=echo.api_key)
    assert (fault.kind, fault.service, fault.times, fault.played) == ("failure_text", number, 1, 0)
    with pytest.raises(aistudio.ServerError) as raised:
        predictor.predict([1])
    assert (raised.value.code, raised.value.outcome) == ("service_failed", "done")
    assert predictor.predict([1]) == {"got": [1]}
    assert [f.played for f in studio.list_faults(number)] == [1]
    assert studio.list_faults(number + 1) == []

    endless = studio.add_fault("html_page")
    studio.remove_fault(endless.id)
    with pytest.raises(aistudio.NotFoundError):
        studio.remove_fault(endless.id)
    studio.add_fault("html_page", service=number)
    studio.clear_faults(number)
    assert predictor.predict([2]) == {"got": [2]}
    with pytest.raises(aistudio.BadRequestError):
        studio.add_fault("no_such_fault")


def test_interpreter_exit_with_a_running_studio_and_client_ends() -> None:
    program = """
import aistudio, aistudio.local
studio = aistudio.local.Studio()
where = studio.serve("echo", lambda record: record)
keep = aistudio.predictor(where.url, api_key=where.api_key)
print(keep.predict([1, 2]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("[1, 2]\n", "", 0)


def asked(text: str) -> aistudio.ChatRequest:
    return aistudio.ChatRequest(model="m", messages=[aistudio.ChatMessage(content=text)])


def test_chat_function_answers_in_pieces_or_as_a_whole(studio: Studio) -> None:
    left = threading.Event()

    def answer(request: Any) -> Iterator[str | aistudio.ChatUsage] | str:
        question = request["messages"][-1]["content"]
        if question == "as a whole":
            return f"{request['model']}: 数据"
        if question == "fail":
            raise ValueError("no such thing")
        return pieces(question)

    def pieces(question: str) -> Iterator[str | aistudio.ChatUsage]:
        try:
            yield "You "
            while question == "forever":
                yield "on "
            yield "asked"
            yield aistudio.ChatUsage(prompt_tokens=1, completion_tokens=2, total_tokens=3)
        finally:
            left.set()

    base = studio.serve_chat(answer)
    assert base == studio.base_url + "/llm/lmapi/v3"
    with aistudio.Client(base_url=studio.base_url, access_token=studio.access_token) as client:
        assert client.chat.complete(asked("as a whole")).choices[0].content == "m: 数据"
        streamed = [d.content for d in client.chat.stream(asked("x"))]
        assert streamed == ["You ", "asked", ""]
        got: list[str] = []
        whole = client.chat.stream(
            asked("x"), lambda d: got.append(d.content), base_url=base, api_key=studio.access_token
        )
        assert whole.choices[0].content == "".join(got) == "You asked"
        usage = client.chat.complete(asked("x")).usage
        assert usage is not None and usage.total_tokens == 3
        with pytest.raises(aistudio.Error, match="ValueError: no such thing"):
            client.chat.complete(asked("fail"))
        left.clear()
        endless = client.chat.stream(asked("forever"))
        assert next(endless).content == "You "
        del endless
        assert left.wait(30), "the function learns that nobody listens"
    with pytest.raises(aistudio.Error) as raised:
        studio.serve_chat(answer)
    assert raised.value.code == "conflict"


def test_chat_streams_for_asyncio(studio: Studio) -> None:
    studio.serve_chat(lambda request: iter(["一", "二"]))

    async def ask() -> str:
        async with aistudio.AsyncClient(
            base_url=studio.base_url, access_token=studio.access_token
        ) as client:
            text = "".join([d.content async for d in client.chat.stream(asked("x"))])
            assert (await client.chat.complete(asked("x"))).choices[0].content == text
            return text

    assert asyncio.run(ask()) == "一二"
