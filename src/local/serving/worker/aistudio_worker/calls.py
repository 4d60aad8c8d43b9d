"""From the bodies of calls to their answers. Each call fails alone; only the model sees them together."""

from .converter import Converter
from .errors import CallError, each, together
from .json_text import decode, encode


def _load_model(settings):
    # Imported here: a Python model needs no Paddle, which takes seconds to import.
    if settings["main_program"].endswith(".py"):
        from .python_model import PythonModel
        return PythonModel(settings)
    if settings["main_program"].endswith(".onnx"):
        from .onnx_model import OnnxModel
        return OnnxModel(settings)
    from .paddle_model import PaddleModel
    return PaddleModel(settings)


class Service:
    def __init__(self, settings):
        self.model = _load_model(settings)
        self.converter = Converter(settings["converter"]) if settings["converter"] else Converter.none()

    def describe(self):
        return self.model.describe()

    def answer(self, bodies):
        """For each body a code and bytes."""
        calls = each(decode, bodies)
        results = together(self.model.run, together(self._feeds, calls))
        answers = each(self._text, results, calls)
        return [(answer.code, answer.message.encode(errors="replace")) if isinstance(answer, CallError)
                else (0, answer) for answer in answers]

    def _feeds(self, calls):
        if self.converter.reader_infer is None:
            return self.model.feeds_of_fields(calls)
        return each(self._feed_of_converter, calls)

    def _feed_of_converter(self, fields):
        return self.model.feed_of_samples(*self.converter.read(fields))

    def _text(self, result, fields):
        if self.converter.output is None:
            return self.model.text(result)
        return encode(self.converter.write(result, fields), "What `output` returned")
