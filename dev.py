#!/usr/bin/env python3
"""python3 dev.py run | test | check | docs | setup: makes .venv with the pinned packages, then does it.

Needs Python 3.11 or newer and the package registries, nothing else; the standard library only, so that it runs before anything is
installed. CRM_WHEELHOUSE names a folder of wheels for a machine without registries.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / ".stamp"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
INSTALL_FROM = (
    "setup.cfg",
    "pyproject.toml",
    "deno.lock",
    "assets.json",
    "buildtools/backend.py",
    "buildtools/uv.lock",
)
VENDOR_PROBE = ROOT / "crm" / "static" / "vendor" / "htmx.min.js"
OLDEST = (3, 11)


def say(text: str) -> None:
    """A line for the person at the terminal, in the order things happen."""
    print(text, flush=True)


def stop(text: str) -> None:
    """End with a sentence instead of a traceback."""
    raise SystemExit(text)


def fingerprint(kind: str) -> str:
    """What the environment was made from: the Python, the lock and the files that installing reads."""
    names = (LOCKS[kind], *INSTALL_FROM)
    digest = hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in names)).hexdigest()
    return f"{kind} {sys.version_info.major}.{sys.version_info.minor} {digest}"


def is_ready(kind: str) -> bool:
    """Whether .venv is whole and at least what `kind` needs; the test environment also serves to run."""
    if not (PYTHON.exists() and STAMP.exists() and VENDOR_PROBE.exists()):
        return False
    return STAMP.read_text(encoding="utf-8") in {fingerprint(wider) for wider in (kind, "dev")}


def same_python() -> bool:
    """Whether .venv works and was made by this version of Python."""
    if not PYTHON.exists():
        return False
    ask = [str(PYTHON), "-c", "import sys; print(*sys.version_info[:2])"]
    answer = subprocess.run(ask, capture_output=True, text=True, check=False)
    return answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def make_venv() -> None:
    """A fresh .venv; an unfinished or foreign one is thrown away first."""
    if same_python():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        import venv

        venv.create(VENV, with_pip=True)
    except (ImportError, subprocess.CalledProcessError):
        shutil.rmtree(VENV, ignore_errors=True)
        stop("这个 Python 不能建立虚拟环境（缺 venv 模块）。Debian、Ubuntu 请先执行：apt install python3-venv")


def call(*command: str) -> None:
    """Run a step; its own words go to the terminal, a failure ends with one sentence."""
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        stop(
            f"安装没有完成（第 {done.returncode} 号错误，见上）。请检查网络或 CRM_WHEELHOUSE，再执行一次：会接着做完。"
        )


def setup(kind: str) -> None:
    """Make the environment: pinned packages with their hashes, this project, the front-end files."""
    if is_ready(kind):
        return
    say("正在准备运行环境（只在第一次或依赖变化时，约一分钟）……")
    STAMP.unlink(missing_ok=True)
    make_venv()
    python, wheels = str(PYTHON), os.environ.get("CRM_WHEELHOUSE")
    offline = ("--no-index", "--find-links", wheels) if wheels else ()
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    call(*pip, *offline, "--require-hashes", "-r", "buildtools/uv.lock")
    uv = (python, "-m", "uv", "pip")
    call(*uv, "install", "--quiet", "--python", python, *offline, "--require-hashes", "-r", LOCKS[kind])
    call(*uv, "install", "--quiet", "--python", python, *offline, "--no-deps", "-e", ".")
    STAMP.write_text(fingerprint(kind), encoding="utf-8")


def execute(*command: str, **environment: str) -> int:
    """Run a command of the environment and hand its exit code on; Ctrl+C reaches it and ends both quietly."""
    child = subprocess.Popen(command, cwd=ROOT, env={**environment, **os.environ})
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def flask(*arguments: str, **environment: str) -> int:
    """A command of the application."""
    return execute(str(PYTHON), "-m", "flask", "--app", "wsgi", *arguments, **environment)


def run(arguments: list[str]) -> int:
    """Serve the demo on this machine; data and settings of the environment win over these defaults."""
    demo = {"CRM_ENV": "demo", "CRM_DATA_DIR": str(ROOT / "data")}
    if os.environ.get("CRM_ENV", "demo") == "demo":
        demo["CRM_TODAY"] = "2022-10-20"
    return flask("crm", "serve", *arguments, **demo)


def test(arguments: list[str]) -> int:
    """The whole suite, on SQLite and PostgreSQL, with the browser; arguments go to pytest."""
    parallel = [] if {"-n", "--pdb", "-x"} & set(arguments) else ["-n", "2", "--dist", "loadgroup"]
    return execute(str(PYTHON), "-m", "pytest", *parallel, *arguments)


def check(arguments: list[str]) -> int:
    """Formatting, lint, types, arrows between layers, templates, then the tests."""
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
    if failed:
        say(f"没有通过：{'、'.join(failed)}")
    return 1 if failed else 0


def docs(_arguments: list[str]) -> int:
    """Make the generated pages of docs/ and the screenshots of the real pages again."""
    return flask("crm", "docs", CRM_ENV="demo") or execute(str(PYTHON), "-m", "tests.browser.shots")


def only_setup(_arguments: list[str]) -> int:
    """The environment and nothing else."""
    say(f"环境已备好：{VENV}")
    return 0


COMMANDS = {"run": run, "test": test, "check": check, "docs": docs, "setup": only_setup}


def main() -> int:
    """Make the environment the command needs, then do it."""
    if sys.version_info < OLDEST:
        stop(f"需要 Python {OLDEST[0]}.{OLDEST[1]} 或更新的版本，现在是 {sys.version.split()[0]}。")
    name = sys.argv[1] if len(sys.argv) > 1 else "run"
    if name not in COMMANDS:
        stop(f"用法：python3 dev.py [{' | '.join(COMMANDS)}]")
    setup("run" if name == "run" else "dev")
    return COMMANDS[name](sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
