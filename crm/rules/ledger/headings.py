"""Rows that head or sum up other rows: what their text looks like, what they declare.

一、基础设施（64个）   （一）交通   ——铁路   Ⅰ 机场（9项）   ① 园区7个   【预备】(1个)   续建项目110个   南宁市人民政府
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from crm.rules.ledger.amounts import read_amount
from crm.rules.ledger.text import fold, squeeze

_CHINESE = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading's parts. `style` names its numbering, so that headings numbered alike are of one level.

    `strong`: the numbering alone tells a heading; else a project may be numbered so too.
    """

    style: str
    name: str
    strong: bool
    count: int | None = None
    yuan: int | None = None


# (style, numbering, strong); tried in order on the text as typed, ends trimmed.
_NUMBERINGS: tuple[tuple[str, re.Pattern[str], bool], ...] = (
    ("part", re.compile(r"第[一二三四五六七八九十\d]+(?:部分|大?类|批次?|章|篇|板块|层次)\s*[:：、]?"), True),
    ("chinese", re.compile(rf"[{_CHINESE}]{{1,3}}\s*[、.．，,：:]\s*|[{_CHINESE}]{{1,3}}\s+(?=\S)"), True),
    ("chinese_bracket", re.compile(rf"[(（]\s*[{_CHINESE}]{{1,3}}\s*[)）][、.．]?\s*"), True),
    ("roman", re.compile(r"[(（]?(?:[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ]+|(?:IX|IV|V?I{1,3})(?=[、.．]))[)）]?\s*[、.．]?\s*"), True),
    ("circled", re.compile(r"[①-⑳㈠-㈩⑴-⒇]\s*[、.．]?\s*"), True),
    ("dash", re.compile(r"(?:——|--|—|－|−|–|-)\s*(?=[^\d\s])"), True),
    ("dash_number", re.compile(r"[-−－—]\s*\d{1,2}\s*(?=[^\d.])"), True),
    ("corner", re.compile(r"(?=【[^】]+】)"), True),
    ("range", re.compile(r"\d{1,4}\s*[-—~～]\s*\d{1,4}\s+\d{1,2}\s*[.．、]?\s*"), True),
    ("arabic", re.compile(r"\d{1,2}\s*(?:[、．]|\.(?!\d))\s*"), False),
    ("arabic_bracket", re.compile(r"[(（]\s*\d{1,2}\s*[)）]\s*"), False),
    ("letter", re.compile(r"[A-Z][、.．]\s*"), False),
)
_COUNT = r"(?:合?共计?|总计|计)?\s*(\d{1,5})\s*(?:个|项|家|宗|件)?(?:项目|工程)?"
_COUNT_BRACKET = re.compile(rf"[(（\[【]\s*{_COUNT}(?:[,，;；].*)?\s*[)）\]】](?:[,，]?(?:计划)?总?投资.*)?$")
_SPACED_COUNT = re.compile(r"(?<=项目|工程)\s+(\d{1,5})$|(?<=类)\s+(\d{1,5})$")
_COUNT_TAIL = re.compile(
    r"(?:项目数?|工程|合?共计?|类|[:：,，\s])\s*(\d{1,5})\s*(?:个|项|家|宗|件)(?:项目|工程)?(?:[,，。;；].*)?$"
)
_NATURE_WORDS = (
    "计划新开工|新开工|计划开工|拟开工|续建|在建|新建|前期|重大前期|加快前期|储备|预备|谋划|竣工投产|计划竣工|竣工|投产|建成投产|达产|收尾|完工"
    "|签约|已签约|拟签约|在谈|洽谈|重点在谈|意向|线索|落地|已落地|开工|已开工|拟建|技改|扩建|改建|结转|实施|推进|跟踪|招商|外资|内资"
)
_NATURE = re.compile(rf"(?:{_NATURE_WORDS})(?:或部分(?:{_NATURE_WORDS}))?(?:类|项目|工程|类项目|阶段|建设项目)?")
_KIND_TAIL = re.compile(r".{1,20}(?:类|类项目|领域|行业|板块|产业链)$")
_ORGANISATION = re.compile(
    r".*(?:人民政府|政府|管委会|委员会|厅|局|委|办公?室?|中心|集团|公司|街道|镇|乡|市|区|县|州|盟|旗|省|市直|区直|县直|省直|本级|开发区|高新区|园区)"
)
_VENUE = re.compile(
    r".*(?:餐厅|展厅|音乐厅|宴会厅|舞厅|客厅|大厅|小区|社区|校区|院区|灌区|景区|库区|片区|综合保税区|示范区)"
)
_PROJECT_TAIL = re.compile(
    r".*(?:项目|工程|基地|建设|改造|生产线|产业园|中心|园区?|厂|站|路|桥|医院|学校|小区|综合体|平台|大厦|广场)(?:[(（].*[)）])?"
)


@lru_cache(maxsize=20_000)
def heading_of(text: str) -> Heading | None:
    """The heading a text would be, if its row is one; None for a text that looks like none at all."""
    trimmed = text.strip().replace("\n", " ")
    for style, numbering, strong in _NUMBERINGS:
        match = numbering.match(trimmed)
        if match and (rest := trimmed[match.end() :].strip()):
            name, count = _named(trimmed if style == "part" else rest)
            return Heading(style, name, strong, count, _amount_in(rest))
    name, count = _named(trimmed)
    squeezed = squeeze(name)
    if _NATURE.fullmatch(squeezed):
        return Heading("nature", name, True, count, _amount_in(trimmed))
    if count is not None:
        strong = bool(_KIND_TAIL.match(squeezed) or _SPACED_COUNT.search(fold(trimmed)))
        return Heading("counted", name, strong, count, _amount_in(trimmed))
    return None


def _named(text: str) -> tuple[str, int | None]:
    """The name without its count: 基础设施（64个） -> 基础设施, 64."""
    folded = fold(text)
    for pattern in (_COUNT_BRACKET, _COUNT_TAIL):
        match = pattern.search(folded)
        if match:
            kept = folded[: match.start()] or folded
            tail = re.match(r"项目|工程|类", match[0])
            return _bare(kept + (tail[0] if tail else "")), int(match[1])
    spaced = _SPACED_COUNT.search(folded)
    if spaced:
        return _bare(folded[: spaced.start()]), int(spaced[1] or spaced[2])
    return _bare(text), None


def _bare(text: str) -> str:
    return re.sub(r"[…：:\s]+$", "", text.strip().strip("【】")).strip() or text.strip()


def _amount_in(text: str) -> int | None:
    """总投资500亿元 within a heading."""
    match = re.search(r"(?:总投资|投资)[^,，。;；)）]*?\d[\d.,]*\s*[万亿]元", fold(text))
    amount = read_amount(match[0], None).amount if match else None
    return amount.yuan if amount else None


def is_organisation(text: str) -> bool:
    """A unit or a region that heads its own projects: 南宁市人民政府, 市直; not 君澜府小区, not 城市展厅."""
    return _ORGANISATION.fullmatch(text) is not None and _VENUE.fullmatch(text) is None and len(text) <= 20


def is_project_like(text: str) -> bool:
    """Ends as projects' names end, and is no mere kind of project."""
    return _PROJECT_TAIL.fullmatch(text) is not None and len(text) >= 7 and _NATURE.fullmatch(text) is None


def may_be_project(text: str) -> bool:
    """Ends as projects' names may end, however short."""
    return _PROJECT_TAIL.fullmatch(text) is not None or len(text) > 10


_TOTAL = re.compile(r"(?:总?合计|总计|共计|累计)(?:\(?(?:共|计)?\d.*)?(?:\(.*\))?[:：]?\d*")
_TOTAL_OF_ALL = re.compile(
    r"(?:总共|一共|共)\d+[个项家](?:项目)?(?:[,，].*)?|(?:全[市区县省州园]|本表|以上|各项|项目|所有)(?:项目)?(?:合计|总计|共计).*"
)
_SUBTOTAL = re.compile(
    r"(?:本页|分|页)?小计.*|.{1,24}(?:小计|合计|总计|共计)(?:\(.*\))?[:：]?\d*(?:[个项])?|其中[:：].*|分计.*"
)


def is_total(text: str) -> bool:
    """合计, 总计（共115项）, 全市合计."""
    return _TOTAL.fullmatch(text) is not None or _TOTAL_OF_ALL.fullmatch(text) is not None


def is_subtotal(text: str) -> bool:
    """小计, 工业项目合计, 其中：续建."""
    return _SUBTOTAL.fullmatch(text) is not None


def count_in(text: str) -> int | None:
    """The count a total states: 合计（共115项） -> 115, 33个 -> 33, 64 -> 64."""
    match = re.search(r"(?:^|[(（共计])\s*(\d{1,5})\s*(?:个|项|家|宗|件)?(?:项目)?\s*(?:[)）]|$)", fold(text))
    return int(match[1]) if match else None


_NOTE = re.compile(
    r"(?:备?注|说明|附注|注释|注意|填[表报]说明|编制说明|特别说明|指标解释|解释)(?:[:：]|\d|[一二三]|$|(?=[“\"★▲*●标]))"
    r"|带?标?注?[“\"'(]?[★▲●*※☆△][”\"')]?(?:号|的|为|表示|标|是|[:：])"
    r"|(?:数据|资料|信息)来源[:：]|source[:：]"
    r"|(?:制表|填表|审核|填报|统计|报送|编制|经办|复核|负责|联系|录入|主管|分管|审批|报出|填写|打印|更新|制作)(?:人|员|单位|部门|时间|日期|领导|电话|负责人)*[:：]"
    r"|(?:单位|部门|科室|分管)(?:负责人|领导|主要领导)(?:签字|签章|\(.*\))?[:：]"
    r"|(?:金额|计量|投资|货币|币种)?单位[:：]|联系电话[:：]|电话[:：]|传真[:：]|邮箱[:：]|地址[:：]"
    r"|第\d+页|共\d+页|-\d+-$|\d+/\d+$|page\d+|附[件表]\d*[:：-]?\d*$|续表|接上页|转下页|\(?(?:此页|以下|本页)(?:无正文|空白)\)?"
    r"|截[至止].{2,14}[日月底](?:[,，。]|$)|统计(?:时间|截止).*|(?:备|以上)\w{0,4}(?:数据|项目)(?:截[至止]|均为).*",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"\d+\s*[个项件家](?:[,，。;；、(（:：]|项目?[,，]|其中|总投资|$).*(?:总投资|[亿万]元|其中|[,，。;；])"
)
_TITLE = re.compile(
    r".{4,40}(?:清单|名单|目录|一览表|台账|项目表|进展表|安排表|任务表|情况表|汇总表|统计表|计划表|进度表|明细表|总表)(?:\(.*\))?"
)
_LABELLED = re.compile(
    r"(?:项目名称|联系人|电话|项目概况|建设内容|总投资|合作方式|项目单位|投资估算|效益分析|建设地点|项目有效期|邮编|通讯地址)[:：]"
)


def is_note(text: str) -> bool:
    """Notes, signatures, unit rows, page marks: 注：标★的…, 制表人：…, 单位：万元, 第3页."""
    return _NOTE.match(text) is not None


def is_summary(text: str) -> bool:
    """A sentence that counts the projects: 重大前期项目92个,总投资494亿元。其中…"""
    if len(text) <= 15 or re.search(r"年产|生产|新增", text):
        return False
    return _SENTENCE.search(text) is not None or re.search(r"\d+个[(].*\d+个.*\d+个.*[)]", text) is not None


def is_title(text: str) -> bool:
    """The title of a further list in the same sheet."""
    return _TITLE.fullmatch(text) is not None


def is_prose(text: str) -> bool:
    """A line of a project's description in words: 项目名称：…, 联系人：…"""
    return _LABELLED.match(text) is not None or len(text) >= 120 or (len(text) >= 40 and text.endswith("。"))
