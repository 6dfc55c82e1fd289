"""Merging and undoing: everything goes over, no figure changes, and everything comes back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.actions import claims, company_merging, merging
from crm.actions.company_merging import merge_companies
from crm.choices import ClaimKind, ClaimState, CompanyClass, EvidenceKind, MemberRole, MoneyKind, Stage
from crm.columns import Base
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import (
    Activity,
    ActivityProject,
    Attachment,
    Comment,
    Company,
    CompanyClassMark,
    CompanyPiece,
    Contact,
    Follow,
    Merge,
    Notice,
    Pin,
    Project,
    ProjectMember,
)
from crm.queries.people import actor_of
from crm.queries.totals import FIGURES, Basis, Totals
from crm.rules.days import Month
from tests import factories as make
from tests.kept import check_all

# What a merge itself leaves behind, and what counts the changes of a row.
_TRACES = frozenset({"merge", "change", "notice", "stale_project", "stage_share", "stage_total"})
_STAY = frozenset(
    {
        "claim", "stage_move", "status_change", "contract", "money_entry", "annual_plan", "monthly_report", "listing",
        "project_member", "change", "collision", "pool_event", "transfer", "notice", "import_row", "project_piece",
        "feed", "plan_node", "fai_entry", "light_override", "supervision_letter",
    }
)  # fmt: skip


def contents(session):
    """All rows of all tables, without their versions."""
    session.expire_all()
    return {
        table.name: sorted(
            (
                tuple(value for name, value in row.items() if name != "version")
                for row in session.execute(table.select()).mappings()
            ),
            key=repr,
        )
        for table in Base.metadata.sorted_tables
        if table.name not in _TRACES
    }  # fmt: skip


def project(session, key):
    """A project with its members."""
    rows = (
        select(Project).where(Project.id == key).options(selectinload(Project.members).joinedload(ProjectMember.user))
    )
    return session.scalars(rows.execution_options(populate_existing=True)).one()


@pytest.fixture
def pair(session):
    """Two registrations of one investment, with everything that can hang on them; their keys (kept, gone)."""
    officer, other = make.person(session, "officer"), make.person(session, "other_officer")
    company = make.make_company(session)
    kept = make.make_project(session, "精密减速器项目", officer)
    gone = make.make_project(
        session, "减速器项目（重复）", other, company_id=company.id, site="三号地块", jobs_count=120,
        total_yuan=400_000_000,
        pooled_at=make.NOW, last_contact_on=date(2022, 9, 28),
    )  # fmt: skip
    make.sign(session, kept)
    make.make_money(session, kept, MoneyKind.PLAN, 350_000_000, date(2022, 2, 1))
    make.make_money(session, gone, MoneyKind.PLAN, 400_000_000, date(2022, 3, 1))
    make.make_member(session, kept, make.person(session, "agent"), MemberRole.AGENT)
    make.make_member(session, gone, other, MemberRole.FIRST_REPORTER)
    make.make_member(session, gone, make.person(session, "agent"), MemberRole.AGENT)
    make.make_member(session, gone, make.person(session, "liaison"), MemberRole.READER, to_on=date(2022, 5, 1))
    both = make.make_activity(session, kept, gone, by=officer)
    alone = make.make_activity(session, gone, by=other, at=datetime(2022, 9, 28, 6, tzinfo=UTC))
    make.make_activity(session, gone, by=other, deleted_at=make.NOW)
    kept.last_contact_on, kept.total_yuan = date(2022, 9, 20), 350_000_000
    make.make_meeting(session, kept, gone)
    make.make_action(session, gone, make.team(session))
    make.make_claim(session, gone, ClaimKind.ARRIVAL, state=ClaimState.RETURNED)
    make.make_move(session, gone, Stage.NEGOTIATION, date(2022, 4, 1))
    session.add_all(
        [
            *(Follow(user_id=officer.id, project_id=side.id, since=make.NOW) for side in (kept, gone)),
            Follow(user_id=other.id, project_id=gone.id, since=make.NOW),
            *(Pin(project_id=side.id, kind="activity", row_id=both.id, pinned_at=make.NOW) for side in (kept, gone)),
            Pin(project_id=gone.id, kind="activity", row_id=alone.id, pinned_at=make.NOW),
            Pin(project_id=gone.id, kind="move", row_id=1, pinned_at=make.NOW),
            Comment(project_id=gone.id, author_id=other.id, written_at=make.NOW, body="对方下周来访"),
            _file(gone, "平面图.pdf"),
        ]
    )
    make.make_project(session, "更早的重复登记", other, duplicate_of_id=gone.id)
    session.commit()
    return kept.id, gone.id


def _file(project, name):
    return Attachment(
        project_id=project.id, kind=EvidenceKind.OTHER, filename=name, media_type="application/pdf", size_bytes=3,
        digest="0" * 64, uploaded_at=make.NOW,
    )  # fmt: skip


@pytest.fixture
def merge_pair(session, acting, statistician, pair, now):
    """Merge the pair: `merge_pair(chosen=("name",))`."""

    def go(**more):
        kept, gone = (project(session, key) for key in pair)
        return merging.merge_projects(session, acting(statistician), kept, gone, "同一个项目", now, **more)

    return go


def test_every_table_that_points_to_a_project_goes_over_or_stays_on_purpose():
    moved = {attribute.property.columns[0].table.name for attribute, _ in merging.MOVED}
    pointing = {
        column.table.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "project" for key in column.foreign_keys)
    }
    assert pointing == moved | _STAY


def test_what_goes_over_and_what_stays(session, pair, merge_pair):
    merge_pair()
    kept, gone = (project(session, key) for key in pair)
    on = lambda model: set(session.scalars(select(model.project_id)))  # noqa: E731
    assert on(ActivityProject) == on(Comment) == on(Attachment) == {kept.id}
    assert session.query(ActivityProject).filter_by(project_id=kept.id).count() == 3  # the deleted talk goes over too
    assert {(row.user_id, row.project_id) for row in session.query(Follow)} == {
        (make.person(session, login).id, kept.id) for login in ("officer", "other_officer")
    }
    assert sorted((pin.project_id, pin.kind) for pin in session.query(Pin)) == [
        (kept.id, "activity"), (kept.id, "activity"), (gone.id, "move"),
    ]  # fmt: skip
    assert (kept.site, kept.jobs_count, kept.total_yuan) == ("三号地块", 120, 350_000_000)
    assert kept.last_contact_on == date(2022, 9, 28) and kept.company_id == gone.company_id
    assert gone.duplicate_of_id == kept.id and gone.pooled_at is None
    assert session.query(Project).filter_by(duplicate_of_id=kept.id).count() == 2
    assert {(member.user.login, member.role) for member in kept.members} == {
        ("officer", MemberRole.LEAD), ("agent", MemberRole.AGENT), ("other_officer", MemberRole.SUPPORT),
        ("other_officer", MemberRole.FIRST_REPORTER),
    }  # fmt: skip
    assert {notice.user_id for notice in session.query(Notice)} == {
        make.person(session, login).id for login in ("officer", "other_officer", "agent")
    }


def test_undoing_puts_every_row_back(session, acting, statistician, pair, merge_pair, now):
    before = contents(session)
    merge = merge_pair(chosen=("name", "total_yuan"))
    kept = project(session, pair[0])
    assert (kept.name, kept.total_yuan) == ("减速器项目（重复）", 400_000_000)
    session.commit()
    assert contents(session) != before
    merging.undo(session, acting(statistician), session.get(Merge, merge.id), now)
    session.commit()
    assert contents(session) == before
    check_all(session, [acting(statistician)], date(2022, 10, 20))
    with pytest.raises(Clash):
        merging.undo(session, acting(statistician), session.get(Merge, merge.id), now)


def test_nothing_is_reported_on_a_merged_project(session, pair, merge_pair):
    claims.refuse_merged(session, project(session, pair[1]))
    merge_pair()
    claims.refuse_merged(session, project(session, pair[0]))
    with pytest.raises(RuleBroken, match="已并入"):
        claims.refuse_merged(session, project(session, pair[1]))


def test_merging_again_after_undoing_is_possible(session, acting, statistician, pair, merge_pair, now):
    merging.undo(session, acting(statistician), merge_pair(), now)
    merge_pair()
    assert project(session, pair[1]).duplicate_of_id == pair[0]


def test_what_was_done_since_stays(session, acting, statistician, officer, pair, merge_pair, now):
    merge = merge_pair(chosen=("site",))
    kept = project(session, pair[0])
    kept.site = "五号地块"
    later = make.make_activity(session, kept, by=officer)
    make.make_money(session, kept, MoneyKind.PLAN, 500_000_000, date(2022, 10, 20))
    kept.total_yuan = 500_000_000
    session.commit()
    merging.undo(session, acting(statistician), merge, now)
    kept = project(session, pair[0])
    assert (kept.site, kept.total_yuan, kept.jobs_count) == ("五号地块", 500_000_000, None)
    assert session.get(ActivityProject, (later.id, kept.id))


def _delete(session, pair):
    project(session, pair[0]).deleted_at = make.NOW


def _close(session, pair):
    project(session, pair[0]).is_secret = True


def _prove(session, pair):
    claim = session.scalars(select(Attachment)).one()
    claim.claim_id = session.execute(select(Base.metadata.tables["claim"].c.id)).scalars().first()


@pytest.mark.parametrize(("since", "said"), [(_delete, "回收站"), (_close, "涉密"), (_prove, "平面图.pdf")])
def test_what_makes_undoing_impossible(session, acting, statistician, pair, merge_pair, now, since, said):
    merge = merge_pair()
    make.make_member(session, project(session, pair[0]), statistician, MemberRole.READER)
    since(session, pair)
    session.commit()
    with pytest.raises(RuleBroken) as refusal:
        merging.undo(session, acting(statistician), merge, now)
    assert said in refusal.value.message


def test_the_later_merge_is_undone_first(session, acting, statistician, officer, pair, merge_pair, now):
    first = merge_pair()
    third = make.make_project(session, "第三条登记", officer)
    make.sign(session, third)
    session.execute(Base.metadata.tables["claim"].update().where(Base.metadata.tables["claim"].c.project_id == pair[0]).values(
        state=ClaimState.REVERSED))  # fmt: skip
    session.commit()
    args = (project(session, third.id), project(session, pair[0]), "", now)
    second = merging.merge_projects(session, acting(statistician), *args)
    with pytest.raises(RuleBroken) as refusal:
        merging.undo(session, acting(statistician), first, now)
    assert "先撤销那一次合并" in refusal.value.message
    merging.undo(session, acting(statistician), second, now)
    merging.undo(session, acting(statistician), session.get(Merge, first.id), now)
    assert project(session, pair[1]).duplicate_of_id is None


def test_no_figure_of_any_month_changes(session, acting, leader, pair, merge_pair):
    """Only what counts registrations of leads and talks under way counts the one project once."""

    def figures():
        basis = Basis(as_of=date(2022, 10, 20))
        return {
            (key, month): (spans.month, spans.year, spans.last_year)
            for month in range(1, 11)
            for totals in [Totals(session, basis, Month(2022, month))]
            for key in FIGURES
            for spans in [totals[key]]
        }

    before = figures()
    check_all(session, [acting(leader)], date(2022, 10, 20))
    merge_pair()
    check_all(session, [acting(leader)], date(2022, 10, 20))
    changed = {key for key, value in figures().items() if before[key] != value}
    assert {FIGURES[key].source.name for key, _ in changed} <= {"leads", "standing", "moves", "cohort"}, changed
    assert before[("signed_count", 9)][0] == 1 and ("signed_yuan", 9) not in changed


@pytest.mark.parametrize("side", [0, 1])
def test_verified_figures_are_never_dropped(session, acting, statistician, pair, now, side):
    make.sign(session, project(session, pair[1]))
    session.commit()
    kept, gone = (project(session, key) for key in (pair[side], pair[1 - side]))
    with pytest.raises(RuleBroken) as refusal:
        merging.merge_projects(session, acting(statistician), kept, gone, "", now)
    assert "作废" in refusal.value.message and session.query(Merge).count() == 0


@pytest.mark.parametrize("login", ["officer", "coordinator", "agent", "leader", "admin", "auditor", "liaison"])
def test_who_may_not_merge(session, acting, pair, now, login):
    kept, gone = (project(session, key) for key in pair)
    with pytest.raises(NotAllowed):
        merging.merge_projects(session, acting(make.person(session, login)), kept, gone, "", now)


def test_a_team_lead_merges_within_the_team(session, acting, team_lead, officer, pair, now):
    kept, gone = (project(session, key) for key in pair)
    with pytest.raises(NotAllowed):
        merging.merge_projects(session, acting(team_lead), kept, gone, "", now)
    own = project(session, make.make_project(session, "本组的重复", officer).id)
    assert merging.merge_projects(session, acting(team_lead), kept, own, "", now).gone_id == own.id


def test_two_people_merging_the_two_into_each_other(session, pair, now):
    """One of them wins; the other is told, and nothing points to itself."""
    session.execute(Base.metadata.tables["claim"].update().values(state=ClaimState.REVERSED))
    session.commit()
    person = make.person(session, "statistician")
    actor, bind = actor_of(session, person), session.get_bind()
    session.commit()
    start = Barrier(2, timeout=60)

    def merge(order):
        with Session(bind) as own:
            start.wait()
            try:
                merging.merge_projects(own, actor, *(project(own, key) for key in order), "", now)
                own.commit()
            except (Clash, RuleBroken) as refusal:
                return refusal.message
            return "done"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(merge, [pair, pair[::-1]]))
    session.expire_all()
    assert sorted(answer == "done" for answer in answers) == [False, True], answers
    assert session.query(Merge).count() == 1


# ------------------------------------------------------------------------------------------------------------- companies


@pytest.fixture
def companies(session):
    """Two cards of one investor; their keys (kept, gone)."""
    officer = make.person(session, "officer")
    kept = make.make_company(session, "霁澜传动有限公司", intro="")
    gone = make.make_company(session, "霁澜传动", credit_code="91450300MA5K7Q2X3U", intro="做减速器", short_name="霁澜")
    for company in (kept, gone):
        make.make_project(session, lead=officer, company_id=company.id)
        make.make_contact(session, company, title="总经理" if company is gone else "")
        session.add(CompanyClassMark(company_id=company.id, company_class=CompanyClass.LISTED))
    session.add(CompanyClassMark(company_id=gone.id, company_class=CompanyClass.FORTUNE_500))
    make.make_contact(session, gone, "白知行", "13900000000")
    make.make_company(session, "霁澜传动（昆山）", parent_id=gone.id)
    make.make_activity(session, company_id=gone.id, by=officer)
    session.commit()
    return kept.id, gone.id


def _merged(session, actor, companies, now, **more):
    kept, gone = (session.get(Company, key) for key in companies)
    return merge_companies(session, actor, kept, gone, "同一家企业", now, **more)


def test_one_company_is_left(session, acting, statistician, companies, now):
    _merged(session, acting(statistician), companies, now)
    kept = session.get(Company, companies[0])
    assert (kept.credit_code, kept.intro, kept.short_name) == ("91450300MA5K7Q2X3U", "做减速器", "霁澜")
    assert session.scalars(select(Company.id)).all().count(companies[1]) == 0
    assert {row.name: (row.company_id, row.title) for row in session.scalars(select(Contact))} == {
        "罗映川": (kept.id, "总经理"), "白知行": (kept.id, ""),
    }  # fmt: skip
    assert sorted((mark.company_id, mark.company_class) for mark in session.query(CompanyClassMark)) == [
        (kept.id, CompanyClass.FORTUNE_500), (kept.id, CompanyClass.LISTED),
    ]  # fmt: skip
    assert set(session.scalars(select(Project.company_id))) == {kept.id}
    assert session.scalar(select(Activity.company_id)) == kept.id
    assert session.scalar(select(Company.parent_id).where(Company.parent_id.is_not(None))) == kept.id


def test_undoing_parts_the_companies(session, acting, statistician, companies, now):
    before = contents(session)
    merge = _merged(session, acting(statistician), companies, now, chosen=("name",))
    session.commit()
    assert session.get(Company, companies[0]).name == "霁澜传动"
    merging.undo(session, acting(statistician), session.get(Merge, merge.id), now)
    session.commit()
    assert contents(session) == before


def test_a_code_given_away_meanwhile_stops_the_undoing(session, acting, statistician, companies, now):
    merge = _merged(session, acting(statistician), companies, now)
    session.get(Company, companies[0]).credit_code = None
    session.flush()
    make.make_company(session, "第三家", credit_code="91450300MA5K7Q2X3U")
    with pytest.raises(RuleBroken) as refusal:
        merging.undo(session, acting(statistician), merge, now)
    assert "信用代码" in refusal.value.message


def test_a_company_of_secret_projects_alone_is_not_merged(session, acting, statistician, companies, now):
    for found in session.scalars(select(Project).where(Project.company_id == companies[1])):
        found.is_secret = True
        make.make_member(session, found, statistician, MemberRole.READER)
    session.commit()
    with pytest.raises(RuleBroken) as refusal:
        _merged(session, acting(statistician), companies, now)
    assert "涉密" in refusal.value.message


def test_whose_company_it_is_not_may_not_merge_it(session, acting, companies, now):
    for login in ("officer", "leader"):
        with pytest.raises(NotAllowed):
            _merged(session, acting(make.person(session, login)), companies, now)


def test_every_column_that_points_to_a_company_goes_over():
    from_merge = {str(attribute) for attribute in company_merging.MOVED}
    pointing = {
        f"{mapper.class_.__name__}.{column.key}"
        for mapper in Base.registry.mappers
        for column in mapper.local_table.columns
        if any(key.column.table.name == "company" for key in column.foreign_keys)
        and mapper.class_ is not CompanyPiece  # pieces of the name stay with the name
    }
    assert pointing == from_merge
