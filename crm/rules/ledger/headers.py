"""What a header's text means: a field, how surely, of which year and in which unit.

A header is the texts of its column from the top row down: ("2024年计划投资", "小计"). Known spellings decide first,
then the words a header contains; a parent changes what its children mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from crm.rules.ledger.fields import Field
from crm.rules.ledger.headerwords import field_by_words, fields_under, is_breakdown
from crm.rules.ledger.text import squeeze
from crm.rules.ledger.units import Unit, header_units
from crm.rules.ledger.vocabulary import FIELDS_OF

LONGEST = 45
"""Longer texts are no headers."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A field a column may stand for. `score` 1 is a known spelling, 0.6 and less a guess from words."""

    field: Field
    score: float
    year: int | None = None


_YEAR = re.compile(r"(?:19|20)\d\d(?:-(?:19|20)?\d\d)?(?=年|计划|投资|目标|\D|$)")
_BRACKETS = re.compile(r"[(\[【{<][^)\]】}>]*[)\]】}>]")
_DECORATION = re.compile(r"^[*★▲●#\d.、)(]+(?=[\u4e00-\u9fff])|^其中[:,]?|[*★:：.。]+$")
_LATIN_BESIDE_CHINESE = re.compile(r"[a-z.&/'-]*[a-z][a-z.&/'-]*")
_PUNCTUATION = re.compile(r"[()\[\]{}、,.:;·_—\-\"“”'《》]+")
_ONE_UNIT = r"(?:十|百|千|万|亿)*(?:美元|人民币|港元|港币|欧元|元)+(?:人民币|rmb)?"
_UNIT_TAIL = re.compile(rf"[(/,:]?(?:单位:?)?{_ONE_UNIT}(?:[/、,或]{_ONE_UNIT})*[)]?$")
_ONLY_UNIT = re.compile(rf"[(\[]?(?:单位:?)?(?:{_ONE_UNIT}|[十百千万亿]+|亩|个|%|平方米)[)\]]?")
_MU_TAIL = re.compile(r"[(/]?亩[)]?$")


@lru_cache(maxsize=20_000)
def match_header(*path: str) -> tuple[Candidate, ...]:
    """What the header may stand for, best first; nothing for an unknown one."""
    texts = [text for text in (squeeze(part) for part in path) if text]
    texts = [text for text in texts if not _ONLY_UNIT.fullmatch(text)] or texts
    if not texts or len(texts[-1]) > LONGEST:
        return ()
    year = _year_of("".join(texts))
    best: dict[Field, Candidate] = {}
    for candidate in _candidates(texts):
        if candidate.field not in best or best[candidate.field].score < candidate.score:
            best[candidate.field] = replace(candidate, year=year)
    return tuple(sorted(best.values(), key=lambda candidate: -candidate.score))


def header_unit(*path: str) -> tuple[Unit, ...]:
    """The money units named in a header, the lowest row first asked."""
    return next((units for text in reversed(path) if (units := header_units(text))), ())


def _candidates(texts: list[str]) -> Iterator[Candidate]:
    child, parent = texts[-1], "".join(texts[:-1])
    if not parent:
        yield from _known(child, 1.0)
        yield from _by_words(child, 0.6)
        return
    forms = _forms(child)
    yield from (Candidate(field, score) for field, score in fields_under(parent, forms))
    if is_breakdown(parent, forms[-1]):
        return
    yield from _known(parent + child, 0.98)
    yield from _known(child, 0.95)
    yield from _by_words(child, 0.6)


def _known(text: str, score: float) -> Iterator[Candidate]:
    """Fields that spell themselves so; a little less sure the more was stripped and the rarer the spelling."""
    for step, form in enumerate(_forms(text)):
        for place, (field, rank) in enumerate(FIELDS_OF.get(form, ())):
            yield Candidate(field, score - 0.0003 * step - 0.0004 * min(rank, 100) - 0.05 * place)


def _by_words(text: str, score: float) -> Iterator[Candidate]:
    field = field_by_words(_YEAR.sub("年" if "年" not in text else "", text.lower()))
    if field is not None:
        yield Candidate(field, score)


@lru_cache(maxsize=20_000)
def _forms(text: str) -> tuple[str, ...]:
    """The text as it stands, then with less and less: without year, decoration, unit, brackets, Latin letters."""
    lowered = text.lower()
    plain = _DECORATION.sub("", _YEAR.sub("", lowered)) or lowered
    unitless = _MU_TAIL.sub("", _UNIT_TAIL.sub("", plain)) or plain
    unbracketed = _BRACKETS.sub("", unitless) or unitless
    bare = _PUNCTUATION.sub("", unbracketed) or unbracketed
    chinese = _LATIN_BESIDE_CHINESE.sub("", bare) if re.search(r"[\u4e00-\u9fff]", bare) else bare
    return tuple(dict.fromkeys((lowered, plain, unitless, unbracketed, bare, chinese or bare)))


def _year_of(text: str) -> int | None:
    years = re.findall(r"(?:19|20)\d\d(?=年|计划|投资|目标)", text)
    return int(years[-1]) if years else None


def assign(columns: Iterable[tuple[int, tuple[Candidate, ...]]], joinable: frozenset[Field]) -> dict[int, Candidate]:
    """One field for each column: the surest first; a joinable field may have several columns."""
    offers = sorted(
        ((column, candidate) for column, candidates in columns for candidate in candidates),
        key=lambda offer: (-offer[1].score, offer[0]),
    )
    chosen: dict[int, Candidate] = {}
    taken: set[Field] = set()
    for column, candidate in offers:
        if column not in chosen and (candidate.field not in taken or candidate.field in joinable):
            chosen[column] = candidate
            taken.add(candidate.field)
    return chosen
