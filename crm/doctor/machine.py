"""The machine: versions, settings, disk, clock, backups."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm import backup
from crm.doctor.lines import Line, Office, fail, ok, warn

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;]+)")
GIGABYTE = 1024**3
STALE, OLD = timedelta(hours=26), timedelta(days=7)
MOST_SKEW = timedelta(seconds=2)


def versions(_office: Office) -> Iterator[Line]:
    """Python, and the libraries against the lock."""
    here = sys.version_info[:2]
    said = f"Python {sys.version.split()[0]}"
    if here < OLDEST_PYTHON:
        yield fail("Python", said, "请换 Python 3.11 至 3.13。")
    elif here > NEWEST_PYTHON:
        yield warn("Python", f"{said}，没有在这个版本上测过", "建议用 Python 3.11 至 3.13。")
    else:
        yield ok("Python", said)
    if not LOCK.is_file():
        yield ok("依赖库", "由安装包安装，没有锁定文件可比")
        return
    pinned, others = _pinned(), []
    for name, wanted in pinned.items():
        found = _installed(name)
        if found is not None and found not in wanted:
            others.append(f"{name} {found}（应为 {'、'.join(sorted(wanted))}）")
    if others:
        yield warn(
            "依赖库", f"{len(others)} 个与锁定的版本不同：{'；'.join(others[:5])}", "运行 python3 dev.py setup。"
        )
    else:
        yield ok("依赖库", f"{len(pinned)} 个都与 requirements.lock 一致")


def _pinned() -> dict[str, set[str]]:
    """A library may be pinned twice, for different Pythons."""
    found: dict[str, set[str]] = {}
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if match := PINNED.match(line):
            found.setdefault(match[1], set()).add(match[2])
    return found


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:  # pinned for another system or Python
        return None


def settings(office: Office) -> Iterator[Line]:
    """What a real office must have set."""
    config = office.config
    if config.environment != "production":
        yield warn(
            "设置", f"CRM_ENV={config.environment}：演示账号没有密码，只供本机试用", "正式使用请设 CRM_ENV=production。"
        )
        return
    yield ok("设置", f"CRM_ENV=production，密钥 {len(config.secret_key)} 个字符")
    if not config.secure_cookies:
        yield fail(
            "登录状态", "CRM_SECURE_COOKIES=0：登录状态会经明文 http 传送", "去掉这个设置，并由 nginx 提供 https。"
        )
    if not config.trusted_proxies:
        yield warn(
            "反向代理", "CRM_TRUSTED_PROXIES=0：前面若有 nginx，所有人的地址都会记成它的，登录限次也会误伤",
            "有几层代理就设几；一层设 1。",
        )  # fmt: skip
    if config.today is not None:
        yield warn("日期", f"CRM_TODAY 把今天固定在 {config.today}", "正式使用请去掉 CRM_TODAY。")
    limits = config.timeouts
    off = [
        name
        for name, seconds in (
            ("CRM_STATEMENT_TIMEOUT_SECONDS", limits.statement_seconds),
            ("CRM_LOCK_TIMEOUT_SECONDS", limits.lock_seconds),
            ("CRM_IDLE_TRANSACTION_TIMEOUT_SECONDS", limits.idle_transaction_seconds),
        )
        if seconds == 0
    ]
    if off:
        yield warn("超时", f"{'、'.join(off)} 为 0：一个卡住的请求会一直占着连接", "去掉这些设置，用默认值。")
    else:
        yield ok(
            "超时",
            f"查询 {limits.statement_seconds} 秒，等锁 {limits.lock_seconds} 秒，闲置事务 {limits.idle_transaction_seconds} 秒",
        )


def disk(office: Office) -> Iterator[Line]:
    """Room in the data folder, and who may read it."""
    folder = office.config.data_dir
    usage = shutil.disk_usage(folder)
    said = f"{folder} 所在磁盘剩 {usage.free / GIGABYTE:.1f} GB（{usage.free / usage.total:.0%}）"
    mend = "清理或扩大磁盘；附件和数据库都在这里增长。"
    if usage.free < GIGABYTE:
        yield fail("磁盘", said, mend)
    elif usage.free < 5 * GIGABYTE or usage.free < usage.total / 10:
        yield warn("磁盘", said, mend)
    else:
        yield ok("磁盘", said)
    if folder.stat().st_mode & 0o007 and office.config.environment == "production":
        yield warn("数据目录", f"{folder} 对这台机器上的所有账号开放", f"chmod o-rwx {folder}")


def clock(office: Office) -> Iterator[Line]:
    """China's time zone, and the database's clock against this machine's."""
    try:
        ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        yield fail("时区", "找不到 Asia/Shanghai", "pip install tzdata")
        return
    if office.engine.dialect.name != "postgresql":
        yield ok("时钟", f"本机 {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC，日期按中国时间算")
        return
    with office.engine.connect() as connection:
        before = datetime.now(UTC)
        there = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        here = before + (datetime.now(UTC) - before) / 2
    skew = abs(there - here)
    said = f"与数据库的时钟相差 {skew.total_seconds():.1f} 秒"
    if skew > MOST_SKEW:
        yield warn("时钟", said, "在两台机器上启用时间同步（timedatectl set-ntp true）。")
    else:
        yield ok("时钟", f"{said}，日期按中国时间算")


def backups(office: Office) -> Iterator[Line]:
    """How old the last backup is."""
    last = backup.last_stamp(office.config.data_dir)
    mend = "运行 crm backup 目录，并放进每天的定时任务（docs/operations.md）。"
    if last is None:
        yield warn("备份", "还没有用 crm backup 备份过", mend)
        return
    at, folder = last
    age = office.now - at
    said = f"上次 {at:%Y-%m-%d %H:%M} UTC，到 {folder}"
    if age > OLD:
        yield fail("备份", f"{said}，已经 {age.days} 天", mend)
    elif age > STALE:
        yield warn("备份", f"{said}，已经 {age.total_seconds() / 3600:.0f} 小时", mend)
    else:
        yield ok("备份", said)
