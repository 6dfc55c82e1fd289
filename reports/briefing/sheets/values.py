"""From the facts' units to the units of cells; None stays blank, and "—" says that nothing can be said."""

from __future__ import annotations

from crm.choices import Light
from crm.rules.figures import DASH, in_wan, in_yi
from reports.briefing.sheets.frame import Shown
from reports.sheet import Align, Look, Value

LIGHT_LOOKS = {
    Light.RED: Look.LIGHT_RED,
    Light.YELLOW: Look.LIGHT_YELLOW,
    Light.ORANGE: Look.LIGHT_ORANGE,
    Light.GREEN: Look.LIGHT_GREEN,
    Light.BLUE: Look.LIGHT_BLUE,
    Light.NONE: Look.BODY,
}


def yi(yuan: int | None) -> Value:
    """亿元, unrounded: the format rounds, sums stay exact."""
    return None if yuan is None else in_yi(yuan)


def wan(amount: int | None) -> Value:
    """万元 or 万美元, unrounded."""
    return None if amount is None else in_wan(amount)


def or_dash(value: Value) -> Value:
    """ "—" for what cannot be said."""
    return DASH if value is None else value


def light_of(light: Light, system: Light | None = None) -> Shown:
    """A light as word and fill; where a person overrode it, both words."""
    word = light.label if system is None or system is light else f"{system.label}→{light.label}"
    return Shown(word, LIGHT_LOOKS[light])


def align_of(value: Value) -> Align:
    """Figures right, words among them centred."""
    return Align.CENTER if isinstance(value, str) else Align.RIGHT
