"""Where an investor comes from, out of what a ledger writes: 江苏省苏州市, 江苏苏州, 深圳（广东）, 德国, 香港."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crm.choices import Origin

_NAMED_PROVINCE = (
    "河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海"
)
_COUNTRIES = (
    "香港 澳门 台湾 美国 英国 法国 德国 日本 韩国 新加坡 加拿大 澳大利亚 意大利 西班牙 荷兰 比利时 瑞士 瑞典 挪威 芬兰 "
    "丹麦 奥地利 爱尔兰 波兰 捷克 匈牙利 葡萄牙 俄罗斯 以色列 阿联酋 沙特 卡塔尔 土耳其 印度尼西亚 印度 泰国 越南 马来西亚 "
    "菲律宾 巴西 墨西哥 阿根廷 智利 南非 埃及 新西兰 卢森堡 开曼群岛 维尔京群岛 百慕大"
)
_PROVINCES = {
    **{name: f"{name}市" for name in ("北京", "天津", "上海", "重庆")},
    **{name: f"{name}省" for name in _NAMED_PROVINCE.split()},
    "内蒙古": "内蒙古自治区",
    "广西": "广西壮族自治区",
    "西藏": "西藏自治区",
    "宁夏": "宁夏回族自治区",
    "新疆": "新疆维吾尔自治区",
}
_ABROAD = tuple(_COUNTRIES.split())
_EDGES = " ·-/、（）()"
_CITY = re.compile(r"([\u4e00-\u9fff]{2,8}?(?:自治州|地区|盟|市|州))|([\u4e00-\u9fff]{2,3})(?=$|[区县（(/\s])")


@dataclass(frozen=True, slots=True)
class Place:
    """A province and a city, or a country."""

    origin: Origin
    country: str = ""
    province: str = ""
    city: str = ""


def place_of(text: str) -> Place | None:
    """The place a text names; None where neither a province nor a country is recognised."""
    bare = re.sub(r"^(中国|中华人民共和国)", "", text.strip())
    for short, full in _PROVINCES.items():
        if short in bare:
            return Place(Origin.DOMESTIC, province=full, city=_city(bare, short, full))
    abroad = next((name for name in _ABROAD if name in bare), None)
    return Place(Origin.FOREIGN, country=abroad) if abroad else None


def _city(text: str, short: str, full: str) -> str:
    if full.endswith("市"):
        return full
    before, _, after = text.partition(short)
    after = re.sub(r"^(省|壮族自治区|回族自治区|维吾尔自治区|自治区)", "", after)
    found = _CITY.match(after.strip(_EDGES) or before.strip(_EDGES))
    if found is None:
        return ""
    return found[1] or f"{found[2]}市"
