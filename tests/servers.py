"""Where the tests find a PostgreSQL (placeholder until the set-up lands)."""

from __future__ import annotations

import os


def postgresql_url() -> str | None:
    """The address of a PostgreSQL for tests, or None."""
    return os.environ.get("CRM_TEST_DATABASE_URL")
