"""Runs the official command line, unmodified, against the studio at STUDIO_MODEL_API_URL_PREFIX.

The package has addresses that no environment variable reaches; they are set here, before its main().
"""

import json
import os
import sys

import aistudio_sdk.cmdline
import aistudio_sdk.config
import aistudio_sdk.dot

url = os.environ["STUDIO_MODEL_API_URL_PREFIX"]
aistudio_sdk.config.STUDIO_MODEL_API_URL_PREFIX_DEFAULT = url
aistudio_sdk.dot.STUDIO_MODEL_API_URL_PREFIX_DEFAULT = url

if sys.argv[1] == "-c":  # Python of a test, where the package has no command
    exec(sys.argv[2])  # noqa: S102
elif sys.argv[1] == "-m":  # several commands, one after the other
    for words in json.loads(sys.argv[2]):
        sys.argv[1:] = words
        aistudio_sdk.cmdline.main()
else:
    aistudio_sdk.cmdline.main()
