"""What Babel takes from a Python file (babel.cfg): `_()` and its kin, labels of the vocabularies, and whole sentences.

A refusal of the domain is a plain Chinese sentence, because nothing below the views knows of languages; the edge looks it up.
A sentence with values in it is an f-string and stays Chinese.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from babel.messages.extract import extract_python

from crm.queries.totals.rates import LAPSES, OF_RATES, RATES, Lapse, Rate
from crm.queries.totals.registry import FIGURES, Figure

CHINESE = re.compile(r"[\u4e00-\u9fff]")
VOCABULARIES = {"Labelled", "IntEnum"}

Found = tuple[Any, ...]  # line, function, text, comments: Babel's own annotation has them in another order


def texts(
    source: BinaryIO, keywords: Mapping[str, Any], comment_tags: Collection[str], options: Any
) -> Iterator[Found]:
    """Every text of a file; with the option `words = all` also its plain Chinese words."""
    yield from extract_python(source, keywords, comment_tags, options)
    source.seek(0)
    tree = ast.parse(source.read())
    skipped = _unread(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from (_found(label) for label in _labels(node))
        elif isinstance(node, ast.Constant) and id(node) not in skipped and _is_read(node.value, "words" in options):
            yield _found(node)


def figures(
    source: BinaryIO, keywords: Mapping[str, Any], comment_tags: Collection[str], options: Any
) -> Iterator[Found]:
    """Every text of the registry; names and definitions are made from parts, so they are asked of the figures themselves."""
    yield from texts(source, keywords, comment_tags, options)
    registered: Sequence[Figure | Rate | Lapse] = (*FIGURES.values(), *OF_RATES.values(), *RATES, *LAPSES)
    for named in registered:
        yield from ((1, "gettext", str(words), []) for words in (named.name, named.definition))


def _found(node: ast.Constant) -> Found:
    return node.lineno, "gettext", str(node.value), []


def _labels(node: ast.ClassDef) -> Iterator[ast.Constant]:
    """Of `OFFICER = "officer", "招商专员"` in a vocabulary: the last."""
    if not VOCABULARIES & {base.id for base in node.bases if isinstance(base, ast.Name)}:
        return
    for line in node.body:
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Tuple):
            label = line.value.elts[-1]
            if isinstance(label, ast.Constant) and _is_read(label.value, words=True):
                yield label


def _is_read(value: object, words: bool) -> bool:
    return isinstance(value, str) and bool(CHINESE.search(value)) and (words or value.endswith("。"))


def _unread(tree: ast.Module) -> set[int]:
    """Docstrings, and the pieces of f-strings."""
    unread: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            unread.update(id(part) for inner in node.values for part in ast.walk(inner))
        elif isinstance(node, ast.Expr):
            unread.add(id(node.value))
    return unread
