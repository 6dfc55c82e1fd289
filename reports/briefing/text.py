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
from reports.briefing.default_layout import DEFAULT
from reports.briefing.facts import Briefing, Section
from reports.briefing.grammar import Clause, plain
from reports.briefing.layout import Layout
from reports.briefing.words import numeral

WRITERS: dict[Section, Callable[[Briefing, Layout], list[Clause]]] = {
    Section.OVERALL: lambda briefing, layout: [
        *say_projects.overall(briefing),
        say_adjustments.adjusted(briefing, layout),
    ],
    Section.INVESTMENT: lambda briefing, _layout: say_investment.investment(briefing),
    Section.PROGRESS: lambda briefing, _layout: say_projects.progress(briefing),
    Section.LIGHTS: say_projects.lights,
    Section.PROBLEMS: lambda briefing, _layout: say_work.problems(briefing),
    Section.MEETINGS: lambda briefing, _layout: say_work.meetings(briefing),
    Section.NEXT: lambda briefing, _layout: say_work.next_month(briefing),
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


def overview(briefing: Briefing, layout: Layout = DEFAULT) -> tuple[Chapter, ...]:
    """The whole overview, the sections in order; every section has at least one paragraph. Tables are named as in the layout."""
    return tuple(
        Chapter(section, f"{numeral(number)}、{section.label}", _chapter(section, briefing, layout))
        for number, section in enumerate(Section, 1)
    )


def _chapter(section: Section, briefing: Briefing, layout: Layout) -> tuple[Paragraph, ...]:
    written = [Paragraph(parts) for parts in WRITERS[section](briefing, layout) if parts]
    typed = [Paragraph((r.text,), edited=True) for r in briefing.remarks if r.section is section and r.text.strip()]
    if section is Section.PROBLEMS and typed:
        written = written[:1]  # the editor's 一是…二是… takes the place of the generated one
    return (*written, *typed)
