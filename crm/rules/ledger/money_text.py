"""How many amounts a text states, and which of them is the project's.

"1亿8千万元"                          one: 180,000,000
"约23亿元人民币，其中世界银行贷款1亿美元"   one: 2,300,000,000 CNY, and a remark
"3-5亿元"                             a range        "3项合计120亿元"   a joint amount
"2000万件", ".04万元", "亿元"           unreadable, and why
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from crm.rules.ledger.quantities import Money, sums_in
from crm.rules.ledger.text import CHINESE_NUMERALS, fold, squeeze
from crm.rules.ledger.units import CURRENCY_PATTERN


class Pattern(Enum):
    """How many amounts a text states."""

    ONE = "one"
    UNCLEAR = "unclear"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text says of money.

    ONE: `money`, perhaps with a `remark`. UNCLEAR: `why`, and in `money` what it may have meant, if anything.
    UNREADABLE: `why`.
    """

    pattern: Pattern
    money: Money | None = None
    remark: str = ""
    code: str = ""
    why: str = ""


# (code, what it looks like, what to say); `{}` is the text. Tried in this order before any number is believed.
_SPOILT = (
    ("digits_lost", re.compile(r"(?<!\d)\.\d"), "“{}”像是丢了小数点前的数字，请填完整金额"),
    ("two_points", re.compile(r"\d\.\d+\.\d"), "“{}”有两个小数点，请改金额"),
    ("odd_grouping", re.compile(r"\d,(?!\d{3}(?!\d))\d"), "“{}”的千位分隔不对，请改金额"),
    ("scientific", re.compile(r"\d[eE][+-]?\d"), "“{}”是科学计数法，后几位可能已丢失，请填完整金额"),
    ("letters", re.compile(r"\d[oOlI]|[oOlI]\d"), "“{}”的数字里有字母，请改金额"),
)
_JOINT = re.compile(
    rf"(?:[\d{CHINESE_NUMERALS}]+个?[项个家](?:子?项目|工程)?|各项目|打捆|整体)[^\d]{{0,6}}(?:合计|共计|总计|合并|共)"
    r"|[与和同含].{0,12}(?:合计|合并|打捆|共计)|含[上下]|(?:已|均|一并)(?:含|列)[入在]|合并(?:计|填)"
)
_RANGE_SIGN = re.compile(r"[-~至到—–―]+")
_ROUGH = re.compile(r"大?约|近|左右|上下|大概|预计|估算|超|逾|以上|不低于|不少于|至少|不足|不到|以内|过|最[高多低少]")
_WHOLE = re.compile(r"总投资|总额|合计|共计|总计|总共|共|总|资$")
_PART = re.compile(
    r"其中|包括|包含|含|[一二三四五首本前后][期批]|外资|外方|中方|贷款|自筹|固定资产|固投|设备|流动资金|土地|[(=]"
)
_OTHER_SUBJECT = re.compile(r"产值|税收|纳税|营收|收入|利税|利润|销售|产出|租金|补贴|亩均")
_EQUIVALENT = re.compile(r"合|折|约|相当于|[(/]")
_BRACKETED_UNIT = re.compile(rf"(?<=\d) ?\(((?:[十百千]?[万亿])?(?:{CURRENCY_PATTERN})|[十百千]?[万亿])\)")
_TRADITIONAL = str.maketrans("億萬圓圆", "亿万元元")
_INNOCENT = re.compile(r"总投资|投资|总额|合计|共计|计划|项目|人民币|整|为|约|[()\[\]:;,。、]")


def money_in(text: str) -> Meaning:
    """What the text says of money; never raises."""
    ready, written = _closed_up(text), squeeze(text)
    without_codes = re.sub(CURRENCY_PATTERN, "", ready, flags=re.IGNORECASE)
    for code, look, message in _SPOILT:
        if look.search(without_codes):
            return Meaning(Pattern.UNREADABLE, code=code, why=message.format(written))
    if _JOINT.search(ready):
        return Meaning(
            Pattern.UNCLEAR, code="joint_amount", why=f"“{written}”是几个项目合在一起的金额，请填本项目自己的金额"
        )
    found = [money for money in sums_in(ready) if not _is_other_subject(money, ready)] or sums_in(ready)
    if not found:
        return _without_money(ready, written)
    if any(money.unknown for money in found):
        return Meaning(Pattern.UNREADABLE, code="unknown_currency", why=f"“{written}”的币种没有登记，请换算或改币种")
    return _chosen(found, ready, written)


def _closed_up(text: str) -> str:
    """Half-width, without the spaces that do not matter; one between two numbers keeps them apart as "、"."""
    folded = _BRACKETED_UNIT.sub(r"\1", fold(text).translate(_TRADITIONAL))
    folded = re.sub(r" ?([.]) ?(?=\d)", r"\1", folded)
    folded = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", folded)
    return re.sub(r"(?<=\d) (?=\d)", "、", folded).replace(" ", "")


def _is_other_subject(money: Money, text: str) -> bool:
    return _OTHER_SUBJECT.search(text[max(0, money.start - 6) : money.start]) is not None


def _without_money(text: str, written: str) -> Meaning:
    if re.search(r"\d", text):
        return Meaning(Pattern.UNREADABLE, code="not_amount", why=f"“{written}”不是金额，请填数字")
    if re.search(r"[万亿元]", text):
        return Meaning(Pattern.UNREADABLE, code="digits_lost", why=f"“{written}”有单位没有确切数字，请填完整金额")
    return Meaning(Pattern.UNREADABLE, code="not_amount", why=f"“{written}”里没有数字，请填金额")


def _chosen(found: list[Money], text: str, written: str) -> Meaning:
    if len(found) >= 2:
        between = text[found[0].end : found[1].start]
        if _RANGE_SIGN.fullmatch(between):
            low = _with_unit_of(found[0], found[1])
            return Meaning(Pattern.UNCLEAR, low, code="range", why=f"“{written}”是一个范围，请填一个数")
        if between == "+":
            return _several(found, written)
    named = [money for money in found if money.named]
    if named and not found[0].named and len(found) > 1 and found[0].start == 0:
        if _PART.search(ready_gap := text[found[0].end : found[1].start]) and ready_gap:
            return Meaning(Pattern.ONE, found[0], f"写有几个金额：“{written}”")
        return _several(found, written)
    own = named or found
    whole = own[0] if len(own) == 1 else _whole_of(own, text)
    if whole is None:
        return _several(own, written)
    return _one(whole, own, text, written)


def _with_unit_of(money: Money, other: Money) -> Money:
    """In 3-5亿 the 3 is 3亿 too."""
    if money.named or not other.named:
        return money
    return replace(money, number=money.number * other.scale, scale=other.scale, currency=other.currency, named=True)


def _whole_of(found: list[Money], text: str) -> Money | None:
    """The sum the others are parts of, or the same in another currency; None if they stand side by side."""
    labels = [
        text[before.end if before else 0 : money.start] for before, money in zip([None, *found], found, strict=False)
    ]
    marked = [
        money for money, label in zip(found, labels, strict=True) if _WHOLE.search(label) and not _PART.search(label)
    ]
    if len(marked) == 1:
        return marked[0]
    first, rest = found[0], found[1:]
    if first.number == sum(money.number for money in rest) and len({money.currency for money in found}) == 1:
        return first
    if _PART.search(labels[0]):
        return None
    if rest[0].currency is not first.currency and _EQUIVALENT.search(labels[1]):
        return first
    return first if _PART.search(labels[1]) else None


def _several(found: list[Money], written: str) -> Meaning:
    """Several amounts side by side: their sum may have been meant, if they are of one kind."""
    why = f"“{written}”写有 {len(found)} 个金额，请填一个数"
    alike = [_with_unit_of(money, found[-1]) for money in found]
    if len({(money.currency, money.named) for money in alike}) > 1:
        return Meaning(Pattern.UNCLEAR, code="several_amounts", why=why)
    total = replace(alike[0], number=sum((money.number for money in alike), Decimal(0)))
    return Meaning(Pattern.UNCLEAR, total, code="several_amounts", why=why)


def _one(money: Money, found: list[Money], text: str, written: str) -> Meaning:
    if re.fullmatch(r"\([^()]*\)", text):
        return Meaning(Pattern.UNCLEAR, money, code="bracketed", why=f"“{written}”带括号，可能是负数，请核对")
    if re.search(r"[万亿]\d+$", text):
        return Meaning(Pattern.UNCLEAR, code="unit_missing", why=f"“{written}”最后的数字没有单位，请改金额")
    if len(found) > 1:
        return Meaning(Pattern.ONE, money, f"写有几个金额：“{written}”")
    if money.vague or _ROUGH.search(text):
        return Meaning(Pattern.ONE, money, f"“{written}”不是确数")
    words = _INNOCENT.sub("", text[: money.start] + text[money.end :])
    return Meaning(Pattern.ONE, money, f"金额旁还有文字：“{written}”" if words else "")
