"""The clients that are measured: how each is installed and started."""

import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

from . import results

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "benchmarks/peers"
SCRATCH = ROOT / "build/bench"
VENV_PYTHON = SCRATCH / "venv/bin/python"
PREDICT_LOAD = ROOT / "build/release/benchmarks/cpp/predict_load"
OUR_CLASSES = ROOT / "bindings/java/sdk/target/classes"  # from tools/test-java
OUR_PACKAGE = ROOT / "build/python/site"  # from tools/build-python
PREDICT_LOAD_PYTHON = ROOT / "benchmarks/python/predict_load.py"
KEY = "no-such-key"  # what the programs send by themselves; there is no such service

BOTH = ("http", "https")


@dataclasses.dataclass(frozen=True)
class Client:
    name: str
    title: str
    json: str  # which ways JSON is part of the work
    kind: str  # ours, ours_python, ours_java, wrk, cpp, python, java
    program: str
    arguments: tuple = ()
    schemes: tuple = BOTH

    def command(self, url, ca_file, connections, seconds, warmup, extra=()):
        common = ["--url", url, "--ca-file", ca_file, "--connections", str(connections),
                  "--seconds", str(seconds), "--warmup-seconds", str(warmup)]  # fmt: skip
        common += [*self.arguments, *extra]
        if self.kind == "wrk":
            return [self.program, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}",
                    "--timeout", "30", "-s", str(PEERS / "wrk/post.lua"), f"{url}?apiKey={KEY}",
                    "--", str(ROOT / "examples/data/house.json")]  # fmt: skip
        if self.kind == "python":
            return [str(VENV_PYTHON), str(PEERS / "python" / self.program), *common]
        if self.kind == "ours_python":
            return [str(ROOT / ".venv/bin/python"), "-P", str(PREDICT_LOAD_PYTHON),
                    "--site", str(OUR_PACKAGE), "--mode", self.program, *common]  # fmt: skip
        if self.kind in ("java", "ours_java"):
            path = f"{SCRATCH}/java/classes:{SCRATCH}/java/lib/*:{SCRATCH}/java-ours:{OUR_CLASSES}"
            return ["java", "-cp", path, "peers.Main", self.program, "--rounds", *common]
        return [self.program, *common]


def _ours(name, title, json_ways, *arguments):
    return Client(name, title, json_ways, "ours", str(PREDICT_LOAD), arguments)


def _ours_python(mode, title):
    return Client(f"ours_python_{mode}", title, "both ways", "ours_python", mode)


def _cpp(name, title, json_ways, schemes=BOTH):
    return Client(name, title, json_ways, "cpp", str(SCRATCH / "cpp" / name), (), schemes)


def _python(name, title):
    return Client(name, title, "both ways", "python", f"peer_{name}.py")


def _java(name, title):
    return Client(name, title, "both ways", "java", name)


def _ours_java(name, title):
    return Client(name, title, "both ways", "ours_java", name)


CLIENTS = (
    Client(results.REFERENCE, "wrk", "no", "wrk", "wrk"),
    _cpp("epoll_loop", "raw epoll loop", "both ways", ("http",)),
    _cpp("uring_loop", "raw io_uring loop", "both ways", ("http",)),
    _cpp("beast_loop", "bare Beast loop", "both ways"),
    _ours("ours", "**aistudio**, struct in, vectors out", "both ways"),
    _ours("ours_fixed", "**aistudio**, struct in, arrays out", "both ways", "--fixed"),
    _ours("ours_epoll", "**aistudio**, struct in, arrays out, epoll", "both ways", "--fixed",
          "--loop", "epoll"),
    _ours("ours_pipelined", "**aistudio**, struct in, arrays out, 16 a connection", "both ways", "--fixed",
          "--pipeline", "16", "--connections", "2", "--in-flight", "32"),
    _ours("ours_raw", "**aistudio**, text in and out", "no", "--raw"),
    _cpp("curl_multi", "libcurl multi", "no"),
    _ours_python("array", "**aistudio in Python**, `predict_array`"),
    _ours_python("many", "**aistudio in Python**, `predict_many`"),
    _ours_python("asyncio", "**aistudio in Python**, `await predict`"),
    _ours_python("blocking", "**aistudio in Python**, `predict`, 1 connection"),
    _python("pycurl", "Python: pycurl multi"),
    _python("http_client", "Python: http.client, 1 connection"),
    _python("aiohttp", "Python: aiohttp"),
    _python("httpx", "Python: httpx, 1 connection"),
    _python("httpx_async", "Python: httpx.AsyncClient"),
    _python("requests", "Python: requests, 1 connection"),
    _ours_java("aistudio", "**aistudio in Java**, `predictAsync`"),
    _ours_java("aistudio_all", "**aistudio in Java**, `predictAll`"),
    _ours_java("aistudio_blocking", "**aistudio in Java**, `predict`, 1 connection"),
    _java("vertx", "Java: Vert.x"),
    _java("hc5", "Java: Apache HttpClient 5 async"),
    _java("okhttp", "Java: OkHttp"),
    _java("jdk", "Java: java.net.http"),
)


def client(name):
    return next(c for c in CLIENTS if c.name == name)


def _run(*command, timeout=600, **more):
    """Runs a step of an installation; raises NotMeasured with its last words when it fails."""
    try:
        done = subprocess.run(
            [str(word) for word in command], cwd=ROOT, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False,
            **more,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise results.NotMeasured(f"not installed: {fault}") from None
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        telling = [line for line in lines if "error" in line.lower()] or lines or ["no output"]
        raise results.NotMeasured(f"not installed: {telling[0].strip()[:150]}")
    return done.stdout


def _hash_of(*files):
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _stamped(stamp, digest):
    return stamp.exists() and stamp.read_text() == digest


class Installer:
    """Installs what the clients need, each kind once; remembers why one is not there."""

    def __init__(self, say):
        self._say = say
        self._prepared = {}

    def missing(self, wanted):
        """Why the client cannot be measured; empty: it can."""
        try:
            self._prepare(wanted.kind)
            getattr(self, f"_check_{wanted.kind}")(wanted)
        except results.NotMeasured as reason:
            return str(reason)
        return ""

    def json_tables(self):
        """What JSON costs beside other libraries, and the instructions of its kernels: (title, text)."""
        tables = [
            ("JSON, processor time", [VENV_PYTHON, ROOT / "benchmarks/json/compare.py"]),
            ("JSON, instructions", [ROOT / "benchmarks/kernels.sh"]),
        ]
        for title, command in tables:
            self._say(title)
            try:
                self._prepare("python")
                yield title, _run(*command)
            except results.NotMeasured as reason:
                yield title, f"{reason}\n"

    def _prepare(self, kind):
        if kind not in self._prepared:
            self._prepared[kind] = None
            try:
                getattr(self, f"_prepare_{kind}", lambda: None)()
            except results.NotMeasured as reason:
                self._prepared[kind] = reason
        if self._prepared[kind]:
            raise self._prepared[kind]

    def _check_ours(self, wanted):
        if not PREDICT_LOAD.exists():
            raise results.NotMeasured("not built: run make bench")

    def _check_ours_python(self, wanted):
        if not (OUR_PACKAGE / "aistudio").exists():
            raise results.NotMeasured("not built: run tools/build-python")

    def _check_wrk(self, wanted):
        if not shutil.which("wrk"):
            raise results.NotMeasured("not installed: apt-get install wrk")

    def _prepare_cpp(self):
        self._say("Building the C++ peers")
        _run("cmake", "-S", PEERS / "cpp", "-B", SCRATCH / "cpp", "-G", "Ninja")

    def _check_cpp(self, wanted):
        _run("cmake", "--build", SCRATCH / "cpp", "--target", wanted.name)

    def _prepare_python(self):
        requirements = PEERS / "requirements.txt"
        stamp = SCRATCH / "venv/installed"
        digest = _hash_of(requirements)
        if _stamped(stamp, digest):
            return
        self._say("Installing the Python peers")
        shutil.rmtree(SCRATCH / "venv", ignore_errors=True)
        _run(os.environ.get("PYTHON", "/usr/bin/python3"), "-m", "venv", SCRATCH / "venv")
        pip = (VENV_PYTHON, "-m", "pip", "install", "-q", "--no-input",
               "--disable-pip-version-check", "--progress-bar", "off")  # fmt: skip
        try:
            _run(*pip, "-r", requirements)
            stamp.write_text(digest)
        except results.NotMeasured:  # one by one, so that one that fails leaves the others
            for line in requirements.read_text().splitlines():
                if line and not line.startswith("#"):
                    subprocess.run([*map(str, pip), line], stdin=subprocess.DEVNULL, check=False)

    def _check_python(self, wanted):
        module = {"http_client": "http.client", "httpx_async": "httpx"}.get(wanted.name, wanted.name)
        _run(VENV_PYTHON, "-c", f"import {module}")

    def _prepare_java(self):
        sources = [PEERS / "java/pom.xml", *(PEERS / "java/src").rglob("*.java")]
        stamp = SCRATCH / "java/installed"
        digest = _hash_of(*sources)
        if _stamped(stamp, digest):
            return
        self._say("Building the Java peers")
        shutil.rmtree(SCRATCH / "java", ignore_errors=True)
        _run("mvn", "-B", "-q", "-ntp", "-f", PEERS / "java",
             f"-Dpeers.build={SCRATCH}/java", "package")  # fmt: skip
        stamp.write_text(digest)

    def _prepare_ours_java(self):
        if not OUR_CLASSES.exists():
            raise results.NotMeasured("not built: run tools/test-java")
        self._prepare("java")
        target = SCRATCH / "java-ours"
        shutil.rmtree(target, ignore_errors=True)
        sources = sorted((ROOT / "benchmarks/java/ours").glob("*.java"))
        _run("javac", "-d", target, "-cp", f"{SCRATCH}/java/classes:{OUR_CLASSES}", *sources)

    def _check_ours_java(self, wanted):
        self._check_java(wanted)

    def _check_java(self, wanted):
        if not shutil.which("java"):
            raise results.NotMeasured("not installed: there is no java")


def versions():
    """Of everything measured and of what it is measured with: (name, version) pairs."""
    out = [("aistudio", _own_version())]
    packages = "nginx-light nginx wrk libcurl4 libssl3 liburing2 libboost1.81-dev libsimdjson-dev g++ python3"
    for package in packages.split():
        found = _first_line("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package)
        if found.startswith("installed "):
            out.append((package, found.split()[1]))
    if VENV_PYTHON.exists():
        frozen = _output(VENV_PYTHON, "-m", "pip", "freeze", "--disable-pip-version-check")
        found = dict(line.split("==") for line in frozen.splitlines() if "==" in line)
        out += [(n, found[n]) for n in ("pycurl", "aiohttp", "httpx", "requests", "numpy", "orjson", "pybase64", "pysimdjson") if n in found]
        out.append(("libcurl in pycurl", _first_line(VENV_PYTHON, "-c", _PYCURL_VERSION)))
    out.append(("java", _first_line("java", "-version")))
    for jar in ("vertx-core", "netty-transport-4*", "httpclient5", "okhttp", "jackson-databind"):
        for file in sorted((SCRATCH / "java/lib").glob(f"{jar.rstrip('*')}*.jar")):
            name, _, version = file.stem.rpartition("-")
            out.append((name, version))
    return [(name, version) for name, version in out if version]


_PYCURL_VERSION = "import pycurl; i = pycurl.version_info(); print(i[1], i[5])"


def _output(*command):
    try:
        done = subprocess.run(
            [str(word) for word in command], cwd=ROOT, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _first_line(*command):
    return (_output(*command).strip().splitlines() or [""])[0]


def _own_version():
    text = (ROOT / "include/aistudio/version.hpp").read_text(encoding="utf-8")
    parts = re.findall(r"^#define AISTUDIO_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)$", text, re.MULTILINE)
    commit = _first_line("git", "describe", "--always", "--dirty")
    return ".".join(parts) + (f" ({commit})" if commit else "")
