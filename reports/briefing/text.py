"""综述: the paragraphs of the overview, generated from the facts (briefing/design.md §6).

Keys of figures, each a set of rows that the preview page can open (`about` in brackets):
key_projects, key_list [KeyList], lit [Light], key_project [id], due_starts, planned_starts [2022-10], nodes_due;
{line}_month and {line}_year for every facts.Line, signed_foreign, signed_industry [name], signed_big, signed_project [id];
negotiations, negotiations_big, negotiations_to_sign; assignments, assignments_done, assignments_open,
assignments_overdue, assignments_done_late, assignments_kind [IssueClass]; held [MeetingKind], decisions;
{touch}_year for every facts.Touch; adjustments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.briefing import say_adjustments, say_investment, say_projects, say_work
from reports.briefing.facts import Briefing, Section
from reports.briefing.grammar import Clause, plain
from reports.briefing.words import numeral

WRITERS: dict[Section, Callable[[Briefing], list[Clause]]] = {
    Section.OVERALL: lambda briefing: [*say_projects.overall(briefing), say_adjustments.adjusted(briefing)],
    Section.INVESTMENT: say_investment.investment,
    Section.PROGRESS: say_projects.progress,
    Section.LIGHTS: say_projects.lights,
    Section.PROBLEMS: say_work.problems,
    Section.MEETINGS: say_work.meetings,
    Section.NEXT: say_work.next_month,
}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Parts in order; `edited` when a person typed it."""

    parts: Clause
    edited: bool = False

    @property
    def text(self) -> str:
        """As printed, without the indent."""
        return plain(self.parts)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section of the overview: 一、总体情况 and its paragraphs."""

    section: Section
    heading: str
    paragraphs: tuple[Paragraph, ...]


def overview(briefing: Briefing) -> tuple[Chapter, ...]:
    """The whole overview, the sections in order; every section has at least one paragraph."""
    return tuple(
        Chapter(section, f"{numeral(number)}、{section.label}", _chapter(section, briefing))
        for number, section in enumerate(Section, 1)
    )


def _chapter(section: Section, briefing: Briefing) -> tuple[Paragraph, ...]:
    written = [Paragraph(parts) for parts in WRITERS[section](briefing) if parts]
    typed = [Paragraph((r.text,), edited=True) for r in briefing.remarks if r.section is section and r.text.strip()]
    if section is Section.PROBLEMS and typed:
        written = written[:1]  # the editor's 一是…二是… takes the place of the generated one
    return (*written, *typed)
