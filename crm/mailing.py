"""The line to the mail server: one connection, one message after another, and what each refusal means for sending again.

A message is handed over at most once. As long as the server has not been given its text, it can be sent again (Unreachable,
Refused); where the line breaks after that, nobody knows, and it is not (Uncertain).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from crm.config import Smtp

WAITS_SECONDS = 15
NO_TLS = "服务器不支持 STARTTLS，密码不能明文发送；请改用 smtps://，或去掉用户名密码"


class Unreachable(Exception):
    """There is no line, or it broke before a text was handed over: whatever was not sent can be sent later."""


class Refused(Exception):
    """The server does not take this message. `is_final`: it will not take it later either (5xx)."""

    def __init__(self, words: str, *, is_final: bool) -> None:
        super().__init__(words)
        self.is_final = is_final


class Uncertain(Exception):
    """The line broke after the text was handed over: it may have been taken."""


class Line:
    """An open connection."""

    def __init__(self, server: smtplib.SMTP, sender: str) -> None:
        self._server, self._sender = server, sender

    def send(self, message: EmailMessage, address: str) -> None:
        """Hand one message over. Raises Refused, Unreachable or Uncertain."""
        try:
            _demand(self._server.mail(self._sender))
            _demand(self._server.rcpt(address))
        except Refused:
            with suppress(OSError, smtplib.SMTPException):
                self._server.rset()
            raise
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(_words(error)) from error
        try:
            _demand(self._server.data(message.as_bytes()))
        except smtplib.SMTPDataError as error:  # asked whether it takes a text, the server said no
            raise Refused(_words(error), is_final=error.smtp_code >= 500) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Uncertain(_words(error)) from error


def _demand(answer: tuple[int, bytes]) -> None:
    code, text = answer
    if code >= 400 or code < 200:
        raise Refused(f"{code} {text.decode('utf-8', 'replace')}"[:200], is_final=code >= 500)


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"[:200]
    return (str(error) or type(error).__name__)[:200]


@contextmanager
def line(smtp: Smtp) -> Iterator[Line]:
    """A connection, encrypted where the server can, signed in where a name is given. Raises Unreachable."""
    try:
        server = _open(smtp)
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(_words(error)) from error
    try:
        yield Line(server, smtp.sender)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()


def _open(smtp: Smtp) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if smtp.is_tls:
        server: smtplib.SMTP = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=WAITS_SECONDS, context=context)
    else:
        server = smtplib.SMTP(smtp.host, smtp.port, timeout=WAITS_SECONDS)
    try:
        server.ehlo()
        if not smtp.is_tls and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif not smtp.is_tls and smtp.user:
            raise smtplib.SMTPException(NO_TLS)
        if smtp.user:
            server.login(smtp.user, smtp.password)
    except BaseException:
        server.close()
        raise
    return server
