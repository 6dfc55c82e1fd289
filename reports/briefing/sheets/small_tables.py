"""统计汇总, tables 2 to 7: small tables side by side on the grid below the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from crm.rules.figures import DASH
from crm.rules.schedule import deviation_points, share
from reports.briefing import words
from reports.briefing.facts import Briefing, Slice, TeamFigures
from reports.briefing.groups import key_groups, total
from reports.briefing.sheets.frame import Frame
from reports.briefing.sheets.values import align_of, or_dash, wan, yi
from reports.sheet import Align, Format, Look, Style, Value

SLICE_HEADS = ("个数", "总投资\n(亿元)", "占比", "外资\n万美元")
SLICE_FORMATS = (Format.TEXT, Format.COUNT, Format.YI, Format.RATE, Format.COUNT)
MOST_INDUSTRIES, MOST_ORIGINS, MOST_CAPITALS, MOST_AREAS = 11, 9, 4, 7
TITLE_HEIGHT, HEAD_HEIGHT, ROW_HEIGHT = 26.0, 36.0, 28.0


@dataclass(frozen=True, slots=True)
class SmallTable:
    """A table on the grid: `across` grid columns for each of its own; the last row is the total."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    formats: tuple[Format, ...]
    across: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of a small table."""

    cells: tuple[Value, ...]
    across: tuple[int, ...]
    formats: tuple[Format, ...]
    look: Look
    height: float


def small_tables(frame: Frame) -> None:
    """Write the four stacks of tables side by side; each row of the grid is as high as the highest of its parts."""
    briefing, narrow = frame.briefing, (2, 1, 1, 1, 1)
    stacks: list[tuple[int, list[SmallTable]]] = [
        (
            1,
            [
                _slices(
                    "表2　签约项目按产业",
                    "产业",
                    slice_rows(briefing.by_industry, MOST_INDUSTRIES, "类"),
                    (1, 1, 1, 1, 1),
                )
            ],
        ),
        (
            7,
            [
                _slices(
                    "表3　签约项目按来源地",
                    "来源地",
                    slice_rows(briefing.by_origin, MOST_ORIGINS, "地", sort=True),
                    narrow,
                )
            ],
        ),
        (
            14,
            [
                _slices("表4　按内外资", "类别", slice_rows(briefing.by_capital, MOST_CAPITALS, "类"), narrow),
                _slices("表5　按片区", "片区", slice_rows(briefing.by_area, MOST_AREAS, "片区"), narrow),
            ],
        ),
        (21, [_teams(briefing), _lights(briefing)]),
    ]
    grid = [[(left, line) for table in tables for line in _lines(table)] for left, tables in stacks]
    for across in zip_longest(*grid):
        height = 0.0
        for left, line in (place for place in across if place):
            height = max(height, _strip(frame, left, line))
        frame.canvas.height(frame.row, height)
        frame.row += 1


def slice_rows(slices: Sequence[Slice], most: int, rest: str, *, sort: bool = False) -> tuple[tuple[Value, ...], ...]:
    """The pieces in the order given (by amount if `sort`), the smallest folded into one ("其他11地"), then 合计."""
    largest = sorted(slices, key=lambda piece: -piece.total_yuan)
    shown = list(largest if sort else slices)
    if len(slices) > most + 1:
        folded = largest[most:]
        shown = [*(piece for piece in shown if piece not in folded), _sum(f"其他{len(folded)}{rest}", folded)]
    whole = sum(piece.total_yuan for piece in slices)
    return tuple(_slice_row(piece, whole) for piece in [*shown, _sum("合计", slices)])


def team_rows(teams: Sequence[TeamFigures]) -> tuple[tuple[Value, ...], ...]:
    """By completion of the amount, then by amount; then 合计."""

    def rank(team: TeamFigures) -> tuple[float, int]:
        completed = share(team.total_yuan, team.target_yuan)
        return (-float(completed) if completed is not None else 1.0, -team.total_yuan)

    whole = TeamFigures(
        "合计",
        sum(team.count for team in teams),
        sum(team.total_yuan for team in teams),
        total(team.target_count for team in teams),
        total(team.target_yuan for team in teams),
    )
    return tuple(_team_row(team) for team in [*sorted(teams, key=rank), whole])


def light_rows(briefing: Briefing) -> tuple[tuple[Value, ...], ...]:
    """Key projects by the list they are printed under, then 合计."""
    parts = [
        (group.key_list.label + ("*" if group.elsewhere else ""), group.rows)
        for group in key_groups(briefing)
        if group.rows
    ]
    rows = []
    for label, projects in [*parts, ("合计", briefing.key_projects)]:
        plan, done = total(r.plan_yuan for r in projects), total(r.done_yuan for r in projects)
        rows.append(
            (
                label,
                len(projects),
                or_dash(yi(plan)),
                or_dash(yi(done)),
                or_dash(share(done, plan)),
                or_dash(deviation_points(done, plan, briefing.due_of(projects))),
                words.light_counts((r.light for r in projects), space=" ") or DASH,
            )
        )
    return tuple(rows)


def _lines(table: SmallTable) -> list[_Line]:
    text = (Format.TEXT,) * len(table.heads)
    lines = [
        _Line((table.title,), (sum(table.across),), (Format.TEXT,), Look.GROUP, TITLE_HEIGHT),
        _Line(table.heads, table.across, text, Look.SUBHEAD, HEAD_HEIGHT),
    ]
    for row in table.rows:
        look = Look.TOTAL if row[0] == "合计" else Look.BODY
        lines.append(_Line(row, table.across, table.formats, look, ROW_HEIGHT))
    return lines


def _strip(frame: Frame, left: int, line: _Line) -> float:
    column = left
    for index, (value, across, format_) in enumerate(zip(line.cells, line.across, line.formats, strict=True)):
        is_label = index == 0 and line.look is Look.BODY
        align = Align.LEFT if is_label else Align.CENTER if format_ is Format.TEXT else align_of(value)
        size = 12 if line.height == TITLE_HEIGHT else 10.5 if format_.is_figure else 11
        style = Style(
            line.look,
            size,
            align,
            format_,
            wrap=line.look is Look.SUBHEAD,
            shrink=line.look is not Look.SUBHEAD,
            indent=int(is_label),
        )
        frame.canvas.put(frame.row, column, value, style, across=across)
        column += across
    return line.height


def _slices(title: str, head: str, rows: tuple[tuple[Value, ...], ...], across: tuple[int, ...]) -> SmallTable:
    return SmallTable(title, (head, *SLICE_HEADS), rows, SLICE_FORMATS, across)


def _teams(briefing: Briefing) -> SmallTable:
    heads = ("招商组", "签约\n个数", "目标", "完成率", "总投资\n(亿元)", "目标\n(亿元)", "完成率")
    formats = (Format.TEXT, Format.COUNT, Format.COUNT, Format.RATE, Format.YI, Format.YI, Format.RATE)
    return SmallTable(
        "表6　按招商组（按金额完成率排序）", heads, team_rows(briefing.by_team), formats, (2, 1, 1, 1, 2, 2, 2)
    )


def _lights(briefing: Briefing) -> SmallTable:
    heads = ("级别", "项目\n(个)", "年度\n计划", f"{words.span(briefing.month)}\n累计", "完成率", "较序时", "亮灯")
    formats = (Format.TEXT, Format.COUNT, Format.YI, Format.YI, Format.RATE, Format.POINTS, Format.TEXT)
    return SmallTable("表7　重点项目投资与亮灯", heads, light_rows(briefing), formats, (2, 1, 1, 1, 1, 1, 4))


def _slice_row(piece: Slice, whole: int) -> tuple[Value, ...]:
    ratio = or_dash(share(piece.total_yuan, whole))
    return (piece.label, piece.count, yi(piece.total_yuan), ratio, or_dash(wan(piece.foreign_usd or None)))


def _sum(label: str, pieces: Sequence[Slice]) -> Slice:
    return Slice(
        label,
        sum(piece.count for piece in pieces),
        sum(piece.total_yuan for piece in pieces),
        total(piece.foreign_usd for piece in pieces),
    )


def _team_row(team: TeamFigures) -> tuple[Value, ...]:
    return (
        team.label,
        team.count,
        or_dash(team.target_count),
        or_dash(share(team.count, team.target_count)),
        yi(team.total_yuan),
        or_dash(yi(team.target_yuan)),
        or_dash(share(team.total_yuan, team.target_yuan)),
    )
