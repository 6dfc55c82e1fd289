"""The Flask extensions, made here and bound to the application in app.py."""

from __future__ import annotations

from typing import Any

from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Connection, Engine

from crm import replica
from crm.columns import Base


class Routed(Session):
    """A session that reads from the replica while somebody said so (crm/replica.py), else from the primary."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """The engine of the next statement."""
        return replica.chosen() or super().get_bind(*args, **kwargs)


db = SQLAlchemy(model_class=Base, session_options={"class_": Routed})
migrate = Migrate()
csrf = CSRFProtect()
babel = Babel()
login = LoginManager()
