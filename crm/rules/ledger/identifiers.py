"""Phone numbers and unified social credit codes: read, and what is wrong with them said in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from crm.rules.credit_code import ALPHABET, check_character
from crm.rules.ledger.cells import Cell, CellError, is_number, show
from crm.rules.ledger.findings import Remark, error, hint
from crm.rules.ledger.text import fold, is_nothing, squeeze

_CODE = re.compile(r"[0-9A-Z]{8,22}")
_ORGANISATION_CODE = re.compile(r"[0-9A-Z]{8}-?[0-9X]")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")


@dataclass(frozen=True, slots=True)
class TextRead:
    """What a cell gave as text, with remarks; the empty text for nothing."""

    text: str
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class PhonesRead:
    """The numbers of a cell in order, each as digits with hyphens: 13800001234, 0512-65801234, 0512-65801234-801."""

    numbers: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()
    rest: str = ""
    """What stands beside the numbers: often the contact's name."""


def read_credit_code(cell: Cell) -> TextRead:
    """A cell of the credit code column; the code is kept unless its length is wrong."""
    if cell is None or (isinstance(cell, str) and is_nothing(cell)):
        return TextRead("")
    if isinstance(cell, CellError):
        return TextRead("", (error("formula_error", f"公式出错（{cell.code}），请填信用代码"),))
    written = squeeze(show(cell)).upper()
    if (is_number(cell) and len(written) > 15) or _SCIENTIFIC.fullmatch(written):
        return TextRead("", (error("digits_lost", "Excel 把代码存成了数字，后几位已丢失，请重填 18 位代码"),))
    codes: list[str] = _CODE.findall(written.replace("-", "") if _ORGANISATION_CODE.fullmatch(written) else written)
    if not codes:
        return TextRead("", (error("not_code", f"“{written}”不是信用代码，应为 18 位数字和字母"),))
    remarks = _code_remarks(codes[0])
    if len(codes) > 1:
        remarks = (*remarks, hint("several_codes", f"写有 {len(codes)} 个代码，按第一个读入"))
    return TextRead("" if any(remark.code == "code_length" for remark in remarks) else codes[0], remarks)


def _code_remarks(code: str) -> tuple[Remark, ...]:
    if len(code) != 18:
        kind = {15: "，像是旧的工商注册号", 9: "，像是组织机构代码"}.get(len(code), "")
        return (error("code_length", f"{len(code)} 位，应为 18 位{kind}"),)
    strange = sorted(set(code) - set(ALPHABET))
    if strange:
        return (hint("code_letters", f"信用代码里不会有字母 {'、'.join(strange)}，请核对"),)
    if check_character(code[:-1]) != code[-1]:
        return (hint("code_check", "信用代码的校验位不符，请核对"),)
    return ()


_PHONE = re.compile(
    r"(?<!\d)(?:\+?0{0,2}86-?)?(?P<mobile>1[3-9]\d(?:[- ]?\d{4}){2})(?!\d)"
    r"|(?<!\d)(?:\(?(?P<area>0\d{2,3})\)?[- ]?)?(?P<line>[2-9]\d{6,7})(?:(?:-|转|分机|ext\.?)(?P<extension>\d{1,6}))?(?!\d)"
    r"|(?<!\d)(?P<service>(?:400|800)(?:-?\d){7})(?!\d)"
    r"|(?P<abroad>\+(?!86)\d{1,3}(?:[- ]?\d){6,12})",
    re.IGNORECASE,
)
_LABELS = re.compile(r"(联系)?(电话|手机|方式|座机|办公)号?码?[:：]?|tel[:.]?|[,;，；、/:：()（）\s]+", re.IGNORECASE)


def read_phones(cell: Cell) -> PhonesRead:
    """A cell of the phone column: one number or several, mobile or landline, with extension."""
    if cell is None or (isinstance(cell, str) and is_nothing(cell)):
        return PhonesRead(())
    if isinstance(cell, CellError):
        return PhonesRead((), (error("formula_error", f"公式出错（{cell.code}），请填电话"),))
    written = fold(show(cell))
    if _SCIENTIFIC.fullmatch(written) or (is_number(cell) and Decimal(str(cell)) != int(Decimal(str(cell)))):
        return PhonesRead((), (error("digits_lost", f"“{written}”被 Excel 改成了数字，后几位已丢失，请重填"),))
    numbers = tuple(dict.fromkeys(_written_out(match) for match in _PHONE.finditer(written)))
    rest = _LABELS.sub(" ", _PHONE.sub(" ", written)).strip(" -+")
    if numbers:
        stray = re.findall(r"\d{5,}", rest)
        return PhonesRead(numbers, tuple(_odd_phone(part) for part in stray), rest)
    digits = re.sub(r"\D", "", written)
    if not digits:
        return PhonesRead((), (hint("not_phone", f"“{written}”不是电话号码"),), rest)
    return PhonesRead((), (_odd_phone(digits),), rest)


def _written_out(match: re.Match[str]) -> str:
    if match["mobile"]:
        return re.sub(r"\D", "", match["mobile"])
    if match["line"]:
        return "-".join(part for part in (match["area"], match["line"], match["extension"]) if part)
    if match["service"]:
        return re.sub(r"\D", "", match["service"])
    return "+" + re.sub(r"\D", "", match["abroad"])


def _odd_phone(digits: str) -> Remark:
    if digits.startswith("1") and len(digits) != 11:
        return error("phone_length", f"{digits} 有 {len(digits)} 位，手机号应为 11 位")
    return error("phone_length", f"{digits} 不像电话号码，请核对")
