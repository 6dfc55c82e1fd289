"""Configuration, read once from the environment; a wrong value stops the start with a sentence that says which."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

PLACEHOLDER_KEYS = frozenset({"changeme", "secret", "dev", "test", "password"})
SHORTEST_KEY_CHARACTERS = 32
MEGABYTE = 1024 * 1024


class ConfigError(Exception):
    """The environment asks for something that cannot or must not be run."""


@dataclass(frozen=True)
class Pool:
    """How many connections one process keeps and lends; see docs/operations.md for how many that makes in all."""

    size: int = 4
    overflow: int = 2
    wait_seconds: int = 5
    recycle_seconds: int = 1800
    connect_seconds: int = 3


@dataclass(frozen=True)
class Timeouts:
    """How long PostgreSQL works, waits for a row and keeps an idle transaction for a web request; 0 is for ever."""

    statement_seconds: int = 30
    lock_seconds: int = 5
    idle_transaction_seconds: int = 60


@dataclass(frozen=True)
class Smtp:
    """The mail server: encrypted from the start (`is_tls`), or with STARTTLS where it can; signed in where a user is named."""

    host: str
    port: int
    sender: str  # the address that mails come from
    user: str = ""
    password: str = field(default="", repr=False)
    is_tls: bool = False


@dataclass(frozen=True)
class Config:
    """Everything the program takes from outside. Paths are absolute; `today` fixes the calendar for demo and tests."""

    environment: str  # "demo", "production" or "test"
    database_url: str
    secret_key: str
    data_dir: Path
    today: date | None = None
    zone_name: str = "云湖经开区"
    bureau_name: str = "经发局（招商局）"
    session_idle_minutes: int = 120
    session_longest_hours: int = 12
    upload_limit_bytes: int = 60 * MEGABYTE
    secure_cookies: bool = False
    trusted_proxies: int = 0  # how many proxies stand in front and may say who asked (X-Forwarded-*)
    web_workers: int = 2
    web_threads: int = 4
    drain_file: Path | None = None  # while it exists, /ready says that this server is about to go
    replica_url: str | None = None
    replica_lag_seconds: int = 10
    pool: Pool = Pool()
    timeouts: Timeouts = Timeouts()
    memory_seconds: int = 60
    smtp: Smtp | None = None  # without one nothing is mailed
    public_url: str = ""  # where people reach the server: the beginning of links in mails

    @property
    def demo(self) -> bool:
        """Demo accounts may sign in by a button; the server then answers on the loopback only."""
        return self.environment == "demo"

    @property
    def files_dir(self) -> Path:
        """Where uploaded files lie."""
        return self.data_dir / "files"

    @property
    def results_dir(self) -> Path:
        """Where what jobs made lies until it expires; web servers and workers share it."""
        return self.data_dir / "results"


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"CRM_TODAY 应为 2022-10-20 这样的日期，现在是“{text}”。") from error


def _positive(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 6) or int(text) == 0:
        raise ConfigError(f"{name} 应为正整数，现在是“{text}”。")
    return int(text)


def _count(environ: Mapping[str, str], name: str, default: int) -> int:
    """A whole number from 0 on."""
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise ConfigError(f"{name} 应为不小于 0 的整数，现在是“{text}”。")
    return int(text)


def _pool(environ: Mapping[str, str], threads: int) -> Pool:
    """As many connections as threads that may ask at once, unless the environment wants otherwise."""
    size = _count(environ, "CRM_DATABASE_POOL_SIZE", threads)
    if size == 0:
        raise ConfigError("CRM_DATABASE_POOL_SIZE 至少为 1，一般等于 CRM_WEB_THREADS。")
    return Pool(
        size=size,
        overflow=_count(environ, "CRM_DATABASE_POOL_OVERFLOW", Pool.overflow),
        wait_seconds=_count(environ, "CRM_DATABASE_POOL_WAIT_SECONDS", Pool.wait_seconds),
        recycle_seconds=_positive(environ, "CRM_DATABASE_RECYCLE_SECONDS", Pool.recycle_seconds),
        connect_seconds=_positive(environ, "CRM_DATABASE_CONNECT_SECONDS", Pool.connect_seconds),
    )


def _timeouts(environ: Mapping[str, str]) -> Timeouts:
    return Timeouts(
        statement_seconds=_count(environ, "CRM_STATEMENT_TIMEOUT_SECONDS", Timeouts.statement_seconds),
        lock_seconds=_count(environ, "CRM_LOCK_TIMEOUT_SECONDS", Timeouts.lock_seconds),
        idle_transaction_seconds=_count(
            environ, "CRM_IDLE_TRANSACTION_TIMEOUT_SECONDS", Timeouts.idle_transaction_seconds
        ),
    )


def _replica(environ: Mapping[str, str], primary: str) -> str | None:
    """The replica's address; it only makes sense beside a PostgreSQL."""
    text = environ.get("CRM_DATABASE_REPLICA_URL")
    if not text:
        return None
    url = database_url(text, "CRM_DATABASE_REPLICA_URL")
    if not (primary.startswith("postgresql") and url.startswith("postgresql")):
        raise ConfigError("CRM_DATABASE_REPLICA_URL 只用于 PostgreSQL：主库和只读副本都应是 postgresql:// 地址。")
    return url


def _proxies(environ: Mapping[str, str], environment: str) -> int:
    """One in production, where TLS ends in front of the application; none where it is reached directly."""
    return _count(environ, "CRM_TRUSTED_PROXIES", 1 if environment == "production" else 0)


def _smtp(environ: Mapping[str, str]) -> Smtp | None:
    """The mail server, from smtp://user:password@host:port or smtps://…; characters of a password may be written as %40."""
    text = environ.get("CRM_SMTP_URL")
    if not text:
        return None
    wrong = "CRM_SMTP_URL 应写成 smtp://主机:端口 或 smtps://用户名:密码@主机:端口（密码里的 @ 写成 %40）。"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ConfigError(wrong) from error
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ConfigError(wrong)
    sender = environ.get("CRM_MAIL_FROM", "")
    if not re.fullmatch(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*", sender, re.ASCII):
        raise ConfigError("设了 CRM_SMTP_URL，还要用 CRM_MAIL_FROM 写发件邮箱，例如 crm@example.gov.cn。")
    is_tls = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Smtp(parts.hostname, port or (465 if is_tls else 25), sender, user, password, is_tls)


def _public_url(environ: Mapping[str, str]) -> str:
    """The address of the server as people type it, without a slash at its end."""
    text = environ.get("CRM_PUBLIC_URL", "").rstrip("/")
    if text and not re.fullmatch(r"https?://[^\s/?#]+(?:/[^\s?#]*)?", text):
        raise ConfigError("CRM_PUBLIC_URL 应为 https://crm.example.gov.cn 这样的地址。")
    if not text and environ.get("CRM_SMTP_URL"):
        raise ConfigError("设了 CRM_SMTP_URL，还要用 CRM_PUBLIC_URL 写本系统的地址，邮件里的链接要用。")
    return text


def _data_dir(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("CRM_DATA_DIR") or "data").expanduser().resolve()


def _stored_key(data_dir: Path) -> str:
    """A random key kept beside the demo database, so that a restart does not sign everybody out."""
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _key(environ: Mapping[str, str], environment: str, data_dir: Path) -> str:
    key = environ.get("CRM_SECRET_KEY", "")
    if environment != "production":
        return key or _stored_key(data_dir)
    if len(key) < SHORTEST_KEY_CHARACTERS or key.lower() in PLACEHOLDER_KEYS or len(set(key)) < 8:
        raise ConfigError(
            f"正式环境要有足够强的 CRM_SECRET_KEY：至少 {SHORTEST_KEY_CHARACTERS} 个随机字符，"
            "可用 python3 -c 'import secrets; print(secrets.token_hex(32))' 生成。"
        )
    return key


def database_url(text: str, name: str = "CRM_DATABASE_URL") -> str:
    """The address with the driver this project installs; raises ConfigError for a database it does not run on."""
    for prefix in ("postgresql://", "postgres://"):
        if text.startswith(prefix):
            return "postgresql+psycopg://" + text.removeprefix(prefix)
    if text.startswith(("postgresql+psycopg://", "sqlite:///")):
        return text
    raise ConfigError(f"{name} 只支持 sqlite:/// 和 postgresql://，现在是“{text.split(':', 1)[0]}:”。")


def from_environment(environ: Mapping[str, str] | None = None) -> Config:
    """Read CRM_* variables; raises ConfigError with a sentence that names the variable."""
    environ = os.environ if environ is None else environ
    environment = environ.get("CRM_ENV", "demo")
    if environment not in ("demo", "production", "test"):
        raise ConfigError(f"CRM_ENV 只能是 demo、production 或 test，现在是“{environment}”。")
    data_dir = _data_dir(environ)
    url = database_url(environ.get("CRM_DATABASE_URL") or f"sqlite:///{data_dir / 'crm.sqlite3'}")
    threads = _positive(environ, "CRM_WEB_THREADS", Config.web_threads)
    drain_file = environ.get("CRM_DRAIN_FILE")
    return Config(
        environment=environment,
        database_url=url,
        secret_key=_key(environ, environment, data_dir),
        data_dir=data_dir,
        today=_day(environ.get("CRM_TODAY")),
        zone_name=environ.get("CRM_ZONE_NAME", Config.zone_name),
        bureau_name=environ.get("CRM_BUREAU_NAME", Config.bureau_name),
        session_idle_minutes=_positive(environ, "CRM_SESSION_IDLE_MINUTES", Config.session_idle_minutes),
        session_longest_hours=_positive(environ, "CRM_SESSION_LONGEST_HOURS", Config.session_longest_hours),
        memory_seconds=_count(environ, "CRM_MEMORY_SECONDS", Config.memory_seconds),
        secure_cookies=environ.get("CRM_SECURE_COOKIES", "1" if environment == "production" else "0") == "1",
        upload_limit_bytes=_positive(environ, "CRM_UPLOAD_LIMIT_MB", Config.upload_limit_bytes // MEGABYTE) * MEGABYTE,
        trusted_proxies=_proxies(environ, environment),
        web_workers=_positive(environ, "CRM_WEB_WORKERS", Config.web_workers),
        web_threads=threads,
        drain_file=Path(drain_file).resolve() if drain_file else None,
        replica_url=_replica(environ, url),
        replica_lag_seconds=_count(environ, "CRM_REPLICA_LAG_SECONDS", Config.replica_lag_seconds),
        pool=_pool(environ, threads),
        timeouts=_timeouts(environ),
        smtp=_smtp(environ),
        public_url=_public_url(environ),
    )
