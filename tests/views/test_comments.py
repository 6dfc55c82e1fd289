"""Comments, pins, following and previews as people meet them."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from crm import storage
from crm.models import Attachment, Comment, Follow, Pin
from crm.views.previews import FRAMED
from tests import factories as make

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 30
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def project(session, officer):
    made = make.make_project(session, "澜芯总部基地", lead=officer)
    session.commit()
    return made


def page_of(client, project, query=""):
    return client.get(f"/projects/{project.id}{query}").text


def test_a_comment_with_a_name_a_quote_and_a_picture(session, client_for, project, officer, team_lead):
    talk = make.make_activity(session, project, summary="要求一季度供地。")
    client = client_for(officer)
    data = {
        "body": f"@{team_lead.name} 请看 <b>", "quote": "一季度供地", "quoted_kind": "activity", "quoted_id": str(talk.id),
        "files": (io.BytesIO(PNG), "截图.png"),
    }  # fmt: skip
    answer = client.post(f"/projects/{project.id}/comments/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == 303 and answer.location.endswith(f"/projects/{project.id}#timeline")
    page = page_of(client, project)
    assert f'<span class="at">@{team_lead.name}</span> 请看 &lt;b&gt;' in page
    assert "一季度供地</blockquote>" in page and f'href="#entry-activity-{talk.id}"' in page
    assert f'<img src="/files/{session.scalars(select(Attachment.id)).one()}"' in page


def test_what_is_refused_keeps_what_was_typed(session, client_for, project, officer, other_officer):
    talk = make.make_activity(session, project, summary="要求一季度供地。")
    data = {
        "body": f"@{other_officer.name} 请看",
        "quote": "一季度供地",
        "quoted_kind": "activity",
        "quoted_id": talk.id,
    }
    answer = client_for(officer).post(f"/projects/{project.id}/comments/new", data=data)
    assert answer.status_code == 422 and f"“{other_officer.name}”看不到这个项目" in answer.text
    assert f"@{other_officer.name} 请看</textarea>" in answer.text and 'value="一季度供地"' in answer.text
    assert session.scalars(select(Comment)).all() == []


def test_quoting_without_scripts(session, client_for, project, officer):
    talk = make.make_activity(session, project, summary="要求一季度供地。")
    address = f"/projects/{project.id}/comments/new?quoted_kind=activity&quoted_id="
    client = client_for(officer)
    assert '<blockquote class="prose">要求一季度供地。</blockquote>' in client.get(f"{address}{talk.id}").text
    assert client.get(f"{address}987654").status_code == 404


def test_one_changes_and_deletes_ones_own_comment(session, client_for, project, officer, team_lead):
    client = client_for(officer)
    client.post(f"/projects/{project.id}/comments/new", data={"body": "先写"})
    key = session.scalars(select(Comment.id)).one()
    assert f"/comments/{key}/edit" in page_of(client, project)
    assert f"/comments/{key}/edit" not in page_of(client_for(team_lead), project)
    for method, address in (("get", "edit"), ("post", "edit"), ("post", "delete")):
        assert getattr(client_for(team_lead), method)(f"/comments/{key}/{address}").status_code == 403
    assert client.post(f"/comments/{key}/edit", data={"body": "后写", "version": "1"}).status_code == 303
    assert client.post(f"/comments/{key}/edit", data={"body": "旧页", "version": "1"}).status_code == 409
    assert client.post(f"/comments/{key}/edit", data={"body": "", "version": "2"}).status_code == 422
    assert "后写" in page_of(client, project) and "，改过" in page_of(client, project)
    assert client.post(f"/comments/{key}/delete").status_code == 303
    assert "后写" not in page_of(client, project)
    assert client.get(f"/comments/{key}/edit").status_code == 404


@pytest.mark.parametrize(
    ("login", "status"), [("other_officer", 404), ("agent", 404), ("admin", 404), ("auditor", 403)]
)
def test_who_may_not_comment_pin_or_name(session, client_for, project, officer, login, status):
    talk = make.make_activity(session, project)
    client = client_for(make.person(session, login))
    for address in ("comments/new", f"pins/activity/{talk.id}", f"pins/activity/{talk.id}/remove"):
        assert client.post(f"/projects/{project.id}/{address}", data={"body": "写"}).status_code == status
    assert client.get(f"/projects/{project.id}/people").status_code == status
    if status == 403:  # who sees the project sees no box and no buttons for it
        assert "data-comment" not in page_of(client, project) and "/pins/" not in page_of(client, project)
    assert session.scalars(select(Comment)).all() == session.scalars(select(Pin)).all() == []


def test_the_picker_offers_who_may_see_the_project_and_tells_namesakes_apart(session, client_for, project, officer):
    make.make_user(session, "namesake", "周以恒", make.Role.TEAM_LEAD, make.team(session, "招商二组"))
    offered = {person["name"] for person in client_for(officer).get(f"/projects/{project.id}/people").json}
    assert {"周以恒（招商一组）", "周以恒（招商二组）", "方致远", "程望山"} <= offered
    assert not {"沈亦舟", "季明川", "江予安"} & offered


def test_following_and_pinning_from_the_page(session, client_for, project, officer, auditor):
    talk = make.make_activity(session, project, summary="钉在上面的话")
    client = client_for(auditor)
    assert ">关注<" in page_of(client, project)
    assert client.post(f"/projects/{project.id}/follow").status_code == 303
    assert session.scalars(select(Follow.user_id)).all() == [auditor.id] and "取消关注" in page_of(client, project)
    client.post(f"/projects/{project.id}/unfollow")
    assert session.scalars(select(Follow)).all() == []
    client_for(officer).post(f"/projects/{project.id}/pins/activity/{talk.id}")
    page = page_of(client_for(officer), project)
    assert page.count("钉在上面的话") == 1 and "钉在上面的话" in page.split('class="pinned"')[1].split("</section>")[0]
    client_for(officer).post(f"/projects/{project.id}/pins/activity/{talk.id}/remove")
    assert 'class="pinned"' not in page_of(client_for(officer), project)


# -------------------------------------------------------------------------------------------------------------- previews


@pytest.fixture
def kept(app, session, project, officer):
    """A PDF and a picture of the project."""
    folder = app.extensions["crm_config"].files_dir
    files = {}
    for name, media_type, data in (("合同.pdf", "application/pdf", PDF), ("图.png", "image/png", PNG)):
        files[media_type] = make.add(
            session,
            Attachment(
                project_id=project.id, kind="other", filename=name, media_type=media_type, size_bytes=len(data),
                digest=storage.store(folder, data), uploaded_at=make.NOW, uploaded_by_id=officer.id,
            ),
        )  # fmt: skip
    session.commit()
    return files


def test_a_pdf_may_stand_in_a_frame_of_ours_alone(client_for, officer, project, kept):
    client = client_for(officer)
    pdf = kept["application/pdf"]
    assert f'<iframe src="/files/{pdf.id}/preview#navpanes=0&amp;view=FitH"' in page_of(client, project)
    answer = client.get(f"/files/{pdf.id}/preview")
    assert answer.data == PDF and answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Security-Policy"] == FRAMED and "frame-ancestors 'self'" in FRAMED
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    outside = client.get(f"/files/{pdf.id}")
    assert outside.headers["X-Frame-Options"] == "DENY" and "sandbox" in outside.headers["Content-Security-Policy"]


def test_a_chinese_name_fits_into_a_header(client_for, officer, kept):
    for address in (f"/files/{kept['image/png'].id}", f"/files/{kept['application/pdf'].id}/preview"):
        named = client_for(officer).get(address).headers["Content-Disposition"]
        assert named.startswith("inline;") and named.encode("latin-1") and "UTF-8''%" in named


def test_other_kinds_and_other_peoples_files_are_not_framed(client_for, officer, other_officer, kept):
    assert client_for(officer).get(f"/files/{kept['image/png'].id}/preview").status_code == 404
    assert client_for(other_officer).get(f"/files/{kept['application/pdf'].id}/preview").status_code == 404


# --------------------------------------------------------------------------------------------------- the head and the order


@pytest.mark.parametrize(("stage", "status", "words"), [
    (make.Stage.SIGNED, make.Status.ACTIVE, "已签约"), (make.Stage.REVIEW, make.Status.LOST, "流失"),
    (make.Stage.REVIEW, make.Status.ACTIVE, None),
])  # fmt: skip
def test_the_ribbon(session, client_for, officer, stage, status, words):
    project = make.make_project(session, lead=officer, stage=stage, status=status)
    page = page_of(client_for(officer), project)
    assert ("ribbon-word" in page) is (words is not None) and (words is None or f">{words}</p>" in page)


def test_a_lost_project_is_taken_up_with_one_button(session, client_for, officer, auditor):
    project = make.make_project(session, lead=officer)
    make.lose(session, project, make.date(2022, 10, 1))
    assert "恢复推进" not in page_of(client_for(auditor), project)
    assert "恢复推进" in page_of(client_for(officer), project)
    client_for(officer).post(f"/projects/{project.id}/status/active", data={"changed_on": "2022-10-20"})
    assert session.get(make.Project, project.id).status is make.Status.ACTIVE


def test_a_passed_day_is_marked(session, client_for, officer):
    project = make.make_project(session, lead=officer, expected_sign_on=make.date(2022, 10, 8))
    page = page_of(client_for(officer), project)
    assert "预计签约已过 12 天" in page and "已过 12 天</span></dd>" in page


def test_the_order_is_in_the_address_and_remembered(session, client_for, project, officer):
    for day, words in ((1, "早先的话"), (5, "后来的话")):
        make.make_activity(session, project, at=make.datetime(2022, 9, day, 6, tzinfo=make.UTC), summary=words)
    client = client_for(officer)

    def early_first(query=""):
        page = page_of(client, project, query)
        return page.index("早先的话") < page.index("后来的话")

    assert [early_first(), early_first("?order=oldest"), early_first(), early_first("?order=newest"), early_first()] == [
        False, True, True, False, False,
    ]  # fmt: skip


def test_done_and_the_next_step_in_one_form(session, client_for, project, officer, team_lead):
    promise = make.make_activity(session, project, next_on=make.date(2022, 10, 17), next_step="送测算口径")
    client = client_for(officer)
    form = page_of(client, project).split("menu-wide")[1].split("</form>")[0]
    assert "逾期 3 天" in page_of(client, project) and f'name="follow" value="{promise.id}"' in form
    data = {
        "follow": promise.id, "kind": "talk", "project_ids": project.id, "summary": "口径已送达。", "next_step": "约评审",
        "next_on": "2022-10-28", "next_owner_id": team_lead.id, "next": f"/projects/{project.id}#timeline",
    }  # fmt: skip
    answer = client.post("/activities/new", data=data)
    assert answer.status_code == 303 and answer.location.endswith(f"/projects/{project.id}#timeline")
    made = session.scalars(select(make.Activity).order_by(make.Activity.id.desc())).first()
    assert (made.summary, made.next_step, made.next_owner_id) == ("口径已送达。", "约评审", team_lead.id)
    assert session.get(make.Activity, promise.id).next_done_at is not None
    assert client.post("/activities/new", data={**data, "summary": ""}).status_code == 422


def test_putting_off_from_the_page(session, client_for, project, officer, statistician):
    promise = make.make_activity(session, project, next_on=make.date(2022, 10, 17))
    address = f"/activities/{promise.id}/postpone"
    assert address in page_of(client_for(officer), project)
    assert address not in page_of(client_for(statistician), project)
    assert client_for(statistician).post(address, data={"next_on": "2022-10-28"}).status_code == 403
    for on, status in (("", 422), ("2022-10-19", 422), ("2022-10-28", 303)):
        assert client_for(officer).post(address, data={"next_on": on}).status_code == status
    assert session.get(make.Activity, promise.id).next_on == make.date(2022, 10, 28)
