"""The application as the bench serves it: every answer says in a header how many SQL statements it took.

`gunicorn "bench.counted:make()"`. A request with the header LOG names a file; its statements are added there.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from bench.visiting import COUNT, LOG_VARIABLE

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_here = threading.local()


def make() -> Wsgi:
    """The product, its statements counted."""
    from wsgi import app  # noqa: PLC0415 - reads the environment when it is imported

    return counting(app)


def counting(product: Wsgi) -> Wsgi:
    """The same answers with one more header."""
    if not event.contains(Engine, "before_cursor_execute", _note):
        event.listen(Engine, "before_cursor_execute", _note)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        wanted = environ.get(LOG_VARIABLE)
        _here.count, _here.log = 0, [] if wanted else None

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if wanted:
                with Path(wanted).open("ab") as log:
                    pickle.dump(_here.log, log)
            return start_response(status, [*headers, (COUNT, str(_here.count))], *more)

        return product(environ, start)

    return app


def _note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
    _here.count = getattr(_here, "count", 0) + 1
    if getattr(_here, "log", None) is not None:
        _here.log.append((statement, parameters))
