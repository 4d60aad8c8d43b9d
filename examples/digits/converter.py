"""Converters of the prediction service: the PNG of a digit in as base64, the digit and how sure it is out."""

import base64
import io

import numpy as np
from PIL import Image

SIDE = 28


def reader_infer(data_args):
    """One sample with one input of 784 pixels. An image of another size or kind is made to fit."""
    image = Image.open(io.BytesIO(base64.b64decode(data_args["image"])))
    pixels = np.asarray(image.convert("L").resize((SIDE, SIDE)), dtype=np.float32)
    return [[pixels.reshape(-1).tolist()]], None


def output(results, data_args):
    chances = np.asarray(results[0]).reshape(-1)
    digit = int(chances.argmax())
    return {"digit": digit, "probability": round(float(chances[digit]), 4)}
