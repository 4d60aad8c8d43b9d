"""The scenarios that all languages run, with both clients."""

from __future__ import annotations

import asyncio
import pathlib
from collections.abc import AsyncIterable, Awaitable, Iterator
from typing import Any

import pytest
import scenarios

import aistudio
from aistudio.local import Studio


async def run_blocking(scenario: scenarios.Scenario, account: dict[str, Any]) -> None:
    with aistudio.Client(**account) as client:
        await run(scenario, client)


async def run_async(scenario: scenarios.Scenario, account: dict[str, Any]) -> None:
    async with aistudio.AsyncClient(**account) as client:
        await run(scenario, client)


async def run(scenario: scenarios.Scenario, client: Any) -> None:
    for step in scenario.steps:
        try:
            result = await finished(start(scenario, client, step))
        except aistudio.Error as error:
            scenario.check_error(step, error)
        else:
            assert "error" not in step, f"{step} did not fail: {result!r}"
            scenario.check(step, result)


def start(scenario: scenarios.Scenario, client: Any, step: dict[str, Any]) -> Any:
    match step:
        case {"call": name}:
            resource, operation = name.split(".")
            method = getattr(getattr(client, resource), operation)
            return method(**scenario.arguments(step))
        case {"predict": reference}:
            where = scenario.at(reference)
            key = step.get("api_key", where.api_key)
            predictor = client.predictor(where.url, api_key=key)
            return predictor.predict(scenario.record(step), **scenario.options(step))
        case {"file": name, "same_as": other}:
            assert scenario.content(name) == scenario.content(other) is not None, name
            return None
        case {"file": name}:
            content = scenario.content(name)
            return None if content is None else content.decode(errors="replace")
    raise AssertionError(f"no such step: {step}")


async def finished(value: Any) -> Any:
    """What comes of a call: lists and logs are gone through."""
    if isinstance(value, AsyncIterable):
        return [item async for item in value]
    if isinstance(value, Awaitable):
        return await value
    if isinstance(value, aistudio.Items | Iterator):
        return list(value)
    return value


@pytest.mark.parametrize("run_with", [run_blocking, run_async], ids=["blocking", "asyncio"])
@pytest.mark.parametrize("file", scenarios.FILES, ids=lambda file: file.stem)
def test_scenario_has_the_results_it_says(
    file: pathlib.Path, run_with: Any, studio: Studio, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "files").mkdir()
    scenario = scenarios.Scenario(file, tmp_path / "files")
    for name in scenario.services:
        scenario.results[name] = studio.serve(name, lambda record: {"got": record})
    account = {"base_url": studio.base_url, "access_token": studio.access_token, "timeout": 30}
    asyncio.run(run_with(scenario, account | scenario.client_options))


def test_there_are_scenarios() -> None:
    assert len(scenarios.FILES) >= 15
