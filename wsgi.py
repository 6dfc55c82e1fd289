"""The server's entry: `gunicorn wsgi:app`, `flask --app wsgi crm ...`."""

from crm.app import create_app
from crm.config import from_environment

app = create_app(from_environment())
