"""@ in a comment: who is meant, and whether they can be told (nobody is told of a project they may not see)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crm.choices import Word, listed


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who can be named: `unit` tells namesakes apart; `may_see` is the right to see the project."""

    id: int
    name: str
    unit: str
    may_see: bool = True

    @property
    def full(self) -> str:
        """The name as it is written where another person bears it too."""
        return f"{self.name}（{self.unit}）"


def pieces(body: str, names: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it names one of `names` by @; joined they are the text again."""
    longest_first = sorted(set(names), key=len, reverse=True)
    start = place = 0
    while (place := body.find("@", place)) >= 0:
        found = next((name for name in longest_first if body.startswith(name, place + 1)), None)
        if found is None or _is_address(body, place):
            place += 1
            continue
        if start < place:
            yield body[start:place], False
        start = place = place + 1 + len(found)
        yield f"@{found}", True
    if start < len(body):
        yield body[start:], False


def _is_address(body: str, place: int) -> bool:
    """The sign stands inside an e-mail address."""
    before = body[place - 1 : place]
    return before.isascii() and before.isalnum()


def problem(body: str, people: Sequence[Named]) -> str | None:
    """Why the text cannot be sent as it is, or None: a name that means several, a person who may not see the project."""
    for words in _named(body, people):
        meant = _meant(words, people)
        if len(meant) > 1:
            named = listed(f"@{person.full}" for person in meant)
            return Word("有 %(n)d 个“%(words)s”，请写清楚：%(named)s。", n=len(meant), words=words, named=named)
        if not meant[0].may_see:
            return Word("“%(name)s”看不到这个项目，不能提到；需要参与的，先加入项目班子。", name=meant[0].name)
    return None


def people_in(body: str, people: Sequence[Named]) -> list[int]:
    """The ids of the people the text names, in its order; asked only of a text without a `problem`."""
    return list(dict.fromkeys(_meant(words, people)[0].id for words in _named(body, people)))


def _named(body: str, people: Sequence[Named]) -> list[str]:
    names = [name for person in people for name in (person.name, person.full)]
    return [words[1:] for words, is_name in pieces(body, names) if is_name]


def _meant(words: str, people: Sequence[Named]) -> list[Named]:
    return [person for person in people if words in (person.name, person.full)]
