"""Views speak HTTP: fetch what may be seen, validate, act, commit once, answer a page or a fragment."""

from crm.views import account, health, home, users

BLUEPRINTS = (account.views, health.views, home.views, users.views)
