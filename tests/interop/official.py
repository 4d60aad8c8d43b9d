"""Runs the official command line, unmodified, against the studio at STUDIO_MODEL_API_URL_PREFIX.

The package has addresses that no environment variable reaches; they are set here, before its main().
What it calls is noted in the file OFFICIAL_CALLS.
"""

import http.client
import json
import os
import sys

import aistudio_sdk.cmdline
import aistudio_sdk.config
import aistudio_sdk.dot

url = os.environ["STUDIO_MODEL_API_URL_PREFIX"]
aistudio_sdk.config.STUDIO_MODEL_API_URL_PREFIX_DEFAULT = url
aistudio_sdk.dot.STUDIO_MODEL_API_URL_PREFIX_DEFAULT = url

put_request = http.client.HTTPConnection.putrequest


def note_request(self, method, target, *more, **options):
    def text(value):
        return value.decode() if isinstance(value, bytes) else value

    with open(os.environ["OFFICIAL_CALLS"], "a", encoding="utf-8") as calls:
        calls.write(f"{text(method)} {text(target)}\n")
    return put_request(self, method, target, *more, **options)


http.client.HTTPConnection.putrequest = note_request

if sys.argv[1] == "-c":  # Python of a test, where the package has no command
    exec(sys.argv[2])  # noqa: S102
elif sys.argv[1] == "-m":  # several commands, one after the other
    for words in json.loads(sys.argv[2]):
        sys.argv[1:] = words
        aistudio_sdk.cmdline.main()
else:
    aistudio_sdk.cmdline.main()
