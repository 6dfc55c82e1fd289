"""The search index asked: which rows hold all of some words, and which of them a person may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, and_, bindparam, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from crm import policy
from crm.choices import Found
from crm.columns import Base
from crm.models import Activity, AgendaItem, Company, Contact, Meeting, Project, SearchEntry
from crm.policy import Act, Actor
from crm.queries import compiled
from crm.rules.search import Wanted, wanted

MODELS: Mapping[Found, type[Base]] = {
    Found.PROJECT: Project,
    Found.COMPANY: Company,
    Found.CONTACT: Contact,
    Found.ACTIVITY: Activity,
    Found.MEETING: Meeting,
    Found.AGENDA: AgendaItem,
}


class in_index(FunctionElement[bool]):  # noqa: N801 - reads as the function it is
    """The index holds the tokens: `in_index(id, tokens, query of PostgreSQL, query of FTS5)`."""

    type = Boolean()
    inherit_cache = True
    name = "in_index"


@compiles(in_index, "postgresql")
def _in_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    _id, tokens, query, _ = element.clauses
    return f"({compiler.process(tokens, **options)} @@ CAST({compiler.process(query, **options)} AS tsquery))"


@compiles(in_index, "sqlite")
def _in_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    id_, _tokens, _, query = element.clauses
    own, asked = compiler.process(id_, **options), compiler.process(query, **options)
    return f"({own} IN (SELECT rowid FROM search_text WHERE search_text MATCH {asked}))"  # noqa: S608 - a bound value


@dataclass(frozen=True, slots=True)
class Sought:
    """Words as a statement asks for them: the queries of the two indexes, and of each word what decides and how to ask it.

    Everything but the flags may be the place of a value (`sought_places`), so that one statement serves all words of a shape.
    """

    in_postgresql: Any
    in_sqlite: Any
    words: tuple[tuple[Any, Any, bool, bool], ...]  # text pattern, sound pattern, is_sound, is_phone


def _sought(kind: Found, words: Sequence[str]) -> Sought:
    asked = [wanted(kind, word) for word in words]
    return Sought(
        " & ".join(_any(word, " & ", " | ", ":*") for word in asked),
        " AND ".join(_any(word, " AND ", " OR ", "*") for word in asked),
        tuple((_pattern(word.word), _pattern(f" {word.word}"), word.is_sound, word.is_phone) for word in asked),
    )


def _pattern(text: str) -> str:
    for special in "/%_":
        text = text.replace(special, f"/{special}")
    return f"%{text}%"


def _any(word: Wanted, both: str, either: str, beginning: str) -> str:
    ways = [both.join(token.replace(":*", beginning) for token in way) for way in word.ways]
    return f"({either.join(f'({way})' for way in ways)})"


def holding(kind: Found, words: Sequence[str], actor: Actor | None = None) -> ColumnElement[bool]:
    """Entries of a kind that hold every word (folded, `rules.search.words_of`): in their text, or a name by its sound.

    The index narrows, the text decides. Phones are searched only for an `actor`, and only where he may see them.
    """
    return _holding(kind, _sought(kind, words), actor)


def _holding(kind: Found, sought: Sought, actor: Actor | None = None) -> ColumnElement[bool]:
    queries = (
        query if compiled.is_bound(query) else literal(query) for query in (sought.in_postgresql, sought.in_sqlite)
    )
    narrowed = in_index(SearchEntry.id, SearchEntry.tokens, *queries)
    return and_(SearchEntry.kind == kind.value, narrowed, *(_really(word, actor) for word in sought.words))


def _really(word: tuple[Any, Any, bool, bool], actor: Actor | None) -> ColumnElement[bool]:
    text, sound, is_sound, is_phone = word
    ways: list[ColumnElement[bool]] = [SearchEntry.text.like(text, escape="/")]
    if is_sound:
        ways.append(SearchEntry.sounds.like(sound, escape="/"))
    if is_phone and actor is not None:
        seen = select(Contact.id).where(policy.rows(actor, Act.SEE_PHONE, Contact))
        ways.append(and_(SearchEntry.phone.like(text, escape="/"), SearchEntry.row_id.in_(seen)))
    return or_(*ways)


def visible(actor: Actor, kind: Found) -> ColumnElement[bool]:
    """Rows of the kind's model that the actor may see."""
    if kind is Found.AGENDA:
        return and_(
            policy.rows(actor, Act.SEE_MEETING, Meeting), policy.project_rows(actor, Act.SEE_PROJECT)
        )  # joined in by `entries`
    acts = {Found.COMPANY: Act.SEE_COMPANY, Found.CONTACT: Act.SEE_COMPANY, Found.MEETING: Act.SEE_MEETING}
    return policy.rows(actor, acts.get(kind, Act.SEE_PROJECT), MODELS[kind])


Flags = tuple[bool, ...]  # of each word, whether it may be a sound: what decides a statement's text


def project_flags(words: Sequence[str]) -> Flags:
    """The shape of some words, for `project_condition`."""
    return tuple(wanted(Found.PROJECT, word).is_sound for word in words)


def project_values(words: Sequence[str]) -> dict[str, Any]:
    """The values of the parameters of `project_condition(project_flags(words))`."""
    sought = _sought(Found.PROJECT, words)
    patterns = {f"word_{n}": word[0] for n, word in enumerate(sought.words)}
    patterns |= {f"sound_{n}": word[1] for n, word in enumerate(sought.words)}
    return {"words_postgresql": sought.in_postgresql, "words_sqlite": sought.in_sqlite, **patterns}


def project_condition(asked: Sequence[str] | Flags) -> ColumnElement[bool]:
    """Projects that hold every word in name, alias, code or investor; `asked` is words as from `rules.search.words_of`, or
    their flags, which leaves parameters where the words will stand."""
    if all(isinstance(item, bool) for item in asked):
        sought = Sought(
            bindparam("words_postgresql", type_=String()),
            bindparam("words_sqlite", type_=String()),
            tuple((bindparam(f"word_{n}", type_=String()), bindparam(f"sound_{n}", type_=String()), bool(flag), False)
                  for n, flag in enumerate(asked)),
        )  # fmt: skip
    else:
        sought = _sought(Found.PROJECT, [str(word) for word in asked])
    return Project.id.in_(select(SearchEntry.row_id).where(_holding(Found.PROJECT, sought)))
