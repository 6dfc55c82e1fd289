"""Views speak HTTP: fetch what may be seen, validate, act, commit once, answer a page or a fragment."""

from crm.views import (
    access,
    account,
    activities,
    alike,
    audit,
    board_move,
    briefing_issue,
    calendar,
    cockpit,
    collisions,
    comments,
    companies,
    evidence,
    files,
    following,
    handover,
    health,
    home,
    import_forms,
    jobs,
    leads,
    lifecycle,
    listings,
    merges,
    monthly,
    notices,
    previews,
    project_bulk,
    project_cells,
    saved_views,
    search,
    settings,
    standings,
    supervision,
    transfers,
    trash,
    users,
)

# board and board_move, project_forms, evidence and import_forms hold the blueprints of projects.py, claims.py and imports.py with
# more routes, standings (after pivot and rates) that of figures.py, calendar (after action_items, bookings, rooms, minutes and
# minutes_steps) that of meetings.py; transfers holds the one of pool.py, briefing_issue the one of briefings.py.
BLUEPRINTS = (
    access.views, account.views, activities.views, alike.views, audit.views, board_move.views,
    briefing_issue.views, calendar.views, cockpit.views, collisions.views, comments.views, companies.views, evidence.views,
    files.views, following.views, handover.views, health.views, home.views, import_forms.views, jobs.views,
    leads.views, lifecycle.views, listings.views, merges.views, monthly.views, notices.views, previews.views, project_bulk.views,
    project_cells.views, saved_views.views, search.views, settings.views, standings.views, supervision.views, transfers.views,
    trash.views, users.views,
)  # fmt: skip
