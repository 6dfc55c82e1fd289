"""The minutes of a meeting: what may be written when, the way to their number, and the paper itself as plain values.

The paper follows the 纪要格式 of GB/T 9704—2012《党政机关公文格式》(10.3); numbers are the office's own (domain.md §3.6):
会议纪要〔2022〕第3号, counted within the year of the day of issue in China.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from crm.choices import ActivityState, IssueClass, MinutesDeed, MinutesState, Presence, Word, listed

EARLY = timedelta(hours=1)  # before the meeting begins one may already write
UNFINISHED = "本次会议未形成结论，移交下次会议研究。"


# --------------------------------------------------------------------------------------------------------- what is written


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """What somebody writes at one point of the agenda."""

    notes: str = ""
    situation: str = ""
    issue_class: IssueClass = IssueClass.OTHER
    conclusion: str = ""
    is_deferred: bool = False


def title_of(project: str, title: str) -> str:
    """What a point is called: the project, the matter, or both."""
    return f"{project}：{title}" if project and title else project or title


def is_unfinished(conclusion: str, is_deferred: bool) -> bool:
    """Whether a point goes on to another meeting: nothing was concluded, or it was said to go on."""
    return is_deferred or not conclusion


def writing_problem(
    state: ActivityState, held_at: datetime, minutes: MinutesState, number: str, is_corrected: bool, now: datetime
) -> str | None:
    """Why nothing can be written into a meeting's minutes now, as a sentence, or None.

    `number` is the one the meeting bears; without an issued edition of ours (`is_corrected`) it was given on paper.
    """
    if state is ActivityState.CANCELLED:
        return "会议已经取消，不用记纪要。"
    if state is ActivityState.PLANNED and now < held_at - EARLY:
        return "会议开始前一小时起可以记纪要。"
    if minutes is MinutesState.ISSUED:
        return "纪要已印发，不再改动；要改请办理更正。"
    if minutes is not MinutesState.DRAFT:
        return "纪要已送主持人确认；要改请先撤回，或请主持人退回。"
    if number and not is_corrected:
        return Word(
            "这次会议的纪要已在线下印发（%(number)s）；要在系统里编写，请先在“修改”里清空纪要编号。", number=number
        )
    return None


# ----------------------------------------------------------------------------------------------------------------- the way

_FROM: Mapping[MinutesDeed, tuple[MinutesState, MinutesState]] = {
    MinutesDeed.SEND: (MinutesState.DRAFT, MinutesState.SENT),
    MinutesDeed.RECALL: (MinutesState.SENT, MinutesState.DRAFT),
    MinutesDeed.CONFIRM: (MinutesState.SENT, MinutesState.CONFIRMED),
    MinutesDeed.RETURN: (MinutesState.SENT, MinutesState.DRAFT),
    MinutesDeed.ISSUE: (MinutesState.CONFIRMED, MinutesState.ISSUED),
    MinutesDeed.CORRECT: (MinutesState.ISSUED, MinutesState.DRAFT),
}


def open_to(state: MinutesState) -> list[MinutesDeed]:
    """The steps that minutes in this state can take."""
    return [deed for deed, (before, _) in _FROM.items() if before is state]


def after(state: MinutesState, deed: MinutesDeed) -> MinutesState | None:
    """The state a step leads to, or None where it is not open."""
    before, then = _FROM[deed]
    return then if before is state else None


def sending_problem(unrecorded: Sequence[str], has_words: bool) -> str | None:
    """Why minutes cannot go to the chair yet, or None; `unrecorded` are those invited of whom nobody wrote whether they came."""
    if unrecorded:
        return Word(
            "还有 %(n)d 人没有登记到会情况：%(who)s。", n=len(unrecorded), who=listed(list(unrecorded)[:5])
        )  # fmt: skip
    return None if has_words else "还没有记下任何议定内容，请至少写一项议定或会议小结。"


def asked_of(state: MinutesState, title: str) -> Word:
    """What the person whose turn it is has to do; of issued minutes nobody has to do anything."""
    return {
        MinutesState.DRAFT: Word("写“%(title)s”的纪要", title=title),
        MinutesState.SENT: Word("确认“%(title)s”的纪要", title=title),
        MinutesState.CONFIRMED: Word("印发“%(title)s”的纪要", title=title),
    }[state]


# --------------------------------------------------------------------------------------------------------------- the number

_NUMBER = re.compile(r"\s*会议纪要\s*[〔\[［(（](\d{4})[〕\]］)）]\s*第?\s*(\d{1,5})\s*号\s*")


def number_words(year: int, number: int) -> str:
    """会议纪要〔2022〕第3号."""
    return f"会议纪要〔{year}〕第{number}号"


def read_number(text: str) -> tuple[int, int] | None:
    """(year, number) of minutes numbered in this sequence, however the brackets were typed; None for any other text."""
    found = _NUMBER.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def next_number(year: int, issued: Iterable[int], typed: Iterable[str]) -> int:
    """The year's next number: it follows those issued here and those that were given on paper before and typed in."""
    on_paper = (found[1] for text in typed if (found := read_number(text)) and found[0] == year)
    return max((*issued, *on_paper), default=0) + 1


_DIGITS = "零一二三四五六七八九"


def ordinal(number: int) -> str:
    """一, 十, 十二, 二十, 三十五: from 1 to 99; raises ValueError beyond."""
    if not 1 <= number <= 99:
        raise ValueError(number)
    tens, ones = divmod(number, 10)
    return ("" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十") + (_DIGITS[ones] if ones else "")


# ---------------------------------------------------------------------------------------------------------------- the paper


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invited, with his unit's name; `stand_in` came in his place."""

    name: str
    unit: str
    presence: str = ""  # a word of Presence, or nothing
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class Errand:
    """议定事项: what was handed out, to whom and by when (ISO day); `key` is the action item's."""

    key: int
    task: str
    lead: str
    support: str = ""
    person: str = ""
    deadline: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the agenda as it is printed; `key` is the agenda item's, or that of the first errand, made negative, for a
    project that was handed something without having been on the agenda."""

    key: int
    number: int  # on the whole paper, whoever reads it
    title: str
    problem: str = ""
    situation: str = ""
    conclusion: str = ""
    is_deferred: bool = False
    errands: tuple[Errand, ...] = ()

    @property
    def is_unfinished(self) -> bool:
        """Nothing was concluded, or it goes on."""
        return is_unfinished(self.conclusion, self.is_deferred)


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything that a meeting's minutes say. Instants and days are ISO texts; without a number they are a draft."""

    office: str
    title: str
    kind: str
    begins: str
    ends: str
    place: str
    chair: str
    secretary: str
    people: tuple[Person, ...] = ()
    others: str = ""
    summary: str = ""
    points: tuple[Point, ...] = ()
    copies_to: str = ""
    edition: int = 1
    reason: str = ""  # of a correction
    number: str = ""
    issued_on: str = ""
    signer: str = ""
    hidden: int = 0  # points that this reader may not see

    def with_(self, *presences: Presence) -> list[Person]:
        """Those invited of whom this was written."""
        return [person for person in self.people if person.presence in presences]

    def seen_by(self, keys: Collection[int]) -> Paper:
        """What one reader may see of it: the points with these keys; the others are only counted."""
        shown = tuple(point for point in self.points if point.key in keys)
        return replace(self, points=shown, hidden=len(self.points) - len(shown))


def write(paper: Paper) -> str:
    """The paper as text: JSON with sorted names and no needless spaces, so that the same paper is the same text."""
    kept = {name: value for name, value in asdict(paper).items() if name != "hidden"}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(text: str) -> Paper:
    """The inverse of `write`."""
    found: dict[str, Any] = json.loads(text)
    people = tuple(Person(**person) for person in found.pop("people"))
    points = tuple(
        Point(**{**point, "errands": tuple(Errand(**errand) for errand in point["errands"])})
        for point in found.pop("points")
    )
    return Paper(**found, people=people, points=points)


def digest(text: str) -> str:
    """SHA-256 of the paper's text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def grouped(people: Iterable[Person]) -> list[tuple[str, list[Person]]]:
    """People by unit, units in the order in which they first appear."""
    found: dict[str, list[Person]] = {}
    for person in people:
        found.setdefault(person.unit, []).append(person)
    return list(found.items())


def edition_of(paper: Paper, edition: int, reason: str) -> Paper:
    """The paper as an edition; all but the first are corrections and say why."""
    return replace(paper, edition=edition, reason=reason)


def numbered(paper: Paper, year: int, number: int, on: date, signer: str) -> Paper:
    """The paper as it is issued."""
    return replace(paper, number=number_words(year, number), issued_on=on.isoformat(), signer=signer)


# ------------------------------------------------------------------------------------------------------- the paper in words
# An official paper is Chinese whoever reads it: these texts are not translated.

MARK = "会议纪要"
NO_NUMBER = "会议纪要〔　　〕第　号"
CORRECTED = "（更正）"
DRAFT_MARK = "送审稿，未印发"
DECIDED = "会议议定："
ERRANDS = "议定事项："
COPIES = "抄送："
MOST_NUMBERED = 99


def formal_day(day: date) -> str:
    """2022年10月20日."""
    return f"{day.year}年{day.month}月{day.day}日"


def formal_time(paper: Paper) -> str:
    """2022年10月20日 14:00—15:30; the day of the end only where it is another one."""
    begins, ends = (datetime.fromisoformat(text) for text in (paper.begins, paper.ends))
    last = f"{ends:%H:%M}" if begins.date() == ends.date() else f"{formal_day(ends.date())} {ends:%H:%M}"
    return f"{formal_day(begins.date())} {begins:%H:%M}—{last}"


def head_lines(paper: Paper) -> list[tuple[str, str]]:
    """(label, text) of what stands above the body; lines without a text are left out."""
    came = paper.with_(Presence.PRESENT, Presence.SUBSTITUTE)
    lines = [
        ("时间", formal_time(paper)),
        ("地点", paper.place),
        ("主持", paper.chair),
        ("记录", paper.secretary),
        ("出席", _people(came)),
        ("其他参会", paper.others),
        ("请假", _people(paper.with_(Presence.LEAVE))),
        ("缺席", _people(paper.with_(Presence.ABSENT))),
    ]
    return [(label, text) for label, text in lines if text]


def _people(people: Iterable[Person]) -> str:
    """By unit: 经发局 林牧川、许若彤；财政局 王某某（李某某代）."""
    return "；".join(
        f"{unit} {'、'.join(map(_named, some))}".strip() for unit, some in grouped(people)
    )  # fmt: skip


def _named(person: Person) -> str:
    if person.presence != Presence.SUBSTITUTE:
        return person.name
    return f"{person.name}（{person.stand_in}代）" if person.stand_in else f"{person.name}（派人代会）"


def opening(paper: Paper) -> str:
    """The first sentence, made of what is known."""
    day = formal_day(datetime.fromisoformat(paper.begins).date())
    who = f"，{paper.chair}主持召开" if paper.chair else "，召开"
    return f"{day}{who}{paper.kind}“{paper.title}”。现将会议情况和议定事项纪要如下："


def errand_words(errand: Errand) -> str:
    """由财政局牵头，经发局配合，于2022年10月30日前完成：……（责任人：某某）."""
    support = f"，{errand.support}配合" if errand.support else ""
    until = f"，于{formal_day(date.fromisoformat(errand.deadline))}前完成" if errand.deadline else ""
    person = f"（责任人：{errand.person}）" if errand.person else ""
    return f"由{errand.lead}牵头{support}{until}：{errand.task.rstrip('。；; ')}{person}。"


def conclusion_words(point: Point) -> str:
    """What was concluded, or that it goes on; nothing of what was only handed out."""
    if point.key < 0:
        return ""
    if not point.conclusion:
        return UNFINISHED
    return f"{point.conclusion}\n移交下次会议继续研究。" if point.is_deferred else point.conclusion


def numbers(paper: Paper) -> list[tuple[Point, str]]:
    """The points with their numbers in words; beyond ninety-nine in figures."""
    return [
        (point, ordinal(point.number) if point.number <= MOST_NUMBERED else str(point.number)) for point in paper.points
    ]


def correction_words(paper: Paper) -> str:
    """What stands above the body of a correction."""
    return f"本件为更正件，原件同编号，以本件为准。更正理由：{paper.reason}"


def hidden_words(paper: Paper) -> str:
    """What a reader is told who does not see all of it."""
    return f"（另有{paper.hidden}项不在阅看范围。）"


def issue_words(paper: Paper) -> str:
    """2022年10月21日印发; nothing of a draft."""
    return f"{formal_day(date.fromisoformat(paper.issued_on))}印发" if paper.issued_on else "未印发"
