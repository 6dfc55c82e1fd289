"""Signing in: how many failures are too many, and which passwords are too weak."""

from __future__ import annotations

from datetime import timedelta

from crm.choices import Word

WINDOW = timedelta(minutes=15)
LOGIN_FAILURES = 5
ADDRESS_FAILURES = 30
SHORTEST_PASSWORD = 10


def is_throttled(login_failures: int, address_failures: int) -> bool:
    """Whether a further attempt is refused without looking at the password."""
    return login_failures >= LOGIN_FAILURES or address_failures >= ADDRESS_FAILURES


def password_problem(password: str, login: str, name: str) -> str | None:
    """Why a password may not be chosen, or None."""
    if len(password) < SHORTEST_PASSWORD:
        return Word("密码至少 %(least)d 个字符，现在 %(n)d 个。", least=SHORTEST_PASSWORD, n=len(password))
    if len(set(password)) < 5:
        return "密码里不同的字符太少，请至少用 5 种。"
    if login.lower() in password.lower() or (name and name in password):
        return "密码里不要包含登录名或姓名。"
    return None
