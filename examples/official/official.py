"""The platform's official command at a local studio: no environment variable reaches two of its addresses."""

import os

import aistudio_sdk.cmdline
import aistudio_sdk.config
import aistudio_sdk.dot

url = os.environ["AISTUDIO_BASE_URL"]
aistudio_sdk.config.STUDIO_MODEL_API_URL_PREFIX_DEFAULT = url
aistudio_sdk.dot.STUDIO_MODEL_API_URL_PREFIX_DEFAULT = url
aistudio_sdk.cmdline.main()
