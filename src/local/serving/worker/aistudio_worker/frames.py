"""Frames over the socket; `worker.py` describes them."""

import struct

_NUMBER = struct.Struct("<I")
_ANSWER = struct.Struct("<iI")
_PIECE = 65536


class Closed(Exception):
    """The studio has gone, or wants the worker to."""


class Channel:
    """The worker's end of the socket. It reads ahead, so that a frame that has come costs no call of the system."""

    def __init__(self, socket):
        self._socket = socket
        self._buffer = bytearray()
        self._start = 0

    def receive(self):
        """The bodies of the next frame."""
        size = _NUMBER.unpack(self._take(_NUMBER.size))[0]
        payload = self._take(size)
        bodies, at = [], _NUMBER.size
        for _ in range(_NUMBER.unpack_from(payload)[0]):
            size = _NUMBER.unpack_from(payload, at)[0]
            at += _NUMBER.size
            bodies.append(payload[at:at + size])
            at += size
        return bodies

    def send(self, answers):
        """Sends pairs of a code and bytes."""
        parts = [_NUMBER.pack(len(answers))]
        for code, text in answers:
            parts.append(_ANSWER.pack(code, len(text)))
            parts.append(text)
        payload = b"".join(parts)
        try:
            self._socket.sendall(_NUMBER.pack(len(payload)) + payload)
        except ConnectionError:
            raise Closed from None

    def _take(self, size):
        while len(self._buffer) - self._start < size:
            self._read(size - (len(self._buffer) - self._start))
        end = self._start + size
        out = bytes(memoryview(self._buffer)[self._start:end])
        self._start = end
        return out

    def _read(self, missing):
        del self._buffer[:self._start]
        self._start = 0
        try:
            got = self._socket.recv(max(missing, _PIECE))
        except ConnectionError:
            got = b""
        if not got:
            raise Closed
        self._buffer += got
