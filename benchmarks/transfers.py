#!/usr/bin/env python3
"""Measures one large download and upload in one stream beside curl's, against nginx on loopback.

    benchmarks/transfers.py [--mib 1024] [--rounds 5] [--folder /dev/shm] [--write]

Both sides move the same file to and from the same folder; ours also checks it: SHA-256 of what it
downloads, CRC-32 and SHA-256 of what it uploads, and a download is on the disk (fsync) before it
counts. By default the folder is in memory, so that the speed of a disk does not count. The clients
take turns within a round, in changing order. --write puts the table into benchmarks/TRANSFERS.md.
"""

import argparse
import hashlib
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from harness import machine, server

HERE = pathlib.Path(__file__).resolve().parent
OURS = HERE.parent / "build/release/benchmarks/cpp/transfer_load"

CONFIGURATION = """\
daemon off;
pid nginx.pid;
error_log error.log;
user root;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    client_max_body_size 0;
    client_body_buffer_size 256k;
    sendfile on;
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        location / {{ dav_methods PUT; create_full_put_path on; dav_access user:rw; }}
    }}
}}
"""


class Nginx:
    """Serves files of a folder, and takes them."""

    def __init__(self, folder):
        self._folder = folder
        self.port = server.free_port()

    def __enter__(self):
        text = CONFIGURATION.format(port=self.port, folder=self._folder)
        if os.geteuid() != 0:
            text = text.replace("user root;\n", "")
        (self._folder / "nginx.conf").write_text(text)
        self._process = subprocess.Popen(
            [server.nginx_program(), "-p", str(self._folder), "-c", "nginx.conf", "-e", "error.log"],
        )
        end = time.monotonic() + 10
        while subprocess.run(["curl", "-s", "-o", "/dev/null", self.url("nginx.conf")]).returncode:
            if time.monotonic() > end:
                raise RuntimeError((self._folder / "error.log").read_text())
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()

    def url(self, path=""):
        return f"http://127.0.0.1:{self.port}/{path}"


def make_file(path, mib):
    digest = hashlib.sha256()
    with path.open("wb") as out:
        for _ in range(mib):
            piece = os.urandom(1 << 20)
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def used_by_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(words):
    """Wall clock and processor seconds of a whole process."""
    cpu, start = used_by_children(), time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start, used_by_children() - cpu


def commands(nginx, folder, source, digest, size):
    target = str(folder / "got")
    curl = ["curl", "-sS", "--fail", "--noproxy", "*"]
    return {
        ("download", "curl"): [*curl, "-o", target, nginx.url(source.name)],
        ("download", "ours"): [
            str(OURS), "download", nginx.url(source.name), target, str(size), digest,
        ],
        ("upload", "curl"): [*curl, "-T", str(source), nginx.url("transfer/object")],
        ("upload", "ours"): [str(OURS), "upload", nginx.url()[:-1], str(source)],
    }  # fmt: skip


def clean(folder):
    for left in (folder / "got", folder / "transfer/object"):
        left.unlink(missing_ok=True)
    os.sync()  # what one wrote is not paid for by the next


def measure(all_commands, folder, rounds):
    seen = {key: [] for key in all_commands}
    for number in range(rounds + 1):
        keys = sorted(all_commands, reverse=number % 2 == 1)
        for key in keys:
            clean(folder)
            taken = run(all_commands[key])
            if number > 0:  # the first round warms up
                seen[key].append(taken)
        print(f"round {number} of {rounds}", file=sys.stderr)
    return seen


def table(seen, mib):
    lines = [
        "| | client | MiB/s | of curl's | processor seconds a GiB |",
        "|---|---|---|---|---|",
    ]
    for way in ("download", "upload"):
        best = {who: statistics.median(t for t, _ in seen[way, who]) for who in ("curl", "ours")}
        ratios = [c[0] / o[0] for c, o in zip(seen[way, "curl"], seen[way, "ours"])]
        for who in ("curl", "ours"):
            cpu = statistics.median(c for _, c in seen[way, who]) * 1024 / mib
            share = f"{statistics.median(ratios):.2f}" if who == "ours" else "1"
            lines.append(f"| {way} | {who} | {mib / best[who]:.0f} | {share} | {cpu:.2f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", default="/dev/shm")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    quiet = machine.Quietness()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aistudio-transfers-", dir=options.folder))
    try:
        source = folder / "source"
        digest = make_file(source, options.mib)
        with Nginx(folder) as nginx:
            made = commands(nginx, folder, source, digest, options.mib << 20)
            seen = measure(made, folder, options.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    text = table(seen, options.mib)
    print(text)
    print(quiet.sentence())
    if options.write:
        about = f"{options.rounds} rounds of {options.mib} MiB; medians."
        machine.write_report("TRANSFERS.md", "Transfers in one stream beside curl", text, about, quiet)


if __name__ == "__main__":
    main()
