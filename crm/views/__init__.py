"""Views speak HTTP: fetch what may be seen, validate, act, commit once, answer a page or a fragment."""

from crm.views import account, activities, health, home, users

BLUEPRINTS = (account.views, activities.views, health.views, home.views, users.views)
