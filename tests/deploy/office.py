"""A whole office on loopback: PostgreSQL, web servers under gunicorn and, where asked for, nginx before them, as deploy/ says."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from argon2 import PasswordHasher
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from crm.columns import Base
from tests import factories as make

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
PASSWORD = "corr-ect horse 22"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|X-CSRFToken": "([^"]+)"')
PATIENCE_SECONDS = 60
TYPES = "types { text/html html; text/css css; application/javascript js; image/svg+xml svg; font/woff2 woff2; }"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Office:
    """Where everything lies, and the servers that run."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        self.servers: dict[int, subprocess.Popen[bytes]] = {}
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CRM_")},
            "CRM_ENV": "production", "CRM_SECRET_KEY": "4f0c8a1be2d97365f1a09b3c5d7e8f60", "CRM_DATABASE_URL": database,
            "CRM_DATA_DIR": str(folder / "data"), "CRM_TRUSTED_PROXIES": "1", "CRM_WEB_WORKERS": "1", "CRM_WEB_THREADS": "4",
        }  # fmt: skip

    def fill(self) -> int:
        """The tables, the cast with a password, a project; its key."""
        engine = create_engine(self.database.replace("postgresql://", "postgresql+psycopg://"))
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            make.make_cast(session)
            officer = make.person(session, "officer")
            for login in ("officer", "statistician"):
                make.person(session, login).password_hash = PasswordHasher(1, 8192, 1).hash(PASSWORD)
            project = make.make_project(session, "演示部署项目", officer)
            session.commit()
            key = project.id
        engine.dispose()
        return key

    def start(self, port: int) -> None:
        """A web server, as its unit in deploy/systemd starts it; returns at once."""
        bind = f"127.0.0.1:{port}"
        drain = self.folder / f"drain-{port}"
        drain.unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            DEPLOY / "gunicorn.conf.py",
            "--bind",
            bind,
            "wsgi:app",
        ]
        surroundings = {
            "cwd": ROOT,
            "env": self.environment | {"CRM_DRAIN_FILE": str(drain)},
            "stdin": subprocess.DEVNULL,
        }
        with (self.folder / f"web-{port}.log").open("ab") as log:
            self.servers[port] = subprocess.Popen(
                command, **surroundings, stdout=log, stderr=log, start_new_session=True
            )

    def await_ready(self, port: int) -> None:
        """Until it answers that it is ready; raises RuntimeError with its log."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.servers[port].poll() is None:
            try:
                if ask("127.0.0.1", port, "GET", "/ready").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError((self.folder / f"web-{port}.log").read_text(encoding="utf-8", errors="replace")[-3000:])

    def kill(self, port: int) -> None:
        """As a machine that falls over: master and workers at once."""
        os.killpg(self.servers[port].pid, signal.SIGKILL)
        self.servers[port].wait()

    def end(self) -> None:
        """Stop what still runs."""
        for server in self.servers.values():
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@contextmanager
def running(folder: Path, database: str, ports: list[int]) -> Iterator[tuple[Office, int]]:
    """The office with web servers on the ports, all ready, and the key of its project."""
    office = Office(folder, database)
    try:
        project_id = office.fill()
        for port in ports:
            office.start(port)
        for port in ports:
            office.await_ready(port)
        yield office, project_id
    finally:
        office.end()


# ------------------------------------------------------------------------------------------------------------------- nginx


class Nginx:
    """deploy/nginx, with the test's ports and folders in the places of an office's."""

    def __init__(self, program: str, folder: Path, ports: list[int]) -> None:
        self.program, self.folder = program, folder
        self.http, self.https = free_port(), free_port()
        self.servers = folder / "crm-servers.conf"
        self._make_certificate()
        self._write(ports)

    def _make_certificate(self) -> None:
        subject = ("-subj", "/CN=crm.example", "-addext", "subjectAltName=DNS:crm.example")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-keyout", self.folder / "crm.key", "-out", self.folder / "crm.crt", *subject],
            check=True, capture_output=True,
        )  # fmt: skip

    def _write(self, ports: list[int]) -> None:
        lines = (DEPLOY / "nginx" / "crm-servers.conf").read_text(encoding="utf-8")
        for ours, theirs in zip((5001, 5002), ports, strict=True):
            lines = lines.replace(f"127.0.0.1:{ours}", f"127.0.0.1:{theirs}")
        self.servers.write_text(lines, encoding="utf-8")
        site = (DEPLOY / "nginx" / "crm.conf").read_text(encoding="utf-8")
        for ours, theirs in (
            ("/etc/nginx/crm-servers.conf", str(self.servers)),
            ("/etc/ssl/crm", str(self.folder)),
            ("/srv/crm/www", str(self.folder / "www")),
            ("listen 443", f"listen 127.0.0.1:{self.https}"),
            ("listen 80", f"listen 127.0.0.1:{self.http}"),
        ):
            assert ours in site, f"deploy/nginx/crm.conf no longer says {ours}"
            site = site.replace(ours, theirs)
        here = self.folder
        paths = "".join(
            f"{name}_temp_path {here}/tmp-{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        owner = "" if os.geteuid() else "user root;"
        main = f"daemon off; pid {here}/nginx.pid; error_log {here}/nginx.log; worker_processes 1; {owner}\n"
        main += f"events {{ worker_connections 256; }}\nhttp {{ {TYPES} access_log off; {paths}\n{site} }}\n"
        (here / "nginx.conf").write_text(main, encoding="utf-8")

    def command(self, *words: str) -> list[str | Path]:
        """nginx with this configuration."""
        return [self.program, "-c", self.folder / "nginx.conf", "-e", self.folder / "nginx.log", *words]

    @contextmanager
    def running(self) -> Iterator[Nginx]:
        """nginx at work."""
        process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            self._await(process)
            yield self
        finally:
            process.terminate()
            process.wait(20)
            assert process.stderr is not None
            process.stderr.close()

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.https)) == 0:
                    return
            if process.poll() is not None:
                break
            time.sleep(0.05)
        process.kill()
        raise RuntimeError(process.communicate()[1].decode(errors="replace"))


# ----------------------------------------------------------------------------------------------------------------- visitors


class Answer:
    """What came back, read to its end."""

    def __init__(self, status: int, headers: http.client.HTTPMessage, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class _Through(http.client.HTTPSConnection):
    """To crm.example, which is on loopback."""

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname="crm.example")


def ask(host: str, port: int, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None,
        certificate: Path | None = None) -> Answer:  # fmt: skip
    """One request on a connection of its own."""
    if certificate is None:
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
    else:
        context = ssl.create_default_context(cafile=str(certificate))
        connection = _Through(host, port, timeout=PATIENCE_SECONDS, context=context)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


class Visitor:
    """A person with a browser: cookies, the token of the pages, one server or nginx in front of several."""

    def __init__(self, port: int, certificate: Path | None = None) -> None:
        self.port, self.certificate = port, certificate
        self.cookies: dict[str, str] = {}
        self.token = ""

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
        """One request; cookies and the token are kept."""
        sent = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Host": "crm.example" if self.certificate is None else f"crm.example:{self.port}",
            "X-CSRFToken": self.token,
            **(
                {"Referer": f"https://crm.example:{self.port}/"} if self.certificate else {"X-Forwarded-Proto": "https"}
            ),
            **({} if self.certificate else {"Referer": "https://crm.example/"}),
            **(headers or {}),
        }
        answer = ask("127.0.0.1", self.port, method, path, sent, body, self.certificate)
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        found = TOKEN.search(answer.text) if "Content-Encoding" not in answer.headers else None
        if found:
            self.token = found[1] or found[2]
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        """A page."""
        return self.ask("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, **fields: str) -> Answer:
        """A form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, kind, urlencode(fields).encode())

    def upload(self, path: str, name: str, data: bytes, field: str = "file", **fields: str) -> Answer:
        """A form with a file."""
        edge = "----------edge"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        ]
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
        body = "".join(parts).encode() + head.encode() + data + f"\r\n--{edge}--\r\n".encode()
        return self.ask("POST", path, {"Content-Type": f"multipart/form-data; boundary={edge}"}, body)

    def sign_in(self, login: str = "officer") -> Answer:
        """By the page, with the password."""
        self.get("/sign-in")
        answer = self.post("/sign-in", login=login, password=PASSWORD)
        assert answer.status == 303, answer.text
        self.get("/me")
        return answer


def fakes(folder: Path, **scripts: str) -> str:
    """A PATH that begins with little programs of the test's own."""
    folder.mkdir(exist_ok=True)
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def has_programs(*names: str) -> bool:
    """Whether the machine has all of them."""
    return all(shutil.which(name) for name in names)
