"""What headings, titles and sheet names say of every project under them: stage, category, place, capital."""

from __future__ import annotations

import re
from dataclasses import replace

from crm.choices import CapitalKind, Stage
from crm.rules.ledger.fields import Field
from crm.rules.ledger.headings import is_organisation
from crm.rules.ledger.model import Source, Value
from crm.rules.ledger.text import squeeze
from crm.rules.ledger.units import declared_units
from crm.rules.ledger.wording import StageReading, read_stage, stage_of_heading

_LIST_WORDS = re.compile(r"表|清单|名单|台账|项目|汇总|统计|年|月|批|附件|合计|总|明细|数据|副本|备份|第|全部|所有")
_PLACE_OR_UNIT = re.compile(r".*(?:[省市区县镇乡州盟旗局委办厅院所组科部]|街道|公司|集团|园|直属|本级)")
_PLACE = re.compile(r"\S{1,8}(?:[省市区县州盟旗镇乡]|街道)")
_UNIT = re.compile(r"\S{2,20}(?:政府|[局委]|管委会|委员会|集团|公司)|[省市区县]直(?:部门|单位)?|.{0,4}本级")
_NO_STAGE = re.compile(r"新建|扩建|改建|技改|迁建|改扩建|新设|增资")


class Inheritance:
    """What a table's surroundings say; a row's own words always go before them."""

    def __init__(self, source: Source) -> None:
        titles = [text for text in reversed(source.layout.table.above) if not declared_units(text)]
        surroundings = (*titles, source.sheet.name, source.filename)
        self._stage = next((stage for text in surroundings if (stage := _stage_of_title(text))), None)
        self._capital = next((kind for text in surroundings if (kind := _capital_named(text))), None)
        self._category = source.category

    def complete(self, path: tuple[str, ...], values: dict[Field, Value]) -> None:
        """Fill in what the row leaves open. `path`: the names of its sections from the outermost."""
        said: dict[Field, list[str]] = {Field.CATEGORY: [self._category] if self._category else []}
        for name in path:
            if stage_of_heading(name) is None:
                said.setdefault(_told_by(name), []).append(name)
        for field, names in said.items():
            if names:
                values.setdefault(field, " / ".join(names))
        capital = next((kind for name in reversed(path) if (kind := _capital_named(name))), self._capital)
        if capital is not None:
            values.setdefault(Field.CAPITAL_KIND, capital)
        if Field.STAGE not in values and (stage := self._stage_for(path, values)) is not None:
            values[Field.STAGE] = stage

    def _stage_for(self, path: tuple[str, ...], values: dict[Field, Value]) -> StageReading | None:
        """From 建设性质 (续建), else the nearest heading, else the title."""
        nature = values.get(Field.PROJECT_TYPE)
        if isinstance(nature, str) and not _NO_STAGE.fullmatch(squeeze(nature)):
            reading, _ = read_stage(nature)
            if reading is not None:
                return replace(reading, source="建设性质")
        for name in reversed(path):
            if (reading := stage_of_heading(name)) is not None:
                return replace(reading, source="分组标题")
        return self._stage


def category_of_sheet(name: str) -> str:
    """A sheet named after an industry: 装备制造; not Sheet1, not 总表, not 在谈, not 临桂区."""
    bare = re.sub(r"^(?:\d+|[一二三四五六七八九十]+(?=[、.．]))[、.．]?\s*|[（(].*[)）]", "", name).strip()
    if not re.fullmatch(r"[\u4e00-\u9fff、]{2,12}", bare) or _LIST_WORDS.search(bare) or stage_of_heading(bare):
        return ""
    return "" if _capital_named(bare) or _PLACE_OR_UNIT.fullmatch(bare) else bare


def _stage_of_title(text: str) -> StageReading | None:
    """签约项目一览表, or a sheet named 在谈; 储备 in a title names a list, not a stage."""
    reading = stage_of_heading(text)
    return None if reading is None or reading.stage is Stage.LEAD else replace(reading, source="工作表标题")


def _told_by(name: str) -> Field:
    """What a heading's name says of its projects: where they are, who answers for them, or of what kind they are."""
    if _PLACE.fullmatch(name) and is_organisation(name):
        return Field.LOCATION
    return Field.RESPONSIBLE_UNIT if _UNIT.fullmatch(name) else Field.CATEGORY


def _capital_named(text: str) -> CapitalKind | None:
    """外资项目, 内资项目; a title that names both says nothing."""
    match = re.search(r"(?<!内)(?<!利用)(外资|内资)(?:项目|企业|类|$)", squeeze(text))
    if match is None or re.search(r"内.?外资|内资.*外资|外资.*内资", text):
        return None
    return CapitalKind.FOREIGN if match[1] == "外资" else CapitalKind.DOMESTIC
