"""Names made comparable: one key for the many spellings of one company or project.

A key is for finding, never for showing. Equal keys mean "the same, unless a credit code says otherwise" for companies
and "very likely the same" for projects; `loose_company_key` is only good for warnings (domain.md §2.5, §7 row 6).
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_KEY = 200

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))
# Everything that is neither a letter, a digit nor a Chinese character: spaces, brackets, quotes, dots, dashes.
_MARKS = re.compile(r"[^\w]+|_+")

_LEGAL_FORM = re.compile(
    r"(?:股份有限责任公司|股份有限公司|有限责任公司|有限公司|(?<!分)(?<!子)公司|株式会社"
    r"|(?:co)?(?:ltd|limited)|incorporated|inc|corporation|corp|llc|gmbh|plc|bv|nv|ag|sa)$"
)

_AUTONOMOUS = {
    "内蒙古自治区": "内蒙古",
    "广西壮族自治区": "广西",
    "西藏自治区": "西藏",
    "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆",
    "香港特别行政区": "香港",
    "澳门特别行政区": "澳门",
}
_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南"
    "|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_PROVINCE_SUFFIX = re.compile(rf"^({_PROVINCES})[省市](?=..)")
# A city is known by its 市: without it, 桂林 and the first two characters of a trade name look alike.
_CITY = re.compile(r"^([\u4e00-\u9fff]{2,4}?)市(?=..)")
_PLACE = re.compile(rf"^(?:中国)?(?:{_PROVINCES})?(?:[\u4e00-\u9fff]{{2,4}}?市)?(?=..)")

_PHASE = re.compile(r"第?([一二三四五六七八九十]|i{1,3}|iv|v|\d{1,2})期")
_PHASE_NUMBERS = {
    **{numeral: str(number) for number, numeral in enumerate("一二三四五六七八九十", 1)},
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
}
_PROJECT_WORD = re.compile(r"(?:建设)?项目")


def plain(name: str) -> str:
    """Half-width, lower case, without spaces, brackets and other marks; what stood in brackets stays."""
    folded = unicodedata.normalize("NFKC", name).translate(_INVISIBLE).lower()
    return _MARKS.sub("", folded)


def company_key(name: str) -> str:
    """One key for the spellings of one company; never empty for a name that holds a letter.

    上海市澜芯传动（临港） 有限公司 and 上海澜芯传动(临港)有限责任公司 share a key; 上海澜芯 and 北京澜芯 do not,
    nor do a company and its branch (分公司).
    """
    key = plain(name)
    for long_name, short_name in _AUTONOMOUS.items():
        if key.startswith(long_name):
            key = short_name + key.removeprefix(long_name)
    key = _PROVINCE_SUFFIX.sub(r"\1", key)
    return _cut(_LEGAL_FORM.sub("", _CITY.sub(r"\1", key)) or key)


def loose_company_key(name: str) -> str:
    """The trade name alone: place in front and legal form behind taken away. Only for "is it perhaps the same?"."""
    key = plain(name)
    for long_name, short_name in _AUTONOMOUS.items():
        key = key.replace(long_name, short_name, 1)
    key = _PROVINCE_SUFFIX.sub(r"\1", key)
    without_form = _LEGAL_FORM.sub("", key) or key
    return _cut(_PLACE.sub("", without_form) or without_form)


def project_key(name: str) -> str:
    """One key for the spellings of one project; phases stay apart: 二期, 2期 and （Ⅱ期） are one, 一期 is another."""
    key = _PHASE.sub(lambda found: f"{_PHASE_NUMBERS.get(found[1], found[1])}期", plain(name))
    return _cut(_PROJECT_WORD.sub("", key) or key)


def _cut(key: str) -> str:
    return key[:LONGEST_KEY]
