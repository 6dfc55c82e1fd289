"""The texts of a workbook that stand in no cell: page headers and footers, text boxes and other shapes, titles of charts.

Their words lie in pieces - runs of one look in a shape, what stands between two codes in a header - and a program may cut a
word anywhere. So a text is read as a whole, and what replaces a part of it stands where that part began, in its look.
"""

from __future__ import annotations

import posixpath
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from reports.filled import DRAWN, RELATED, Book, M
from reports.xml_parts import Element

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
LONGEST_HEADER = 255  # Excel calls a workbook with a longer one damaged
HEADERS = {
    "oddHeader": "页眉", "oddFooter": "页脚", "evenHeader": "偶数页页眉", "evenFooter": "偶数页页脚",
    "firstHeader": "首页页眉", "firstFooter": "首页页脚",
}  # fmt: skip
SECTIONS = {"&L": "左部", "&C": "中部", "&R": "右部"}
_CODE = re.compile(r'&(?:"[^"]*"|[0-9]+|K(?:[0-9A-Fa-f]{6}|[0-9]{2}[+-][0-9]{3})|[A-Za-z])')
_MARKED = re.compile(r"&&|" + _CODE.pattern)
_RUNS = (f"{A}r", f"{A}fld")
_TEXTED = ("xl/drawings/drawing", "xl/charts/chart", "xl/diagrams/data", "xl/diagrams/drawing")

Said = Callable[[re.Match[str]], str]


@dataclass(slots=True)
class Passage(ABC):
    """One text: the part it lies in, where a reader finds it, its pieces."""

    part: str
    place: str
    pieces: list[str]

    @property
    def text(self) -> str:
        """The whole, its look left out."""
        return "".join(self.pieces)

    def put(self, pattern: re.Pattern[str], said: Said) -> None:
        """What the pattern finds is replaced by what is said of it."""
        self._write(replaced(self.pieces, pattern, said))

    @abstractmethod
    def _write(self, pieces: list[str]) -> None: ...


def replaced(pieces: Sequence[str], pattern: re.Pattern[str], said: Said) -> list[str]:
    """The pieces with every find replaced in the piece that it begins in, and cut out of those it runs on into."""
    found = list(pattern.finditer("".join(pieces)))
    made, at = [], 0
    for piece in pieces:
        text, place, end = "", at, at + len(piece)
        for one in found:
            if one.end() <= at or one.start() >= end:
                continue
            text += piece[place - at : max(one.start() - at, 0)]
            text += said(one) if one.start() >= at else ""
            place = min(one.end(), end)
        made.append(text + piece[place - at :])
        at = end
    return made


@dataclass(slots=True)
class Header(Passage):
    """A third of a header or footer: the codes of looks and fields stay between the pieces."""

    element: Element
    codes: list[str]  # all codes of the header, each before its piece: "" before the first
    texts: list[str]  # all pieces of the header
    first: int  # where the pieces of this third begin

    def _write(self, pieces: list[str]) -> None:
        self.texts[self.first : self.first + len(pieces)] = pieces
        while len(whole := _header(self.codes, self.texts)) > LONGEST_HEADER and any(pieces):
            longest = max(range(len(pieces)), key=lambda n: len(pieces[n]))
            pieces[longest] = pieces[longest][:-1]
            self.texts[self.first + longest] = pieces[longest]
        self.element.text = whole


def _header(codes: Sequence[str], texts: Sequence[str]) -> str:
    return "".join(code + _apart(code, text.replace("&", "&&")) for code, text in zip(codes, texts, strict=True))


def _apart(code: str, text: str) -> str:
    """A size would take in a figure behind it, and a page number a sign: a space stands between, as Excel writes it."""
    runs_on = (code[1:].isdigit() and text[:1].isdigit()) or (code.upper() in ("&P", "&N") and text[:1] in ("+", "-"))
    return f" {text}" if runs_on else text


@dataclass(slots=True)
class Paragraph(Passage):
    """A paragraph of a shape or of a chart's title."""

    element: Element
    runs: list[Element] = field(default_factory=list)

    def _write(self, pieces: list[str]) -> None:
        for run, old, new in zip(self.runs, self.pieces, pieces, strict=True):
            if old != new:
                self._run(run, new.split("\n"))

    def _run(self, run: Element, lines: list[str]) -> None:
        held = run.find(f"{A}t")
        assert held is not None  # of a run that is a piece
        if run.tag != f"{A}r":
            lines = [" ".join(lines)]  # a field is one
        held.text = lines[0]
        at = list(self.element).index(run)
        for line in lines[1:]:
            look, more = run.find(f"{A}rPr"), deepcopy(run)
            broken = Element(f"{A}br")
            broken.extend([] if look is None else [deepcopy(look)])
            next(iter(more.iter(f"{A}t"))).text = line
            self.element[at + 1 : at + 1] = [broken, more]
            at += 2


def passages(book: Book, part: str) -> Iterator[Passage]:
    """The texts of a sheet outside its cells, in order."""
    for headers in book.peek(part).root.iter(f"{M}headerFooter"):
        for element in headers:
            if label := HEADERS.get(element.tag.removeprefix(M)):
                yield from _thirds(part, label, element)
    for _link, target in book.links(part):
        if target.startswith("xl/drawings/drawing") and target in book.parts:
            yield from _drawn(book, target)


def _thirds(part: str, label: str, element: Element) -> Iterator[Header]:
    text = element.text or ""
    codes, texts, at = [""], [""], 0
    for found in _MARKED.finditer(text):
        texts[-1] += text[at : found.start()]
        if found[0] == "&&":
            texts[-1] += "&"
        else:
            codes.append(found[0])
            texts.append("")
        at = found.end()
    texts[-1] += text[at:]
    starts = [n for n, code in enumerate(codes) if n == 0 or code.upper() in SECTIONS]
    for first, end in zip(starts, [*starts[1:], len(codes)], strict=True):
        third = SECTIONS.get(codes[first].upper(), "中部")  # what is in no third is printed in the middle
        yield Header(part, f"{label}{third}", texts[first:end], element, codes, texts, first)


def _drawn(book: Book, part: str) -> Iterator[Paragraph]:
    named: dict[str, str] = {}
    for anchor in book.peek(part).root:
        cell = _cell(anchor)
        yield from _shapes(part, anchor, f"{cell} 处的图形" if cell else "图形", named)
    for link, target in book.links(part):
        yield from _linked(book, target, named.get(link.get("Id", ""), "图形"))


def _shapes(part: str, element: Element, place: str, named: dict[str, str]) -> Iterator[Paragraph]:
    """The paragraphs of a shape and of those grouped in it; `named` hears where a linked part (a chart) is shown."""
    shown = element.find(f"./*/{{{DRAWN}}}cNvPr")
    if shown is not None and shown.get("name"):
        place = f"{place.partition('“')[0]}“{shown.get('name')}”"
    for name, value in element.items():
        if name.startswith(f"{{{RELATED}}}"):
            named[value] = place
    for child in element:
        if child.tag == f"{A}p":
            yield _paragraph(part, place, child)
        else:
            yield from _shapes(part, child, place, named)


def _linked(book: Book, part: str, place: str) -> Iterator[Paragraph]:
    if part not in book.parts or not part.startswith(_TEXTED):
        return
    label = place.replace("图形", "图表", 1) if part.startswith("xl/charts/") else place
    for paragraph in book.peek(part).root.iter(f"{A}p"):
        yield _paragraph(part, label, paragraph)
    for _link, target in book.links(part):
        if posixpath.dirname(target) == "xl/drawings":  # shapes drawn upon a chart
            yield from _linked(book, target, label)


def _paragraph(part: str, place: str, element: Element) -> Paragraph:
    runs = [run for run in element if run.tag in _RUNS and run.find(f"{A}t") is not None]
    return Paragraph(part, place, [run.findtext(f"{A}t") or "" for run in runs], element, runs)


def _cell(anchor: Element) -> str:
    """The cell that a shape begins in; "" for one that hangs on the page."""
    column, row = (anchor.findtext(f"{{{DRAWN}}}from/{{{DRAWN}}}{name}") for name in ("col", "row"))
    if not (column and row and column.isdigit() and row.isdigit()):
        return ""
    letters, number = "", int(column) + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{int(row) + 1}"
