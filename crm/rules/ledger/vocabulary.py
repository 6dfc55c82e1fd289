"""How columns are headed in real ledgers: 98 spellings seen in published lists, and those investment offices use.

They stand in spellings.csv beside this file, for people to extend: a field and a spelling a line, the most canonical
spelling of a field first. They are compared without spaces, line breaks, width, brackets, units and years. A spelling
may stand under several fields: it goes to the first of them that has no better column.
"""

from __future__ import annotations

import csv
from importlib.resources import files

from crm.rules.ledger.fields import Field
from crm.rules.ledger.text import squeeze


def _spellings() -> dict[Field, tuple[str, ...]]:
    lines = files("crm.rules.ledger").joinpath("spellings.csv").read_text(encoding="utf-8").splitlines()
    by_value = {field.value: field for field in Field}
    found: dict[Field, list[str]] = {}
    for entry in csv.DictReader(lines):
        found.setdefault(by_value[entry["field"]], []).append(entry["spelling"])
    return {field: tuple(words) for field, words in found.items()}


SPELLINGS = _spellings()
"""The spellings of each field, the most canonical first."""

# Words with two meanings, and the one meant more often.
_FIRST_CHOICE = {
    "计划投资": Field.ANNUAL_INVESTMENT,
    "预计投资": Field.ANNUAL_INVESTMENT,
    "对接人": Field.CONTACT_NAME,
    "重点项目": Field.PROJECT_NAME,
}


def _index() -> dict[str, tuple[tuple[Field, int], ...]]:
    index: dict[str, list[tuple[Field, int]]] = {}
    for field, words in SPELLINGS.items():
        for rank, word in enumerate(words):
            index.setdefault(squeeze(word).lower(), []).append((field, rank))
    for word, first in _FIRST_CHOICE.items():
        index[word].sort(key=lambda entry: entry[0] is not first)
    return {word: tuple(entries) for word, entries in index.items()}


FIELDS_OF = _index()
"""Spelling -> (field, the spelling's rank within it), the field meant more often first."""


def spelled(field: Field) -> frozenset[str]:
    """The spellings of a field as they are compared."""
    return frozenset(squeeze(word).lower() for word in SPELLINGS[field])
