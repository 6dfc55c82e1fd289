"""Views speak HTTP: fetch what may be seen, validate, act, commit once, answer a page or a fragment."""

from crm.views import (
    account,
    activities,
    briefings,
    claims,
    cockpit,
    figures,
    files,
    health,
    home,
    lifecycle,
    project_forms,
    settings,
    users,
)

# project_forms holds the blueprint of projects.py with the routes that write.
BLUEPRINTS = (
    account.views, activities.views, briefings.views, claims.views, cockpit.views, figures.views, files.views,
    health.views, home.views, lifecycle.views, project_forms.views, settings.views, users.views,
)  # fmt: skip
