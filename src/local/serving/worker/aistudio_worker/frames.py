"""Frames over the socket; `worker.py` describes them."""

import struct

_NUMBER = struct.Struct("<I")
_ANSWER = struct.Struct("<iI")


class Closed(Exception):
    """The studio has gone, or wants the worker to."""


def _read(channel, size):
    buffer = bytearray(size)
    rest = memoryview(buffer)
    while rest:
        try:
            got = channel.recv_into(rest)
        except ConnectionError:
            got = 0
        if got == 0:
            raise Closed
        rest = rest[got:]
    return memoryview(buffer)


def receive(channel):
    """The bodies of the next frame."""
    payload = _read(channel, _NUMBER.unpack(_read(channel, _NUMBER.size))[0])
    bodies, at = [], _NUMBER.size
    for _ in range(_NUMBER.unpack_from(payload)[0]):
        size = _NUMBER.unpack_from(payload, at)[0]
        at += _NUMBER.size
        bodies.append(bytes(payload[at:at + size]))
        at += size
    return bodies


def send(channel, answers):
    """Sends pairs of a code and bytes."""
    parts = [_NUMBER.pack(len(answers))]
    for code, text in answers:
        parts.append(_ANSWER.pack(code, len(text)))
        parts.append(text)
    payload = b"".join(parts)
    try:
        channel.sendall(_NUMBER.pack(len(payload)) + payload)
    except ConnectionError:
        raise Closed from None
