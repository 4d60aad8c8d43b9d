"""How a call fails. The codes are those of the studio's `protocol/service_codes.hpp`."""

CONVERTER_FAILED = 422
WORKER_FAILED = 502
PARAMETER_MISSING = 10003
PARAMETER_INVALID = 10004


class CallError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def last_line(error):
    """What an exception says, without the long stories that Paddle tells before."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    useful = [line for line in lines if "Error:" in line or line.startswith("(")] or lines[-1:]
    return f"{type(error).__name__}: {' '.join(useful)[:600]}" if useful else type(error).__name__
