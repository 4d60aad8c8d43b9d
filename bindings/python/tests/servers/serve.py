"""One prediction service on a server that others wrote: serve.py SERVER PORT [CERTIFICATE KEY].

It answers with what it got: {"result": {"got": record}}. The end of the path asks for more:
`/close` ends the connection, `/chunked` sends the answer in pieces, `/busy` is 503, `/early` sends what
comes before an answer without being asked for it, `/gzip` compresses without being asked for it.
"""

# mypy: ignore-errors
import gzip
import json
import pathlib
import signal
import ssl
import subprocess
import sys
import tempfile
import threading

SERVER, PORT = sys.argv[1], int(sys.argv[2])
CERTIFICATE = tuple(sys.argv[3:5])


def answer(path: str, body: bytes) -> tuple[int, bytes]:
    if path.endswith("/busy"):
        return 503, b'{"errorCode": 10010, "errorMsg": "busy"}'
    return 200, json.dumps({"errorCode": 0, "result": {"got": json.loads(body)}}).encode()


def tls() -> ssl.SSLContext | None:
    if not CERTIFICATE:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*CERTIFICATE)
    return context


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    status, text = answer(scope["path"], body)
    headers = [(b"content-type", b"application/json")]
    if scope["path"].endswith("/close"):
        headers.append((b"connection", b"close"))
    pieces = [text[:5], text[5:]] if scope["path"].endswith("/chunked") else [text]
    if len(pieces) == 1:
        headers.append((b"content-length", str(len(text)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for i, piece in enumerate(pieces):
        last = i == len(pieces) - 1
        await send({"type": "http.response.body", "body": piece, "more_body": not last})


def wsgi(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    path = environ["PATH_INFO"]
    status, text = answer(path, body)
    headers = [("Content-Type", "application/json")]
    if path.endswith("/close"):
        headers.append(("Connection", "close"))
    if path.endswith("/chunked"):
        start_response(f"{status} Answer", headers)
        return [text[:5], text[5:]]
    start_response(f"{status} Answer", [*headers, ("Content-Length", str(len(text)))])
    return [text]


def run_uvicorn():
    import uvicorn

    more = {"ssl_certfile": CERTIFICATE[0], "ssl_keyfile": CERTIFICATE[1]} if CERTIFICATE else {}
    uvicorn.run(asgi, host="127.0.0.1", port=PORT, log_level="error", **more)


def run_hypercorn():
    import asyncio

    import hypercorn.asyncio
    import hypercorn.config

    config = hypercorn.config.Config()
    config.bind = [f"127.0.0.1:{PORT}"]
    if CERTIFICATE:
        config.certfile, config.keyfile = CERTIFICATE
    asyncio.run(hypercorn.asyncio.serve(asgi, config))


def run_gunicorn():
    import gunicorn.app.base

    class Application(gunicorn.app.base.BaseApplication):
        def load_config(self):
            self.cfg.set("bind", f"127.0.0.1:{PORT}")
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", 8)
            self.cfg.set("loglevel", "error")
            self.cfg.set("control_socket_disable", True)
            if CERTIFICATE:
                self.cfg.set("certfile", CERTIFICATE[0])
                self.cfg.set("keyfile", CERTIFICATE[1])

        def load(self):
            return wsgi

    Application().run()


def run_tornado():
    import asyncio

    import tornado.web
    from tornado.httputil import HTTPHeaders, ResponseStartLine

    class Handler(tornado.web.RequestHandler):
        def post(self):
            status, text = answer(self.request.path, self.request.body)
            if self.request.path.endswith("/early"):
                hints = ResponseStartLine("HTTP/1.1", 103, "Early Hints")
                self.request.connection.write_headers(hints, HTTPHeaders({"Link": "</x>"}))
            self.set_status(status)
            self.set_header("Content-Type", "application/json")
            if self.request.path.endswith("/close"):
                self.set_header("Connection", "close")
            if self.request.path.endswith("/chunked"):
                self.write(text[:5])
                self.flush()
                text = text[5:]
            self.write(text)

    async def main():
        tornado.web.Application([(".*", Handler)]).listen(PORT, "127.0.0.1", ssl_options=tls())
        await asyncio.Event().wait()

    asyncio.run(main())


def run_aiohttp():
    from aiohttp import web

    async def handle(request):
        status, text = answer(request.path, await request.read())
        out = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
        if request.path.endswith("/close"):
            out.force_close()
        if request.path.endswith("/chunked"):
            out.enable_chunked_encoding()
        else:
            out.content_length = len(text)
        await out.prepare(request)
        await out.write(text[:5])
        await out.write(text[5:])
        await out.write_eof()
        return out

    application = web.Application(client_max_size=1 << 30)
    application.router.add_post("/{path:.*}", handle)
    web.run_app(application, host="127.0.0.1", port=PORT, print=None, ssl_context=tls())


def http_server(port):
    import http.server

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            path = self.path.partition("?")[0]
            status, text = answer(path, self.rfile.read(int(self.headers["Content-Length"])))
            if path.endswith("/early"):
                self.send_response_only(100)
                self.end_headers()
            self.send_response(status)
            if path.endswith("/gzip"):
                self.send_header("Content-Encoding", "gzip")
                text = gzip.compress(text)
            self.send_header("Content-Type", "application/json")
            if path.endswith("/close"):
                self.send_header("Connection", "close")
            if path.endswith("/chunked"):
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for piece in (text[:5], text[5:], b""):
                    self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            else:
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        def log_message(self, *words):
            pass

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = (
            1024  # with the 5 of old the kernel drops connections that come at once
        )

    return Server(("127.0.0.1", port), Handler)


def run_http_server():
    server = http_server(PORT)
    if context := tls():
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


NGINX = """
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    gzip on;
    gzip_types application/json;
    gzip_proxied any;
    gzip_min_length 1;
    client_max_body_size 0;
    keepalive_requests 30;
    server {{
        listen 127.0.0.1:{port} {tls};
        location / {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            location ~ /close$ {{
                keepalive_timeout 0;
                proxy_pass http://127.0.0.1:{behind};
            }}
        }}
    }}
}}
"""


def run_nginx():
    """A proxy before http.server, which ends a connection after 30 calls."""
    behind = http_server(0)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    certificate = "; ssl_certificate {}; ssl_certificate_key {}".format(*CERTIFICATE or "  ")
    with tempfile.TemporaryDirectory() as folder:
        text = NGINX.format(
            port=PORT,
            behind=behind.server_address[1],
            tls="ssl" + certificate if CERTIFICATE else "",
        )
        (pathlib.Path(folder) / "nginx.conf").write_text(text)
        words = ["nginx", "-p", folder, "-e", "error.log", "-c", "nginx.conf"]
        server = subprocess.Popen(words)
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        server.wait()


globals()[f"run_{SERVER}"]()
