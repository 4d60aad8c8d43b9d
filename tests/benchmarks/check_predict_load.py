"""predict_load makes the calls it counts: the right record, no errors, no key in what it prints.

    check_predict_load.py PREDICT_LOAD HOUSE.JSON

The server is http.server of Python's standard library, on an ephemeral port of loopback.
"""

import http.server
import json
import pathlib
import subprocess
import sys
import threading
import time
import urllib.parse

KEY = "not-a-key-2b7c"
CALLS = 100
DELAY = 0.02  # seconds that a slow answer takes


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    answer = b"[[23.38]]"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        url = urllib.parse.urlsplit(self.path)
        with self.server.lock:
            self.server.seen.append((url.path, url.query, json.loads(body)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *arguments):
        pass


class WrongAnswer(Handler):
    answer = b"[[]]"


class SlowAnswer(Handler):
    def do_POST(self):
        time.sleep(DELAY)
        super().do_POST()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.lock = threading.Lock()
        self.seen = []


def run(program, handler, *options):
    """What predict_load printed, and what the server saw."""
    with Server(handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            done = subprocess.run(
                [program, "--url", f"http://127.0.0.1:{server.server_port}/serving/online/1",
                 "--key", KEY, "--connections", "8", "--warmup-seconds", "0", *options],
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
        finally:
            server.shutdown()
            thread.join()
        assert done.returncode == 0, done.stderr
        assert KEY not in done.stdout + done.stderr, "The key was printed."
        return json.loads(done.stdout), server.seen


def main():
    program, house = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    for options in ([], ["--fixed"], ["--raw"], ["--in-flight", "20"]):
        line, seen = run(program, Handler, "--calls", str(CALLS), *options)
        assert (line["calls"], line["errors"]) == (CALLS, 0), (options, line)
        assert len(seen) == CALLS, (options, len(seen))
        assert all(one == ("/serving/online/1", f"apiKey={KEY}", house) for one in seen), options
        assert line["cpu_us_per_call"] > 0 and line["p99_us"] >= line["p50_us"] > 0, line

    line, seen = run(program, Handler, "--rate", "200", "--seconds", "0.5")
    assert line["errors"] == 0, line
    assert 0 < line["calls"] <= len(seen), (line, len(seen))

    line, _ = run(program, Handler, "--calls", "50", "--threads", "2")
    assert (line["calls"], line["errors"]) == (100, 0), line

    line, _ = run(program, WrongAnswer, "--calls", str(CALLS))
    assert line["errors"] == CALLS, line
    line, _ = run(program, SlowAnswer, "--calls", "20")
    assert line["p50_us"] >= DELAY * 1e6 * 0.99, line

    # Twice as many calls as one connection can make: the last one is late by half of the time.
    overload = ["--rate", str(2 / DELAY), "--seconds", "0.5", "--connections", "1"]
    line, _ = run(program, SlowAnswer, *overload)
    assert line["p99_us"] >= 0.25e6 * 0.99, line

    print("predict_load makes the calls it counts.")


main()
