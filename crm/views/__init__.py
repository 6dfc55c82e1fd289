"""Views speak HTTP: fetch what may be seen, validate, act, commit once, answer a page or a fragment."""

from crm.views import account, activities, briefings, health, home, settings, users

BLUEPRINTS = (account.views, activities.views, briefings.views, health.views, home.views, settings.views, users.views)
