"""The whole schema: this page is its map, crm/schema/ holds the declarations, one file a banner.

Map of the tables, in reading order:

    people      unit, user, invitation, sign_in_attempt, audit_event
    reference   industry, area, exchange_rate, target, setting, holiday
    register    company, company_class_mark, contact, project, project_member, listing, fai_entry
    pieces      project_piece, company_piece
    life-cycle  claim, stage_move, status_change, contract, money_entry, attachment
    work        activity, activity_project, activity_person, comment, mention, pin
    meetings    room, meeting_series, meeting, attendee, agenda_item, minutes, minutes_step, absence, feed, outgoing_mail
    items       action_item, action_support, action_step, action_extension, action_file, supervision_letter, agenda_carry
    months      annual_plan, plan_node, plan_node_move, monthly_report, light_override, briefing_layout, briefing_template,
                briefing_issue, briefing_remark
    imports     import_batch, import_row, seed_line
    ownership   collision, ruling, pool_event, transfer, merge
    desk        saved_view, view_mark, visit, follow, notice, subscription
    jobs        job
    search      search_entry
    totals      stage_share, stage_total, stale_project
    history     change

Three ideas carry the rest. A *claim* is one statement that somebody reports and somebody else verifies: every counted row (a
move to a counted stage, a contract, an arrival, a completion) points to its claim, and counts only while that claim is
verified. *History is rows*: moves, statuses, money and monthly reports are appended, never overwritten. *Nothing is lost*: a
row that people can delete is `Trashable`, hidden from every query until it is restored (crm/trash.py).
"""

from crm.schema.action_items import (
    ActionExtension,
    ActionFile,
    ActionItem,
    ActionStep,
    ActionSupport,
    AgendaCarry,
    SupervisionLetter,
)
from crm.schema.desk import Follow, Notice, SavedView, Subscription, ViewMark, Visit
from crm.schema.history import Change
from crm.schema.imports import ImportBatch, ImportRow, SeedLine
from crm.schema.jobs import Job
from crm.schema.lifecycle import Attachment, Claim, Contract, MoneyEntry, StageMove, StatusChange
from crm.schema.meetings import (
    Absence,
    AgendaItem,
    Attendee,
    Feed,
    Meeting,
    MeetingSeries,
    Minutes,
    MinutesStep,
    OutgoingMail,
    Room,
)
from crm.schema.months import (
    AnnualPlan,
    BriefingIssue,
    BriefingLayout,
    BriefingRemark,
    BriefingTemplate,
    LightOverride,
    MonthlyReport,
    PlanNode,
    PlanNodeMove,
)
from crm.schema.ownership import Collision, Merge, PoolEvent, Ruling, Transfer
from crm.schema.people import AuditEvent, Invitation, SignInAttempt, Unit, User
from crm.schema.pieces import CompanyPiece, ProjectPiece
from crm.schema.reference import Area, ExchangeRate, Holiday, Industry, Setting, Target
from crm.schema.register import Company, CompanyClassMark, Contact, FaiEntry, Listing, Project, ProjectMember
from crm.schema.search import SearchEntry
from crm.schema.totals import StageShare, StageTotal, StaleProject
from crm.schema.work import Activity, ActivityPerson, ActivityProject, Comment, Mention, Pin

__all__ = [
    "Absence",
    "ActionExtension",
    "ActionFile",
    "ActionItem",
    "ActionStep",
    "ActionSupport",
    "Activity",
    "ActivityPerson",
    "ActivityProject",
    "AgendaCarry",
    "AgendaItem",
    "AnnualPlan",
    "Area",
    "Attachment",
    "Attendee",
    "AuditEvent",
    "BriefingIssue",
    "BriefingLayout",
    "BriefingRemark",
    "BriefingTemplate",
    "Change",
    "Claim",
    "Collision",
    "Comment",
    "Company",
    "CompanyClassMark",
    "CompanyPiece",
    "Contact",
    "Contract",
    "ExchangeRate",
    "FaiEntry",
    "Feed",
    "Follow",
    "Holiday",
    "ImportBatch",
    "ImportRow",
    "Industry",
    "Invitation",
    "Job",
    "LightOverride",
    "Listing",
    "Meeting",
    "MeetingSeries",
    "Mention",
    "Merge",
    "Minutes",
    "MinutesStep",
    "MoneyEntry",
    "MonthlyReport",
    "Notice",
    "OutgoingMail",
    "Pin",
    "PlanNode",
    "PlanNodeMove",
    "PoolEvent",
    "Project",
    "ProjectMember",
    "ProjectPiece",
    "Room",
    "Ruling",
    "SavedView",
    "SearchEntry",
    "SeedLine",
    "Setting",
    "SignInAttempt",
    "StageMove",
    "StageShare",
    "StageTotal",
    "StaleProject",
    "StatusChange",
    "Subscription",
    "SupervisionLetter",
    "Target",
    "Transfer",
    "Unit",
    "User",
    "ViewMark",
    "Visit",
]
