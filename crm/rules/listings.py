"""Key projects: what can be said of a listing (domain.md §1.4); of a year's plan: plans.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crm.choices import KeyList, ListingClass, Word

YEARS_BACK, YEARS_AHEAD = 5, 1


@dataclass(frozen=True, slots=True)
class ListingDraft:
    """A project is put on an annual list."""

    key_list: KeyList
    year: int
    listing_class: ListingClass
    batch_label: str = ""
    planned_start_on: date | None = None


def year_problem(year: int, today: date) -> str | None:
    """Lists and plans are made for the years around now."""
    if today.year - YEARS_BACK <= year <= today.year + YEARS_AHEAD:
        return None
    return Word("年度应在 %(first)d—%(last)d 之间。", first=today.year - YEARS_BACK, last=today.year + YEARS_AHEAD)


def listing_problem(draft: ListingDraft, today: date) -> tuple[str, str] | None:
    """(field, sentence) why a project cannot be listed so, or None."""
    wrong_year = year_problem(draft.year, today)
    if wrong_year:
        return "year", wrong_year
    batch = draft.key_list in (KeyList.PROVINCE_BATCH, KeyList.CITY_BATCH)
    if batch and not draft.batch_label:
        return "batch_label", "集中开工要写批次，例如“2022年第三季度”。"
    return None
