"""The process that serves one model of the local studio.

It is started as `python -I -u worker.py` with a socket as standard input, and speaks frames over it: a 32-bit length
and that many bytes, all numbers little-endian.

    to the worker    u32 count, then count times: u32 length, body
    from the worker  u32 count, then count times: i32 code, u32 length, text

The first frame holds one body, the settings as JSON: `folder`, `main_program`, `inputs`, `outputs`, `converter`,
`memory_limit`, `max_batch`. Its answer has code 0 and a description of the model once it is loaded (`batches` says
whether it computes calls together), or says why not, and then the worker ends. Each further frame is a batch of calls,
answered in the same order: code 0 and the result as JSON, or one of the studio's service codes and a sentence; a frame
without calls asks whether the worker is well. Frames may be sent ahead. The worker ends when the socket is closed.
"""

import json
import os
import resource
import socket
import sys

# Appended, so that nothing of ours can hide a module of the user's.
sys.path.append(os.path.dirname(os.path.abspath(__file__)))

from aistudio_worker import frames
from aistudio_worker.calls import Service
from aistudio_worker.errors import CallError


def take_channel():
    """The socket, out of the reach of the user's code: what that prints must not get between the frames."""
    channel = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return channel


def load(settings):
    if settings["memory_limit"]:
        resource.setrlimit(resource.RLIMIT_DATA, (settings["memory_limit"],) * 2)
    os.chdir(settings["folder"])
    sys.path.append(settings["folder"])
    return Service(settings)


def main():
    channel = frames.Channel(take_channel())
    settings = json.loads(channel.receive()[0])
    try:
        service = load(settings)
    except CallError as error:
        channel.send([(error.code, error.message.encode(errors="replace"))])
        return
    channel.send([(0, json.dumps(service.describe()).encode())])
    while True:
        channel.send(service.answer(channel.receive()))


if __name__ == "__main__":
    try:
        main()
    except frames.Closed:
        pass
    # Without the interpreter's tidying: threads that the user's code left behind must not keep the process.
    sys.stderr.flush()
    os._exit(0)
