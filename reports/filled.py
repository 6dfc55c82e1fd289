"""An existing .xlsx, filled in: cells get values, rows are put in, everything else stays byte for byte as it came.

A workbook library would drop what it does not know (logos, shapes, charts, printer settings). So only the parts that change are
read, as trees: the sheets that are written to, the styles, and what names rows of those sheets.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from reports.fitting import pixels, text_height
from reports.sheet import Format, Value
from reports.workbook import DANGEROUS, FORMATS, as_number, safe
from reports.xml_parts import XML, Element, Part, parsed

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DRAWN = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
M = f"{{{MAIN}}}"
EPOCH = date(1899, 12, 30)
STANDARD_WIDTH = 8.43
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_REFERENCE = re.compile(r"(\$?[A-Z]{0,3})(\$?)([0-9]{1,7})(?::(\$?[A-Z]{0,3})(\$?)([0-9]{1,7}))?")
_NOTES = re.compile(r"/(comments|vmlDrawing|threadedComment)$")


@dataclass(frozen=True, slots=True)
class Shift:
    """`count` rows stand where the two rows from `at` on stood."""

    at: int
    count: int

    def first(self, row: int) -> int:
        """Where a range that began in this row begins."""
        if row <= self.at:
            return row
        return row + self.count - 2 if row > self.at + 1 else self.at + min(1, self.count - 1)

    def last(self, row: int) -> int:
        """Where a range that ended in this row ends."""
        if row < self.at:
            return row
        return row + self.count - 2 if row > self.at + 1 else self.at + self.count - 1


@dataclass(slots=True)
class Cell:
    """A cell with a text."""

    place: str
    text: str
    element: Element

    @property
    def row(self) -> int:
        """Its row."""
        return split(self.place)[1]

    @property
    def column(self) -> str:
        """Its column, as letters."""
        return split(self.place)[0]


def split(place: str) -> tuple[str, int]:
    """B12 as B and 12."""
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ValueError(place)
    return found[1], int(found[2])


def index_of(letters: str) -> int:
    """A 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@dataclass(slots=True)
class Book:
    """The parts of a checked .xlsx (crm.sheets.checked_parts); `sheets` by name."""

    parts: dict[str, bytes]
    _trees: dict[str, Part] = field(default_factory=dict)
    _styles: dict[tuple[int, str, bool], int] = field(default_factory=dict)

    def tree(self, name: str) -> Part:
        """A part as a tree that is written back."""
        if name not in self._trees:
            self._trees[name] = parsed(self.parts[name])
        return self._trees[name]

    def peek(self, name: str) -> Part:
        """A part as a tree to read, which stays as it came unless it is written to elsewhere."""
        return self._trees.get(name) or parsed(self.parts[name])

    def sheets(self) -> dict[str, str]:
        """The part of each sheet by its tab, in order; a chart on a sheet of its own is one too."""
        targets = {link.get("Id"): target for link, target in self.links("xl/workbook.xml")}
        found = {}
        for sheet in self.tree("xl/workbook.xml").root.iter(f"{M}sheet"):
            part = targets.get(sheet.get(f"{{{RELATED}}}id"), "")
            if part in self.parts and part.startswith(("xl/worksheets/", "xl/chartsheets/")):
                found[sheet.get("name", "")] = part
        return found

    def links(self, part: str) -> Iterator[tuple[Element, str]]:
        """The relationships of a part, each with the part it leads to."""
        name = relations_of(part)
        if name not in self.parts:
            return
        for link in self.peek(name).root.iter(f"{{{PACKAGE}}}Relationship"):
            target = link.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.join(posixpath.dirname(part), target)
            yield link, posixpath.normpath(whole)

    def texts(self) -> list[str]:
        """The shared texts, their formats left out."""
        name = "xl/sharedStrings.xml"
        if name not in self.parts:
            return []
        return [_plain(entry) for entry in parsed(self.parts[name]).root.iter(f"{M}si")]

    def cells(self, part: str, texts: list[str]) -> Iterator[Cell]:
        """Every cell with a text, row by row."""
        for element in self.tree(part).root.iter(f"{M}c"):
            text = _text_of(element, texts)
            if text and element.get("r"):
                yield Cell(str(element.get("r")), text, element)

    # ------------------------------------------------------------------------------------------------------ writing

    def put(self, element: Element, value: Value, format_: Format) -> None:
        """A value into a cell: texts as texts, quoted where they look like a formula; figures in the cell's own format, or in
        the value's where the cell has none."""
        for child in list(element):
            element.remove(child)
        element.attrib.pop("t", None)
        style = int(element.get("s", "0"))
        if isinstance(value, str):
            text = safe(value)
            if text:
                element.set("t", "inlineStr")
                inner = Element(f"{M}t")
                inner.text = text
                inner.set(f"{{{XML}}}space", "preserve")
                holder = Element(f"{M}is")
                holder.append(inner)
                element.append(holder)
            self._restyle(element, style, "", quoted=text.startswith(DANGEROUS))
        elif value is not None:
            number = Element(f"{M}v")
            number.text = _figure(value, format_)
            element.append(number)
            self._restyle(element, style, FORMATS[format_], quoted=False)

    def _restyle(self, element: Element, style: int, code: str, *, quoted: bool) -> None:
        wanted = self._style(style, code, quoted)
        if wanted != style:
            element.set("s", str(wanted))

    def _style(self, style: int, code: str, quoted: bool) -> int:
        """The cell's style, with a number format where it has none, marked as text where it is to be."""
        key = (style, code, quoted)
        if key not in self._styles:
            self._styles[key] = self._new_style(style, code, quoted)
        return self._styles[key]

    def _new_style(self, style: int, code: str, quoted: bool) -> int:
        formats = self.tree("xl/styles.xml").root.find(f"{M}cellXfs")
        assert formats is not None
        own = formats[min(style, len(formats) - 1)]
        general = own.get("numFmtId", "0") == "0"
        if not quoted and not (code and code != "General" and general):
            return style
        made = Element(own.tag, dict(own.attrib))
        made.extend(list(own))
        if quoted:
            made.set("quotePrefix", "1")
        if code and code != "General" and general:
            made.set("numFmtId", str(self._number_format(code)))
            made.set("applyNumberFormat", "1")
        formats.append(made)
        formats.set("count", str(len(formats)))
        return len(formats) - 1

    def _number_format(self, code: str) -> int:
        root = self.tree("xl/styles.xml").root
        known = root.find(f"{M}numFmts")
        if known is None:
            known = Element(f"{M}numFmts")
            root.insert(0, known)
        for one in known:
            if one.get("formatCode") == code:
                return int(one.get("numFmtId", "0"))
        number = max([163, *(int(one.get("numFmtId", "0")) for one in known)]) + 1
        known.append(Element(f"{M}numFmt", {"numFmtId": str(number), "formatCode": code}))
        known.set("count", str(len(known)))
        return number

    # ------------------------------------------------------------------------------------------------------ rows put in

    def spread(
        self, sheet: str, at: int, columns: Mapping[str, tuple[str, Format]], rows: Sequence[Mapping[str, Value]]
    ) -> None:
        """The rows of a table in place of the two rows at `at` and below it: each a copy of the upper one's cells and height.

        `columns`: the key and format of what goes into a column, by its letters. Without rows, one stays, empty.
        """
        part = self.sheets()[sheet]
        root = self.tree(part).root
        data = root.find(f"{M}sheetData")
        assert data is not None
        pattern = next(row for row in data if row.get("r") == str(at))
        shift = Shift(at, max(len(rows), 1))
        kept = [row for row in data if int(row.get("r", "0")) not in (at, at + 1)]
        for row in kept:
            if int(row.get("r", "0")) > at:
                _renumber(row, shift.first(int(row.get("r", "0"))))
        widths = _widths(root)
        made = [self._copied(pattern, at + n, columns, values, widths) for n, values in enumerate(rows or [{}])]
        for row in list(data):
            data.remove(row)
        data.extend(sorted([*kept, *made], key=lambda row: int(row.get("r", "0"))))
        self._follow(part, sheet, root, shift)

    def _copied(
        self,
        pattern: Element,
        number: int,
        columns: Mapping[str, tuple[str, Format]],
        values: Mapping[str, Value],
        widths: Mapping[int, float],
    ) -> Element:
        attributes = {key: value for key, value in pattern.attrib.items() if not key.endswith(("spans", "dyDescent"))}
        height = float(attributes.get("ht", "0"))
        row = Element(pattern.tag, attributes | {"r": str(number)})
        styles = {split(str(cell.get("r")))[0]: cell.get("s") for cell in pattern if cell.get("r")}
        for letters in sorted({*styles, *columns}, key=index_of):
            cell = Element(f"{M}c", {"r": f"{letters}{number}"})
            if style := styles.get(letters):
                cell.set("s", style)
            if letters in columns:
                key, format_ = columns[letters]
                value = values.get(key)
                self.put(cell, value, format_)
                if isinstance(value, str):
                    height = max(height, self._needed(value, int(style or "0"), widths.get(index_of(letters), 0)))
            row.append(cell)
        if height:  # rows do not grow by themselves in every program
            row.set("ht", f"{height:g}")
            row.set("customHeight", "1")
        return row

    def _needed(self, text: str, style: int, width: float) -> float:
        """Points that a text needs which the cell's style wraps."""
        root = self.tree("xl/styles.xml").root
        formats, fonts = root.find(f"{M}cellXfs"), root.find(f"{M}fonts")
        if formats is None or fonts is None or style >= len(formats):
            return 0
        alignment = formats[style].find(f"{M}alignment")
        if alignment is None or alignment.get("wrapText") not in ("1", "true"):
            return 0
        font = int(formats[style].get("fontId", "0"))
        size = fonts[font].find(f"{M}sz") if font < len(fonts) else None
        return round(
            text_height(
                text, pixels(width or STANDARD_WIDTH), float(size.get("val", "11") if size is not None else 11)
            ),
            1,
        )

    def _follow(self, part: str, sheet: str, root: Element, shift: Shift) -> None:
        """What names rows of the sheet moves with them."""
        for name, attribute in (
            ("mergeCell", "ref"), ("hyperlink", "ref"), ("autoFilter", "ref"), ("dimension", "ref"),
            ("conditionalFormatting", "sqref"), ("dataValidation", "sqref"), ("ignoredError", "sqref"),
            ("protectedRange", "sqref"),
        ):  # fmt: skip
            for element in root.iter(f"{M}{name}"):
                parts = element.get(attribute, "").split(" ")
                element.set(attribute, " ".join(_moved(one, shift) for one in parts))
        for broken in root.iter(f"{M}rowBreaks"):
            for one in broken:
                one.set("id", str(shift.last(int(one.get("id", "0")))))
        for view in root.iter(f"{M}sheetView"):
            for chosen in view.findall(f"{M}selection"):
                view.remove(chosen)
        self._drop_notes(part, root)
        self._names(sheet, shift)
        for _link, target in list(self.links(part)):
            if target.startswith("xl/drawings/drawing") and target in self.parts:
                self._drawing(target, sheet, shift)
        for name in self.parts:
            if name.startswith("xl/charts/chart"):
                for formula in self.tree(name).root.iter(f"{{{CHART}}}f"):
                    formula.text = _named(formula.text or "", sheet, shift)

    def _drop_notes(self, part: str, root: Element) -> None:
        """Comments hang on cells by a drawing of their own kind, which does not follow: they are left out."""
        for element in root.findall(f"{M}legacyDrawing"):
            root.remove(element)
        if relations_of(part) not in self.parts:
            return
        links = self.tree(relations_of(part)).root
        for link in list(links):
            if _NOTES.search(link.get("Type", "")):
                links.remove(link)

    def _names(self, sheet: str, shift: Shift) -> None:
        for name in self.tree("xl/workbook.xml").root.iter(f"{M}definedName"):
            name.text = ",".join(_named(one, sheet, shift) for one in (name.text or "").split(","))

    def _drawing(self, part: str, sheet: str, shift: Shift) -> None:
        for shape in self.tree(part).root.iter(f"{{{DRAWN}}}sp"):
            if linked := shape.get("textlink"):  # a shape that shows what a cell says
                shape.set("textlink", _named(linked, sheet, shift) if "!" in linked else _moved(linked, shift))
        for side, move in (("from", shift.first), ("to", shift.last)):
            for corner in self.tree(part).root.iter(f"{{{DRAWN}}}{side}"):
                row = corner.find(f"{{{DRAWN}}}row")
                if row is not None and row.text:
                    row.text = str(move(int(row.text) + 1) - 1)

    def saved(self, moment: datetime) -> bytes:
        """The workbook: parts in the order they came in, dated by `moment`."""
        packed, stamp = BytesIO(), moment.timetuple()[:6]
        with ZipFile(packed, "w", ZIP_DEFLATED) as target:
            for name, data in self.parts.items():
                entry = ZipInfo(name, stamp)
                entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 0, 0
                target.writestr(entry, self._trees[name].dumped() if name in self._trees else data)
        return packed.getvalue()


def _widths(root: Element) -> dict[int, float]:
    """The widths of columns that say theirs, by number."""
    found: dict[int, float] = {}
    for column in root.iter(f"{M}col"):
        first, last = int(column.get("min", "1")), int(column.get("max", "1"))
        for number in range(first, min(last, 256) + 1):
            found[number] = float(column.get("width", str(STANDARD_WIDTH)))
    return found


def relations_of(part: str) -> str:
    """The part that holds a part's relationships."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def formulas(root: Element) -> Iterator[str]:
    """The cells that compute something."""
    return (str(cell.get("r")) for cell in root.iter(f"{M}c") if cell.find(f"{M}f") is not None)


def merged(root: Element) -> list[tuple[int, int]]:
    """The first and last row of every merged area."""
    found = []
    for area in root.iter(f"{M}mergeCell"):
        first, _colon, last = area.get("ref", "").partition(":")
        found.append((split(first)[1], split(last or first)[1]))
    return found


def _plain(entry: Element) -> str:
    texts = [inner for child in entry if child.tag != f"{M}rPh" for inner in child.iter(f"{M}t")]
    return "".join(inner.text or "" for inner in texts)


def _text_of(element: Element, texts: list[str]) -> str:
    kind = element.get("t")
    value = element.find(f"{M}v")
    if kind == "s" and value is not None and (value.text or "").isdigit():
        place = int(value.text or "0")
        return texts[place] if place < len(texts) else ""
    if kind == "inlineStr":
        holder = element.find(f"{M}is")
        return _plain(holder) if holder is not None else ""
    return (value.text or "") if kind == "str" and value is not None else ""


def _renumber(row: Element, number: int) -> None:
    row.set("r", str(number))
    row.attrib.pop("spans", None)
    for cell in row:
        if cell.get("r"):
            cell.set("r", f"{split(str(cell.get('r')))[0]}{number}")


def _moved(reference: str, shift: Shift) -> str:
    """A range with its rows moved."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return reference
    column, fixed, row, last_column, last_fixed, last_row = found.groups()
    if last_row is None:
        first, last = shift.first(int(row)), shift.last(int(row))
        return f"{column}{fixed}{first}" + (f":{column}{fixed}{last}" if last > first else "")
    return f"{column}{fixed}{shift.first(int(row))}:{last_column}{last_fixed}{shift.last(int(last_row))}"


def _named(text: str, sheet: str, shift: Shift) -> str:
    """A range of a named sheet with its rows moved; what names another sheet, or something else, stays."""
    name, mark, reference = text.rpartition("!")
    bare = name[1:-1].replace("''", "'") if name.startswith("'") else name
    return f"{name}!{_moved(reference, shift)}" if mark and bare == sheet else text


def _figure(value: int | Decimal | Fraction | date, format_: Format) -> str:
    if isinstance(value, date):
        return str((value - EPOCH).days)
    return repr(as_number(value, format_))
