"""Views speak HTTP: fetch what may be seen, validate, act, commit once, answer a page or a fragment."""

from crm.views import (
    account,
    action_items,
    activities,
    audit,
    briefings,
    claim_forms,
    cockpit,
    companies,
    figures,
    files,
    health,
    home,
    import_forms,
    lifecycle,
    listings,
    project_forms,
    search,
    settings,
    users,
)

# project_forms, claim_forms, action_items and import_forms hold the blueprints of projects.py, claims.py, meetings.py and
# imports.py with the routes that write.
BLUEPRINTS = (
    account.views, action_items.views, activities.views, audit.views, briefings.views, claim_forms.views,
    cockpit.views, companies.views, figures.views, files.views, health.views, home.views, import_forms.views,
    lifecycle.views, listings.views, project_forms.views, search.views, settings.views, users.views,
)  # fmt: skip
