"""The environment: what is read, and what stops the start."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from crm.app import create_app
from crm.config import Config, ConfigError, Smtp, database_url, from_environment
from crm.extensions import db

ROOT = Path(__file__).resolve().parents[1]
STRONG = "4f0c8a1be2d97365f1a09b3c5d7e8f60"


def test_the_demo_needs_nothing_but_a_folder(tmp_path):
    config = from_environment({"CRM_DATA_DIR": str(tmp_path)})
    assert config.demo and config.database_url == f"sqlite:///{tmp_path}/crm.sqlite3"
    assert len(config.secret_key) == 64
    assert from_environment({"CRM_DATA_DIR": str(tmp_path)}).secret_key == config.secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_mail_server_is_read_from_its_address_and_its_password_is_not_printed(tmp_path):
    environ = {
        "CRM_DATA_DIR": str(tmp_path), "CRM_MAIL_FROM": "crm@zone.example", "CRM_PUBLIC_URL": "https://crm.example/",
        "CRM_SMTP_URL": "smtps://crm%40zone:p%40ss%2Fword@mail.example",
    }  # fmt: skip
    config = from_environment(environ)
    assert config.smtp == Smtp("mail.example", 465, "crm@zone.example", "crm@zone", "p@ss/word", True)
    assert config.public_url == "https://crm.example" and "p@ss" not in repr(config)
    plain = from_environment({**environ, "CRM_SMTP_URL": "smtp://10.0.0.5:2525"}).smtp
    assert (plain.port, plain.user, plain.is_tls) == (2525, "", False)
    assert from_environment({"CRM_DATA_DIR": str(tmp_path)}).smtp is None


def test_today_can_be_fixed(tmp_path):
    assert from_environment({"CRM_DATA_DIR": str(tmp_path), "CRM_TODAY": "2022-10-20"}).today == date(2022, 10, 20)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"CRM_ENV": "staging"}, "CRM_ENV"),
        ({"CRM_TODAY": "10月20日"}, "CRM_TODAY"),
        ({"CRM_DATABASE_URL": "mysql://localhost/crm"}, "CRM_DATABASE_URL"),
        ({"CRM_SESSION_IDLE_MINUTES": "0"}, "CRM_SESSION_IDLE_MINUTES"),
        ({"CRM_ENV": "production"}, "CRM_SECRET_KEY"),
        ({"CRM_SMTP_URL": "mail.example"}, "CRM_SMTP_URL"),
        ({"CRM_SMTP_URL": "smtp://mail.example:many"}, "CRM_SMTP_URL"),
        ({"CRM_SMTP_URL": "smtp://mail.example"}, "CRM_MAIL_FROM"),
        ({"CRM_SMTP_URL": "smtp://mail.example", "CRM_MAIL_FROM": "crm"}, "CRM_MAIL_FROM"),
        ({"CRM_SMTP_URL": "smtp://mail.example", "CRM_MAIL_FROM": "crm@zone.example"}, "CRM_PUBLIC_URL"),
        ({"CRM_PUBLIC_URL": "crm.example"}, "CRM_PUBLIC_URL"),
        ({"CRM_ENV": "production", "CRM_SECRET_KEY": "changeme"}, "CRM_SECRET_KEY"),
        ({"CRM_ENV": "production", "CRM_SECRET_KEY": "a" * 64}, "CRM_SECRET_KEY"),
        ({"CRM_ENV": "production", "CRM_SECRET_KEY": STRONG[:31]}, "CRM_SECRET_KEY"),
    ],
)
def test_a_wrong_environment_stops_the_start_and_says_which_variable(tmp_path, environ, words):
    with pytest.raises(ConfigError, match=words):
        from_environment({"CRM_DATA_DIR": str(tmp_path), **environ})


def test_production_takes_a_strong_key_and_secure_cookies(tmp_path):
    config = from_environment({"CRM_ENV": "production", "CRM_SECRET_KEY": STRONG, "CRM_DATA_DIR": str(tmp_path)})
    assert config.secure_cookies and not config.demo


@pytest.mark.parametrize("prefix", ["postgresql://", "postgres://", "postgresql+psycopg://"])
def test_postgresql_is_reached_through_the_installed_driver(prefix):
    assert database_url(f"{prefix}crm@db/crm") == "postgresql+psycopg://crm@db/crm"


@pytest.fixture
def production(app, session):
    """A function that makes the application as production would, on the tests' database."""
    made = []
    url = session.get_bind().url.render_as_string(hide_password=False)

    def make_it():
        session.commit()
        config = Config("production", url, STRONG, app.extensions["crm_config"].data_dir, secure_cookies=True)
        made.append(create_app(config))
        return made[-1]

    yield make_it
    for other in made:
        with other.app_context():
            db.engine.dispose()


def test_production_refuses_a_database_with_demo_accounts(production, officer):
    production()
    officer.is_demo = True
    with pytest.raises(ConfigError, match="演示账号"):
        production()


def test_production_answers_strangers_with_the_sign_in_page(production):
    answer = production().test_client().get("/sign-in")
    assert answer.status_code == 200
    assert "演示：选一个人进入" not in answer.text
    assert "Secure" in answer.headers["Set-Cookie"]


def test_every_variable_is_told_in_the_docs():
    sources = (ROOT / "crm" / "config.py", *(ROOT / "deploy").rglob("*.*"))
    named = {name for path in sources for name in re.findall(r"CRM_[A-Z_]+", path.read_text(encoding="utf-8"))}
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert {name for name in named if f"`{name}`" not in told} <= {"CRM_HOME"}


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"CRM_WEB_THREADS": "0"}, "CRM_WEB_THREADS"),
        ({"CRM_DATABASE_POOL_SIZE": "0"}, "CRM_DATABASE_POOL_SIZE"),
        ({"CRM_LOCK_TIMEOUT_SECONDS": "-1"}, "CRM_LOCK_TIMEOUT_SECONDS"),
        ({"CRM_DATABASE_REPLICA_URL": "postgresql://db/crm"}, "CRM_DATABASE_REPLICA_URL"),
    ],
)
def test_wrong_sizes_and_a_replica_of_sqlite_stop_the_start(tmp_path, environ, words):
    with pytest.raises(ConfigError, match=words):
        from_environment({"CRM_DATA_DIR": str(tmp_path), **environ})


def test_a_pool_is_as_large_as_there_are_threads(tmp_path):
    config = from_environment({"CRM_DATA_DIR": str(tmp_path), "CRM_WEB_THREADS": "7", "CRM_UPLOAD_LIMIT_MB": "5"})
    assert config.pool.size == 7 and config.upload_limit_bytes == 5 * 1024**2 and config.trusted_proxies == 0
