"""The model year, counted from the loaded rows in plain Python, without the program's own queries; then against them.

Loading takes a second or two, so these tests share one load and only read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm import seeding
from crm.actions import briefings as actions
from crm.actions import stage_totals
from crm.actions.briefings import Bound, Frozen, Numbered
from crm.actions.rollups import drifts
from crm.choices import (
    ActivityKind,
    ActivityState,
    ClaimKind,
    ClaimState,
    CollisionState,
    ContractKind,
    Currency,
    KeyList,
    Light,
    ListingClass,
    MeetingKind,
    MemberRole,
    MoneyKind,
    Role,
    Stage,
    Status,
)
from crm.columns import Base
from crm.extensions import db
from crm.models import (
    ActionItem,
    Activity,
    ActivityProject,
    AgendaItem,
    AnnualPlan,
    Area,
    Attachment,
    Claim,
    Collision,
    Company,
    Contact,
    Contract,
    Listing,
    Meeting,
    Merge,
    MoneyEntry,
    MonthlyReport,
    Project,
    ProjectMember,
    StageMove,
    StatusChange,
    Unit,
    User,
)
from crm.queries import evidence
from crm.queries.people import actor_of
from crm.queries.totals import Basis, Totals
from crm.queries.trash import MODELS
from crm.rules.claims import EVIDENCE
from crm.rules.days import Month, day_of
from crm.rules.lights import light
from crm.rules.schedule import deviation_points, schedule_share
from crm.rules.trash import Kind
from crm.storage import digest_of
from crm.trash import WITH_DELETED
from reports.briefing.codec import from_json, to_json
from reports.briefing.collect import collect
from reports.briefing.facts import Briefing, Correction, Edition
from reports.briefing.render import render
from tests import factories as make
from tests.conftest import NOW, TODAY

YEAR = (date(2022, 1, 1), date(2022, 9, 30))
LAST_YEAR = (date(2021, 1, 1), date(2021, 9, 30))
YI = 100_000_000


@pytest.fixture(scope="module")
def seeded(app: Flask) -> Iterator[Session]:
    """A session on a database that holds the whole seed and nothing else."""
    with app.app_context():
        session = db.session()
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
        seeding.load(session, NOW)
        session.commit()
        yield session
        db.session.rollback()
        db.session.remove()


def rows(session: Session, model: Any, **options: bool) -> list[Any]:
    """Every row of a table; with **WITH_DELETED those in the trash, too."""
    return list(session.scalars(select(model).execution_options(**options)))


def by_id(session: Session, model: Any, **options: bool) -> dict[int, Any]:
    """Every row of a table by its id."""
    return {row.id: row for row in rows(session, model, **options)}


def within(day: date, span: tuple[date, date]) -> bool:
    """Whether a day falls into a span of days, both ends included."""
    return span[0] <= day <= span[1]


def signed_contracts(session: Session, span: tuple[date, date]) -> list[Contract]:
    """First formal, verified contracts of counted projects signed in the span."""
    claims, projects = by_id(session, Claim), by_id(session, Project)
    parents = {project.parent_id for project in projects.values()}
    first: dict[int, Contract] = {}
    for contract in sorted(rows(session, Contract), key=lambda contract: (contract.signed_on, contract.id)):
        if contract.kind is ContractKind.FORMAL and claims[contract.claim_id].state is ClaimState.VERIFIED:
            first.setdefault(contract.project_id, contract)
    return [
        contract
        for contract in first.values()
        if within(contract.signed_on, span)
        and not projects[contract.project_id].is_relocation
        and projects[contract.project_id].duplicate_of_id is None
        and contract.project_id not in parents
    ]


def signed_yuan(session: Session, span: tuple[date, date]) -> int:
    """Amounts of verified formal and supplementary contracts of counted projects, by the day of each."""
    claims, contracts = by_id(session, Claim), by_id(session, Contract)
    projects = by_id(session, Project)
    counted = {ContractKind.FORMAL, ContractKind.SUPPLEMENT}
    return sum(
        entry.amount_yuan
        for entry in rows(session, MoneyEntry)
        if entry.kind is MoneyKind.CONTRACT
        and within(entry.happened_on, span)
        and contracts[entry.contract_id].kind in counted
        and claims[entry.claim_id].state is ClaimState.VERIFIED
        and not projects[entry.project_id].is_relocation
    )


def started_on(session: Session) -> dict[int, date]:
    """When each project started, if that is verified."""
    claims = by_id(session, Claim)
    return {
        move.project_id: move.moved_on
        for move in rows(session, StageMove)
        if move.to_stage is Stage.STARTED and claims[move.claim_id].state is ClaimState.VERIFIED
    }


def listed(session: Session, key_list: KeyList) -> list[Listing]:
    """The listings of 2022 on one list."""
    return [row for row in rows(session, Listing) if row.key_list is key_list and row.year == 2022]


# --------------------------------------------------------------------------------------------------------- the model year


def test_signed_projects_of_the_model_year(seeded: Session) -> None:
    contracts = signed_contracts(seeded, YEAR)
    amounts = {row.contract_id: row.amount_yuan for row in rows(seeded, MoneyEntry) if row.contract_id}
    sizes = sorted((amounts[contract.id] for contract in contracts), reverse=True)
    assert len(contracts) == 62
    assert 220 * YI <= signed_yuan(seeded, YEAR) <= 230 * YI
    assert sizes[0] > 20 * YI
    assert 3 <= sum(size >= 10 * YI for size in sizes) <= 5
    assert sum(1 * YI <= size < 5 * YI for size in sizes) > len(sizes) / 2
    assert sum(contract.signed_on.month == 9 for contract in contracts) == 10


def test_signed_projects_of_the_year_before(seeded: Session) -> None:
    assert len(signed_contracts(seeded, LAST_YEAR)) == 54
    assert 180 * YI <= signed_yuan(seeded, LAST_YEAR) <= 190 * YI


def test_all_of_september_was_verified_in_september(seeded: Session) -> None:
    claims = by_id(seeded, Claim)
    for contract in signed_contracts(seeded, YEAR):
        assert day_of(claims[contract.claim_id].verified_at) <= date(2022, 9, 30)


def test_meetings_and_trips(seeded: Session) -> None:
    done = [row for row in rows(seeded, Activity) if row.state is ActivityState.DONE]
    year = [row for row in done if within(day_of(row.happened_at), YEAR)]
    kinds = Counter(row.kind for row in year)
    cities = {row.city for row in year if row.kind is ActivityKind.TRIP}
    counted = {MeetingKind.COORDINATION, MeetingKind.HUDDLE}
    meetings = [
        row
        for row in rows(seeded, Meeting)
        if row.kind in counted and row.state is ActivityState.DONE and within(day_of(row.held_at), YEAR)
    ]
    assert kinds[ActivityKind.VIDEO] >= 100
    assert 80 <= len(meetings) <= 89
    assert cities >= {"北京", "上海", "长沙", "厦门"}
    assert "" not in cities
    assert len({row.kind for row in rows(seeded, Meeting)}) == len(MeetingKind)


def test_key_projects_start_on_time(seeded: Session) -> None:
    starts = started_on(seeded)
    city, district, batch = (
        listed(seeded, key_list) for key_list in (KeyList.CITY, KeyList.DISTRICT, KeyList.PROVINCE_BATCH)
    )
    new = [row for row in city if row.listing_class is ListingClass.NEW]
    assert (len(city), len(new), len(district), len(batch)) == (6, 4, 2, 4)
    assert {row.project_id for row in city} & {row.project_id for row in batch}
    assert len({row.project_id for row in (*city, *district, *batch)}) == 10
    for row in (*new, *district, *batch):
        assert starts[row.project_id] <= row.planned_start_on


def test_every_light_shines(seeded: Session) -> None:
    """At the end of September, by the rule of lights, from verified completions, plans and overdue action items."""
    cut_off = date(2022, 9, 30)
    claims, starts = by_id(seeded, Claim), started_on(seeded)
    lights = []
    for plan in [row for row in rows(seeded, AnnualPlan) if row.year == 2022]:
        done = sum(
            entry.amount_yuan
            for entry in rows(seeded, MoneyEntry)
            if entry.project_id == plan.project_id
            and entry.kind is MoneyKind.COMPLETED
            and within(entry.happened_on, YEAR)
            and claims[entry.claim_id].state is ClaimState.VERIFIED
        )
        overdue = any(
            item.project_id == plan.project_id
            and item.deadline_on < cut_off
            and (item.done_on is None or item.done_on > cut_off)
            for item in rows(seeded, ActionItem)
        )
        lights.append(
            light(
                deviation_points=deviation_points(done, plan.planned_yuan, schedule_share(9, plan.month_yuan)),
                planned_start_on=plan.planned_start_on,
                started_on=starts.get(plan.project_id),
                cut_off_on=cut_off,
                has_red_action=overdue,
            )
        )
    colours = Counter(verdict.light for verdict in lights)
    assert set(colours) == set(Light) - {Light.ORANGE}  # that one shines where an office shows five
    assert colours[Light.GREEN] == max(colours.values())
    assert any("督办" in verdict.reasons[0] for verdict in lights if verdict.light is Light.RED)


def test_two_projects_are_built_in_sitang(seeded: Session) -> None:
    area = next(row for row in rows(seeded, Area) if row.name == "泗塘片区")
    building = {row.name[:4] for row in rows(seeded, Project) if row.area_id == area.id and row.stage is Stage.STARTED}
    assert {"新沄电器", "新垲电通"} <= building


def test_the_programs_own_totals_say_the_same(seeded: Session) -> None:
    totals = Totals(seeded, Basis(TODAY), Month(2022, 9))
    assert totals["signed_count"].year == 62
    assert totals["signed_count"].last_year == 54
    assert totals["signed_total_yuan"].year == signed_yuan(seeded, YEAR)
    assert totals["started_late_count"].year == 0
    assert set(totals.trip_cities) >= {"北京", "上海", "长沙", "厦门"}


# ----------------------------------------------------------------------------------------------------- what else is there


def test_cases_worth_showing(seeded: Session) -> None:
    projects, claims = rows(seeded, Project), rows(seeded, Claim)
    states = Counter((claim.kind, claim.state) for claim in claims)
    secret = next(project for project in projects if project.is_secret)
    named = {row.role for row in rows(seeded, ProjectMember) if row.project_id == secret.id}
    contracts = rows(seeded, Contract)
    for kind in (ClaimKind.SIGNING, ClaimKind.ARRIVAL, ClaimKind.COMPLETION, ClaimKind.START, ClaimKind.STATUS):
        assert states[kind, ClaimState.REPORTED]
    assert states[ClaimKind.SIGNING, ClaimState.RETURNED]
    assert states[ClaimKind.SIGNING, ClaimState.REVERSED]
    assert secret.id in {contract.project_id for contract in signed_contracts(seeded, YEAR)}
    assert named >= {MemberRole.LEAD, MemberRole.LEADER, MemberRole.READER}
    assert any(project.is_relocation for project in projects)
    assert any(project.duplicate_of_id for project in projects)
    assert sum(project.parent_id is not None for project in projects) == 2
    assert any(company.parent_id for company in rows(seeded, Company))
    assert {contract.kind for contract in contracts} == set(ContractKind)
    assert any(contract.converted_from_id for contract in contracts)
    assert {project.stage for project in projects} == set(Stage)
    assert {project.status for project in projects} == set(Status)


def test_a_framework_turned_formal_in_another_month(seeded: Session) -> None:
    contracts = by_id(seeded, Contract)
    pairs = [(contracts[row.converted_from_id], row) for row in contracts.values() if row.converted_from_id]
    assert all(before.signed_on.month < after.signed_on.month for before, after in pairs)
    assert {before.kind for before, _ in pairs} == {ContractKind.FRAMEWORK}


def test_signed_last_year_and_lost_this_year(seeded: Session) -> None:
    signed = {contract.project_id for contract in signed_contracts(seeded, LAST_YEAR)}
    claims = by_id(seeded, Claim)
    gone = [
        row
        for row in rows(seeded, StatusChange)
        if row.to_status is Status.WITHDRAWN
        and within(row.changed_on, YEAR)
        and claims[row.claim_id].state is ClaimState.VERIFIED
    ]
    assert signed & {row.project_id for row in gone}


def test_the_rate_moved_between_signing_and_arrival(seeded: Session) -> None:
    foreign = [row for row in rows(seeded, MoneyEntry) if row.currency is Currency.USD]
    signed = {row.project_id: row.rate for row in foreign if row.kind is MoneyKind.CONTRACT}
    arrived = [row for row in foreign if row.kind is MoneyKind.ARRIVED and row.project_id in signed]
    assert arrived
    assert all(row.rate != signed[row.project_id] for row in arrived)
    assert all(abs(row.amount * row.rate - row.amount_yuan) <= 1 for row in foreign)


def test_two_teams_registered_one_project(seeded: Session) -> None:
    pair = [row for row in rows(seeded, Project) if row.name.startswith("珵砚")]
    assert len({row.company_id for row in pair}) == 1
    assert len({row.unit_id for row in pair}) == 2


def test_the_office_has_work_today(seeded: Session) -> None:
    officers = [row for row in rows(seeded, User) if row.role is Role.OFFICER]
    open_steps = [row for row in rows(seeded, Activity) if row.next_on and row.next_done_at is None]
    for officer in officers:
        due = [row.next_on for row in open_steps if row.next_owner_id == officer.id]
        assert any(day < TODAY for day in due)
        assert TODAY in due
        assert sum(day > TODAY for day in due) >= 3
        assert len(due) < 40
    planned = [row for row in rows(seeded, Activity) if row.state is ActivityState.PLANNED]
    assert any(day_of(row.happened_at) == TODAY for row in planned)
    assert all(day_of(row.happened_at) >= TODAY for row in planned)
    assert any(item.deadline_on < TODAY and item.done_on is None for item in rows(seeded, ActionItem))


def test_it_is_large_enough_to_look_real(seeded: Session) -> None:
    least = {Project: 230, Company: 120, Contact: 150, Activity: 900, Meeting: 100, ActionItem: 60, MonthlyReport: 100}
    assert {model: len(rows(seeded, model)) for model in least if len(rows(seeded, model)) < least[model]} == {}
    assert {row.role for row in rows(seeded, User)} == set(Role)


def test_most_figures_have_their_evidence_and_some_lack_it(seeded: Session) -> None:
    verified = [row for row in rows(seeded, Claim) if row.state is ClaimState.VERIFIED and row.kind in EVIDENCE]
    lacking = set(seeded.scalars(select(Claim.id).where(Claim.state == ClaimState.VERIFIED, evidence.lacking())))
    assert 0.05 < len(lacking) / len(verified) < 0.12
    claims = by_id(seeded, Claim)
    for file in rows(seeded, Attachment):
        claim = claims.get(file.claim_id)
        assert claim is None or (claim.project_id, claim.reported_by_id) == (file.project_id, file.uploaded_by_id)
        assert claim is None or file.uploaded_at <= claim.reported_at


def test_something_of_every_kind_was_deleted_and_merged(seeded: Session) -> None:
    deleted = {
        kind for kind, model in MODELS.items() if len(rows(seeded, model, **WITH_DELETED)) > len(rows(seeded, model))
    }
    assert deleted == set(Kind)
    assert {row.table_name for row in rows(seeded, Merge)} == {"project", "company"}
    assert {row.state for row in rows(seeded, Collision)} == {CollisionState.OPEN, CollisionState.RULED}


# ------------------------------------------------------------------------------------------------------------ consistency


def test_rollups_say_what_the_rows_say(seeded: Session) -> None:
    assert list(drifts(seeded, NOW)) == []
    stage_totals.catch_up(seeded, TODAY)
    assert not stage_totals.differences(seeded, TODAY)


def test_the_stage_log_is_in_order(seeded: Session) -> None:
    claims = by_id(seeded, Claim)
    logs: dict[int, list[StageMove]] = {}
    for move in sorted(rows(seeded, StageMove), key=lambda move: (move.moved_on, move.id)):
        logs.setdefault(move.project_id, []).append(move)
    assert len(logs) == len(rows(seeded, Project, **WITH_DELETED))
    for log in logs.values():
        assert (log[0].from_stage, log[0].to_stage) == (None, Stage.LEAD)
        for before, after in pairwise(log):
            assert after.to_stage == before.to_stage + 1 or after.reason  # a skip says why
            assert after.from_stage == before.to_stage
            assert after.to_stage.counted == (after.claim_id is not None)
        assert all(claims[move.claim_id].state is ClaimState.VERIFIED for move in log[:-1] if move.claim_id)


def test_claims_are_reported_and_verified_by_different_people_in_time(seeded: Session) -> None:
    people = by_id(seeded, User)
    for claim in rows(seeded, Claim):
        assert claim.verified_by_id != claim.reported_by_id
        assert day_of(claim.reported_at) >= claim.happened_on
        if claim.verified_by_id:
            assert people[claim.verified_by_id].role is Role.STATISTICIAN
            assert claim.reported_at <= claim.verified_at <= NOW


def test_nothing_done_lies_in_the_future(seeded: Session) -> None:
    assert all(row.happened_at <= NOW for row in rows(seeded, Activity) if row.state is ActivityState.DONE)
    assert all(row.held_at <= NOW for row in rows(seeded, Meeting) if row.state is ActivityState.DONE)
    assert all(row.entered_at <= NOW for row in rows(seeded, Activity))
    assert all(day_of(row.recorded_at) <= TODAY for row in rows(seeded, StageMove))
    assert all(row.happened_on <= TODAY for row in rows(seeded, MoneyEntry))


def test_work_comes_after_registration_and_before_the_end(seeded: Session) -> None:
    projects, meetings = by_id(seeded, Project, **WITH_DELETED), by_id(seeded, Meeting)
    happened = {row.id: row.happened_at for row in rows(seeded, Activity, **WITH_DELETED)}
    for link in rows(seeded, ActivityProject):
        assert day_of(happened[link.activity_id]) >= day_of(projects[link.project_id].registered_at)
    for item in rows(seeded, AgendaItem):
        assert meetings[item.meeting_id].held_at >= projects[item.project_id].registered_at


def test_the_secret_project_stands_alone(seeded: Session) -> None:
    """What touches it touches nothing else, so that nobody who may see the rest would miss a row or see too much."""
    secret = next(row.id for row in rows(seeded, Project) if row.is_secret)
    links = rows(seeded, ActivityProject)
    touching = {link.activity_id for link in links if link.project_id == secret}
    agenda = rows(seeded, AgendaItem)
    held = {item.meeting_id for item in agenda if item.project_id == secret}
    assert touching
    assert {link.project_id for link in links if link.activity_id in touching} == {secret}
    assert {item.project_id for item in agenda if item.meeting_id in held} == {secret}


def test_it_cannot_be_taken_for_real(seeded: Session) -> None:
    codes = [row.credit_code for row in rows(seeded, Company) if row.credit_code]
    assert all(len(code) == 18 and "DEMO" in code for code in codes)
    assert all(row.phone.startswith("1380000") for row in (*rows(seeded, Contact), *rows(seeded, User)))
    assert all(row.is_demo for model in (Company, Project, User) for row in rows(seeded, model))
    assert all(row.password_hash is None for row in rows(seeded, User))


def test_units_form_one_tree(seeded: Session) -> None:
    units = by_id(seeded, Unit)
    assert [row.name for row in units.values() if row.parent_id is None] == ["云湖经济技术开发区"]
    assert all(row.parent_id in units for row in units.values() if row.parent_id)


def test_september_issued_on_the_seed_stays_and_october_tells_what_moved(seeded: Session) -> None:
    """A late arrival, a changed amount, a project withdrawn: October lists exactly these. Nothing is committed."""
    people = {user.login: user for user in rows(seeded, User)}
    checker, signer = people["fangzhiyuan"], people["chengwangshan"]

    def read(month: Month) -> Briefing:
        seeded.flush()
        return collect(seeded, month, "云湖经开区", "经发局（招商局）", NOW)

    def bind(numbered: Numbered) -> Bound:
        facts = replace(from_json(numbered.facts), edition=Edition(numbered.number, None, numbered.issued_on))
        data = render(facts)
        return Bound(to_json(facts), digest_of(data), len(data))

    september = read(Month(2022, 9))
    frozen = Frozen(to_json(september), {total.key: total.year for total in september.totals})
    actions.check(seeded, actor_of(seeded, checker), Month(2022, 9), frozen, NOW)
    issue = actions.issue(seeded, actor_of(seeded, checker), Month(2022, 9), signer, bind, NOW)
    assert read(Month(2022, 10)).adjustments == ()

    later = {"reported_at": NOW + timedelta(seconds=1), "verified_at": NOW + timedelta(seconds=1)}
    by = {"reported_by_id": people["guqingning"].id, "verified_by_id": checker.id}
    signings = [
        contract
        for contract in rows(seeded, Contract)
        if contract.kind is ContractKind.FORMAL and date(2022, 9, 1) <= contract.signed_on <= date(2022, 9, 30)
    ]
    claims = by_id(seeded, Claim)
    changed, late, gone = [one for one in signings if claims[one.claim_id].state is ClaimState.VERIFIED][:3]
    wrong = claims[changed.claim_id]
    wrong.state, wrong.reversed_at, wrong.reversed_by_id = ClaimState.REVERSED, later["verified_at"], checker.id
    right = make.add(seeded, Claim(project_id=changed.project_id, kind=ClaimKind.SIGNING, state=ClaimState.VERIFIED,
                                   happened_on=changed.signed_on, **later, **by))  # fmt: skip
    make.make_contract(seeded, seeded.get_one(Project, changed.project_id), right, changed.signed_on, amount=YI)
    paid = make.add(seeded, Claim(project_id=late.project_id, kind=ClaimKind.ARRIVAL, state=ClaimState.VERIFIED,
                                  happened_on=date(2022, 9, 29), **later, **by))  # fmt: skip
    project = seeded.get_one(Project, late.project_id)
    make.make_money(seeded, project, MoneyKind.ARRIVED, YI, date(2022, 9, 29), paid)
    make.lose(seeded, seeded.get_one(Project, gone.project_id), date(2022, 10, 15), Status.LOST)

    october = read(Month(2022, 10))
    assert [(row.kind, row.project_id) for row in october.adjustments] == [
        (Correction.LATE, late.project_id),
        (Correction.AMOUNT, changed.project_id),
        (Correction.LOST, gone.project_id),
    ]
    assert digest_of(render(from_json(issue.facts))) == issue.digest
    seeded.rollback()
