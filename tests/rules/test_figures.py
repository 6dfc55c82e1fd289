from decimal import Decimal
from fractions import Fraction

import pytest

from crm.rules.figures import Number, half_up, in_wan, in_yi, percent, printed, signed, signed_percent, wan, yi


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Decimal("2.345"), 2, "2.35"),
        (Decimal("-2.345"), 2, "-2.35"),
        (Decimal("2.3449999"), 2, "2.34"),
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(2, 3), 1, "0.7"),
        (7, 2, "7.00"),
        (123456789012345678901234567890, 1, "123456789012345678901234567890.0"),
    ],
)
def test_half_up(value: Number, places: int, expected: str) -> None:
    assert str(half_up(value, places)) == expected


@pytest.mark.parametrize(
    ("yuan", "expected"),
    [
        (22_970_000_000, "229.70"),
        (500_000, "0.01"),
        (499_999, "0.00"),
        (-2_000_000, "−0.02"),
        (-1, "0.00"),
        (123_456_789_012_345, "1,234,567.89"),
        (0, "0.00"),
        (None, "—"),
    ],
)
def test_yi(yuan: int | None, expected: str) -> None:
    assert yi(yuan) == expected


@pytest.mark.parametrize("places", [0, 1, 2, 4, 8, 9])
def test_whole_amounts_are_rounded_as_everything_else(places: int) -> None:
    near = [base + off for base in (0, 5 * 10**3, 10**4, 5 * 10**5, 10**8, 22_970_000_000) for off in range(-2, 3)]
    for amount in [*near, *(-each for each in near)]:
        assert yi(amount, places) == printed(in_yi(amount), places)
        assert wan(amount, places) == printed(in_wan(amount), places)


def test_wan() -> None:
    assert (wan(374_000_000), wan(5_000), wan(4_999), wan(0), wan(None)) == ("37,400", "1", "0", "0", "—")


def test_percent() -> None:
    assert (percent(Fraction(31, 40)), percent(Fraction(7525, 10000)), percent(None)) == ("77.5%", "75.3%", "—")


@pytest.mark.parametrize(
    ("change", "expected"), [("4/27", "+14.8%"), ("-2/11", "−18.2%"), ("-1/9999", "0.0%"), ("0", "0.0%")]
)
def test_signed_percent(change: str, expected: str) -> None:
    assert signed_percent(Fraction(change)) == expected


def test_signed() -> None:
    assert (signed(Decimal("0.2")), signed(Decimal("-6.7")), signed(Decimal("0.04")), signed(None)) == (
        "+0.2",
        "−6.7",
        "0.0",
        "—",
    )
    assert printed(Decimal("-0.4")) == "0"
