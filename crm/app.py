"""create_app(config): every wiring step, in order. Read this first."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from jinja2 import StrictUndefined
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from crm import commands, formats, history, language, policy
from crm import db as database
from crm.clock import Clock
from crm.config import Config, ConfigError
from crm.errors import Clash, CrmError, NotAllowed, NotFound, RuleBroken
from crm.extensions import babel, csrf, db, login, migrate
from crm.models import User
from crm.views import BLUEPRINTS, navigation, web
from crm.views.account import load_signed_in

log = logging.getLogger("crm")

STATUS: dict[type[CrmError], int] = {NotFound: 404, NotAllowed: 403, RuleBroken: 422, Clash: 409}
PUBLIC = frozenset({"static", "account.sign_in", "account.demo_sign_in", "account.accept", "health.alive"})
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
    app = Flask("crm")
    app.config.update(_flask_settings(config))
    app.extensions["crm_config"] = config
    app.extensions["crm_clock"] = Clock(config.today)
    _bind_extensions(app)
    _equip_templates(app, config)
    _guard_requests(app, config)
    _answer_errors(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    commands.register(app)
    if config.environment == "production":
        _refuse_demo_accounts(app)
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


def _flask_settings(config: Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": database.engine_options(config.database_url),
        # A workbook at its limit plus the form around it; larger bodies are refused before they are read.
        "MAX_CONTENT_LENGTH": config.upload_limit_bytes + 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "MAX_FORM_PARTS": 20_000,
        "PERMANENT_SESSION_LIFETIME": timedelta(minutes=config.session_idle_minutes),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.secure_cookies,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(hours=1),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "TESTING": config.environment == "test",
    }


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(app.root_path) + "/migrations", render_as_batch=True)
    csrf.init_app(app)
    login.init_app(app)
    babel.init_app(app, locale_selector=language.chosen)
    babel.domain_instance = language.Messages()
    login.user_loader(load_signed_in)
    with app.app_context():
        database.equip(db.engine)


def _refuse_demo_accounts(app: Flask) -> None:
    """Demo accounts have no password: an office that once tried the demo must not open it to its network."""
    with app.app_context(), database.reading(), db.engine.connect() as connection:
        demo = select(User.id).where(User.is_demo, User.is_active).limit(1)
        found = inspect(connection).has_table("user") and connection.scalar(demo)
    with app.app_context():
        db.engine.dispose()  # a server that forks must not hand its children this connection
    if found:
        raise ConfigError("数据库里有演示账号，正式环境不能启动；请换一个空的数据库（CRM_DATABASE_URL）。")


def _equip_templates(app: Flask, config: Config) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.filters.update(formats.FILTERS | language.FILTERS)
    app.jinja_env.template_class = language.ReadersTemplate
    app.jinja_env.globals.update(Act=policy.Act, config_crm=config)
    app.context_processor(lambda: _page_context(config))


def _page_context(config: Config) -> dict[str, Any]:
    """What base.html needs on every page: the person, the day, the menu, and `can`."""
    actor = g.get("actor")
    return {
        "actor": actor,
        "today": web.today(),
        "now": web.now(),
        "menu": navigation.menu(actor) if actor else [],
        "tabs": navigation.tabs(actor) if actor else [],
        "can": lambda act, project=None: bool(actor) and (
            policy.can(actor, act) if project is None else policy.allows(actor, act, project)
        ),
        "theme": current_user.theme.value if actor else "auto",
    }  # fmt: skip


def _guard_requests(app: Flask, config: Config) -> None:
    def open_request() -> Response | None:
        g.request_id = request.headers.get("X-Request-Id", "")[:40] or secrets.token_hex(8)
        g.database_mode = database.begin_request(request.method)
        if request.endpoint in PUBLIC:
            return None
        if not current_user.is_authenticated:
            return _ask_to_sign_in()
        g.actor = current_user.actor
        history.sign(db.session(), history.Signature(g.actor.id, web.now(), g.request_id))
        return None

    def close_request(_error: BaseException | None) -> None:
        if "database_mode" in g:
            database.end_request(g.pop("database_mode"))

    app.before_request_funcs.setdefault(None, []).insert(0, open_request)
    app.teardown_request(close_request)
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
        db.session.rollback()
        template = "errors/_note.html" if web.wants_fragment() else "errors/page.html"
        return render_template(template, status=status, message=language.translated(message)), status

    def refused(error: CrmError) -> tuple[str, int]:
        return answer(next(code for kind, code in STATUS.items() if isinstance(error, kind)), error.message)

    def stale(_: StaleDataError) -> tuple[str, int]:
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
    app.register_error_handler(StaleDataError, stale)
    app.register_error_handler(IntegrityError, doubled)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, http)
    if not app.testing:  # a test wants to see the fault itself
        app.register_error_handler(Exception, unknown)
