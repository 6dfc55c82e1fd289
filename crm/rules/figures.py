"""How amounts, rates and differences are rounded and printed: exactly, half up, never through a float.

"—" means not applicable: no target, no base, nothing to divide by. The minus sign is U+2212, as wide as the plus.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

DASH = "—"
MINUS = "−"
YUAN_PER_WAN = 10_000
YUAN_PER_YI = 100_000_000

Number = int | Decimal | Fraction


def half_up(value: Number, places: int) -> Decimal:
    """`value` to so many decimal places, halves away from zero, as statistics offices and Excel do."""
    exact = Fraction(value)
    step = Fraction(1, 10**places)
    whole, rest = divmod(abs(exact) / step, 1)
    units = int(whole) + (1 if rest * 2 >= 1 else 0)
    with localcontext() as context:
        context.prec = 60
        return Decimal(units if exact >= 0 else -units).scaleb(-places)


def in_yi(yuan: int) -> Decimal:
    """Whole yuan as 亿元, unrounded."""
    return Decimal(yuan).scaleb(-8)


def in_wan(amount: int) -> Decimal:
    """Whole yuan (or dollars) as 万元 (万美元), unrounded."""
    return Decimal(amount).scaleb(-4)


def printed(value: Number | None, places: int = 0) -> str:
    """With thousands separators: 37,400; "—" for None."""
    if value is None:
        return DASH
    return _minus(f"{half_up(value, places):,.{places}f}")


def yi(yuan: int | None, places: int = 2) -> str:
    """Whole yuan printed as 亿元: 22970000000 -> "229.70"; "—" for None."""
    return DASH if yuan is None else _shifted(yuan, 8, places)


def wan(amount: int | None, places: int = 0) -> str:
    """Whole yuan or dollars printed as 万: 374000000 -> "37,400"; "—" for None."""
    return DASH if amount is None else _shifted(amount, 4, places)


def _shifted(amount: int, by: int, places: int) -> str:
    """`printed` of a whole amount ÷ 10^by, in whole numbers: a page prints hundreds."""
    cut = by - places
    units = abs(amount) * 10**-cut if cut <= 0 else (abs(amount) + 10**cut // 2) // 10**cut
    whole, rest = divmod(int(units), 10**places)
    sign = MINUS if amount < 0 and units else ""
    return f"{sign}{whole:,}.{rest:0{places}d}" if places else f"{sign}{whole:,}"


def percent(share: Fraction | None, places: int = 1) -> str:
    """0.775 -> "77.5%"; "—" for None."""
    return DASH if share is None else f"{printed(share * 100, places)}%"


def signed_percent(change: Fraction | None, places: int = 1) -> str:
    """0.148 -> "+14.8%", -0.182 -> "−18.2%", nothing left after rounding -> "0.0%"; "—" for None."""
    return DASH if change is None else f"{signed(change * 100, places)}%"


def signed(value: Number | None, places: int = 1) -> str:
    """With its sign; zero after rounding has none; "—" for None."""
    if value is None:
        return DASH
    rounded = half_up(value, places)
    return f"{'+' if rounded > 0 else ''}{_minus(f'{rounded:,.{places}f}')}"


def _minus(text: str) -> str:
    if text.startswith("-"):
        digits = text[1:]
        return f"{MINUS}{digits}" if digits.strip("0.,") else digits
    return text
