"""httpx with a client, blocking."""

import ssl

import httpx
import load


def make_call(opts):
    context = ssl.create_default_context(cafile=opts.ca_file or None)
    client = httpx.Client(verify=context, trust_env=False)

    def call(body):
        answer = client.post(opts.full_url, content=body, headers=load.HEADERS)
        answer.raise_for_status()
        return answer.content

    return call


if __name__ == "__main__":
    load.run_blocking(make_call)
