"""A mail server for tests: takes mails on a port of this machine, or refuses them as a test wants. Speaks what RFC 5321 asks."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


class Mailbox(socketserver.ThreadingTCPServer):
    """What arrived, as (recipient, message). `answers` are other answers than 250: by command, or by recipient; "" hangs up."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[tuple[str, EmailMessage]] = []
        self.answers: dict[str, str] = {}
        self.tries: list[str] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def to(self, address: str) -> list[EmailMessage]:
        """The mails of one recipient."""
        return [message for recipient, message in self.taken if recipient == address]


class _Talk(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        """One conversation."""
        self._say("220 test")
        recipient = ""
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
                self.server.tries.append(recipient)
            answer = self.server.answers.get(recipient if word == "RCPT" else word, "250 ok")
            if word == "DATA" and answer.startswith("250"):
                answer = self._take(recipient)
            if not answer:
                return
            self._say("221 bye" if word == "QUIT" else answer)
            if word == "QUIT":
                return

    def _take(self, recipient: str) -> str:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        message = message_from_bytes(b"".join(lines), policy=default)
        assert isinstance(message, EmailMessage)
        self.server.taken.append((recipient, message))
        return self.server.answers.get("END", "250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A server that runs as long as the block."""
    with Mailbox() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)
