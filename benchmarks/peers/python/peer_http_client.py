"""http.client of the standard library, blocking."""

import http.client
import ssl
import urllib.parse

import load


def make_call(opts):
    url = urllib.parse.urlsplit(opts.full_url)
    if url.scheme == "https":
        context = ssl.create_default_context(cafile=opts.ca_file or None)
        connection = http.client.HTTPSConnection(url.hostname, url.port, context=context)
    else:
        connection = http.client.HTTPConnection(url.hostname, url.port)
    target = f"{url.path}?{url.query}"

    def call(body):
        connection.request("POST", target, body, load.HEADERS)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise ValueError(f"status {answer.status}")
        return text

    return call


if __name__ == "__main__":
    load.run_blocking(make_call)
