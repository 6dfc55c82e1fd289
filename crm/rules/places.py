"""Places an investor may come from: the provinces by their full names, so that figures by origin add up."""

from __future__ import annotations

PROVINCES = (
    "北京市", "天津市", "河北省", "山西省", "内蒙古自治区", "辽宁省", "吉林省", "黑龙江省", "上海市", "江苏省", "浙江省",
    "安徽省", "福建省", "江西省", "山东省", "河南省", "湖北省", "湖南省", "广东省", "广西壮族自治区", "海南省", "重庆市",
    "四川省", "贵州省", "云南省", "西藏自治区", "陕西省", "甘肃省", "青海省", "宁夏回族自治区", "新疆维吾尔自治区",
    "香港特别行政区", "澳门特别行政区", "台湾省",
)  # fmt: skip
COUNTRIES = (
    "德国", "日本", "韩国", "美国", "新加坡", "法国", "英国", "瑞士", "荷兰", "意大利", "瑞典", "奥地利", "西班牙", "加拿大",
    "澳大利亚", "马来西亚", "泰国", "以色列", "中国香港", "中国台湾",
)  # fmt: skip


def full_province(text: str) -> str:
    """江苏 → 江苏省; what is no province stays as it is."""
    found = [name for name in PROVINCES if len(text) >= 2 and name.startswith(text)]
    return found[0] if len(found) == 1 else text
