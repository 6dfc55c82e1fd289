"""The rates of the assessment (domain.md §6.1): each a figure over a figure, with the rows of both, and how long things take.

A rate is told with its numerator and denominator, and both are figures like any other: /figures/<key> shows their rows. A rate
whose denominator is zero is None and printed "—". Rates over cohorts lie within 0 and 100 %; those of money may exceed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from crm.choices import Stage, Word
from crm.models import Claim, Project, StageMove
from crm.queries.totals import cohorts
from crm.queries.totals.basis import Basis, Verdict, china_day
from crm.queries.totals.evaluate import Totals
from crm.queries.totals.listed import LATE, MISSING, ON_TIME
from crm.queries.totals.registry import BASE, FIGURES, NONE, STAGES, VERIFIED, Figure, Source, Unit, stages_from
from crm.queries.totals.sources import effective
from crm.rules.days import Period
from crm.rules.schedule import share

KEPT = {ON_TIME: Word("按期"), LATE: Word("逾期"), MISSING: Word("未到")}
REACHED = frozenset({ON_TIME, LATE})
TALKS = Source("talks", cohorts.talks, Word("进入在谈"), STAGES, at_end=True)
SIGNINGS = Source("signings", cohorts.signings, Word("签约日期"), STAGES, at_end=True)
FRAMEWORKS = Source(
    "frameworks", cohorts.frameworks, Word("签订日期"),
    {cohorts.TURNED: Word("已转正式合同"), cohorts.UNTURNED: Word("未转正式合同")}, at_end=True,
)  # fmt: skip
PROMISED_STARTS = Source("promised_starts", cohorts.promised_starts, Word("约定开工"), KEPT, at_end=True)
PROMISED_FINISHES = Source("promised_finishes", cohorts.promised_finishes, Word("约定竣工"), KEPT, at_end=True)
PROMISED_PRODUCTIONS = Source("promised_productions", cohorts.promised_productions, Word("约定投产"), KEPT, at_end=True)
INCLUSIONS = Source(
    "inclusions", cohorts.included, Word("开工日期"),
    {cohorts.INCLUDED: Word("已入统"), cohorts.NOT_INCLUDED: Word("未入统")}, at_end=True,
)  # fmt: skip
ARRIVED = Source("cohort_arrivals", cohorts.arrived, Word("到账日期"), NONE, at_end=True)
ARRIVED_FOREIGN = Source("cohort_foreign_arrivals", cohorts.arrived_foreign, Word("到账日期"), NONE, at_end=True)
LISTED = Source(
    "listed_standing", cohorts.listed_standing, Word("列入日期"),
    {cohorts.STARTED: Word("已开工"), cohorts.UNSTARTED: Word("未开工")}, at_end=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate. `done` over `of`, both figures; `definition` says in one sentence what is divided by what."""

    key: str
    name: str
    definition: str
    done: Figure
    of: Figure

    def __post_init__(self) -> None:
        for words in ("name", "definition"):
            object.__setattr__(self, words, Word(getattr(self, words)))


@dataclass(frozen=True, slots=True)
class Lapse:
    """How long a step takes: of the projects that came to `to` in the period, the days since they came to `since`."""

    key: str
    name: str
    definition: str
    since: Stage
    to: Stage
    figure: Figure  # those that came to `to`

    def __post_init__(self) -> None:
        for words in ("name", "definition"):
            object.__setattr__(self, words, Word(getattr(self, words)))


def _pair(
    key: str, name: str, source: Source, facets: frozenset[str], names: tuple[str, str], text: tuple[str, str]
) -> Rate:
    """A rate over the rows of one source: those of the facets among all of them."""
    done = Figure(f"{key}_done", names[0], Unit.COUNT, source, f"{text[0]}；{BASE}", facets=facets)
    of = Figure(f"{key}_of", names[1], Unit.COUNT, source, f"{text[1]}；{BASE}")
    return Rate(key, name, f"{names[0]} ÷ {names[1]}", done, of)


def _cohorts() -> Sequence[Rate]:
    signed = f"统计期内签订首份正式合同、{VERIFIED}的项目"
    talked = "统计期内首次进入“在谈”的项目"
    return (
        Rate("lead_conversion", "线索转化率", "统计期内登记的线索中，到达过“在谈”的 ÷ 全部",
             FIGURES["cohort_negotiation_count"], FIGURES["cohort_lead_count"]),
        _pair("talk_signing", "洽谈签约率", TALKS, stages_from(Stage.SIGNED), ("其中已签约", "进入在谈的项目"),
              (f"{talked}中，截至统计截止日已签约、{VERIFIED}的", talked)),
        _pair("framework_turning", "协议转合同率", FRAMEWORKS, frozenset({cohorts.TURNED}),
              ("其中已转正式合同", "签订的框架协议"),
              (f"统计期内签订的框架协议、意向书中，截至统计截止日项目另签正式合同、{VERIFIED}的",
               f"统计期内签订的框架协议、战略合作协议、意向书，{VERIFIED}")),
        _pair("promise_keeping", "履约率", PROMISED_STARTS, frozenset({ON_TIME}),
              ("按约定日期注册或开工", "合同约定应开工"),
              (f"合同约定开工日期在统计期内的签约项目中，不晚于约定日期注册落户或开工、{VERIFIED}的",
               "首份正式合同约定的开工日期在统计期内的签约项目；签约后流失的仍计在内")),
        _pair("signed_start", "签约开工率", SIGNINGS, stages_from(Stage.STARTED), ("其中已开工", "签约项目"),
              (f"{signed}中，截至统计截止日已开工、{VERIFIED}的", signed)),
    )  # fmt: skip


def _listed() -> Sequence[Rate]:
    due = "当年清单中计划开工日期在统计期内的项目（年度计划优先，其次清单、项目登记）"
    begun = Figure(
        "planned_start_done", "其中已开工", Unit.COUNT, FIGURES["planned_start_count"].source,
        f"{due}中，截至统计截止日已开工的，{VERIFIED}", facets=frozenset({ON_TIME, LATE}),
    )  # fmt: skip
    return (
        _pair("listed_start", "开工率（按清单）", LISTED, frozenset({cohorts.STARTED}), ("已开工的重点项目", "重点项目"),
              (f"统计截止日列入当年清单的项目中已开工的，{VERIFIED}；同一项目列入多个清单只计一次",
               "统计截止日列入当年清单的项目；同一项目列入多个清单只计一次")),
        Rate("planned_start", "开工率（按计划）", "按计划应开工的重点项目中，已开工的 ÷ 全部", begun,
             FIGURES["planned_start_count"]),
        _pair("fai", "入统率", INCLUSIONS, frozenset({cohorts.INCLUDED}), ("其中已入统", "开工项目"),
              (f"统计期内首次开工、{VERIFIED}的项目中，截至统计截止日已登记入统的",
               f"统计期内首次开工、{VERIFIED}的项目")),
        _pair("finish", "竣工率", PROMISED_FINISHES, REACHED, ("其中已竣工", "合同约定应竣工"),
              (f"合同约定竣工日期在统计期内的签约项目中，截至统计截止日已竣工、{VERIFIED}的",
               "首份正式合同约定的竣工日期在统计期内的签约项目；签约后流失的仍计在内")),
        _pair("production", "投产率", PROMISED_PRODUCTIONS, REACHED, ("其中已投产", "合同约定应投产"),
              (f"合同约定投产日期在统计期内的签约项目中，截至统计截止日已投产、{VERIFIED}的",
               "首份正式合同约定的投产日期在统计期内的签约项目；签约后流失的仍计在内")),
    )  # fmt: skip


def _money() -> Sequence[Rate]:
    text = f"统计期内签约的项目截至统计截止日实际到账的{{}}，有凭证，{VERIFIED}"
    arrived = Figure("arrival_done", "签约项目到位资金", Unit.YUAN, ARRIVED,
                     f"{text.format('人民币资金')}；外币另计，不折算并入；{BASE}", "yuan")  # fmt: skip
    foreign = Figure("foreign_arrival_done", "签约项目到位外资", Unit.USD, ARRIVED_FOREIGN,
                     f"{text.format('美元资金')}；其他外币单列，折算前不计；{BASE}", "usd")  # fmt: skip
    return (
        Rate("arrival", "资金到位率", "统计期内签约项目的到位资金 ÷ 其签约总投资；外币到位另计，可超过 100%", arrived,
             FIGURES["signed_total_yuan"]),
        Rate("foreign_arrival", "外资到位率", "统计期内签约项目的到位外资 ÷ 其合同外资；可超过 100%", foreign,
             FIGURES["signed_foreign_usd"]),
        Rate("completion", "投资完成率", "重点项目统计期内完成的投资 ÷ 年度计划投资；可超过 100%",
             FIGURES["completed_yuan"], FIGURES["key_planned_yuan"]),
    )  # fmt: skip


RATES: Sequence[Rate] = (*_cohorts(), *_listed(), *_money())
LAPSES: Sequence[Lapse] = (
    Lapse("lead_to_signing", "线索到签约", "统计期内签约的项目，从登记线索到签约的天数（中位数）",
          Stage.LEAD, Stage.SIGNED, FIGURES["signed_count"]),
    Lapse("signing_to_start", "签约到开工", "统计期内开工的项目，从签约到开工的天数（中位数）",
          Stage.SIGNED, Stage.STARTED, FIGURES["started_count"]),
    Lapse("start_to_production", "开工到投产", "统计期内投产的项目，从开工到投产的天数（中位数）",
          Stage.STARTED, Stage.PRODUCING, FIGURES["producing_count"]),
)  # fmt: skip

# Figures that only rates speak of; those of the matrix stand in FIGURES.
OF_RATES: Mapping[str, Figure] = {
    figure.key: figure for rate in RATES for figure in (rate.done, rate.of) if figure.key not in FIGURES
}


@dataclass(frozen=True, slots=True)
class Rated:
    """A rate from January to the end of the month: counts, whole yuan or dollars by the figures' unit."""

    rate: Rate
    done: int
    of: int

    @property
    def share(self) -> Fraction | None:
        """The rate; None where nothing is to be divided by."""
        return share(self.done, self.of)


def rated(totals: Totals) -> Sequence[Rated]:
    """Every rate of the year to the month; one statement a source, whatever number of rates asks it."""
    return [Rated(rate, _value(totals, rate.done), _value(totals, rate.of)) for rate in RATES]


def _value(totals: Totals, figure: Figure) -> int:
    return totals.over(figure, totals.in_year)


@dataclass(frozen=True, slots=True)
class Lapsed:
    """How many days a step took: the median over `count` projects; None where no project took it."""

    lapse: Lapse
    count: int
    median_days: Fraction | None


def lapsed(totals: Totals) -> Sequence[Lapsed]:
    """Every lapse of the year to the month; one statement each.

    A project without a known day for where it set out (an import that says only "started") is left out, and one that
    came there later than to where it went: the office knows the sequence better than its ledger.
    """
    return [_lapsed(totals, lapse) for lapse in LAPSES]


def _lapsed(totals: Totals, lapse: Lapse) -> Lapsed:
    rows = totals.session.execute(_days(lapse, totals.basis, totals.in_year))
    days = [(came_on - set_out_on).days for set_out_on, came_on in rows if set_out_on is not None]
    passed = [Fraction(number) for number in days if number >= 0]
    return Lapsed(lapse, len(passed), median(passed) if passed else None)


def _days(lapse: Lapse, basis: Basis, within: Period) -> Select[Any]:
    """(set out, came) of each project that makes the lapse's figure."""
    rows = lapse.figure.rows(basis, within).subquery("came")
    facets = sorted(lapse.figure.facets or ())
    counted = (rows.c.verdict == Verdict.COUNTED.value, rows.c.facet.in_(facets))
    if lapse.since is Stage.LEAD:
        joined = select(china_day(Project.registered_at), rows.c.on).join(Project, Project.id == rows.c.project_id)
        return joined.where(*counted)
    move, claim = aliased(StageMove, name="out"), aliased(Claim, name="out_claim")
    set_out_on = (
        select(func.min(move.moved_on))
        .outerjoin(claim, claim.id == move.claim_id)
        .where(move.project_id == rows.c.project_id, move.to_stage == lapse.since, effective(move, claim, basis))
        .correlate(rows)
        .scalar_subquery()
    )
    return select(set_out_on, rows.c.on).where(*counted)
