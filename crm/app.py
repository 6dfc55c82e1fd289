"""create_app(config): every wiring step, in order. Read this first."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, has_request_context, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from jinja2 import StrictUndefined
from sqlalchemy import create_engine, event, inspect, select
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from crm import (
    commands,
    formats,
    guards,  # noqa: F401 - keeps the instant of registration as it was first written
    history,
    indexing,  # noqa: F401 - keeps the search index, once it is imported
    language,
    pieces,  # noqa: F401 - keeps the pieces by which names are found
    policy,
    stale,  # noqa: F401 - notes the projects whose stage totals are to be added up anew
    trash,  # noqa: F401 - hides deleted rows from every query, once it is imported
)
from crm import db as database
from crm.actions import invitations
from crm.clock import Clock
from crm.config import Config, ConfigError
from crm.errors import Clash, CrmError, NotAllowed, NotFound, RuleBroken
from crm.extensions import babel, csrf, db, login, migrate
from crm.models import Project, User
from crm.queries import frame
from crm.replica import Replica
from crm.views import BLUEPRINTS, addresses, chrome, memory, search, web
from crm.views.account import load_signed_in
from crm.views.static import serve_static

log = logging.getLogger("crm")

STATUS: dict[type[CrmError], int] = {NotFound: 404, NotAllowed: 403, RuleBroken: 422, Clash: 409}
PUBLIC = frozenset(
    {
        "static",
        "account.sign_in",
        "account.demo_sign_in",
        "account.accept",
        "answers.show",
        "feeds.calendar",
        "health.alive",
        "health.ready",
    }
)
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def create_app(config: Config) -> Flask:
    """The application for one configuration; tests make their own."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    app = Flask("crm", static_folder=None)
    app.config.update(_flask_settings(config))
    app.extensions["crm_config"] = config
    app.extensions["crm_clock"] = Clock(config.today)
    app.extensions["crm_memory"] = memory.Memory(config.memory_seconds)
    _bind_extensions(app, config)
    _equip_templates(app, config)
    _guard_requests(app, config)
    _answer_errors(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    serve_static(app)
    commands.register(app)
    if config.environment == "production":
        _refuse_demo_accounts(app)
    if config.trusted_proxies:
        # Each proxy adds an address; the scheme and the host are told by the nearest alone.
        app.wsgi_app = ProxyFix(app.wsgi_app, config.trusted_proxies, 1, 1)  # type: ignore[method-assign]
    return app


def _flask_settings(config: Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": database.engine_options(config.database_url, config.pool, config.timeouts),
        # A workbook at its limit plus the form around it; larger bodies are refused before they are read.
        "MAX_CONTENT_LENGTH": config.upload_limit_bytes + 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "MAX_FORM_PARTS": 20_000,
        "PERMANENT_SESSION_LIFETIME": timedelta(minutes=config.session_idle_minutes),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.secure_cookies,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "TESTING": config.environment == "test",
    }


def _bind_extensions(app: Flask, config: Config) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(app.root_path) + "/migrations", render_as_batch=True)
    csrf.init_app(app)
    login.init_app(app)
    babel.init_app(app, locale_selector=language.chosen)
    babel.domain_instance = language.Messages()
    login.user_loader(load_signed_in)
    with app.app_context():
        database.equip(db.engine)
        app.extensions["crm_replica"] = _replica(config)


@event.listens_for(db.session, "after_commit")
def _note_commit(_session: Session) -> None:
    if has_request_context():
        g.committed = True


def _replica(config: Config) -> Replica | None:
    if config.replica_url is None:
        return None
    engine = create_engine(
        config.replica_url, **database.engine_options(config.replica_url, config.pool, config.timeouts)
    )
    database.equip_replica(engine)
    return Replica(engine, db.engine, config.replica_lag_seconds)


def _refuse_demo_accounts(app: Flask) -> None:
    """Demo accounts have no password: an office that once tried the demo must not open it to its network."""
    found = None
    try:
        with app.app_context(), database.reading(), db.engine.connect() as connection:
            demo = select(User.id).where(User.is_demo, User.is_active).limit(1)
            found = inspect(connection).has_table("user") and connection.scalar(demo)
    except DBAPIError as error:
        if database.trouble(error) is None:
            raise
        # Servers that start before their database wait for it; a demo account cannot sign in here anyway.
        log.warning("the database is away, demo accounts were not looked for: %s", str(error).splitlines()[0])
    with app.app_context():
        db.engine.dispose()  # a server that forks must not hand its children this connection
    if found:
        raise ConfigError("数据库里有演示账号，正式环境不能启动；请换一个空的数据库（CRM_DATABASE_URL）。")


def _equip_templates(app: Flask, config: Config) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.filters.update(formats.FILTERS | language.FILTERS)
    language.equip(app.jinja_env)
    app.jinja_env.globals.update(Act=policy.Act, config_crm=config, capped=frame.words, chrome=chrome, can=_can)
    app.jinja_env.globals["url_for"] = addresses.url_for
    app.context_processor(lambda: _page_context(config))


def _page_context(config: Config) -> dict[str, Any]:
    """What base.html needs on every page: the person, the day, the menu."""
    actor = g.get("actor")
    return {
        "actor": actor,
        "today": web.today(),
        "now": web.now(),
        "frame": lambda: _frame_counts() if actor else frame.Counts(),
        "theme": current_user.theme.value if actor else "auto",
        "single_keys": bool(actor) and current_user.single_keys,
        "visited": search.visited(),
    }  # fmt: skip


def _can(act: policy.Act, project: Project | None = None) -> bool:
    """For templates: whether the person who asks may do it at all, or with this project; nobody may do anything."""
    actor = g.get("actor")
    if actor is None:
        return False
    return policy.can(actor, act) if project is None else policy.allows(actor, act, project)


def _frame_counts() -> frame.Counts:
    return memory.remembered("frame", lambda: frame.counts(web.session(), g.actor, web.today()))


def _guard_requests(app: Flask, config: Config) -> None:
    def open_request() -> Response | None:
        g.request_id = request.headers.get("X-Request-Id", "")[:40] or secrets.token_hex(8)
        g.database_mode = database.begin_request(request.method)
        if (
            "\x00" in request.path or b"%00" in request.query_string
        ):  # no text holds it, and PostgreSQL refuses to be asked
            raise BadRequest
        if request.endpoint in PUBLIC:
            return None
        if not current_user.is_authenticated:
            return _ask_to_sign_in()
        g.actor = current_user.actor
        history.sign(db.session(), history.Signature(g.actor.id, web.now(), g.request_id))
        if config.smtp is not None:
            invitations.with_mails(db.session())
        return None

    def note_writing(response: Response) -> Response:
        if "committed" in g:
            web.remember_writing()
        return response

    def close_request(_error: BaseException | None) -> None:
        if "database_mode" in g:
            database.end_request(g.pop("database_mode"))

    app.before_request_funcs.setdefault(None, []).insert(0, open_request)
    app.teardown_request(close_request)
    app.after_request(note_writing)
    app.after_request(memory.note_write)
    app.after_request(_add_headers)


def _ask_to_sign_in() -> Response:
    """Default deny: a stranger is sent to the sign-in page and, where it is safe, brought back."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    target = url_for("account.sign_in", next=web.safe_target(back))
    if web.wants_fragment():
        return Response(status=401, headers={"HX-Redirect": target})
    return redirect(target)  # type: ignore[return-value]


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "request_id" in g:
        response.headers["X-Request-Id"] = g.request_id
    return response


def _answer_errors(app: Flask) -> None:
    def answer(status: int, message: str) -> tuple[str, int]:
        with suppress(SQLAlchemyError):  # a line that broke cannot be rolled back, and need not be
            db.session.rollback()
        template = "errors/_note.html" if web.wants_fragment() else "errors/page.html"
        message = language.translated(message)
        return render_template(template, status=status, message=message, frame=frame.Counts), status  # counts nothing

    def refused(error: CrmError) -> tuple[str, int]:
        return answer(next(code for kind, code in STATUS.items() if isinstance(error, kind)), error.message)

    def troubled(error: DBAPIError | PoolTimeout) -> Any:
        trouble = database.trouble(error)
        if trouble is None:
            if app.testing:
                raise error
            return unknown(error)
        log.warning("database trouble in request %s: %s", g.get("request_id"), str(error).splitlines()[0])
        if trouble.status == 503:  # the page must not ask the database anything: not even who reads it
            g.pop("actor", None)
            g._login_user = AnonymousUserMixin()
        text, status = answer(trouble.status, trouble.message)
        return text, status, {"Retry-After": str(trouble.retry_seconds)}

    def overtaken(_: StaleDataError) -> tuple[str, int]:
        return answer(409, "这条记录刚被别人改过，请回到页面看最新内容后再改；你的改动还没有保存。")

    def doubled(error: IntegrityError) -> tuple[str, int]:
        log.warning("constraint refused a write (request %s): %s", g.get("request_id"), error.orig)
        return answer(409, "这条记录与库中已有的冲突，可能刚由别人登记过，请刷新后核对。")

    def forged(_: CSRFError) -> tuple[str, int]:
        return answer(400, "页面已过期，请返回上一页刷新后再提交。")

    def http(error: HTTPException) -> Any:
        if error.code is None or error.code < 400:
            return error
        words = {
            404: "没有找到这个页面。",
            405: "这个地址不接受这样的请求。",
            413: _(
                "文件超过 %(mb)d MB，请拆分后再上传。", mb=app.extensions["crm_config"].upload_limit_bytes // 1024**2
            ),
        }
        return answer(error.code, words.get(error.code, "请求有误，请返回上一页再试。"))

    def unknown(error: Exception) -> tuple[str, int]:
        log.exception("unexpected error in request %s", g.get("request_id"), exc_info=error)
        return answer(
            500, _("系统出错了，已记录（编号 %(id)s）。请稍后再试，或把编号告诉管理员。", id=g.get("request_id"))
        )

    app.register_error_handler(CrmError, refused)
    app.register_error_handler(StaleDataError, overtaken)
    app.register_error_handler(IntegrityError, doubled)
    app.register_error_handler(DBAPIError, troubled)
    app.register_error_handler(PoolTimeout, troubled)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, http)
    if not app.testing:  # a test wants to see the fault itself
        app.register_error_handler(Exception, unknown)
