"""Is it perhaps the same project? Four levels, each with a percentage and its reasons in words (domain.md §0.4, §2.5).

    code            the same project code
    credit code     the same credit code and the same name
    name, investor  the same name and the same investor
    similar         names alike: from 85 % on likely, from 60 % on possible; investor and total investment speak for or against

A match is *certain* only by the key a person chose; everything else is offered and a person decides. `Register` finds the
candidates of ten thousand rows in seconds: exact keys by dictionary, similar names only among those that share rare bigrams.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from crm.choices import Labelled, Word

LIKELY_PERCENT = 85
POSSIBLE_PERCENT = 60
AMOUNT_TOLERANCE_PERCENT = 10
SAME_AMOUNT_BONUS = 4
WHOLE = 100
NAME_WEIGHT = 60  # of 100, the rest is the investor's
MOST_CANDIDATES = 5
MOST_COMPARED = 30
COMMON_BIGRAM = 400  # a pair of characters in more names than this tells nothing


class MatchKey(Labelled):
    """What makes a row and a project certainly the same."""

    CODE = "code", "项目编号"
    CREDIT_NAME = "credit_name", "信用代码 + 项目名称"
    NAME_INVESTOR = "name_investor", "项目名称 + 投资方"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a project is known by; keys as in rules/names.py, empty for unknown."""

    name_key: str
    company_key: str = ""
    credit_code: str = ""
    code: str = ""
    total_yuan: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A project of the register and what it is known by."""

    id: int
    identity: Identity


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project that may be the one asked for. `certain`: by the chosen key, and nothing speaks against it.

    `supported`: the investor or the total investment speaks for it, not the name alone.
    """

    id: int
    percent: int
    certain: bool
    supported: bool
    reasons: tuple[str, ...]

    @property
    def is_likely(self) -> bool:
        """Alike enough that a person must decide before anything is written."""
        return self.percent >= LIKELY_PERCENT or (self.percent >= POSSIBLE_PERCENT and self.supported)


class Register:
    """The projects known, indexed for looking up many rows."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._known: dict[int, Identity] = {}
        self._by_code: dict[str, list[int]] = defaultdict(list)
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._by_bigram: dict[str, list[int]] = defaultdict(list)
        for project in known:
            self._known[project.id] = project.identity
            if project.identity.code:
                self._by_code[project.identity.code].append(project.id)
            self._by_name[project.identity.name_key].append(project.id)
            for pair in _bigrams(project.identity.name_key):
                self._by_bigram[pair].append(project.id)

    def candidates(self, asked: Identity, key: MatchKey) -> list[Candidate]:
        """The projects it may be, the likeliest first; at most five."""
        ids = {*self._exact(asked), *self._alike(asked.name_key)}
        judged = [compare(asked, self._known[id_], id_, key) for id_ in ids]
        found = sorted(
            (one for one in judged if one is not None), key=lambda one: (not one.certain, -one.percent, one.id)
        )
        return _without_ties(found)[:MOST_CANDIDATES]

    def _exact(self, asked: Identity) -> Iterable[int]:
        yield from self._by_code.get(asked.code, ()) if asked.code else ()
        yield from self._by_name.get(asked.name_key, ())[:MOST_COMPARED] if asked.name_key else ()

    def _alike(self, name_key: str) -> Iterable[int]:
        """The names that share most of the telling pairs of characters."""
        shared: Counter[int] = Counter()
        for pair in _bigrams(name_key):
            holders = self._by_bigram.get(pair, ())
            if len(holders) <= COMMON_BIGRAM:
                shared.update(holders)
        return [id_ for id_, _ in shared.most_common(MOST_COMPARED)]


def _bigrams(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)} or ({text} if text else set())


def _without_ties(found: list[Candidate]) -> list[Candidate]:
    """Two projects that are both certainly the same: then neither is."""
    if len([one for one in found if one.certain]) < 2:
        return found
    several = Word("库中不止一个")
    return [
        Candidate(one.id, one.percent, False, one.supported, (*one.reasons, several)) if one.certain else one
        for one in found
    ]


def compare(asked: Identity, known: Identity, known_id: int, key: MatchKey) -> Candidate | None:
    """The verdict on one pair; None when they are not even possibly the same."""
    same_code = bool(asked.code) and asked.code == known.code
    name = 100 if asked.name_key == known.name_key else int(fuzz.ratio(asked.name_key, known.name_key))
    investor = _investor_percent(asked, known)
    same_amount = _is_near(asked.total_yuan, known.total_yuan)
    certain = _is_certain(asked, known, key, name)
    percent = _percent(name, investor, same_amount)
    if certain or (same_code and percent >= POSSIBLE_PERCENT):
        percent = 100 if certain else max(percent, LIKELY_PERCENT)
    elif same_code:
        percent = max(percent, POSSIBLE_PERCENT)
    elif min(name, percent) < POSSIBLE_PERCENT or is_another_part(asked.name_key, known.name_key):
        return None
    return Candidate(
        known_id, percent, certain, same_code or investor == WHOLE or same_amount is True,
        _reasons(same_code, name, investor, same_amount, asked, known),
    )  # fmt: skip


def _is_certain(asked: Identity, known: Identity, key: MatchKey, name: int) -> bool:
    if key is MatchKey.CODE:
        return bool(asked.code) and asked.code == known.code and name >= POSSIBLE_PERCENT
    if name != WHOLE or (asked.code and known.code and asked.code != known.code and _is_ledger_code(asked, known)):
        return False
    if key is MatchKey.CREDIT_NAME and asked.credit_code and known.credit_code:
        return asked.credit_code == known.credit_code
    # A ledger that names no investor says nothing against the register's.
    return not asked.company_key or asked.company_key == known.company_key


def _is_ledger_code(asked: Identity, known: Identity) -> bool:
    """Two codes of one pattern tell two projects apart; a ledger's own numbering beside ours does not."""
    return re.sub(r"\d", "0", asked.code) == re.sub(r"\d", "0", known.code)


def _investor_percent(asked: Identity, known: Identity) -> int | None:
    """How far the investors agree; None where one of them is not known."""
    if asked.credit_code and known.credit_code:
        return 100 if asked.credit_code == known.credit_code else 0
    if not asked.company_key or not known.company_key:
        return None
    return 100 if asked.company_key == known.company_key else int(fuzz.ratio(asked.company_key, known.company_key))


def _is_near(asked: int | None, known: int | None) -> bool | None:
    if not asked or not known:
        return None
    return abs(asked - known) * 100 <= max(asked, known) * AMOUNT_TOLERANCE_PERCENT


def _percent(name: int, investor: int | None, same_amount: bool | None) -> int:
    mixed = name if investor is None else (name * NAME_WEIGHT + investor * (100 - NAME_WEIGHT)) // 100
    return min(99, mixed + SAME_AMOUNT_BONUS) if same_amount and mixed >= POSSIBLE_PERCENT - 10 else min(99, mixed)


_NUMBERED = re.compile(r"\d+|[一二三四五六七八九十]+(?=[期号段区标])|[a-z](?=[区段标])|[东南西北中](?=[区段片])")


def is_another_part(asked: str, known: str) -> bool:
    """Two keys of names: 一期 and 二期, 1号 and 2号, A区 and B区: alike in all but the number that tells them apart."""
    ours, theirs = _NUMBERED.findall(asked), _NUMBERED.findall(known)
    return bool(ours) and bool(theirs) and Counter(ours) != Counter(theirs)


def _reasons(
    same_code: bool, name: int, investor: int | None, same_amount: bool | None, asked: Identity, known: Identity
) -> tuple[str, ...]:
    said: list[str] = []
    if same_code:
        said.append(Word("项目编号相同"))
    if name == WHOLE:
        said.append(Word("名称相同"))
    else:
        said.append(Word("名称相近（%(n)d%%）", n=name) if name >= POSSIBLE_PERCENT else Word("名称不同"))
    if asked.credit_code and asked.credit_code == known.credit_code:
        said.append(Word("信用代码相同"))
    elif investor is not None:
        near = Word("投资方相近") if investor >= LIKELY_PERCENT else Word("投资方不同")
        said.append(Word("投资方相同") if investor == WHOLE else near)
    if same_amount is not None:
        near = Word("总投资相差不到 10%") if same_amount else Word("总投资不同")
        said.append(Word("总投资相同") if asked.total_yuan == known.total_yuan else near)
    return tuple(said)


def twins(rows: Sequence[Identity]) -> dict[int, int]:
    """Rows of one ledger that say the same: position of the later row -> position of the first one it repeats."""
    first: dict[tuple[str, str], int] = {}
    codes: dict[str, int] = {}
    found = {}
    for place, row in enumerate(rows):
        if not row.name_key:
            continue
        earlier = codes.get(row.code) if row.code else None
        same = first.get((row.name_key, row.company_key)) if earlier is None else earlier
        if same is not None and not (row.code and rows[same].code and row.code != rows[same].code):
            found[place] = same
            continue
        first.setdefault((row.name_key, row.company_key), place)
        if row.code:
            codes.setdefault(row.code, place)
    return found
