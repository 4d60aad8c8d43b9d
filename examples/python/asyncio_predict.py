"""Predictions and resources from asyncio."""

import asyncio
from typing import Any

import aistudio
import aistudio.local


async def score(client: aistudio.AsyncClient, endpoint: aistudio.Endpoint) -> list[Any]:
    predictor = client.predictor(endpoint.url, api_key=endpoint.api_key)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(predictor.predict({"x": x}, timeout=10)) for x in range(5)]
    return [task.result() for task in tasks]


async def main() -> None:
    with aistudio.local.Studio() as studio:
        endpoint = studio.serve("square", lambda record: record["x"] ** 2)
        async with aistudio.AsyncClient(
            base_url=studio.base_url, access_token=studio.access_token
        ) as client:
            print("scores:", await score(client, endpoint))

            for name in ("houses", "cars", "trees"):
                await client.projects.create(name=name)
            print("projects:", sorted([p.name async for p in client.projects.list(page_size=2)]))


if __name__ == "__main__":
    asyncio.run(main())
