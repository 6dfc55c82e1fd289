"""Everything that can hang on a project, for tests that look where it shows: every text of it is made by the test."""

from __future__ import annotations

from datetime import UTC, date, datetime

from crm import storage
from crm.choices import (
    ActionState,
    ActivityKind,
    ActivityResult,
    ActivityState,
    ClaimKind,
    ClaimState,
    EvidenceKind,
    Light,
    LossReason,
    MinutesDeed,
    MinutesState,
    MoneyKind,
    NoticeKind,
    PoolMove,
    ReportState,
    Stage,
    Status,
)
from crm.models import (
    AgendaItem,
    AnnualPlan,
    Attachment,
    Attendee,
    Change,
    Comment,
    Company,
    Follow,
    LightOverride,
    Mention,
    Merge,
    Minutes,
    MinutesStep,
    MonthlyReport,
    Notice,
    Pin,
    PoolEvent,
    StatusChange,
    SupervisionLetter,
    Transfer,
    User,
)
from crm.rules import minutes
from tests import factories as make

PHONE = "13977776543"
CREDIT_CODE = "91450300MA5K7Q2X3U"
SEPTEMBER = datetime(2022, 9, 20, 6, tzinfo=UTC)


def everything_about(session, files_dir, project, by, person, say):
    """Rows of every kind that hang on a project, all of them with the hands of `person` in; `say(what)` is each text.

    Returns the keys by the names of the routes' arguments, several times where there are several rows of a kind.
    """
    company = session.get(Company, project.company_id)
    contact = make.make_contact(
        session, company, say("联系人"), PHONE, title=say("职务"), email=f"{say('邮')}@example.test", note=say("备注")
    )
    activity = make.make_activity(
        session, project, at=SEPTEMBER, by=by, people=(by, person), title=say("洽谈"), summary=say("纪要"),
        demands=say("诉求"), place=say("地点"), city="三亚市", their_side=say("对方"), our_side=say("我方"),
        commitments=say("承诺"), next_step=say("下一步"), next_on=date(2022, 10, 19), next_owner_id=person.id,
        company_id=company.id,
    )  # fmt: skip
    planned = make.make_activity(
        session, project, at=datetime(2022, 10, 21, 6, tzinfo=UTC), by=by, people=(person,), title=say("计划"),
        summary=say("计划摘要"), state=ActivityState.PLANNED,
    )  # fmt: skip
    for kind in (ActivityKind.VIDEO, ActivityKind.TRIP, ActivityKind.VISIT, ActivityKind.EVENT, ActivityKind.SERVICE):
        make.make_activity(
            session, project, kind=kind, at=SEPTEMBER, by=by, people=(person,), title=say(kind.label), summary=say("经过"),
            their_side=say("来宾"), place=say("会址"), city="三亚市", result=ActivityResult.ADVANCE,
        )  # fmt: skip
    alone = make.make_activity(
        session, at=SEPTEMBER, by=by, people=(person,), summary="走访企业，没有项目", company_id=company.id
    )
    meeting = make.make_meeting(
        session, project, title=say("会议"), place=say("会场"), attendees=say("参会"), summary=say("会议纪要"),
        minutes_number=say("纪要号"), chair_id=person.id, entered_by_id=by.id,
    )  # fmt: skip
    item = session.query(AgendaItem).filter_by(meeting_id=meeting.id).one()
    item.situation, item.conclusion = say("情况"), say("结论")
    coming = make.make_meeting(
        session, project, title=say("近日会议"), at=datetime(2022, 10, 21, 6, tzinfo=UTC), state=ActivityState.PLANNED,
        chair_id=person.id, secretary_id=person.id, online_url=f"https://{say('链接')}.example", clash_reason=say("冲突理由"),
        room_id=make.make_room(session, f"会议室 {project.id}").id,
    )  # fmt: skip
    make.invite(session, coming, person, by, note=say("附言"))
    make.invite(session, meeting, person, by, note=say("附言"))
    session.add(Attendee(meeting_id=coming.id, name=say("来宾"), unit=say("外单位"), email="guest@example.test"))
    point = session.query(AgendaItem).filter_by(meeting_id=coming.id).one()
    point.title, point.notes, point.length_minutes = say("议题"), say("说明"), 20
    written = _written_down(session, project, by, person, say)
    action = make.make_action(
        session, project, make.team(session, "资规局"), date(2022, 10, 21), meeting_id=meeting.id,
        problem=say("问题"), task=say("任务"), said=say("进展"), person_id=person.id, support_units=say("协办"),
    )  # fmt: skip
    done = make.make_action(
        session, project, make.team(session, "招商一组"), problem=say("办结的问题"), state=ActionState.DONE,
        done_on=date(2022, 9, 29), meeting_id=meeting.id,
    )  # fmt: skip
    reported = {"reported_by_id": person.id, "note": say("说明")}
    make.sign(
        session, project, amount=777_000_000, contract={"number": say("合同号"), "parties": say("缔约方"), "note": say("约定")},
        **reported,
    )  # fmt: skip
    waiting = make.make_claim(session, project, ClaimKind.ARRIVAL, state=ClaimState.REPORTED, **reported)
    make.make_money(session, project, MoneyKind.ARRIVED, 5_000_000, date(2022, 9, 20), waiting, note=say("到资"))
    completed = make.make_claim(session, project, ClaimKind.COMPLETION, on=date(2022, 9, 25), **reported)
    make.make_money(session, project, MoneyKind.COMPLETED, 6_000_000, date(2022, 9, 25), completed, note=say("完成"))
    make.make_claim(session, project, ClaimKind.START, state=ClaimState.RETURNED, reason=say("退回原因"), **reported)
    make.make_claim(session, project, ClaimKind.FINISH, state=ClaimState.DRAFT, **reported)
    make.make_money(session, project, MoneyKind.PLAN, 777_000_000, date(2022, 2, 1), note=say("计划投资"))
    make.make_move(session, project, Stage.REGISTERED, date(2022, 9, 26), reason=say("推进理由"))
    session.add(
        StatusChange(
            project_id=project.id, from_status=Status.PAUSED, to_status=Status.ACTIVE, changed_on=date(2022, 9, 1),
            reason_class=LossReason.OTHER, reason=say("恢复理由"), lost_to=say("去向"), recorded_at=SEPTEMBER,
        )
    )  # fmt: skip
    notices = _told_everybody(session, project, say)
    digest = storage.store(files_dir, f"{say('附件内容')}".encode())
    file = make.add(
        session,
        Attachment(
            project_id=project.id, claim_id=waiting.id, kind=EvidenceKind.OTHER, filename=f"{say('附件')}.docx",
            media_type="application/msword", size_bytes=30, digest=digest, uploaded_at=SEPTEMBER, uploaded_by_id=by.id,
        ),
    )  # fmt: skip
    comment = remark(session, project, person, activity, say)
    other = make.make_project(
        session, "撞单的另一方", make.person(session, "other_officer"), duplicate_of_id=project.id
    )
    case = make.make_collision(
        session, project, other, reasons=say("相近"), plea=say("后报陈述"), reply=say("先报陈述"), appeal=say("申诉"),
        opened_by_id=by.id,
    )  # fmt: skip
    make.make_listing(session, project, batch_label=say("批次"), planned_start_on=date(2022, 9, 1))
    entry = make.make_fai(session, project, code=say("统计代码"), reason=say("撤销原因"))
    session.add_all(
        [
            AnnualPlan(
                project_id=project.id, year=2022, planned_yuan=99_000_000, goal=say("年度目标"), reason=say("调整理由"),
                approved_at=datetime(2022, 1, 5, tzinfo=UTC),
            ),
        ]
    )  # fmt: skip
    node = make.make_node(session, project, say("节点"), date(2022, 10, 21), note=say("节点说明"))
    report = make.add(
        session,
        MonthlyReport(
            project_id=project.id, month=date(2022, 9, 1), state=ReportState.VERIFIED, progress=say("形象进度"),
            problem=say("存在问题"), request=say("提请"), next_plan=say("下步计划"), reported_by_id=person.id,
            reported_at=SEPTEMBER, verified_at=SEPTEMBER, reason=say("退回理由"),
        ),
    )  # fmt: skip
    for table, key, column, project_id in (
        ("project", project.id, "name", project.id), ("company", company.id, "name", None),
        ("contact", contact.id, "name", None), ("contact", contact.id, "phone", None), ("activity", activity.id, "summary", None),
        ("meeting", meeting.id, "title", None), ("action_item", action.id, "problem", project.id),
        ("monthly_report", 1, "progress", project.id), ("listing", 1, "batch_label", project.id),
    ):  # fmt: skip
        old, new = (PHONE, PHONE) if column == "phone" else (say("旧值"), say("新值"))
        session.add(
            Change(
                table_name=table, row_id=key, project_id=project_id, column_name=column, old=old, new=new, at=SEPTEMBER,
                by_id=by.id,
            )
        )  # fmt: skip
    letter = make.add(
        session,
        SupervisionLetter(
            project_id=project.id, month=date(2022, 9, 1), cause=say("亮灯原因"), year=2022, serial=project.id,
            issued_on=date(2022, 10, 8), unit_id=make.team(session, "资规局").id, answer_by_on=date(2022, 10, 20),
            at=SEPTEMBER, by_id=by.id, answered_on=date(2022, 10, 9), answer=say("赶工计划"), answered_by_id=person.id,
        ),
    )  # fmt: skip
    session.add(
        LightOverride(
            project_id=project.id, month=date(2022, 9, 1), system_light=Light.GREEN, light=Light.YELLOW,
            reason=say("调整理由"), at=SEPTEMBER, by_id=by.id,
        )
    )  # fmt: skip
    transfer, merge = _ownership(session, project, by, person, say)
    session.flush()
    return {
        "project_id": project.id, "company_id": company.id, "contact_id": contact.id, "activity_id": activity.id,
        "meeting_id": meeting.id, "item_id": item.id, "action_id": action.id, "claim_id": waiting.id, "file_id": file.id,
        "notice_id": notices[person.id],
        "comment_id": comment.id, "entry_id": activity.id, "change_id": session.query(Change.id).order_by(Change.id).first()[0],
        "transfer_id": transfer.id, "merge_id": merge.id, "report_id": report.id, "fai_id": entry.id,
        "letter_id": letter.id,
        "collision_id": case.id, "node_id": node.id, "year": 2022,
    }, {"activity_id": planned.id, "meeting_id": coming.id, "item_id": point.id, "action_id": done.id}, {
        "activity_id": alone.id, "meeting_id": written.id,
    }  # fmt: skip


def _written_down(session, project, by, person, say):
    """A meeting whose minutes were issued; their text says it all."""
    meeting = make.make_meeting(session, project, title=say("纪要会"), copies_to=say("抄送"), chair_id=person.id,
                                minutes_state=MinutesState.ISSUED, minutes_number="会议纪要〔2022〕第1号")  # fmt: skip
    item = session.query(AgendaItem).filter_by(meeting_id=meeting.id).one()
    point = minutes.Point(item.id, 1, say("议题"), situation=say("情况"), conclusion=say("结论"))
    held = {"begins": "2022-09-21T14:00+08:00", "ends": "2022-09-21T15:00+08:00", "place": say("会场")}
    paper = minutes.Paper(
        office="演示局", title=say("纪要会"), kind="协调会", chair="", secretary="", points=(point,), **held
    )
    facts = minutes.write(minutes.numbered(paper, 2022, 1, date(2022, 9, 22), say("签发")))
    make.add(
        session,
        Minutes(
            meeting_id=meeting.id, edition=1, facts=facts, digest=minutes.digest(facts), sent_at=SEPTEMBER, sent_by_id=by.id,
            confirmed_at=SEPTEMBER, confirmed_by_id=person.id, year=2022, number=project.id, issued_on=date(2022, 9, 22),
            issued_at=SEPTEMBER, issued_by_id=by.id,
        ),
    )  # fmt: skip
    step = {"deed": MinutesDeed.RETURN, "reason": say("退回理由"), "at": SEPTEMBER, "by_id": person.id}
    make.add(session, MinutesStep(meeting_id=meeting.id, edition=1, **step))
    return meeting


def _told_everybody(session, project, say):
    """Everybody was told of it once and follows it; the keys of the notices by user."""
    keys = {}
    for user in session.query(User).order_by(User.id):
        notice = Notice(
            user_id=user.id, kind=NoticeKind.IDLE, key=f"idle:{project.id}", project_id=project.id, at=SEPTEMBER,
            table_name="", text=say("通知"),
        )  # fmt: skip
        keys[user.id] = make.add(session, notice).id
        session.add(Follow(user_id=user.id, project_id=project.id, since=SEPTEMBER))
    return keys


def remark(session, project, person, activity, say):
    """A comment of `person` that quotes a touchpoint and names him, with a file; and a pin on the touchpoint."""
    comment = make.add(
        session,
        Comment(
            project_id=project.id, author_id=person.id, written_at=SEPTEMBER, body=f"{say('评论')}@{person.name}",
            quote=activity.summary, quoted_kind="activity", quoted_id=activity.id, mentions=[Mention(user_id=person.id)],
        ),
    )  # fmt: skip
    session.add_all(
        [
            Attachment(
                project_id=project.id, comment_id=comment.id, kind=EvidenceKind.OTHER, filename=f"{say('截图')}.png",
                media_type="image/png", size_bytes=30, digest="0" * 64, uploaded_at=SEPTEMBER, uploaded_by_id=person.id,
            ),
            Pin(project_id=project.id, kind="activity", row_id=activity.id, pinned_at=SEPTEMBER, pinned_by_id=person.id),
        ]
    )  # fmt: skip
    session.flush()
    return comment


def _ownership(session, project, by, person, say):
    """An open offer to the second team, a stay in the pool, and a merge with a project of the same secrecy."""
    other = make.team(session, "招商二组")
    offer = Transfer(
        project_id=project.id, from_unit_id=project.unit_id, from_user_id=by.id, to_unit_id=other.id, to_user_id=person.id,
        reason=say("流转原因"), answer=say("答复"), from_percent=40, proposed_at=SEPTEMBER, proposed_by_id=by.id,
        due_on=date(2022, 10, 27),
    )  # fmt: skip
    for move in PoolMove:
        session.add(
            PoolEvent(
                project_id=project.id, move=move, at=SEPTEMBER, by_id=by.id, holder_id=person.id, reason=say("释放原因")
            )
        )
    double = make.make_project(
        session, say("并入的项目"), by, is_secret=project.is_secret, duplicate_of_id=project.id, alias="青松二号"
    )
    merge = Merge(
        table_name="project", kept_id=project.id, gone_id=double.id, reason=say("合并原因"), merged_at=SEPTEMBER,
        merged_by_id=by.id, undo={"moved": {}, "taken": {}, "added": [], "written": []},
    )  # fmt: skip
    return make.add(session, offer), make.add(session, merge)


def investment(session, by, say, **more):
    """A project and its investor; every text of theirs is `say(what it is)`."""
    company = make.make_company(
        session, say("公司"), short_name=say("简称"), intro=say("简介"), province="海南省", city="海口市",
        credit_code=CREDIT_CODE,
    )  # fmt: skip
    values = {
        "code": say("编号"), "alias": "青松计划", "company_id": company.id, "content": say("建设内容"), "site": say("地址"),
        "source_note": say("来源"), "competitors": say("竞争地"), "judgement": say("研判"), "decision": say("评审"),
    }  # fmt: skip
    return make.make_project(session, say("项目"), by, **{**values, **more})
