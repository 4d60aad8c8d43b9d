"""How a call fails. The codes are those of the studio's `protocol/service_codes.hpp`."""

import traceback

CONVERTER_FAILED = 422
WORKER_FAILED = 502
PARAMETER_MISSING = 10003
PARAMETER_INVALID = 10004


class CallError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def attempt(function, value, *more):
    """What `function` gives. A CallError that it raises, or that comes in place of the value, goes on as the value."""
    if isinstance(value, CallError):
        return value
    try:
        return function(value, *more)
    except CallError as error:
        return error


def each(function, *columns):
    """`attempt` for each of a batch: a call that fails does so alone."""
    return [attempt(function, *values) for values in zip(*columns)]


def together(function, values):
    """What `function` gives for all values at once that are no CallError, with the CallErrors in their places."""
    results = iter(function([value for value in values if not isinstance(value, CallError)]))
    return [value if isinstance(value, CallError) else next(results) for value in values]


def last_line(error):
    """What an exception says, without the long stories that Paddle tells before."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    useful = [line for line in lines if "Error:" in line or line.startswith("(")] or lines[-1:]
    return f"{type(error).__name__}: {' '.join(useful)[:600]}" if useful else type(error).__name__


_LAST_LINES = 8


def explain(what, error, file, place):
    """The CallError that tells the caller what failed, in which line of the user's `file`, which `place` names in
    words, and the end of the traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == file else None
    if line is None and frames:
        line = frames[-1].lineno
    lines = traceback.format_list(frames) + traceback.format_exception_only(type(error), error)
    tail = "".join(lines).rstrip().splitlines()[-_LAST_LINES:]
    where = f" in line {line} of {place}" if line else ""
    why = " for want of memory (the service's memory limit)" if isinstance(error, MemoryError) else ""
    return CallError(CONVERTER_FAILED, f"{what} failed{where}{why}:\n" + "\n".join(tail)[-2000:])
