"""What somebody plans of a meeting: what must be said, how the agenda fits its length, who is invited, what has changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from crm.choices import ActivityState, MeetingKind, Word
from crm.errors import RuleBroken
from crm.rules import recurrence
from crm.rules.days import at, local
from crm.rules.recurrence import Occurrence, Pattern

SHORTEST_MINUTES, LONGEST_MINUTES = 5, 24 * 60
LONGEST_ITEM_MINUTES = 600
MOST_OUTSIDE = 60
USUAL_MINUTES = 60
SETTLING = timedelta(minutes=10)  # edits within this time are told as one


@dataclass(frozen=True, slots=True)
class Outsider:
    """A person from outside; one with an address gets the invitation by mail."""

    name: str
    unit: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the agenda: a project, a title, or both."""

    project_id: int | None = None
    title: str = ""
    length_minutes: int | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class BookingDraft:
    """What somebody plans. `reason` says why somebody is double booked all the same."""

    kind: MeetingKind
    title: str
    held_at: datetime
    minutes: int
    room_id: int | None = None
    place: str = ""
    online_url: str = ""
    chair_id: int | None = None
    secretary_id: int | None = None
    required_ids: tuple[int, ...] = ()
    optional_ids: tuple[int, ...] = ()
    outside: tuple[Outsider, ...] = ()
    attendees: str = ""
    summary: str = ""
    agenda: tuple[Point, ...] = ()
    pattern: Pattern | None = None
    reason: str = ""
    origin_uid: str = ""  # UID of the invitation it was read from
    origin_sequence: int = 0

    @property
    def ends_at(self) -> datetime:
        """When it ends."""
        return self.held_at + timedelta(minutes=self.minutes)

    @property
    def needed_ids(self) -> frozenset[int]:
        """Those without whom it cannot be held."""
        return frozenset(key for key in (self.chair_id, self.secretary_id, *self.required_ids) if key is not None)

    @property
    def people_ids(self) -> frozenset[int]:
        """Everybody of ours."""
        return self.needed_ids | frozenset(self.optional_ids)


def problem(draft: BookingDraft, now: datetime) -> tuple[str, str] | None:
    """(field, sentence) of the first thing to mend, or None."""
    return next(_problems(draft, now), None)


def _problems(draft: BookingDraft, now: datetime) -> Iterator[tuple[str, str]]:
    if not draft.title:
        yield "title", "请写会议名称。"
    if not SHORTEST_MINUTES <= draft.minutes <= LONGEST_MINUTES:
        yield "minutes", "时长应在 5 分钟到 24 小时之间。"
    if draft.held_at < now:
        yield "held_at", "开始时间已过，请改到现在以后；已经开过的会请用“登记会议”。"
    if draft.online_url and not is_link(draft.online_url):
        yield "online_url", "线上会议链接要以 http:// 或 https:// 开头。"
    projects = [point.project_id for point in draft.agenda if point.project_id is not None]
    if len(projects) != len(set(projects)):
        yield "agenda", "同一个项目在议程里出现了两次，请合并成一项。"
    if any(point.length_minutes is not None and point.length_minutes < 1 for point in draft.agenda):
        yield "agenda", "议程每一项的分钟数应为正整数，或空着。"
    if len(draft.outside) > MOST_OUTSIDE:
        yield "outside", Word("外单位参会人最多 %(most)d 位，更多的请写在“其他参会单位”里。", most=MOST_OUTSIDE)
    if draft.pattern is not None and (found := recurrence.problem(draft.pattern)):
        yield found


def is_link(text: str) -> bool:
    """Whether a text is an address that a browser opens."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"\s", text)


def booked_minutes(agenda: Iterable[Point]) -> int:
    """How long the agenda takes, as far as its points say."""
    return sum(point.length_minutes or 0 for point in agenda)


def time_of(occurrence: Occurrence, draft: BookingDraft) -> datetime:
    """When an occurrence of the draft's series begins: its day, the draft's clock."""
    return at(occurrence.on, local(draft.held_at).time())


# --------------------------------------------------------------------------------------------------- what is typed as text

_LENGTH = (
    re.compile(r"(?P<hours>\d{1,2}(?:\.\d{1,2})?)\s*(?:h|小时|个小时)"),
    re.compile(r"(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d)"),
    re.compile(r"(?P<hours>\d{1,2})\s*(?:h|小时|个小时)\s*(?P<minutes>\d{1,2})\s*(?:m|min|分|分钟)?"),
    re.compile(r"(?P<minutes>\d{1,4})\s*(?:m|min|分|分钟)?"),
)


def read_length(text: str) -> int | None:
    """Minutes from 90, 90分钟, 1.5h, 1:30 or 1小时30分; None for what is no length."""
    cleaned = text.strip().lower().replace("：", ":")
    if cleaned.endswith("小时半"):
        cleaned = f"{cleaned.removesuffix('小时半')}小时30"
    found = next((match for pattern in _LENGTH if (match := pattern.fullmatch(cleaned))), None)
    if found is None:
        return None
    parts = found.groupdict()
    return round(float(parts.get("hours") or 0) * 60) + int(parts.get("minutes") or 0)


_EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_BETWEEN = re.compile(r"[\s,，;；、<>＜＞]+")


def read_outside(text: str) -> tuple[Outsider, ...]:
    """One person a line: name, unit, address; the address is known by its @. Raises RuleBroken (field "outside")."""
    return tuple(_outsider(line.strip()) for line in text.splitlines() if line.strip())


def _outsider(line: str) -> Outsider:
    parts = _BETWEEN.split(line)
    addresses = [part for part in parts if "@" in part]
    words = [part for part in parts if part and "@" not in part]
    if len(addresses) > 1 or (addresses and not _EMAIL.fullmatch(addresses[0])):
        raise RuleBroken(Word("“%(line)s”里的邮箱不对，请写成“姓名 单位 邮箱”，一行一位。", line=line[:60]), "outside")
    if not words:
        raise RuleBroken(Word("“%(line)s”没有写姓名，请写成“姓名 单位 邮箱”，一行一位。", line=line[:60]), "outside")
    return Outsider(words[0][:200], " ".join(words[1:])[:200], addresses[0] if addresses else "")


def write_outside(people: Iterable[Outsider]) -> str:
    """The inverse of `read_outside`."""
    return "\n".join(" ".join(filter(None, (person.name, person.unit, person.email))) for person in people)


def is_address(text: str) -> bool:
    """Whether a text is a mail address."""
    return bool(_EMAIL.fullmatch(text))


# ---------------------------------------------------------------------------------------------------- what those invited know

KNOWN = ("title", "held_at", "ends_at", "place", "online_url", "state")


def known(meeting: Any) -> dict[str, str]:
    """What those invited are told of a meeting, as texts that can be kept and compared."""
    values = {name: getattr(meeting, name) for name in KNOWN}
    return {name: value.isoformat() if isinstance(value, datetime) else str(value) for name, value in values.items()}


def differences(told: Mapping[str, str], now_is: Mapping[str, str]) -> list[str]:
    """What has changed since those invited were told, as phrases: 时间由…改到…, 地点由…改到…; the state comes first."""
    changed = {name for name in KNOWN if told.get(name) != now_is[name]}
    found: list[str] = []
    if "state" in changed:
        found.append("会议取消" if now_is["state"] == ActivityState.CANCELLED else "会议恢复召开")
    if changed & {"held_at", "ends_at"}:
        found.append(f"时间由 {_when(told)} 改到 {_when(now_is)}")
    if "place" in changed:
        found.append(f"地点由“{told.get('place') or '未定'}”改到“{now_is['place'] or '未定'}”")
    if "online_url" in changed:
        found.append("线上会议链接有变" if now_is["online_url"] else "不再提供线上会议链接")
    if "title" in changed:
        found.append(f"名称改为“{now_is['title']}”")
    return found


def _when(known_of: Mapping[str, str]) -> str:
    begins, ends = (known_of.get(name) for name in ("held_at", "ends_at"))
    return when(datetime.fromisoformat(begins), datetime.fromisoformat(ends)) if begins and ends else "未定"


def when(begins: datetime, ends: datetime) -> Word:
    """10月20日 14:00—15:00; the day of the end only where it is another one."""
    first, last = local(begins), local(ends)
    values = {"day": recurrence.short(first.date()), "begins": f"{first:%H:%M}", "ends": f"{last:%H:%M}"}
    if first.date() == last.date():
        return Word("%(day)s %(begins)s—%(ends)s", **values)
    return Word("%(day)s %(begins)s—%(next)s %(ends)s", next=recurrence.short(last.date()), **values)


def settles(told_at: datetime | None, now: datetime) -> bool:
    """Whether the change that was last told is over, so that the next one is told anew."""
    return told_at is None or now - told_at >= SETTLING


def moved_to(held_at: datetime, day: date | None, clock: time | None) -> datetime:
    """The same meeting on another day, at another hour, or both."""
    there = local(held_at)
    return at(day or there.date(), clock or there.time())


def carried(parts: Sequence[str], draft: BookingDraft) -> BookingDraft:
    """What a clone takes along: of “people”, “place”, “agenda” those named; never the time's past, the series or the reason."""
    kept = BookingDraft(draft.kind, draft.title, draft.held_at, draft.minutes)
    if "place" in parts:
        kept = replace(kept, room_id=draft.room_id, place=draft.place, online_url=draft.online_url)
    if "people" in parts:
        kept = replace(
            kept, chair_id=draft.chair_id, secretary_id=draft.secretary_id, required_ids=draft.required_ids,
            optional_ids=draft.optional_ids, outside=draft.outside, attendees=draft.attendees,
        )  # fmt: skip
    return replace(kept, agenda=draft.agenda) if "agenda" in parts else kept
