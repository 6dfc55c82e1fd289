"""What differs between the rows an issue froze and the rows that count now, and how that is said. Pure: no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from crm.rules.days import Month
from crm.rules.figures import signed, wan, yi
from reports.briefing.facts import Correction, Entry, Flow

SIZE = ("counts", "yuan", "fixed_yuan", "usd")


@dataclass(frozen=True, slots=True)
class Revision:
    """A row that counts otherwise now: `old` as it was frozen, `new` as it is; one of them None where it did not count."""

    kind: Correction
    flow: Flow
    old: Entry | None
    new: Entry | None

    @property
    def entry(self) -> Entry:
        """The row as it is, or else as it was."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def month(self) -> Month:
        """The month the frozen row lay in; of one that came, its own."""
        return Month.of((self.old or self.entry).on)


def revisions(old: Iterable[Entry], new: Iterable[Entry]) -> list[Revision]:
    """What came, went, changed its size or moved to another month, in the order of flows and days.

    A row that was voided and entered anew has another key; it is told as one change of the same project.
    """
    before, after = ({entry.key: entry for entry in entries} for entries in (old, new))
    found = [
        _changed(before[key], after[key]) for key in sorted(before.keys() & after.keys()) if before[key] != after[key]
    ]
    gone = [before[key] for key in sorted(before.keys() - after.keys())]
    came = [after[key] for key in sorted(after.keys() - before.keys())]
    for same in (_same_month, _same_size, _same_project):
        gone, came, pairs = _paired(gone, came, same)
        found += [_changed(*pair) for pair in pairs if _says(pair[0]) != _says(pair[1])]
    found += [Revision(Correction.VOIDED, entry.flow, entry, None) for entry in gone]
    found += [Revision(Correction.LATE, entry.flow, None, entry) for entry in came]
    order = list(Flow)
    return sorted(found, key=lambda one: (order.index(one.flow), one.entry.on, one.entry.key))


def _says(entry: Entry) -> tuple[object, ...]:
    return (entry.on, *(getattr(entry, name) for name in SIZE))


def _changed(old: Entry, new: Entry) -> Revision:
    kind = Correction.AMOUNT if Month.of(old.on) == Month.of(new.on) else Correction.MOVED
    return Revision(kind, new.flow, old, new)


def _same_month(old: Entry, new: Entry) -> bool:
    return Month.of(old.on) == Month.of(new.on)


def _same_size(old: Entry, new: Entry) -> bool:
    return all(getattr(old, name) == getattr(new, name) for name in SIZE)


ONCE = frozenset(Flow) - {Flow.ARRIVED, Flow.ARRIVED_USD, Flow.COMPLETED, Flow.SUPPLEMENT, Flow.FRAMEWORK}


def _same_project(old: Entry, new: Entry) -> bool:
    """Of what a project does once, what went and what came are the same; of money, months may be different payments."""
    return old.flow in ONCE


def _paired(
    gone: Sequence[Entry], came: Sequence[Entry], same: Callable[[Entry, Entry], bool]
) -> tuple[list[Entry], list[Entry], list[tuple[Entry, Entry]]]:
    left, pairs, rest = [], [], list(came)
    for old in gone:
        twin = next(
            (new for new in rest if (new.flow, new.subject) == (old.flow, old.subject) and same(old, new)), None
        )
        if twin is None:
            left.append(old)
        else:
            rest.remove(twin)
            pairs.append((old, twin))
    return left, rest, pairs


# ------------------------------------------------------------------------------------------------------ how a row is said


def size(entry: Entry | None) -> str:
    """1个、5.00亿元、合同外资900万美元; 未计入 for a row that does not count."""
    if entry is None:
        return "未计入"
    return "、".join(_parts(entry, lambda value: f"{value}", yi, wan)) or "—"


def growth(old: Entry | None, new: Entry | None) -> str:
    """The difference with its signs: +1个、+5.00亿元; — for nothing."""
    either = new or old
    assert either is not None
    change = Entry(
        "", either.flow, 0, either.on, *(amount(new, name) - amount(old, name) for name in SIZE)
    )  # fmt: skip
    said = _parts(change, lambda value: signed(value, 0), _signed_yi, _signed_wan, zero=False)
    return "、".join(said) or "—"


def amount(entry: Entry | None, name: str) -> int:
    """A size of a row; zero where there is none."""
    return (getattr(entry, name) or 0) if entry else 0


def _signed_yi(yuan: int | None) -> str:
    return ("+" if (yuan or 0) > 0 else "") + yi(yuan)


def _signed_wan(amount: int | None) -> str:
    return ("+" if (amount or 0) > 0 else "") + wan(amount)


def _parts(
    entry: Entry,
    count: Callable[[int], str],
    money: Callable[[int | None], str],
    dollars: Callable[[int | None], str],
    *,
    zero: bool = True,
) -> list[str]:
    said = []
    if entry.counts and (entry.flow in ONCE or entry.flow is Flow.FRAMEWORK):
        said.append(f"{count(entry.counts)}个")
    if entry.flow is Flow.ARRIVED_USD:
        return [f"{dollars(entry.usd)}万美元"]
    if entry.yuan is not None and (zero or entry.yuan):
        said.append(f"{money(entry.yuan)}亿元")
    if entry.flow in (Flow.SIGNED, Flow.SUPPLEMENT):
        if entry.fixed_yuan and not zero:
            said.append(f"其中固投{money(entry.fixed_yuan)}亿元")
        if entry.usd:
            said.append(f"合同外资{dollars(entry.usd)}万美元")
    return said


def day(on: date) -> str:
    """2022年9月."""
    return f"{on.year}年{on.month}月"
