"""Configuration, read once from the environment; a wrong value stops the start with a sentence that says which."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

PLACEHOLDER_KEYS = frozenset({"changeme", "secret", "dev", "test", "password"})
SHORTEST_KEY_CHARACTERS = 32


class ConfigError(Exception):
    """The environment asks for something that cannot or must not be run."""


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
    upload_limit_bytes: int = 60 * 1024 * 1024
    secure_cookies: bool = False

    @property
    def demo(self) -> bool:
        """Demo accounts may sign in by a button; the server then answers on the loopback only."""
        return self.environment == "demo"

    @property
    def files_dir(self) -> Path:
        """Where uploaded files lie."""
        return self.data_dir / "files"


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"CRM_TODAY 应为 2022-10-20 这样的日期，现在是“{text}”。") from error


def _minutes(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, str(default))
    if not text.isdigit() or int(text) == 0:
        raise ConfigError(f"{name} 应为正整数，现在是“{text}”。")
    return int(text)


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


def database_url(text: str) -> str:
    """The address with the driver this project installs; raises ConfigError for a database it does not run on."""
    for prefix in ("postgresql://", "postgres://"):
        if text.startswith(prefix):
            return "postgresql+psycopg://" + text.removeprefix(prefix)
    if text.startswith(("postgresql+psycopg://", "sqlite:///")):
        return text
    raise ConfigError(f"CRM_DATABASE_URL 只支持 sqlite:/// 和 postgresql://，现在是“{text.split(':', 1)[0]}:”。")


def from_environment(environ: Mapping[str, str] | None = None) -> Config:
    """Read CRM_* variables; raises ConfigError with a sentence that names the variable."""
    environ = os.environ if environ is None else environ
    environment = environ.get("CRM_ENV", "demo")
    if environment not in ("demo", "production", "test"):
        raise ConfigError(f"CRM_ENV 只能是 demo、production 或 test，现在是“{environment}”。")
    data_dir = _data_dir(environ)
    url = environ.get("CRM_DATABASE_URL") or f"sqlite:///{data_dir / 'crm.sqlite3'}"
    return Config(
        environment=environment,
        database_url=database_url(url),
        secret_key=_key(environ, environment, data_dir),
        data_dir=data_dir,
        today=_day(environ.get("CRM_TODAY")),
        zone_name=environ.get("CRM_ZONE_NAME", Config.zone_name),
        bureau_name=environ.get("CRM_BUREAU_NAME", Config.bureau_name),
        session_idle_minutes=_minutes(environ, "CRM_SESSION_IDLE_MINUTES", Config.session_idle_minutes),
        session_longest_hours=_minutes(environ, "CRM_SESSION_LONGEST_HOURS", Config.session_longest_hours),
        secure_cookies=environ.get("CRM_SECURE_COOKIES", "1" if environment == "production" else "0") == "1",
    )
