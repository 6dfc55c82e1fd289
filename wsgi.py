"""The server's entry: `gunicorn wsgi:app`, `flask --app wsgi crm ...`."""

import sys

from crm.app import create_app
from crm.config import ConfigError, from_environment

try:
    app = create_app(from_environment())
except ConfigError as error:
    sys.exit(str(error))
