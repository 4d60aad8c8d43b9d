"""The stock OpenAI client against a chat handler of the studio."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from conftest import INSTALLED, Studio, eventually

sys.path.append(str(INSTALLED))
import openai

ASKED = "一二 three 🏠 four"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[openai.OpenAI]:
    words = [os.environ["AISTUDIO_CHAT_STUDIO"], str(tmp_path_factory.mktemp("chat"))]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdin is not None and process.stdout is not None
        told = json.loads(process.stdout.readline())
        with openai.OpenAI(
            base_url=told["base_url"], api_key=told["token"], max_retries=0, timeout=30
        ) as made:
            yield made
        process.stdin.close()
        assert process.wait(30) == 0
    finally:
        process.kill()


def ask(client: openai.OpenAI, text: str) -> str | None:
    answer = client.chat.completions.create(
        model="ernie-4.5-turbo-128k-preview", messages=[{"role": "user", "content": text}]
    )
    assert answer.model == "ernie-4.5-turbo-128k-preview"
    assert answer.choices[0].finish_reason == "stop"
    return answer.choices[0].message.content


def test_answer_comes_as_a_whole(client: openai.OpenAI) -> None:
    assert ask(client, ASKED) == ASKED
    parts = [{"type": "text", "text": "in "}, {"type": "text", "text": "parts"}]
    answer = client.chat.completions.create(
        model="m", messages=[{"role": "system", "content": "s"}, {"role": "user", "content": parts}]
    )
    assert answer.choices[0].message.content == "in parts"


def test_answer_comes_piece_by_piece(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": ASKED}], stream=True
    )
    chunks = list(stream)
    pieces = [c.choices[0].delta.content for c in chunks]
    assert pieces == ["一二", " three", " 🏠", " four", None]
    assert [c.choices[0].finish_reason for c in chunks] == [None] * 4 + ["stop"]
    assert len({c.id for c in chunks}) == 1


def test_many_ask_at_once(client: openai.OpenAI) -> None:
    from concurrent.futures import ThreadPoolExecutor

    texts = [f"question {i} 数据" for i in range(24)]
    with ThreadPoolExecutor(24) as pool:
        assert list(pool.map(lambda t: ask(client, t), texts)) == texts


def test_failures_are_raised(client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError, match="The model is tired"):
        ask(client, "fail")
    stream = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "break off here"}], stream=True
    )
    got = []
    with pytest.raises(openai.APIError, match="The model broke off"):
        got.extend(c.choices[0].delta.content for c in stream)
    with pytest.raises(openai.AuthenticationError):
        ask(client.with_options(api_key="wrong"), "x")
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="m", messages=[])
    with pytest.raises(openai.NotFoundError):
        client.models.list()


def test_handler_learns_that_nobody_listens(client: openai.OpenAI) -> None:
    with client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "forever"}], stream=True
    ) as stream:
        next(iter(stream))
    assert eventually(lambda: ask(client, "left") == "1", 30)


def test_studio_without_a_handler_says_so(studio: Studio) -> None:
    with (
        openai.OpenAI(
            base_url=studio.url + "/llm/lmapi/v3", api_key=studio.token, max_retries=0
        ) as made,
        pytest.raises(openai.InternalServerError) as raised,
    ):
        ask(made, "x")
    assert "serve_chat" in raised.value.response.text
