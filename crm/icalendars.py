"""Calendar data: meetings written for other programs and read from them (iCalendar, RFC 5545; as messages, RFC 5546).

The only module that knows the library `icalendar`: it folds lines at 75 octets between characters, and escapes texts. Instants
are aware; what is written stands on China's clock with its VTIMEZONE, what is read is UTC, whatever zone the sender wrote it in.
A series is written as so many events, each with a UID of its own (ADR 16): no rule of RFC 5545 says “the next working day”.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from icalendar import Alarm, Calendar, Component, Event, Timezone, TimezoneStandard, vCalAddress, vText, vUri
from icalendar.prop import vBroken

from crm.choices import Reply, Word
from crm.errors import RuleBroken
from crm.rules.days import CHINA, FIRST_YEAR, LAST_YEAR, at
from crm.rules.invitations import Invitation, Person, Repetition

PRODID = "-//zhaoshang-crm//meetings//ZH"
MEDIA_TYPE = "text/calendar"
_STEADY_SINCE = 1992
REQUEST, PUBLISH, CANCEL = "REQUEST", "PUBLISH", "CANCEL"
_NAMES = uuid.UUID("6f0f3c1a-6a07-5d0e-9b0b-0d6a6a3f4f9e")  # ours: what uuid5 of rows is made under
_UNKEPT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting as it is written: CONFIRMED, TENTATIVE or CANCELLED; `url` opens the online meeting, `link` our page."""

    uid: str
    title: str
    begins: datetime
    ends: datetime
    made_at: datetime
    changed_at: datetime
    sequence: int = 0
    status: str = "CONFIRMED"
    place: str = ""
    url: str = ""
    link: str = ""
    description: str = ""
    category: str = ""
    organizer: Person | None = None
    people: tuple[Person, ...] = ()
    is_asking: bool = False  # those who have not answered are asked to
    is_private: bool = False
    alarm: timedelta | None = None  # before it begins


# ---------------------------------------------------------------------------------------------------------------- who is who


def uid_of(meeting_id: int, entered_at: datetime) -> str:
    """A meeting's UID, for good: it hangs on the row alone, not on address, key or time of the meeting."""
    return f"meeting-{meeting_id}-{uuid.uuid5(_NAMES, f'meeting:{meeting_id}:{entered_at.astimezone(UTC).isoformat()}').hex}"


def own_id(uid: str) -> int | None:
    """The key of the meeting whose UID this may be; `uid_of` says whether it is."""
    found = re.fullmatch(r"meeting-(\d{1,9})-[0-9a-f]{32}", uid)
    return int(found[1]) if found else None


# RFC 5545 has no way to write a quotation mark in a parameter, few programs know that of RFC 6868, and some unescape backslashes.
_IN_PARAMETERS = str.maketrans({'"': "'", "\\": "/", "^": "＾"})
_PARTSTAT = {
    Reply.NONE: "NEEDS-ACTION", Reply.ACCEPTED: "ACCEPTED", Reply.TENTATIVE: "TENTATIVE", Reply.DECLINED: "DECLINED",
}  # fmt: skip


def _address(person: Person) -> vCalAddress:
    """`mailto:`, or for who has no address a name that no mail is sent to and no two people share."""
    if person.address:
        found = vCalAddress(f"mailto:{_line(person.address)}")
    else:
        found = vCalAddress(f"urn:uuid:{uuid.uuid5(_NAMES, f'person:{person.key or person.name}')}")
    found.params["CN"] = _line(person.name).translate(_IN_PARAMETERS)
    return found


def _attendee(person: Person, is_asking: bool) -> vCalAddress:
    found = _address(person)
    found.params["CUTYPE"] = "INDIVIDUAL"
    found.params["ROLE"] = (
        "CHAIR" if person.is_chair else "REQ-PARTICIPANT" if person.is_required else "OPT-PARTICIPANT"
    )
    found.params["PARTSTAT"] = _PARTSTAT[person.reply]
    found.params["RSVP"] = "TRUE" if is_asking and person.reply is Reply.NONE else "FALSE"
    return found


# ----------------------------------------------------------------------------------------------------------------- writing


def write(entries: Iterable[Entry], *, name: str = "", method: str = "") -> bytes:
    """A calendar of these meetings, UTF-8 with CRLF; the same meetings give the same bytes.

    `method` makes a message of it (RFC 5546); all events of a REQUEST or CANCEL bear one UID, which the caller sees to.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODID)
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    if name:
        calendar.add("x-wr-calname", vText(_line(name)))  # what clients show; NAME of RFC 7986 few know
        calendar.add("name", vText(_line(name)))
        calendar.add("x-wr-timezone", CHINA.key)
        calendar.add("refresh-interval", timedelta(minutes=30), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT30M")
    calendar.add_component(_china())
    for entry in entries:
        calendar.add_component(_event(entry, method))
    data: bytes = calendar.to_ical()
    return data


@cache
def _china() -> Timezone:
    """VTIMEZONE of China since its last summer time (1991): one rule, because programs differ in what they make of several."""
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", CHINA.key)
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - on the zone's own clock
    standard.add("tzoffsetfrom", timedelta(hours=8))
    standard.add("tzoffsetto", timedelta(hours=8))
    standard.add("tzname", "CST")
    zone.add_component(standard)
    return zone


def _clock(instant: datetime) -> datetime:
    """On China's clock; UTC in the years when that one had summer times."""
    return instant.astimezone(UTC if instant.year < _STEADY_SINCE else CHINA)


def _event(entry: Entry, method: str) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("created", entry.made_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("dtstart", _clock(entry.begins))
    event.add("dtend", _clock(entry.ends))
    event.add("summary", _line(entry.title))
    event.add("status", entry.status)
    event.add("transp", "TRANSPARENT" if entry.status == "CANCELLED" else "OPAQUE")
    event.add("class", "PRIVATE" if entry.is_private else "PUBLIC")
    for field, text in (("location", _line(entry.place)), ("description", _text(entry.description))):
        if text:
            event.add(field, text)
    if entry.category:
        event.add("categories", [_line(entry.category)])
    if entry.url:
        event.add("conference", vUri(_line(entry.url)), parameters={"VALUE": "URI", "FEATURE": "VIDEO"})
    if address := entry.url or entry.link:
        event.add("url", vUri(_line(address)))
    if entry.organizer is not None:
        event.add("organizer", _address(entry.organizer))
    if method != PUBLISH:  # RFC 5546, 3.2.1: nobody is asked by what is published
        for person in entry.people:
            event.add("attendee", _attendee(person, entry.is_asking))
    if entry.alarm is not None and entry.status != "CANCELLED":
        event.add_component(_alarm(entry))
    return event


def _alarm(entry: Entry) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _line(entry.title))
    assert entry.alarm is not None
    alarm.add("trigger", -entry.alarm)
    return alarm


def _text(value: str) -> str:
    """A text of several lines without what no calendar holds."""
    return _UNKEPT.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _line(value: str) -> str:
    return " ".join(_text(value).split("\n"))


# ----------------------------------------------------------------------------------------------------------------- reading

LARGEST_BYTES = 1024 * 1024
MOST_EVENTS = 200
USUAL = timedelta(hours=1)
LONGEST = timedelta(hours=24)
SHORTEST = timedelta(minutes=5)
MORNING = time(9)


@dataclass(frozen=True, slots=True)
class File:
    """What a file holds: what its sender means by it (METHOD, "" where it is none) and its meetings in order of time."""

    method: str
    meetings: tuple[Invitation, ...]


NO_CALENDAR = Word("这个文件不是日历邀请（.ics），请选从邮件或日历程序里存下来的 .ics 文件。")
_NOT_ASKED = {
    "REPLY": Word("这是对方对邀请的答复，不是邀请；答复请在会议页面里看，或由参会人自己登记。"),
    "COUNTER": Word("这是对方对会议时间的另一个提议，不是邀请；请与对方商定后，在会议里改时间。"),
    "DECLINECOUNTER": Word("这是对方不同意改时间的回复，不是邀请，不用导入。"),
    "REFRESH": Word("这是对方要一份最新的邀请，不是邀请，不用导入。"),
    "ADD": Word("这份文件只往一个重复会议里加几次，本身不完整；请对方发送完整的邀请。"),
}


def read(data: bytes, most: int = MOST_EVENTS) -> File:
    """The meetings of a file. Raises RuleBroken (field "file") with a sentence for what is no calendar, or holds no meeting."""
    if len(data) > LARGEST_BYTES:
        raise RuleBroken(Word("文件超过 1 MB，不像一份邀请；请只导出这一个会议，再上传。"), "file")
    calendars = _calendars(data)
    method = next((_said(calendar, "method").upper() for calendar in calendars if _said(calendar, "method")), "")
    if method in _NOT_ASKED:
        raise RuleBroken(_NOT_ASKED[method], "file")
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    if not events:
        raise RuleBroken(_none(calendars), "file")
    if len(events) > most:
        values = {"n": len(events), "most": most}
        raise RuleBroken(
            Word("这份日历有 %(n)d 个日程，一次最多读 %(most)d 个；请只导出要登记的会议。", **values), "file"
        )
    found = [meeting for event in events if (meeting := _invitation(event, method)) is not None]
    if not found:
        raise RuleBroken(Word("文件里的日程没有写开始时间，或时间读不出来，不能登记；请对方重新发送。"), "file")
    return File(method, tuple(sorted(found, key=lambda meeting: (meeting.begins, meeting.uid))))


def _calendars(data: bytes) -> list[Component]:
    if b"BEGIN:VCALENDAR" not in data.upper():
        raise RuleBroken(NO_CALENDAR, "file")
    try:
        found = Calendar.from_ical(_decoded(data), multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        sentence = Word("这份日历文件不完整或已损坏，读不出来；请重新下载，或请对方再发一次。")
        raise RuleBroken(sentence, "file") from error
    return [calendar for calendar in found if calendar.name == "VCALENDAR"]


def _decoded(data: bytes) -> str:
    """UTF-8 as RFC 5545 has it, GB 18030 as older Chinese programs write it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def _none(calendars: Sequence[Component]) -> Word:
    names = {component.name for calendar in calendars for component in calendar.walk()}
    if "VTODO" in names:
        return Word("文件里只有待办，没有会议。")
    if "VFREEBUSY" in names:
        return Word("文件里只有忙闲时间，没有会议。")
    return Word("文件里没有会议。")


def _invitation(event: Component, method: str) -> Invitation | None:
    """An event as it is understood here; None without a beginning."""
    starts = _moment(event, "dtstart")
    if starts is None:
        return None
    remarks: list[Word] = []
    is_all_day = not isinstance(starts, datetime)
    begins = _instant(event, "dtstart", starts, remarks)
    if begins is None or not FIRST_YEAR <= begins.year <= LAST_YEAR:
        return None
    ends = _end(event, begins, starts, remarks)
    if is_all_day:
        remarks.append(Word("原日程是全天，没有钟点：暂按 9:00 开始、60 分钟，请改成实际时间。"))
    status = _said(event, "status").upper()
    return Invitation(
        uid=_uid(event),
        sequence=_whole(event, "sequence"),
        title=_line(_said(event, "summary"))[:200],
        begins=begins,
        ends=ends,
        place=_line(_said(event, "location")),
        url=_online(event),
        description=_text(_said(event, "description", 100_000)),
        organizer=next(iter(_people(event, "organizer")), None),
        people=tuple(_people(event, "attendee")),
        is_cancelled=method == CANCEL or status == "CANCELLED",
        is_all_day=is_all_day,
        is_one_of_series="RECURRENCE-ID" in event,
        repetition=_repetition(event, starts, begins),
        remarks=tuple(remarks),
    )


def _uid(event: Component) -> str:
    """Its UID, of an exception of a series with the time it stands for; a digest where that is longer than a column."""
    uid, stands_for = _said(event, "uid", 10_000), _moment(event, "recurrence-id")
    whole = f"{uid}#{stands_for.isoformat()}" if uid and stands_for else uid
    return whole if len(whole) <= 200 else f"sha256:{hashlib.sha256(whole.encode()).hexdigest()}"


def _first(component: Component, name: str) -> Any:
    """A property that is meant to stand once; nothing where it cannot be read."""
    value = component.get(name)
    if isinstance(value, list):
        value = value[0] if value else None
    return None if isinstance(value, vBroken) else value


def _said(component: Component, name: str, longest: int = 2000) -> str:
    value = _first(component, name)
    return "" if value is None else _text(str(value))[:longest]


def _whole(component: Component, name: str) -> int:
    try:
        return max(0, min(int(_first(component, name) or 0), 2**31 - 1))
    except (ValueError, TypeError):
        return 0


def _moment(event: Component, name: str) -> date | datetime | None:
    value = getattr(_first(event, name), "dt", None)
    return value if isinstance(value, date) else None


def _instant(event: Component, name: str, value: date | datetime, remarks: list[Word]) -> datetime | None:
    """UTC. A day alone begins in the morning, a clock without a zone is China's, a zone that nobody knows too, with a remark."""
    try:
        if not isinstance(value, datetime):
            return at(value, MORNING)
        if value.tzinfo is not None:
            return value.astimezone(UTC)
        zone = str(_first(event, name).params.get("TZID", ""))[:60]
        if zone:
            remarks.append(Word("时区“%(zone)s”认不出来，暂按北京时间，请核对。", zone=_line(zone)))
        return at(value.date(), value.time())
    except (OverflowError, ValueError):
        return None


def _end(event: Component, begins: datetime, starts: date | datetime, remarks: list[Word]) -> datetime:
    """When it ends: DTEND, else DURATION, else in an hour; as long as a meeting here may be."""
    if not isinstance(starts, datetime):
        return begins + USUAL
    until = _moment(event, "dtend")
    lasts = getattr(_first(event, "duration"), "dt", None)
    ends: datetime | None = None
    if isinstance(until, datetime):
        ends = _instant(event, "dtend", until, [])
    elif isinstance(lasts, timedelta) and timedelta() < lasts <= timedelta(days=366):
        ends = begins + lasts
    if ends is None or ends <= begins:
        remarks.append(Word("原日程没有写结束时间，暂按 60 分钟，请核对。"))
        return begins + USUAL
    if ends - begins > LONGEST:
        remarks.append(Word("原日程超过 24 小时，会议最长 24 小时，请核对。"))
        return begins + LONGEST
    return max(ends, begins + SHORTEST)


_MEETS = re.compile(
    r"https://[\w.-]*(?:meeting\.tencent\.com|voovmeeting\.com|teams\.(?:microsoft|live)\.com|zoom\.(?:us|com\.cn)|meet\.google\.com"
    r"|webex\.com|vc\.feishu\.cn|meeting\.dingtalk\.com|meetings?\.huaweicloud\.com)/[^\s<>\"'）)，。]+",
    re.IGNORECASE,
)
_URL_PROPERTIES = (
    "conference",
    "x-google-conference",
    "x-microsoft-skypeteamsmeetingurl",
    "x-microsoft-onlinemeetingexternallink",
)


def _online(event: Component) -> str:
    """Where the meeting is held online: said as such, else an address of a known service in its texts, else its URL."""
    for name in _URL_PROPERTIES:
        if (found := _said(event, name)).startswith(("https://", "http://")):
            return found[:500]
    for name in ("location", "description"):
        if match := _MEETS.search(_said(event, name, 100_000)):
            return match[0][:500]
    for name in ("location", "url"):
        found = _said(event, name)
        if found.startswith(("https://", "http://")) and not re.search(r"\s", found):
            return found[:500]
    return ""


def _people(event: Component, name: str) -> Iterator[Person]:
    values = event.get(name) or []
    for value in (values if isinstance(values, list) else [values])[:500]:
        if isinstance(value, vBroken):
            continue
        params = getattr(value, "params", {})
        if str(params.get("CUTYPE", "")).upper() in ("ROOM", "RESOURCE"):
            continue
        address = re.sub(r"^mailto:", "", str(value).strip(), flags=re.IGNORECASE)
        address = address if "@" in address and ":" not in address else ""
        said = _line(str(params.get("CN", ""))) or address
        if said:
            role = str(params.get("ROLE", "")).upper()
            yield Person(
                said[:200], address[:200].lower(), is_required=role not in ("OPT-PARTICIPANT", "NON-PARTICIPANT"),
                is_chair=role == "CHAIR",
            )  # fmt: skip


def _repetition(event: Component, starts: date | datetime, begins: datetime) -> Repetition | None:
    rule = _first(event, "rrule")
    if event.get("rrule") is None and event.get("rdate") is None:
        return None
    parts = {str(name).upper(): tuple(values) for name, values in rule.items()} if hasattr(rule, "items") else {}
    there = starts if isinstance(starts, datetime) else begins.astimezone(CHINA)
    return Repetition(parts, there, _is_steady(there), _count(event, "exdate"), _count(event, "rdate"))


def _count(event: Component, name: str) -> int:
    values = event.get(name) or []
    kept = [value for value in (values if isinstance(values, list) else [values]) if not isinstance(value, vBroken)]
    return sum(len(getattr(value, "dts", ())) for value in kept)


def _is_steady(there: datetime) -> bool:
    """Whether a clock keeps its distance from UTC for two years on: asked of the middle of each month."""
    if there.tzinfo is None:
        return True
    months = [there + timedelta(days=30 * number) for number in range(25)]
    return len({month.replace(tzinfo=None) - month.astimezone(UTC).replace(tzinfo=None) for month in months}) == 1
