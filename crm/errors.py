"""The refusals of the domain; app.py maps each to one HTTP status.

Findings are values; a refusal is an exception, because an exception rolls the transaction back.
"""

from __future__ import annotations


class CrmError(Exception):
    """A refusal with a Chinese sentence for the reader: what is wrong and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(CrmError):
    """404: there is no such row, or it is not yours to see; the two are told apart nowhere."""

    def __init__(self, message: str = "没有找到这条记录。") -> None:
        super().__init__(message)


class NotAllowed(CrmError):
    """403: the row may be seen, this act on it not; the message says who can."""


class RuleBroken(CrmError):
    """422: a rule of the domain is broken; `field` names the form field it belongs to, if any."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Clash(CrmError):
    """409: somebody else was there first (an edited row, a booked room); the message says who and what."""
