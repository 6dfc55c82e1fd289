"""Somebody else's invitation: what of it a meeting here takes over, what it does not, and whether it is news.

Instants are aware and UTC. What is not taken over as it was said is told in remarks, a sentence each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from crm.choices import MeetingKind, OffDay, Repeat, Reply, Word
from crm.rules import recurrence
from crm.rules.bookings import BookingDraft
from crm.rules.days import day_of
from crm.rules.recurrence import LAST, Pattern

LONGEST_SUMMARY, LONGEST_TEXT, LONGEST_LINE = 4000, 2000, 200
UNENDING = timedelta(days=182)  # a repetition without an end is taken over for half a year


@dataclass(frozen=True, slots=True)
class Person:
    """Who calls or is asked to come. Without a mail address `key` tells him apart from others."""

    name: str
    address: str = ""
    key: str = ""
    reply: Reply = Reply.NONE
    is_required: bool = True
    is_chair: bool = False


@dataclass(frozen=True, slots=True)
class Repetition:
    """RRULE as the sender wrote it: names in upper case to their values; `begins` is on the sender's clock."""

    parts: Mapping[str, tuple[Any, ...]]
    begins: datetime
    is_steady: bool  # the sender's clock keeps its distance from UTC as long as it repeats
    left_out: int = 0  # EXDATE
    added: int = 0  # RDATE


@dataclass(frozen=True, slots=True)
class Invitation:
    """A meeting of somebody else's calendar; `remarks` say what was made of what is not as it is here."""

    uid: str
    sequence: int
    title: str
    begins: datetime
    ends: datetime
    place: str = ""
    url: str = ""
    description: str = ""
    organizer: Person | None = None
    people: tuple[Person, ...] = ()
    is_cancelled: bool = False
    is_all_day: bool = False
    is_one_of_series: bool = False  # RECURRENCE-ID: an exception of a series
    repetition: Repetition | None = None
    remarks: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """What an invitation becomes: a draft for the form, and what the reader should know of it."""

    draft: BookingDraft
    remarks: tuple[Word, ...]


# -------------------------------------------------------------------------------------------------------------- is it news


class News(Enum):
    """What an invitation is to a meeting that was read from an earlier version of it."""

    OLDER = "older"
    SAME = "same"
    CHANGED = "changed"
    CALLED_OFF = "called_off"


def news(invitation: Invitation, known_sequence: int, changes: Iterable[str]) -> News:
    """By SEQUENCE (RFC 5546 §2.1.5); within one version, which some programs do not raise, by what differs."""
    if invitation.sequence < known_sequence:
        return News.OLDER
    if invitation.is_cancelled:
        return News.CALLED_OFF
    return News.CHANGED if list(changes) else News.SAME


# ------------------------------------------------------------------------------------------------------ what is taken over


def carried(invitation: Invitation, ours: Mapping[str, int], rooms: Mapping[str, int], now: datetime) -> Carried:
    """The draft of a meeting. `ours` are the ids of people here by their addresses in lower case, `rooms` those of rooms by name.

    People from outside stand as words: they have an invitation, and who is mailed one of ours would have two.
    """
    remarks = list(invitation.remarks)
    people = [person for person in (invitation.organizer, *invitation.people) if person is not None]
    required = dict.fromkeys(ours[p.address] for p in people if p.is_required and p.address in ours)
    optional = dict.fromkeys(ours[p.address] for p in people if p.address in ours and ours[p.address] not in required)
    summary = invitation.description
    if len(summary) > LONGEST_SUMMARY:
        summary = summary[:LONGEST_SUMMARY]
        remarks.append(Word("邀请里的说明太长，只带了前 %(n)d 个字符。", n=LONGEST_SUMMARY))
    room_id = rooms.get(invitation.place)
    is_address = invitation.place.startswith(("https://", "http://"))
    pattern = None
    if invitation.repetition is not None:
        pattern, more = repeated(invitation.repetition, invitation.begins)
        remarks += more
    if invitation.begins < now:
        remarks.append(Word("邀请上的开始时间已过，请改时间；已经开过的会请用“登记会议”。"))
    others = _outside(people, ours)
    if others:
        remarks.append(Word("外单位的人只写名字，不由本系统再发邀请。"))
    draft = BookingDraft(
        kind=MeetingKind.TOPIC,  # counted among neither 协调会 nor 碰头会 unless somebody says so
        title=invitation.title or "（邀请没有写名称）",
        held_at=invitation.begins,
        minutes=int((invitation.ends - invitation.begins).total_seconds() // 60),
        room_id=room_id,
        place="" if room_id or is_address else invitation.place[:LONGEST_LINE],
        online_url=invitation.url,
        required_ids=tuple(required),
        optional_ids=tuple(optional),
        attendees=others[:LONGEST_TEXT],
        summary=summary,
        pattern=pattern,
        origin_uid=invitation.uid,
        origin_sequence=invitation.sequence,
    )
    return Carried(draft, tuple(remarks))


def _outside(people: Iterable[Person], ours: Mapping[str, int]) -> str:
    return "、".join(dict.fromkeys(person.name for person in people if person.address not in ours))


def updated(draft: BookingDraft, fresh: BookingDraft) -> BookingDraft:
    """A draft of before with what a later version of the invitation says; people, agenda and kind stay as they were made here."""
    where = (fresh.room_id, fresh.place) if fresh.room_id or fresh.place else (draft.room_id, draft.place)
    return replace(
        draft, title=fresh.title, held_at=fresh.held_at, minutes=fresh.minutes, room_id=where[0], place=where[1],
        online_url=fresh.online_url or draft.online_url, summary=fresh.summary or draft.summary,
        origin_uid=fresh.origin_uid, origin_sequence=fresh.origin_sequence,
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------------- repetition

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = frozenset({"FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL", "WKST", "BYSETPOS"})
FIRST_ONLY = Word("原日程会重复，规则这里不能照样表示：只带第一次，其余各次请另行安排。")
SHIFTS = Word("原日程按有夏令时的时区重复，换成北京时间钟点会变：只带第一次，其余各次请另行安排。")


def repeated(repetition: Repetition, begins: datetime) -> tuple[Pattern | None, list[Word]]:
    """The same rule as ours, if there is one, and what is to be said of it."""
    if not repetition.parts:
        return None, [Word("原日程另列了 %(n)d 个日期：只带第一次，其余请另行安排。", n=repetition.added)]
    if not repetition.is_steady:
        return None, [SHIFTS]
    found = _pattern(repetition, begins)
    if found is None or recurrence.problem(found) is not None:
        return None, [FIRST_ONLY]
    said = [Word("重复规则已带入：%(rule)s；遇放假暂按照常召开，可改。", rule=recurrence.rule_words(found))]
    if not {"COUNT", "UNTIL"} & repetition.parts.keys():
        said.append(Word("原日程没有写到哪一天为止，暂排半年（到 %(day)s），可改。", day=recurrence.said(_end(found))))
    if repetition.left_out:
        said.append(Word("对方取消的 %(n)d 次没有带入，保存后请逐次取消。", n=repetition.left_out))
    if repetition.added:
        said.append(Word("对方另加的 %(n)d 次没有带入，请另行安排。", n=repetition.added))
    return found, said


def _end(pattern: Pattern) -> date:
    assert pattern.until_on is not None  # given where the sender gave none
    return pattern.until_on


def _pattern(repetition: Repetition, begins: datetime) -> Pattern | None:
    parts, first_on = repetition.parts, day_of(begins)
    shift = (first_on - repetition.begins.date()).days
    every = _number(parts, "INTERVAL", 1)
    days = _weekdays(parts.get("BYDAY", ()))
    frequency = str(_one(parts, "FREQ")).upper()
    if parts.keys() - _KNOWN or every is None or days is None:
        return None
    ends = _ends(parts, shift, first_on)
    if ends is None:
        return None
    until_on, times = ends
    plain = Pattern(Repeat.DAILY, first_on, every, off_days=OffDay.KEEP, until_on=until_on, times=times)
    ordinals = {ordinal for ordinal, _ in days}
    weekdays = tuple(sorted((day + shift) % 7 for _, day in days))
    match frequency:
        case "DAILY" if not days:
            return plain
        case "DAILY" | "WEEKLY" if ordinals <= {0} and "BYSETPOS" not in parts:
            if frequency == "DAILY" and every != 1:
                return None
            if every > 1 and len(weekdays) > 1 and (shift or str(_one(parts, "WKST") or "MO").upper() != "MO"):
                return None  # weeks that begin on another day group the days differently
            return replace(plain, repeat=Repeat.WEEKLY, weekdays=weekdays or (first_on.weekday(),))
        case "MONTHLY" if len(days) == 1 and not shift:
            nth = next(iter(ordinals)) or _number(parts, "BYSETPOS", 0)
            if nth in (1, 2, 3, 4, 5, LAST):
                return replace(plain, repeat=Repeat.MONTHLY, weekdays=weekdays, nth=nth)
    return None


def _one(parts: Mapping[str, tuple[Any, ...]], name: str) -> Any:
    return next(iter(parts.get(name, ())), None)


def _number(parts: Mapping[str, tuple[Any, ...]], name: str, default: int) -> int | None:
    value = _one(parts, name)
    if value is None:
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _weekdays(values: Iterable[Any]) -> list[tuple[int, int]] | None:
    """(which of the month, 0 for every; day of the week) of MO, 2TU, -1FR; None for anything else."""
    found = []
    for value in values:
        text = str(value).upper()
        if text[-2:] not in _DAYS:
            return None
        try:
            found.append((int(text[:-2] or 0), _DAYS.index(text[-2:])))
        except ValueError:
            return None
    return found


def _ends(parts: Mapping[str, tuple[Any, ...]], shift: int, first_on: date) -> tuple[date | None, int | None] | None:
    """(last day, times), one of them; None for an end that cannot be read."""
    if "COUNT" in parts:
        times = _number(parts, "COUNT", 0)
        return None if times is None else (None, times)
    if "UNTIL" not in parts:
        return first_on + UNENDING, None
    until = _one(parts, "UNTIL")
    if isinstance(until, datetime):
        return (day_of(until) if until.tzinfo else until.date() + timedelta(days=shift)), None
    return (until + timedelta(days=shift), None) if isinstance(until, date) else None
