"""A model that is a Python file with a function `predict(data)`: for rules, baselines and tests."""

import runpy

from .errors import CONVERTER_FAILED, WORKER_FAILED, CallError, last_line


class PythonModel:
    """`predict` gets what `reader_infer` gave, or the call's fields, and returns what JSON can hold."""

    def __init__(self, settings):
        try:
            self.predict = runpy.run_path(settings["main_program"], run_name="model").get("predict")
        except (Exception, SystemExit) as error:
            raise CallError(WORKER_FAILED, f"The model {settings['main_program']} cannot be loaded: "
                                           f"{last_line(error)}.") from error
        if not callable(self.predict):
            raise CallError(WORKER_FAILED, f"The model {settings['main_program']} has no function `predict(data)`.")

    def describe(self):
        return {"inputs": [], "outputs": []}

    def feed_of_fields(self, fields):
        return fields

    def feed_of_samples(self, samples, _feeder):
        return samples

    def run(self, feeds):
        return [self._run_one(feed) for feed in feeds]

    def plain(self, result):
        return result

    def _run_one(self, feed):
        try:
            return self.predict(feed)
        except (Exception, SystemExit) as error:
            return CallError(CONVERTER_FAILED, f"`predict` failed: {last_line(error)}.")
