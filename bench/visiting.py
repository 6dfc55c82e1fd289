"""A person with a browser, as far as the server can tell: one connection kept alive, cookies, and what a page loads by itself."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

COUNT, LOG = "X-Bench-Statements", "X-Bench-Log"  # what bench/counted.py says and is asked
LOG_VARIABLE = "HTTP_" + LOG.upper().replace("-", "_")
_TOKEN = re.compile(r'"X-CSRFToken": "([^"]+)"|name="csrf_token"[^>]* value="([^"]+)"')
_BY_ITSELF = re.compile(r'<[^>]*hx-trigger="[^"]*\b(?:load|revealed|intersect)\b[^>]*>')
_ASKS = re.compile(r'hx-(get|post)="([^"]+)"')
_VISITED = re.compile(r'data-visited="(\w+):(\d+)" data-visits="([^"]+)"')
_TAG = re.compile(r"<[^>]*>")
FRAGMENT = {"HX-Request": "true"}
FORM = "application/x-www-form-urlencoded"


class Unexpected(Exception):
    """The server answered otherwise than the measurement needs."""


@dataclass(frozen=True)
class Answer:
    """An answer: its status, its body as it came and as it reads, and how many statements it took."""

    status: int
    address: str
    sent: bytes
    is_packed: bool
    statements: int
    location: str

    @property
    def body(self) -> bytes:
        """Unpacked."""
        return gzip.decompress(self.sent) if self.is_packed else self.sent

    @property
    def text(self) -> str:
        """As text."""
        return self.body.decode("utf-8")

    @property
    def packed_bytes(self) -> int:
        """How many bytes travel: as sent, or as a proxy in front would pack them."""
        return len(self.sent) if self.is_packed else len(gzip.compress(self.sent, 6))


def _token(page: Answer) -> str:
    found = _TOKEN.search(page.text)
    if found is None:
        raise Unexpected(f"{page.address} holds no token")
    return found[1] or found[2]


@dataclass
class Visitor:
    """Somebody who has signed in."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    connection: HTTPConnection | None = None

    def sign_in(self, user_id: int) -> None:
        """By the demo's button of that person."""
        self.token = _token(self.get("/sign-in"))
        self.expect(self.post(f"/sign-in/demo/{user_id}", {}), 303)
        self.token = _token(self.expect(self.get("/me"), 200))

    def open(self, address: str) -> list[Answer]:
        """A page and what it asks for by itself: fragments, and the note that a record was opened."""
        page = self.expect(self.get(address), 200)
        text = page.text
        answers = [page]
        for tag in _BY_ITSELF.findall(text):
            for method, target in _ASKS.findall(tag):
                whole = urljoin(address, unescape(target))
                answer = self.get(whole, **FRAGMENT) if method == "get" else self.post(whole, {})
                answers.append(self.expect(answer, 200, 204))
        if visited := _VISITED.search(text):
            kind, row_id, target = visited.groups()
            answers.append(self.expect(self.post(target, {"kind": kind, "row_id": row_id}), 204))
        return answers

    def get(self, address: str, **headers: str) -> Answer:
        """One request."""
        return self._ask("GET", address, None, headers)

    def post(self, address: str, values: Any) -> Answer:
        """One request with a form, and the token the pages hold."""
        headers = {"Content-Type": FORM, "X-CSRFToken": self.token}
        return self._ask("POST", address, urlencode(values, doseq=True).encode(), headers)

    def _ask(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self.connection is None:
            self.connection = HTTPConnection("127.0.0.1", self.port, timeout=600)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Accept-Encoding": "gzip", "Cookie": cookies, **self.headers, **headers}
        self.connection.request(method, address, body, sent)
        response = self.connection.getresponse()
        content = response.read()
        self._keep_cookies(response)
        location = urlsplit(urljoin(address, response.headers.get("Location", "")))
        return Answer(
            response.status,
            address,
            content,
            response.headers.get("Content-Encoding") == "gzip",
            int(response.headers.get(COUNT, 0)),
            location.path + (f"?{location.query}" if location.query else ""),
        )

    def _keep_cookies(self, response: HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value

    @staticmethod
    def expect(answer: Answer, *statuses: int) -> Answer:
        """The answer, if it is one of these."""
        if answer.status not in statuses:
            words = _TAG.sub(" ", answer.text.partition("<main")[2] or answer.text)
            raise Unexpected(f"{answer.address} answered {answer.status}: {' '.join(words.split())[:400]}")
        return answer

    def logging(self, path: str) -> None:
        """From now on the server writes the statements of a request to a file, or no more ("")."""
        self.headers = {LOG: path} if path else {}

    def close(self) -> None:
        """Give the connection back."""
        if self.connection:
            self.connection.close()
            self.connection = None
