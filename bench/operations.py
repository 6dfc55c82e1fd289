"""What is measured: the operations of the baseline, as a person with a browser does them.

An operation is every request its page makes: the HTML, and what the page asks for by itself. Static files are in the browser's
cache. `prepare` looks once whether the page shows what the measurement is about, and gives the visit that is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from itertools import count
from random import Random
from time import sleep
from urllib.parse import quote
from zipfile import ZipFile

from bench import dataset
from bench.dataset import RARE, Scale
from bench.visiting import FRAGMENT, Answer, Unexpected, Visitor

OFFICER = 2
DEEP_PAGE = 500
EXPORTED = 10_000
PIVOTS = ("/figures/pivot?rows=stage&columns=month&value=total_yuan", "/figures")
EXPORT_COLUMNS = ("name", "code", "company", "stage", "status", "industry", "total", "lead", "contact", "registered")
Visit = Callable[[Visitor], list[Answer]]


@dataclass(frozen=True)
class Prepared:
    """What is repeated, and a note of what it was about."""

    visit: Visit
    note: str


@dataclass(frozen=True)
class Operation:
    """An operation, its mark (CPU milliseconds of application and PostgreSQL), and who does it."""

    key: str
    name: str
    mark: float | None
    prepare: Callable[[Visitor, Scale], Prepared]
    reader: int = dataset.STATISTICIAN
    is_read: bool = True  # has a floor
    is_long: bool = False  # takes seconds: a few are enough


# ------------------------------------------------------------------------------------------------------------- the lists


def _list(*arguments: str) -> Callable[[Visitor, Scale], Prepared]:
    """A page of the project list."""
    address = "/projects" + ("?" + "&".join(arguments) if arguments else "")

    def prepare(visitor: Visitor, _scale: Scale) -> Prepared:
        page = visitor.open(address)[0]
        _expect_rows(page)
        return Prepared(lambda one: one.open(address), _counted(page.text))

    return prepare


def _expect_rows(page: Answer) -> None:
    shown = set(re.findall(r'href="/projects/(\d+)', page.text))
    if not shown:
        raise Unexpected(f"{page.address} shows no project")


def _counted(text: str) -> str:
    """How many rows the page says its list holds."""
    found = re.search(r"共 [\d,+]+ 条", text)
    return found[0] if found else ""


def _deep(visitor: Visitor, _scale: Scale) -> Prepared:
    """The 500th page: walked to by the page's own links, once."""
    page, turned = visitor.open("/projects")[0], 1
    while turned < DEEP_PAGE and (found := re.search(r'href="([^"]+)" rel="next"', page.text)):
        page, turned = visitor.expect(visitor.get(unescape(found[1])), 200), turned + 1
    _expect_rows(page)
    return Prepared(lambda one: one.open(page.address), f"page {turned}")


# ------------------------------------------------------------------------------------------------------------- one record


def _record(visitor: Visitor, scale: Scale) -> Prepared:
    """Another project each time, of those that everybody sees."""
    numbers = (turn * 7919 % scale.projects + 1 for turn in count(1))
    open_to_all = (number for number in numbers if number % dataset.SECRET_EVERY)

    def visit(one: Visitor) -> list[Answer]:
        return one.open(f"/projects/{next(open_to_all)}")

    text = visit(visitor)[0].text
    if "次洽谈" not in text:
        raise Unexpected("the page of a project does not show its activities")
    return Prepared(visit, "another one each time")


def _registering() -> Callable[[Visitor], list[Answer]]:
    """Fills in and sends a form: a lead with a new investor and a person there."""
    chance = Random()

    def invented(length: int) -> str:
        return "".join(chr(chance.randrange(0x4E00, 0x9F00)) for _ in range(length))

    def visit(one: Visitor) -> list[Answer]:
        work = chance.choice(dataset.WORKS)
        values = {
            "name": f"{invented(4)}{work}项目",
            "capital_kind": "domestic",
            "total_yuan": "1.5",
            "industry_id": "3",
            "source_channel": "agency",
            "company": f"{invented(4)}{chance.choice(dataset.TRADES)}有限公司",
            "origin": "domestic",
            "province": "江苏省",
            "contact_name": "王总",
            "contact_phone": "00000000000",
            "content": f"建设{work}生产线。",
            "lead_id": str(OFFICER),
        }
        return [one.expect(one.post("/projects/new", values), 303)]

    return visit


def _create(visitor: Visitor, _scale: Scale) -> Prepared:
    """The answer to a form filled in. What the form itself takes is not in it."""
    register = _registering()

    def visit(one: Visitor) -> list[Answer]:
        before = dict(one.cookies)
        answers = register(one)
        one.cookies = before  # the page behind, which is not measured, would take the message out; else they pile up
        return answers

    visit(visitor)
    return Prepared(visit, "the answer to the form")


def _created_page(visitor: Visitor, _scale: Scale) -> Prepared:
    """The same, and the page it leads to."""
    register = _registering()
    register(visitor)

    def visit(one: Visitor) -> list[Answer]:
        answers = register(one)
        return [*answers, *one.open(answers[0].location)]

    return Prepared(visit, "and the record's page after it")


def _page(address: str) -> Callable[[Visitor, Scale], Prepared]:
    """A page by its address; one that only leads to another is followed once, beforehand."""

    def prepare(visitor: Visitor, _scale: Scale) -> Prepared:
        answer = visitor.expect(visitor.get(address), 200, 301, 302, 303)
        target = answer.location if answer.status in (301, 302, 303) else address
        return Prepared(lambda one: one.open(target), target if target != address else "")

    return prepare


# ----------------------------------------------------------------------------------------------------- figures and exports


def _pivot(visitor: Visitor, _scale: Scale) -> Prepared:
    """Amounts by stage and month; where there is no such page, the page of figures, and the note says so."""
    there = [address for address in PIVOTS if visitor.get(address).status == 200]
    if not there:
        raise Unexpected("there is no page of figures")
    return Prepared(lambda one: one.open(there[0]), there[0])


def _export(visitor: Visitor, scale: Scale) -> Prepared:
    """10,000 rows, 10 columns, as far as there are so many."""
    narrowing = ""
    if scale.projects >= 10 * EXPORTED:
        narrowing += f"&lead={OFFICER}"
    if scale.projects >= 100 * EXPORTED:
        narrowing += "&industry=3"
    turns = count()

    def visit(one: Visitor) -> list[Answer]:
        turn = next(turns) % len(EXPORT_COLUMNS)  # the same asked twice at once is one job
        columns = ",".join(EXPORT_COLUMNS[turn:] + EXPORT_COLUMNS[:turn])
        address = f"/projects.xlsx?view=every&fields=shown&cols={columns}{narrowing}"
        answer = one.expect(one.post(address, {}), 200, 303)
        return [answer, *_fetched(one, answer.location)] if answer.status == 303 else [answer]

    with ZipFile(BytesIO(visit(visitor)[-1].body)) as book:
        rows = book.read("xl/worksheets/sheet1.xml").count(b"<row ")
    return Prepared(visit, f"{rows:,} rows of the sheet")


def _fetched(one: Visitor, address: str) -> list[Answer]:
    """A job in the background: its page, which asks again as often as it says, until there is a file; then the file."""
    answers = [one.expect(one.get(address), 200)]
    file = f"{address}/file"
    while file not in answers[-1].text:
        again = re.search(r'hx-trigger="every (\d+)s"', answers[-1].text)
        if again is None:
            raise Unexpected(f"{address} neither goes on nor has a file")
        sleep(int(again[1]))
        answers.append(one.expect(one.get(address, **FRAGMENT), 200))
    return [*answers, one.expect(one.get(file), 200)]


OPERATIONS: tuple[Operation, ...] = (
    Operation("list", "list, first page", 9, _list()),
    Operation("filter", "list, one stage + one owner", 9, _list("stage=negotiation", f"lead={OFFICER}")),
    Operation("deep", "list, page 500", 10, _deep),
    Operation("search", "search in name and company", 12, _list("q=" + quote(RARE))),
    Operation("record", "record page with its timeline", 9, _record),
    Operation("create", "create a record", 12, _create, reader=OFFICER, is_read=False),
    Operation("pivot", "amount by stage x month", 12, _pivot),
    Operation("export", "export 10,000 rows x 10 columns, xlsx", 900, _export, is_read=False, is_long=True),
)
# Without a mark: other pages that many people open, for whoever tunes them.
MORE: tuple[Operation, ...] = (
    Operation("create-page", "create a record, and its page", None, _created_page, reader=OFFICER, is_read=False),
    Operation("officer-list", "list, first page, of an officer", None, _list(), reader=OFFICER),
    Operation("palette", "a word in the search box", None, _page("/palette?q=" + quote(RARE))),
    Operation("today", "an officer's day", None, _page("/"), reader=OFFICER),
    Operation("board", "board", None, _page("/projects/board")),
    Operation("cockpit", "cockpit", None, _page("/cockpit")),
)


def wanted(keys: str) -> list[Operation]:
    """The operations of `list,filter`; those of the baseline for nothing, and `all` with the others too."""
    known = {operation.key: operation for operation in (*OPERATIONS, *MORE)}
    if keys in ("", "all"):
        return list(known.values() if keys else OPERATIONS)
    unknown = [key for key in keys.split(",") if key not in known]
    if unknown:
        raise SystemExit(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[key] for key in keys.split(",")]
