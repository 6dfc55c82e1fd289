"""Clerks: each writes the same kind of list in a way of their own, and knows what they wrote.

A clerk is a seed. The style is drawn from what real offices do (quirks.md), so that combinations nobody thought of are
tried; what must come out (names, total) is known from the writing, not from the reader.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.rules.ledger.cells import Cell, Sheet, Span, show

PLACES = ["泗塘", "庄基", "石桥", "塘角", "云湖", "清水河", "东环", "西林"]
THINGS = [
    "伺服电机",
    "冷链物流",
    "数据中心",
    "生物医药",
    "航空部件",
    "新材料",
    "智慧停车",
    "食品加工",
    "机器人",
    "光伏组件",
]
TAILS = [
    "项目",
    "产业园项目",
    "生产基地",
    "建设工程",
    "扩建项目",
    "研发中心",
    "生产线技改",
    "综合体",
    "路",
    "厂房四期",
    "加油站（9个）",
]
UNITS = {"元": 1, "万元": 10**4, "亿元": 10**8}
KINDS = ["先进制造", "现代服务", "基础设施", "民生事业", "农林水利"]
NATURES = ["续建项目", "新开工项目", "前期项目", "竣工项目"]
BODIES = ["招商一局", "云湖街道", "城投集团", "住建局"]
HEADS = {
    "investor": ["投资方", "建设单位", "项目业主", "企业名称", "投资主体", "项目单位", "投资方名称"],
    "amount": ["总投资", "计划总投资", "项目总投资", "投资总额", "总投资额", "协议投资额"],
    "place": ["建设地点", "选址", "所在园区", "项目地点"],
    "content": ["建设内容", "建设规模及内容", "主要建设内容", "项目简介"],
    "when": ["签约时间", "开工时间", "接洽日期"],
    "who": ["责任单位", "牵头单位", "招商人", "主管部门"],
    "other": ["环评情况", "涉及图斑", "供电需求", "备注"],
    "stage": ["项目阶段", "进展状态", "目前进展"],
}


@dataclass
class Written:
    """A sheet, and the truth about it."""

    sheet: Sheet
    names: list[str]
    yuan: int
    unsure: int


@dataclass
class Clerk:
    """One way of writing lists."""

    seed: int
    rows: list[list[Cell]] = field(default_factory=list)
    merged: list[Span] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        pick, often = self.dice.choice, self.dice.random
        self.unit = pick(list(UNITS))
        self.unit_in = pick(["header", "row", "title", "cells", "under"])
        self.serials = pick(["through", "restart", "none"])
        self.sections = pick(["none", "chinese", "nested", "dash", "nature", "units", "serial column", "lone"])
        self.sums = pick(["none", "top", "bottom", "both", "groups"])
        self.parents = pick(["none", "none", "merged", "plain"])
        self.as_text = often() < 0.2
        self.counted, self.notes = often() < 0.5, often() < 0.5
        self.repeats_header, self.gaps, self.numbers = often() < 0.2, often() < 0.2, often() < 0.15
        self.wide_sections = often() < 0.3
        self.columns = self._columns()
        self.names: list[str] = []
        self.yuan = self.unsure = self.serial = 0

    def write(self) -> Written:
        """The sheet and the truth."""
        groups = [self._projects() for _ in range(1 if self.sections == "none" else self.dice.randint(2, 4))]
        everything = [one for group in groups for one in group]
        self._above()
        header_at = len(self.rows)
        self._header()
        if self.sums in ("top", "both"):
            self._sum(self.dice.choice(["合计", f"合计（共{len(everything)}项）"]), everything)
        for number, group in enumerate(groups, 1):
            self._group(number, group, header_at)
        if self.sums in ("bottom", "both"):
            self._sum(self.dice.choice(["总计", "合 计", "合计"]), everything)
        if self.notes:
            self.rows.append([self.dice.choice(["注：以上数据截至9月底。", "备注：标★的为重点项目", "填表人：张三"])])
        rows = [[show(cell) for cell in row] for row in self.rows] if self.as_text else self.rows
        sheet = Sheet("Sheet1", tuple(tuple(row) for row in rows), () if self.as_text else tuple(self.merged))
        return Written(sheet, self.names, self.yuan, self.unsure)

    def _columns(self) -> list[tuple[str, str]]:
        """(what it holds, how it is headed), the serial and the name first as always."""
        kept = [kind for kind in HEADS if kind in ("amount", "place") or self.dice.random() < 0.7]
        kept = [*kept, "who"] if len(kept) < 4 and "who" not in kept else kept
        self.dice.shuffle(kept)
        name = self.dice.choice(["项目名称", "项 目 名 称", "项目\n名称", "工程名称", "名称"])
        first = [] if self.serials == "none" else [("serial", self.dice.choice(["序号", "序 号", "编号"]))]
        return [*first, ("name", name), *((kind, self.dice.choice(HEADS[kind])) for kind in kept)]

    def _projects(self) -> list[dict[str, Any]]:
        return [self._project() for _ in range(self.dice.randint(2, 6))]

    def _project(self) -> dict[str, Any]:
        pick = self.dice.choice
        name = f"{pick(PLACES)}{pick(THINGS)}{self.dice.randint(1, 99)}号{pick(TAILS)}"
        self.names.append(name)
        return {"name": name, "yuan": self.dice.randint(200, 900_000) * 10_000}

    def _above(self) -> None:
        title = f"{self.dice.choice(['云湖经开区', '某某区'])}2022年重点项目情况"
        self.rows.append([f"{title}（单位：{self.unit}）" if self.unit_in == "title" else title])
        if self.dice.random() < 0.5:
            self.merged.append(Span(0, 0, 0, len(self.columns) - 1))
        if self.unit_in == "row":
            self.rows.append([*[None] * (len(self.columns) - 1), f"单位：{self.unit}"])

    def _header(self) -> None:
        if self.parents != "none":
            self._parents()
        heads = [
            f"{head}（{self.unit}）" if kind == "amount" and self.unit_in == "header" else head
            for kind, head in self.columns
        ]
        self.rows.append(list(heads))
        if self.unit_in == "under":
            self.rows.append([f"（{self.unit}）" if kind == "amount" else None for kind, _ in self.columns])
        if self.numbers:
            self.rows.append([*range(1, len(self.columns) + 1)])

    def _parents(self) -> None:
        """A row of group heads over the header."""
        first = 1 if self.serials == "none" else 2
        half = (first + len(self.columns)) // 2
        row: list[Cell] = [None] * len(self.columns)
        row[0], row[half] = "项目基本情况", "推进情况"
        if self.parents == "merged":
            at = len(self.rows)
            self.merged += [Span(at, 0, at, half - 1), Span(at, half, at, len(self.columns) - 1)]
        self.rows.append(row)

    def _group(self, number: int, group: list[dict[str, Any]], header_at: int) -> None:
        if self.sections != "none":
            self._heading(number, group)
        self.serial = 0 if self.serials == "restart" else self.serial
        for one in group:
            self.serial += 1
            self.rows.append([self._cell(kind, one) for kind, _ in self.columns])
            if self.gaps and self.dice.random() < 0.3:
                self.rows.append([])
        if self.sums == "groups" and self.sections != "none":
            self._sum("小计", group)
        if self.repeats_header:
            self.rows.append(list(self.rows[header_at + (self.parents != "none")]))

    def _heading(self, number: int, group: list[dict[str, Any]]) -> None:
        cells: dict[str, Cell] = {"name": self._heading_text(number)}
        if self.counted and self.sections not in ("units", "serial column", "lone"):
            cells["name"] = f"{cells['name']}（{len(group)}个）"
        if self.sections == "serial column" and self.serials != "none":
            cells = {"serial": "一二三四"[number - 1], "name": KINDS[number]}
        if self.sections == "units" or (self.counted and self.sections != "lone" and self.dice.random() < 0.5):
            counts = [kind for kind, _ in self.columns if kind in ("content", "place", "who", "investor")]
            cells |= {counts[0]: len(group), "amount": self._sum_of(group)}
        elif self.wide_sections and self.serials != "none" and "serial" not in cells:
            self.merged.append(Span(len(self.rows), 0, len(self.rows), len(self.columns) - 1))
            cells = {"serial": cells["name"]}
        self.rows.append([cells.get(kind) for kind, _ in self.columns])

    def _heading_text(self, number: int) -> str:
        numeral, kind = "一二三四"[number - 1], self.dice.choice(KINDS)
        return {
            "chinese": f"{numeral}、{kind}",
            "nested": f"（{numeral}）{kind}",
            "dash": f"——{kind}",
            "nature": NATURES[number - 1],
            "units": BODIES[number - 1],
            "serial column": f"{numeral}、{kind}",
            "lone": kind,
        }[self.sections]

    def _sum(self, word: str, group: list[dict[str, Any]]) -> None:
        where = self.dice.choice([kind for kind, _ in self.columns if kind in ("serial", "name")])
        total = self._sum_of(group)
        self.rows.append([word if kind == where else total if kind == "amount" else None for kind, _ in self.columns])

    def _sum_of(self, group: list[dict[str, Any]]) -> Decimal:
        return Decimal(sum(one["yuan"] for one in group)) / UNITS[self.unit]

    def _cell(self, kind: str, one: dict[str, Any]) -> Cell:
        pick = self.dice.choice
        if kind == "amount":
            return self._amount(one["yuan"])
        if kind == "name":
            return one["name"] + pick(["", "", "", "★", "（暂定名）", "\n"])
        values: dict[str, Cell] = {
            "serial": pick([self.serial, str(self.serial)]),
            "investor": pick(["演示电气有限公司", "演示供应链公司", "待定", None]),
            "place": pick(PLACES),
            "content": pick(["新建厂房2万平方米", "年产5万台", "占地50亩，建设研发楼", "——"]),
            "when": pick(["2022年3月", "2022.5", "2022-06-30", 44834, None]),
            "who": pick(["招商一局", "住建局", "张三"]),
            "other": pick(["已批", "未批", None]),
            "stage": pick(["在谈", "已签约", "开工", "前期"]),
        }
        return values[kind]

    def _amount(self, yuan: int) -> Cell:
        """The amount in the list's unit, or in words of its own; now and then none that can be read."""
        number = Decimal(yuan) / UNITS[self.unit]
        way = self.dice.random()
        if way < 0.04:
            self.unsure += 1
            return self.dice.choice(["3-5亿元", "待定", "——", "亿元"])
        self.yuan += yuan
        if self.unit_in == "cells" or way < 0.2:
            unit = self.dice.choice(["万元", "亿元"])
            words = f"{Decimal(yuan) / UNITS[unit]:f}{unit}"
            return self.dice.choice([words, f"约{words}", f"总投资 {words}", words.replace("元", "")])
        return self.dice.choice([number, number, f"{number:f}", f"{number:,f}"])
