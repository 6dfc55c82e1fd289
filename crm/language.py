"""The reader's language, chosen once per request: Chinese is the source, English the catalogue in crm/translations.

Texts marked `_()` need nothing from here. This module does the rest at the edge: words of the closed vocabularies (choices.Word),
days, and refusals of the domain. What is kept, exported or reported stays Chinese: only a page, a message in `_()` or a form
is put into the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from html import escape
from typing import Any, cast

from flask import g, request, session
from flask_babel import Domain, get_domain, get_locale
from flask_babel.speaklater import LazyString
from jinja2 import Environment, Template

from crm import choices, formats
from crm.rules.days import day_of

LANGUAGES = ("zh", "en")

# Flask-Babel calls its lazy texts HTML as they are; ours hold what people typed, and a page must escape that.
LazyString.__html__ = lambda text: escape(str(text))


def chosen() -> str:
    """The language of the request: what the reader chose on the account page, Chinese otherwise."""
    language = session.get("language") if request else None
    return language if language in LANGUAGES else "zh"


def is_english() -> bool:
    """Whether the reader reads English; a request asks Babel once."""
    if not g:
        return False
    if "reads_english" not in g:
        locale = get_locale()
        g.reads_english = locale is not None and locale.language == "en"
    return cast(bool, g.reads_english)


def translated(text: str) -> str:
    """A Chinese text of ours in the reader's language; as it is where the catalogue has none (an f-string)."""
    if isinstance(text, choices.Word):
        with reading():
            return str(text)
    return _looked_up(text)


def _looked_up(text: str) -> str:
    return str(get_domain().get_translations().ugettext(text)) if text else text


@contextmanager
def reading() -> Iterator[None]:
    """While it lasts, words of the vocabularies are printed in the reader's language."""
    if not is_english():
        yield
        return
    token = choices.reader.set(_looked_up)
    try:
        yield
    finally:
        choices.reader.reset(token)


class ReadersTemplate(Template):
    """A template whose words speak the reader's language."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """The page or fragment."""
        with reading():
            return super().render(*args, **kwargs)


class Messages(Domain):  # type: ignore[misc]
    """The catalogue, with the words of the vocabularies put into its sentences in the same language."""

    def gettext(self, string: str, **variables: Any) -> str:
        """The sentence in the reader's language; the source is Chinese and needs no catalogue."""
        if not is_english():
            return string % variables if variables else string
        with reading():
            return str(super().gettext(string, **variables))


def _in_template(text: str) -> str:
    """What `_()` finds while a template is rendered, which is within `reading`."""
    translate = choices.reader.get()
    return text if translate is None else translate(text)


def equip(environment: Environment) -> None:
    """Give templates their `_()`: a page has some 170, and asking Babel for each took a fifth of its time."""
    environment.template_class = ReadersTemplate
    plural = environment.globals["ngettext"]
    environment.install_gettext_callables(_in_template, plural, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["_"] = environment.globals["gettext"]


def _short(value: date, today: date | None) -> str:
    return f"{value.day} {value:%b}" if today and value.year == today.year else value.isoformat()


def day(value: date | datetime | None, today: date | None = None) -> str:
    """formats.day; in English 30 Sep in the year of `today`, 2022-09-30 otherwise."""
    if value is None or not is_english():
        return formats.day(value, today)
    return _short(day_of(value) if isinstance(value, datetime) else value, today)


def ago(value: date | datetime | None, today: date) -> str:
    """formats.ago; in English today, yesterday, 4 days ago, in 3 days."""
    if value is None or not is_english():
        return formats.ago(value, today)
    when = day_of(value) if isinstance(value, datetime) else value
    days = (today - when).days
    near = {0: "today", 1: "yesterday", -1: "tomorrow"}
    if days in near:
        return near[days]
    if abs(days) > 30:
        return _short(when, today)
    return f"{days} days ago" if days > 0 else f"in {-days} days"


def weekday(value: date) -> str:
    """formats.weekday; in English Fri."""
    return f"{value:%a}" if is_english() else formats.weekday(value)


def weekday_short(value: date) -> str:
    """formats.weekday_short; in English Fri."""
    return f"{value:%a}" if is_english() else formats.weekday_short(value)


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day, "ago": ago, "weekday": weekday, "weekday_short": weekday_short,
}  # fmt: skip
