"""The keyboard map: one list, shown on `?` and read from there by keys.js; places and deeds come from the menu."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from crm.policy import Actor
from crm.views import navigation


@dataclass(frozen=True)
class Shortcut:
    """Keys pressed one after the other (a + means together), what they do (`does` is keys.js's word), where they lead."""

    keys: str
    name: object
    does: str = ""
    url: str = ""


@dataclass(frozen=True)
class Section:
    """Shortcuts under one heading."""

    name: object
    shortcuts: list[Shortcut]


EVERYWHERE = [
    Shortcut("/", _l("查找任何东西"), "find"),
    Shortcut("Ctrl+K", _l("查找任何东西（打字时也行）"), "find"),
    Shortcut("?", _l("快捷键一览"), "help"),
]
LISTS = [
    Shortcut("j", _l("下一行"), "down"),
    Shortcut("k", _l("上一行"), "up"),
    Shortcut("Enter", _l("打开这一行")),
    Shortcut("→", _l("到这一行能改的格；回车改，Esc 不改")),
]
RECORDS = [
    Shortcut("e", _l("修改"), "edit"),
    Shortcut("c", _l("写评论"), "comment"),
    Shortcut("[", _l("上一条"), "previous"),
    Shortcut("]", _l("下一条"), "next"),
]
FORMS = [
    Shortcut("Ctrl+Enter", _l("保存"), "save"),
    Shortcut("Ctrl+S", _l("保存并留在本页（表单有此按钮时）"), "stay"),
    Shortcut("Esc", _l("关闭窗口；离开输入框；再按一次取消"), "cancel"),
]


def sections(actor: Actor) -> list[Section]:
    """Every key that does something for this person."""
    return [
        Section(_l("到处可用"), EVERYWHERE),
        Section(_l("前往"), list(_led("g", navigation.going(actor)))),
        Section(_l("新建"), list(_led("n", navigation.making(actor)))),
        Section(_l("列表"), LISTS),
        Section(_l("记录页"), RECORDS),
        Section(_l("表单"), FORMS),
    ]


def _led(first: str, entries: Iterable[navigation.Entry]) -> Iterable[Shortcut]:
    return (Shortcut(f"{first} {entry.key}", entry.name, url=entry.url) for entry in entries if entry.key)
