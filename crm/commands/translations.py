"""`crm translations`: the English catalogue brought up to the texts of the code, and compiled."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from crm.cli import group

REPOSITORY = Path(__file__).resolve().parents[2]
CATALOGUE = REPOSITORY / "crm" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None, "Word": None}


def extracted() -> Catalog:
    """Every text of the code as a catalogue without translations."""
    with (REPOSITORY / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog(charset="utf-8")
    places = extract_from_dir(REPOSITORY, methods, options, KEYWORDS, directory_filter=_is_ours)
    for name, line, text, _comments, context in places:
        found.add(text, locations=[(name, line)], context=context)
    return found


def _is_ours(folder: str | os.PathLike[str]) -> bool:
    return Path(folder).relative_to(REPOSITORY).parts[0] in ("crm", "reports")


def kept() -> Catalog:
    """The catalogue of the repository."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def missing(catalogue: Catalog) -> list[str]:
    """The texts without a translation, or with one that is only guessed."""
    return [str(entry.id) for entry in catalogue if entry.id and (entry.fuzzy or not entry.string)]


def compiled(catalogue: Catalog) -> bytes:
    """What gettext reads."""
    output = BytesIO()
    write_mo(output, catalogue)
    return output.getvalue()


@group.command("translations")
def translations() -> None:
    """Bring messages.po up to the code and compile it; prints the texts that still lack their English."""
    catalogue, template = kept(), extracted()
    template.creation_date = catalogue.creation_date  # a date that changes with every run would only make differences
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, include_lineno=False)
    CATALOGUE.with_suffix(".mo").write_bytes(compiled(catalogue))
    for text in missing(catalogue):
        click.echo(text)
    click.echo(f"{len(catalogue)} 条，还缺 {len(missing(catalogue))} 条英文。")
