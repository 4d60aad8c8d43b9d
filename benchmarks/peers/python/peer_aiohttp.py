"""aiohttp on asyncio."""

import contextlib
import ssl

import aiohttp
import load


@contextlib.asynccontextmanager
async def make_client(opts):
    context = ssl.create_default_context(cafile=opts.ca_file or None)
    connector = aiohttp.TCPConnector(limit=opts.connections, ssl=context)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def call(body):
            async with session.post(opts.full_url, data=body, headers=load.HEADERS) as answer:
                answer.raise_for_status()
                return await answer.read()

        yield call


if __name__ == "__main__":
    load.run_asyncio(make_client)
