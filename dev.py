#!/usr/bin/env python3
"""python3 dev.py run | test | check | bench | docs | setup | wheelhouse | lock: makes .venv, then does it.

Needs Python 3.11 or newer and the package registries, nothing else; the standard library only, because it runs before anything is
installed. CRM_WHEELHOUSE names a folder made by `wheelhouse`, for a machine without registries.
"""

import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info < OLDEST:  # asked before anything that an old Python would stumble over
    sys.exit("需要 Python {}.{} 或更新的版本，现在是 {}。".format(*OLDEST, sys.version.split()[0]))

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / ".stamp"
UV_LOCK = "buildtools/uv.lock"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
INSTALLED_FROM = (
    "setup.cfg",
    "pyproject.toml",
    "package.json",
    "deno.lock",
    "assets.json",
    "buildtools/backend.py",
    UV_LOCK,
)
VENDOR = ROOT / "crm" / "static" / "vendor"
MOST_WORKERS = "4"


def say(text: str) -> None:
    """A line for the person at the terminal, in the order things happen."""
    print(text, flush=True)


def stop(text: str) -> None:
    """End with a sentence instead of a traceback."""
    raise SystemExit(text)


# ---- the environment ---------------------------------------------------------------------------------------------------------


def python_and_place() -> str:
    """What a virtual environment cannot outlive: this version of Python, and the folder its scripts name."""
    return f"Python {sys.version_info.major}.{sys.version_info.minor} in {VENV}"


def fingerprint(kind: str) -> list[str]:
    """What the environment is made from: its kind, the Python, and the files that installing reads."""
    names = (LOCKS[kind], *INSTALLED_FROM)
    digest = hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in names)).hexdigest()
    return [kind, python_and_place(), digest]


def stamped() -> list[str]:
    """The fingerprint of the environment that was last finished; blanks where none was, or where its Python is gone."""
    lines = STAMP.read_text(encoding="utf-8").splitlines() if STAMP.is_file() and PYTHON.exists() else []
    return lines if len(lines) == 3 else ["", "", ""]


def has_front_end() -> bool:
    """Whether the front-end files lie in their places; installing compares their digests."""
    assets = json.loads((ROOT / "assets.json").read_text(encoding="utf-8"))
    return all((VENDOR / asset["to"]).is_file() for asset in assets)


def make_venv() -> None:
    """A fresh .venv; an unfinished, broken or foreign one is thrown away."""
    shutil.rmtree(VENV, ignore_errors=True)
    command = (sys.executable, "-m", "venv", str(VENV))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        say((done.stdout + done.stderr).strip())
        stop("这个 Python 建不了虚拟环境（见上）。Debian、Ubuntu 请先执行：apt install python3-venv，然后再运行一次。")


def own_network(python: str) -> dict[str, str]:
    """What this machine's pip knows of its network, in uv's words: an office's package mirror, the system's certificates."""
    answer = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    settings = dict(line.split("=", 1) for line in answer.stdout.splitlines() if "=" in line)
    address = next((value for name, value in settings.items() if name.endswith(".index-url")), None)
    return {"UV_SYSTEM_CERTS": "1", **({"UV_DEFAULT_INDEX": shlex.split(address)[0]} if address else {})}


def install(python: str, lock: str) -> bool:
    """The pinned packages, each checked against its hash, and this project; with uv, because pip takes three times as long."""
    wheels = os.environ.get("CRM_WHEELHOUSE")
    where = ("--no-index", "--find-links", str(Path(wheels).resolve())) if wheels else ()
    environment = {**own_network(python), **os.environ}
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *where)
    uv = (python, "-m", "uv", "pip")
    with_uv = (
        (*pip, "--require-hashes", "-r", UV_LOCK),
        (*uv, "sync", "--quiet", "--python", python, *where, "--require-hashes", lock),
        (*uv, "install", "--quiet", "--python", python, *where, "--no-deps", "-e", "."),
    )
    with_pip = ((*pip, "--require-hashes", "-r", lock), (*pip, "--no-deps", "-e", "."))
    if all(succeeds(*command, **environment) for command in with_uv):
        return True
    say("换 pip 再装一次，会慢一些……")
    return all(succeeds(*command, **environment) for command in with_pip)


def succeeds(*command: str, **environment: str) -> bool:
    """Run one step of the installation; its own words go to the terminal."""
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def setup(kind: str) -> None:
    """Make the environment (packages, this project, front-end files); unfinished it starts over, finished it rests."""
    last = stamped()
    kind = "dev" if last[0] == "dev" else kind  # the test environment also serves to run
    if last == fingerprint(kind) and has_front_end():
        return
    say("正在准备运行环境（只在第一次，或依赖变化之后；约一分钟）……")
    if last[1] != python_and_place():
        make_venv()
    STAMP.unlink(missing_ok=True)
    if not install(str(PYTHON), LOCKS[kind]):
        stop("安装没有完成，原因见上。请检查网络（没有网络时用 CRM_WHEELHOUSE 指定安装包文件夹），再运行一次。")
    STAMP.write_text("\n".join(fingerprint(kind)), encoding="utf-8")


# ---- the commands ------------------------------------------------------------------------------------------------------------


def execute(*command: str, **defaults: str) -> int:
    """Run a command of the environment and hand its exit code on; Ctrl+C and a polite kill reach it, and end both quietly."""
    child = subprocess.Popen(command, cwd=ROOT, env={**defaults, **os.environ})
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            code = child.wait()
            return code if code >= 0 else 128 - code  # ended by a signal: what a shell would say
        except KeyboardInterrupt:  # the terminal told the child too; it decides when it is done
            continue


def flask(*arguments: str, **defaults: str) -> int:
    """A command of the application."""
    return execute(str(PYTHON), "-m", "flask", "--app", "wsgi", *arguments, **defaults)


def run(arguments: list[str]) -> int:
    """Serve the demo on this machine; what the environment says wins over these defaults."""
    demo = {"CRM_ENV": "demo", "CRM_DATA_DIR": str(ROOT / "data")}
    if os.environ.get("CRM_ENV", "demo") == "demo":
        demo["CRM_TODAY"] = "2022-10-20"
    return flask("crm", "serve", *arguments, **demo)


def test(arguments: list[str]) -> int:
    """The whole suite, on SQLite and PostgreSQL, with the browser; arguments go to pytest."""
    alone = any(argument.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for argument in arguments)
    parallel = () if alone else ("-n", "auto", "--maxprocesses", MOST_WORKERS, "--dist", "loadgroup")
    return execute(str(PYTHON), "-m", "pytest", *parallel, *arguments)


def check(arguments: list[str]) -> int:
    """Formatting, lint, types, arrows between layers, templates, then the tests; all of them, whatever fails."""
    steps = (
        ("ruff", "format", "--check", "."),
        ("ruff", "check", "."),
        ("mypy",),
        ("lint-imports", "--no-logo"),
        ("djlint", "crm/templates", "--lint", "--quiet"),
    )
    failed = []
    for name, *options in steps:
        say(f"— {name} {' '.join(options)}")
        if execute(str(BIN / name), *options):
            failed.append(name)
    if test(arguments):
        failed.append("pytest")
    say(f"没有通过：{'、'.join(failed)}" if failed else "全部通过")
    return 1 if failed else 0


def bench(arguments: list[str]) -> int:
    """Measure the real server on a PostgreSQL full of invented projects; bench/README.md tells the options."""
    return execute(str(PYTHON), "-m", "bench", *arguments)


def docs(_arguments: list[str]) -> int:
    """Make the generated pages of docs/ and the screenshots of the real pages again."""
    return flask("crm", "docs", CRM_ENV="demo") or execute(str(PYTHON), "-m", "tests.browser.shots")


def build_requirements() -> list[str]:
    """What building this project takes, as pyproject.toml pins it."""
    import tomllib  # noqa: PLC0415 - newer than the oldest Python this file must still greet with a sentence

    return list(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"])


def wheelhouse(arguments: list[str]) -> int:
    """Gather all that `run` installs into a folder, for a machine of the same kind (system, Python) without registries."""
    folder = str(Path(arguments[0] if arguments else "wheelhouse").resolve())
    pip = (str(PYTHON), "-m", "pip", "--disable-pip-version-check")
    steps = (
        (*pip, "download", "--quiet", "--require-hashes", "--only-binary=:all:", "-d", folder, "-r", UV_LOCK),
        (*pip, "download", "--quiet", "--require-hashes", "--only-binary=:all:", "-d", folder, "-r", LOCKS["run"]),
        (*pip, "download", "--quiet", "--only-binary=:all:", "-d", folder, *build_requirements()),
        (*pip, "wheel", "--quiet", "--no-deps", "-w", folder, "."),
    )
    if any(execute(*step) for step in steps):
        return 1
    say(f"安装包已放在 {folder}。在没有网络的电脑上执行：CRM_WHEELHOUSE=该文件夹 python3 dev.py run")
    return 0


def lock(arguments: list[str]) -> int:
    """Pin the Python packages that setup.cfg asks for again: what is pinned stays, unless `--upgrade` says otherwise."""
    uv = (str(PYTHON), "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate")
    exact = (*uv, "--universal", "--python-version", ".".join(map(str, OLDEST)), "--generate-hashes", *arguments)
    extras = ("--extra", "test", "--extra", "dev")
    failed = execute(*exact, "setup.cfg", "-o", LOCKS["run"])
    return failed or execute(*exact, *extras, "setup.cfg", "-o", LOCKS["dev"], "-c", LOCKS["run"])


def only_setup(_arguments: list[str]) -> int:
    """The environment, for tests and development, and nothing else."""
    say(f"环境已备好：{VENV}")
    return 0


COMMANDS = {
    "run": run,
    "test": test,
    "check": check,
    "bench": bench,
    "docs": docs,
    "setup": only_setup,
    "wheelhouse": wheelhouse,
    "lock": lock,
}


def main() -> int:
    """Make the environment the command needs, then do it."""
    name = sys.argv[1] if len(sys.argv) > 1 else "run"
    if name not in COMMANDS:
        stop(f"用法：python3 dev.py [{' | '.join(COMMANDS)}]")
    try:
        setup("run" if name in ("run", "wheelhouse") else "dev")
    except KeyboardInterrupt:
        stop("\n已停止。再运行一次，会重新准备环境。")
    return COMMANDS[name](sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
