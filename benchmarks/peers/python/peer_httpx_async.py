"""httpx's AsyncClient on asyncio."""

import contextlib
import ssl

import httpx
import load


@contextlib.asynccontextmanager
async def make_client(opts):
    context = ssl.create_default_context(cafile=opts.ca_file or None)
    limits = httpx.Limits(
        max_connections=opts.connections, max_keepalive_connections=opts.connections
    )
    async with httpx.AsyncClient(verify=context, trust_env=False, limits=limits) as client:

        async def call(body):
            answer = await client.post(opts.full_url, content=body, headers=load.HEADERS)
            answer.raise_for_status()
            return answer.content

        yield call


if __name__ == "__main__":
    load.run_asyncio(make_client)
