"""A part of an .xlsx as a tree, written back with the prefixes it came with.

ElementTree forgets prefixes that are not used and keeps one table of them for the whole process; Excel wants those named by
mc:Ignorable to be declared. So a part remembers its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

XML = "http://www.w3.org/XML/1998/namespace"
_QUALIFIED = re.compile(r"\{([^}]*)\}(.*)", re.DOTALL)
Element = ElementTree.Element


@dataclass(slots=True)
class Part:
    """The tree, and the prefix of each namespace in it."""

    root: Element
    prefixes: dict[str, str]

    def dumped(self) -> bytes:
        """The part as bytes; every namespace is declared at the root."""
        pieces: list[str] = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n']
        declared = "".join(
            f" xmlns{f':{prefix}' if prefix else ''}={quoteattr(uri)}" for uri, prefix in self.prefixes.items()
        )
        self._write(self.root, pieces, declared)
        return "".join(pieces).encode()

    def _write(self, element: Element, pieces: list[str], declared: str = "") -> None:
        name = self._name(element.tag, attribute=False)
        attributes = "".join(
            f" {self._name(key, attribute=True)}={quoteattr(value, {chr(10): '&#10;', chr(13): '&#13;', chr(9): '&#9;'})}"
            for key, value in element.items()
        )
        pieces.append(f"<{name}{declared}{attributes}")
        if len(element) or element.text:
            pieces.append(f">{_text(element.text)}")
            for child in element:
                self._write(child, pieces)
                pieces.append(_text(child.tail))
            pieces.append(f"</{name}>")
        else:
            pieces.append("/>")

    def _name(self, tag: str, *, attribute: bool) -> str:
        found = _QUALIFIED.match(tag)
        if found is None:
            return tag
        uri, local = found[1], found[2]
        if uri == XML:
            return f"xml:{local}"
        prefix = self.prefixes[uri]
        if attribute and not prefix:  # an attribute has no default namespace
            raise ValueError(f"no prefix for {uri}")
        return f"{prefix}:{local}" if prefix else local


def _text(text: str | None) -> str:
    return escape(text or "", {"\r": "&#13;"})


def parsed(data: bytes) -> Part:
    """The part of checked bytes (crm.sheets.checked_parts): no entities. Raises ParseError for what is no XML."""
    builder = ElementTree.TreeBuilder()
    prefixes: dict[str, str] = {}
    for event, value in ElementTree.iterparse(BytesIO(data), events=("start-ns",)):  # noqa: S314
        prefix, uri = value
        if event == "start-ns" and uri != XML:
            _remember(prefixes, str(prefix), str(uri))
    parser = ElementTree.XMLParser(target=builder)  # noqa: S314
    parser.feed(data)
    return Part(parser.close(), prefixes)


def _remember(prefixes: dict[str, str], prefix: str, uri: str) -> None:
    """Each namespace under one prefix; one that is bound twice keeps its first meaning."""
    if uri in prefixes:
        return
    taken = set(prefixes.values())
    name, n = prefix, 0
    while name in taken:
        n += 1
        name = f"{prefix or 'p'}{n}x"
    prefixes[uri] = name
