"""Investors and the people at them: what is stated of them, and what cannot be right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crm.choices import CompanyClass, Origin, Word
from crm.rules import credit_code

_PHONE = re.compile(r"[\d+\-()（） 转]+")
BURIED_CODE = "这个信用代码属于回收站里的一家企业，请先恢复那一家，或请综合统计核对。"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class CompanyDraft:
    """What somebody says of a company; the credit code in its normal form, None where there is none."""

    name: str
    short_name: str = ""
    credit_code: str | None = None
    parent_id: int | None = None
    origin: Origin | None = None
    country: str = ""
    province: str = ""
    city: str = ""
    registered_yuan: int | None = None
    intro: str = ""
    classes: frozenset[CompanyClass] = frozenset()


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """What somebody says of a person at a company."""

    name: str
    title: str = ""
    phone: str = ""
    email: str = ""
    note: str = ""


def problem(draft: CompanyDraft, known_code: str | None = None) -> tuple[str, str] | None:
    """(field, sentence) of the first thing to mend, or None. A code that stays as it was (`known_code`) is not judged."""
    return next(iter((*_identity(draft, known_code), *_origin(draft))), None)


def _identity(draft: CompanyDraft, known_code: str | None) -> Iterator[tuple[str, str]]:
    if len(draft.name) < 2:
        yield "name", "请写营业执照上的全称。"
    if draft.credit_code and draft.credit_code != known_code:
        wrong = credit_code.problem(draft.credit_code)
        if wrong:
            yield "credit_code", wrong
    if draft.registered_yuan is not None and draft.registered_yuan < 0:
        yield "registered_yuan", "注册资本不能为负数。"


def _origin(draft: CompanyDraft) -> Iterator[tuple[str, str]]:
    if draft.origin is Origin.DOMESTIC and not draft.province:
        yield "province", "国内企业请写省份。"
    if draft.origin is Origin.FOREIGN and not draft.country:
        yield "country", "境外企业请写国别或地区。"
    if draft.origin is None and (draft.country or draft.province):
        yield "origin", "填了来源地，请选国内或境外。"


def contact_problem(draft: ContactDraft) -> tuple[str, str] | None:
    """(field, sentence) of the first thing to mend, or None."""
    if not draft.name:
        return "name", "请写姓名。"
    if draft.phone and (wrong := phone_problem(draft.phone)):
        return "phone", wrong
    if draft.email and not _EMAIL.fullmatch(draft.email):
        return "email", Word("“%(typed)s”不是邮箱地址，请核对。", typed=draft.email)
    return None


def phone_problem(phone: str) -> str | None:
    """Why a phone number cannot be right, or None; extensions and country codes are allowed."""
    digits = re.sub(r"\D", "", phone)
    if not _PHONE.fullmatch(phone) or len(digits) < 5:
        return Word("“%(typed)s”不像电话号码，只写数字、加号、短横和括号。", typed=phone)
    if phone.startswith("1") and len(digits) == len(phone) and len(digits) not in (5, 11):
        return Word("手机号应为 11 位，现在是 %(n)d 位，请核对。", n=len(digits))
    return None if len(digits) <= 20 else "号码过长，请只写一个号码。"


def is_own_group(company_id: int, parent_id: int | None, parents: Mapping[int, int | None]) -> bool:
    """Whether `parent_id` as the group of a company would make it its own ancestor; `parents` knows who is below whom."""
    seen: set[int] = set()
    while parent_id is not None and parent_id not in seen:
        if parent_id == company_id:
            return True
        seen.add(parent_id)
        parent_id = parents.get(parent_id)
    return False
