"""`python3 dev.py bench`: fill, serve, measure, and write the table. See bench/README.md."""

from __future__ import annotations

import argparse
import os
import platform
import re
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from html import unescape
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

from bench import dataset, filling, floor, measuring, operations, processes, profiling, serving, table
from bench.dataset import Scale
from bench.measuring import CLIENTS, Effort, Measured
from bench.operations import Operation
from bench.serving import Server
from bench.visiting import Unexpected, Visitor

RESULTS = Path(__file__).with_name("results.md")
HEADING = """# Measured

Written by `python3 dev.py bench`; what each column means: [README.md](README.md). CPU ms is per operation, application and
PostgreSQL together, beside the baseline's mark; `ratio` is how many times the floor that is (of reads at most 1.5 is wanted).

"""
LARGE = Scale(1_000_000, 200_000, 3_000_000)
_began = time.monotonic()


def say(text: str) -> None:
    """A line of progress, with the time since the start."""
    print(f"{time.monotonic() - _began:7.1f} s  {text}", flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is done, how long it took, and the CPU of everything that the bench runs: the same on a machine that is shared."""
    began, before = time.monotonic(), processes.spent(os.getpid())
    yield
    say(f"{name}: {time.monotonic() - began:.1f} s, CPU {processes.spent(os.getpid()) - before:.1f} s")


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python3 dev.py bench", description=__doc__)
    dataset.add_sizes(parser)
    parser.add_argument(
        "--only", default="", metavar="LIST,FILTER", help="some operations; `all` adds those without a mark"
    )
    parser.add_argument("--quick", action="store_true", help="shorter measurements")
    parser.add_argument("--growth", action="store_true", help="first this size, then a million projects: an hour or so")
    parser.add_argument("--fill", action="store_true", help="measure nothing: fill, serve, and keep")
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl+C, and say where")
    parser.add_argument(
        "--profile", metavar="OPERATION", help="where the time of one operation goes, instead of measuring"
    )
    parser.add_argument("--database", metavar="URL", help="a database that an earlier run filled and kept")
    given = parser.parse_args()
    if given.growth and (given.database or given.profile or given.fill):
        parser.error("--growth fills databases of its own, and measures")
    return given


# ------------------------------------------------------------------------------------------------------------- one register


@contextmanager
def register(given: str | None, scale: Scale) -> Iterator[tuple[str, dict[str, str]]]:
    """A filled database: its address, and what the application is started with."""
    with ExitStack() as stack:
        folder = stack.enter_context(serving.data_folder())
        if given:
            environment = serving.surroundings(given, folder)
            with step("crm migrate: what is newer than the database"):
                serving.migrate(environment)
            yield given, environment
            return
        with step("PostgreSQL"):
            url = stack.enter_context(serving.database())
        environment = serving.surroundings(url, folder)
        with step("migrations"):
            serving.migrate(environment)
        with serving.left_alone(url):
            filling.fill(url, scale, step)
            with step("crm migrate once more: whatever else is derived"):
                serving.migrate(environment)
            with step("vacuum, analyze"):
                filling.vacuum(url)
        say(f"filled: {scale}")
        yield url, environment


def measure(
    url: str, environment: dict[str, str], server: Server, wanted: Sequence[Operation], scale: Scale, effort: Effort
) -> tuple[list[Measured], table.Weight]:
    """Every operation, then what is measured once. One that fails is told at once, and missing in the table."""
    postmaster = serving.postmaster(url)
    meter = processes.Meter((server.web, server.worker) if server.worker else (server.web,), postmaster)
    visitors: dict[int, list[Visitor]] = {}
    found = []
    for operation in wanted:
        if operation.reader not in visitors:
            visitors[operation.reader] = [signed_in(server, operation.reader) for _ in range(CLIENTS)]
        try:
            with step(operation.name):
                found.append(measured(operation, visitors[operation.reader], url, meter, scale, effort))
        except Unexpected as error:
            say(f"{operation.name} FAILED: {error}\n{serving.last_words(environment)}")
    memory = processes.memory_bytes(processes.family(server.web))
    background = processes.memory_bytes(processes.family(server.worker)) if server.worker else None
    html = next((one.packed_bytes for one in found if one.key == "list"), None)
    weight = table.Weight(memory, background, first_load(signed_in(server, dataset.STATISTICIAN)), html)
    for some in visitors.values():
        for visitor in some:
            visitor.close()
    return found, weight


def signed_in(server: Server, reader: int) -> Visitor:
    """A new visitor."""
    visitor = Visitor(server.port)
    visitor.sign_in(reader)
    return visitor


def measured(
    operation: Operation, visitors: Sequence[Visitor], url: str, meter: processes.Meter, scale: Scale, effort: Effort
) -> Measured:
    """One operation."""
    first = visitors[0]
    prepared = operation.prepare(first, scale)
    effort = Effort(0, 3) if operation.is_long else effort
    measuring.together(prepared.visit, visitors, Effort(0, CLIENTS * (1 if operation.is_long else 6)))  # warm
    with TemporaryDirectory() as folder:
        log = Path(folder) / "statements"
        first.logging(str(log))
        answers = prepared.visit(first)
        first.logging("")
        statements = floor.read(log)
    pace, spent = measuring.alone(lambda: prepared.visit(first), meter, effort)
    together = measuring.together(prepared.visit, visitors, effort)
    below = floor.measure(url, statements, meter.postmaster, effort) if operation.is_read else None
    return Measured(
        operation.key, operation.name, operation.mark, prepared.note, pace, together, spent, len(answers),
        *measuring.size(answers), below,
    )  # fmt: skip


def first_load(visitor: Visitor) -> int:
    """Bytes of the style sheets and scripts that the list page links, as they travel."""
    text = visitor.get("/projects").text
    links = re.findall(r'<link rel="stylesheet" href="([^"]+)"|<script src="([^"]+)"', text)
    addresses = {urljoin("/projects", unescape(style or script)) for style, script in links}
    return sum(visitor.expect(visitor.get(address), 200).packed_bytes for address in addresses)


# ----------------------------------------------------------------------------------------------------------------- results


def conditions(url: str) -> list[str]:
    """When, of what, and on what."""
    commit = subprocess.run(
        ("git", "describe", "--always", "--dirty"), cwd=serving.ROOT, capture_output=True, text=True, check=False
    )
    versions = ", ".join(f"{name} {version(name)}" for name in ("Flask", "SQLAlchemy", "psycopg", "gunicorn"))
    memory = processes.memory_total_bytes() / 1024**3
    given = ", ".join(f"{name} {value}" for name, value in serving.settings().items() if value)
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit.stdout.strip() or '?'}",
        f"Python {platform.python_version()}, {versions}; PostgreSQL {serving.version(url)} on a socket ({given})",
        f"{processes.cpu_count()} cores, {processes.cpu_model()}, {memory:.0f} GiB",
        f"load when measuring began {processes.load():.1f}, yardstick {processes.yardstick():.1f} ms (a fixed loop of Python)",
        f"gunicorn gthread, {serving.WORKERS} workers of {serving.THREADS} threads; {CLIENTS} clients where it says 8",
    ]


def told(scale: Scale, found: Sequence[Measured], weight: table.Weight, load: list[str]) -> str:
    """The page of results, as Markdown."""
    lines = [table.line(one) for one in found]
    notes = "\n".join(f"- {one.name}: {one.note}" for one in found if one.note)
    return "\n".join(
        [
            f"## {scale}\n",
            "\n".join(f"- {one}" for one in load) + "\n",
            table.markdown(table.HEADS, lines),
            table.markdown(table.WEIGHT_HEADS, table.weights(weight)),
            notes + "\n",
        ]
    )


def run(scale: Scale, wanted: Sequence[Operation], options: argparse.Namespace) -> tuple[str, list[Measured]]:
    """One register from empty to its table."""
    effort = Effort.quick() if options.quick else Effort()
    with ExitStack() as stack:
        url, environment = stack.enter_context(register(options.database, scale))
        addresses = [f"database: {url}"]
        with kept(addresses) if options.keep or options.fill else nullcontext():
            if options.profile:
                for operation in operations.wanted(options.profile):
                    profiling.profile(operation, environment, scale)
                return "", []
            load = conditions(url)
            with step("gunicorn"):
                server = stack.enter_context(serving.application(environment))
            addresses.insert(0, f"server: {server.address}")
            if options.fill:
                return "", []
            found, weight = measure(url, environment, server, wanted, scale, effort)
            print("\n" + "\n".join(load) + "\n\n" + table.plain(table.HEADS, map(table.line, found)) + "\n")
            print(table.plain(table.WEIGHT_HEADS, table.weights(weight)) + "\n")
    return told(scale, found, weight, load), found


@contextmanager
def kept(addresses: Sequence[str]) -> Iterator[None]:
    """Leave what runs running at the end, also where something failed: filling takes minutes."""
    try:
        yield
    except Exception:
        traceback.print_exc()
        wait(addresses)
        raise
    wait(addresses)


def wait(addresses: Sequence[str]) -> None:
    """Until Ctrl+C."""
    for line in addresses:
        say(line)
    say("Ctrl+C ends it; before that: python3 dev.py bench --database URL --only list   (or --profile list)")
    with suppress(KeyboardInterrupt):
        signal.pause()


def main() -> None:
    """Fill, serve, measure, tell."""
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wanted = operations.wanted(options.only)
    scale = Scale(options.projects, options.companies, options.activities, options.seed)
    page, found = run(scale, wanted, options)
    if options.fill or options.profile:
        return
    if options.growth:
        larger, grown = run(LARGE, wanted, options)
        lines = table.growth(found, grown)
        print(table.plain(table.GROWTH_HEADS, lines))
        page += "\n" + larger + f"\n## From {scale} to {LARGE}\n\n" + table.markdown(table.GROWTH_HEADS, lines)
    if len(found) < len(wanted):
        sys.exit("not every operation could be measured; nothing is written")
    if page and not options.only and not options.database:
        RESULTS.write_text(HEADING + page, encoding="utf-8")
        say(f"written: {RESULTS.relative_to(serving.ROOT)}")


if __name__ == "__main__":
    main()
