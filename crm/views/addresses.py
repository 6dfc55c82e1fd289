"""Addresses of our own pages: Flask's, made once for each kind and filled in, because a page prints some sixty.

What werkzeug builds for an endpoint is the same text but for the numbers in it. It is asked once with numbers that stand for
others, and its answer kept as a pattern; whatever is not so simple (files with digests, addresses that name a host, values that
are neither numbers nor short words) is Flask's to say each time.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import flask
from flask import request

MOST_KEPT = 3_000
LONGEST_WORD = 40
_STANDS_FOR = 1_000_000_007  # the first number stands as this, the next as the one after
_OF_HOSTS = frozenset({"_external", "_scheme", "_method"})
_kept: dict[Hashable, tuple[str, tuple[str, ...]] | None] = {}


def url_for(endpoint: str, **values: Any) -> str:
    """flask.url_for, for a page that is being made."""
    key = _key(endpoint, values)
    if key is None:
        return flask.url_for(endpoint, **values)
    if key not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = _pattern(endpoint, values)
    known = _kept.get(key)
    if known is None:
        return flask.url_for(endpoint, **values)
    pattern, names = known
    return pattern % tuple([values[name] for name in names])


def _key(endpoint: str, values: Mapping[str, Any]) -> Hashable:
    """What decides the pattern: the endpoint, which numbers there are, the words themselves, where the application lies."""
    if endpoint == "static" or endpoint[0] == "." or not request:
        return None
    key: list[Hashable] = [endpoint, request.script_root]
    for name, value in values.items():
        if type(value) is int and value >= 0:
            key.append(name)
        elif name not in _OF_HOSTS and (value is None or (type(value) is str and len(value) <= LONGEST_WORD)):
            key.append((name, value))
        else:
            return None
    return tuple(key)


def _pattern(endpoint: str, values: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """The address with a %d for each number, and their names in its order; None where they cannot be told apart."""
    names = [name for name, value in values.items() if type(value) is int]
    stands = {name: str(_STANDS_FOR + place) for place, name in enumerate(names)}
    made = flask.url_for(endpoint, **{**values, **{name: int(number) for name, number in stands.items()}})
    if any(made.count(number) != 1 for number in stands.values()):
        return None
    ordered = sorted(names, key=lambda name: made.index(stands[name]))
    made = made.replace("%", "%%")
    for number in stands.values():
        made = made.replace(number, "%d")
    return made, tuple(ordered)
