"""Every address of the application, filled in: what tests of secrecy and of hostile input walk over."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask

NAMES = {
    "key": "signed_count",
    "column": "total",
    "month": "2022-09",
    "slug": "signed",
    "word": "paused",
    "day": "2022-10-01",
    "kind": "activity",
    "sheet": "key_projects",
}
OPEN = frozenset({"static", "account.accept", "account.language", "account.sign_out", "health.alive", "health.ready"})


@dataclass(frozen=True)
class Address:
    """A route and one of its addresses; `argument` names the arguments that were filled in."""

    endpoint: str
    path: str
    arguments: frozenset[str]
    methods: frozenset[str]

    @property
    def names_a_row(self) -> bool:
        """Its address holds the key of a row."""
        return any(name.endswith("_id") for name in self.arguments)


def addresses(app: Flask, ids: Mapping[str, int]) -> Iterator[Address]:
    """Every route with its arguments filled in from `ids`; keys of no interest are 1."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint in OPEN:
            continue
        path = re.sub(r"<int:([^>]+)>", lambda found: str(ids.get(found[1], 1)), rule.rule)
        path = re.sub(r"<(?:\w+:)?([^>]+)>", lambda found: NAMES.get(found[1], "x"), path)
        yield Address(rule.endpoint, path, frozenset(rule.arguments), frozenset(rule.methods or ()))


def text_of(answer) -> str:  # type: ignore[no-untyped-def]
    """Everything a reader can get out of an answer: its headers, its body, and what is inside a workbook."""
    data: bytes = answer.data
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    return f"{answer.headers}\n{data.decode('utf-8', 'replace')}"
