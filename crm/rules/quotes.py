"""Quoting: what is put into somebody's mouth must stand in what was written."""

from __future__ import annotations

from crm.choices import Word

LONGEST_QUOTE = 600


def squeezed(text: str) -> str:
    """The text without its white space: a browser's selection folds and breaks lines as it likes."""
    return "".join(text.split())


def quote_problem(quote: str, original: str) -> str | None:
    """Why the words cannot be quoted from the original, or None."""
    if len(quote) > LONGEST_QUOTE:
        return Word("引用请不超过 %(most)d 字，现在 %(n)d 字。", most=LONGEST_QUOTE, n=len(quote))
    if squeezed(quote) not in squeezed(original):
        return "引用的文字与原文不符，可能刚被修改，请重新选择。"
    return None


def shortened(original: str) -> str:
    """As much of a text as a quote holds."""
    text = original.strip()
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
