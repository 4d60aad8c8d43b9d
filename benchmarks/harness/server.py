"""nginx on loopback with a fixed answer, plain and with a certificate made for the run."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

ANSWER = "[[23.38]]"
PATH = "/serving/online/1"

CONFIGURATION = """\
daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile 32768;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    tcp_nodelay on;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    default_type application/json;
    server {{
        listen 127.0.0.1:{http};
        listen 127.0.0.1:{https} ssl;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        ssl_protocols TLSv1.3;
        location {path} {{ return 200 '{answer}'; }}
    }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_certificates(folder):
    """An authority (ca.pem) and a certificate for localhost and 127.0.0.1 that it signed."""

    def openssl(*arguments):
        subprocess.run(
            ["openssl", *arguments], cwd=folder, check=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=Benchmark authority")  # fmt: skip
    openssl("req", *curve, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost")
    (folder / "extensions").write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
        "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n"
    )
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
            "-CAcreateserial", "-out", "certificate.pem", "-days", "2",
            "-extfile", "extensions")  # fmt: skip


def nginx_program():
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


class Nginx:
    """Runs while the `with` block does."""

    def __init__(self, pin):
        self._pin = pin
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="aistudio-bench-"))
        self._process = None

    def __enter__(self):
        try:
            make_certificates(self._folder)
            for _ in range(5):  # somebody else may take a port that was free just now
                if self._start():
                    return self
            raise RuntimeError(f"nginx did not start: {self._log()}")
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, scheme):
        return f"{scheme}://127.0.0.1:{self._ports[scheme]}{PATH}"

    @property
    def ca_file(self):
        return str(self._folder / "ca.pem")

    def _log(self):
        try:
            return (self._folder / "error.log").read_text(errors="replace")[-500:]
        except OSError:
            return "no log"

    def _start(self):
        self._ports = {"http": free_port(), "https": free_port()}
        text = CONFIGURATION.format(path=PATH, answer=ANSWER, **self._ports)
        (self._folder / "nginx.conf").write_text(text)
        self._process = subprocess.Popen(
            [*self._pin, nginx_program(), "-p", str(self._folder), "-c", "nginx.conf",
             "-e", "error.log"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self._process.poll() is None:
            if all(self._accepts(port) for port in self._ports.values()):
                return True
            time.sleep(0.02)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        return False

    @staticmethod
    def _accepts(port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            return False


def raise_file_limit():
    """1,000 connections on each side need more open files than the usual 1,024."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 32768 if hard == resource.RLIM_INFINITY else min(32768, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def pin_to(cpu):
    """The words before a command that hold it on a processor; none on a machine with one."""
    if shutil.which("taskset") and len(os.sched_getaffinity(0)) > 1:
        return ["taskset", "-c", str(cpu)]
    return []
