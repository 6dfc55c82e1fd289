"""The database: reached, at the newest schema, whole, and with nobody in the way."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from crm import db
from crm.columns import Base
from crm.doctor.lines import Line, Office, fail, ok, warn

OLDEST_POSTGRESQL, OLDEST_SQLITE = 14, (3, 35)
MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
MIGRATE = "运行 flask --app wsgi crm migrate。"
LONG_MINUTES = 5
MOST_BEHIND_SECONDS = 30
NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "9p", "fuse.sshfs")
# SQLite keeps its full-text index in tables of its own, PostgreSQL in an index that SQLite has no use for; an index over an
# expression cannot be seen there by whoever makes a table anew.
POSTGRESQL_ONLY = frozenset({"ix_search_entry_tokens", "ix_project_serial"})


def reached(office: Office) -> Iterator[Line]:
    """Whether the database answers."""
    try:
        with db.reading(), office.engine.connect() as connection:
            version = ".".join(str(part) for part in connection.dialect.server_version_info or ())
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield fail("数据库", f"连不上：{said}", "看数据库是否在运行，CRM_DATABASE_URL 的地址和密码是否对。")
        return
    yield ok(
        "数据库", f"{office.engine.dialect.name} {version}，{office.engine.url.render_as_string(hide_password=True)}"
    )


def revision(office: Office) -> Iterator[Line]:
    """Whether the migrations are at their head."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    with db.reading(), office.engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    if here != head:
        yield fail("迁移", f"数据库在 {here or '空'}，程序要 {head}", MIGRATE)
    else:
        yield ok("迁移", f"已是最新（{head}）")


def structure(office: Office) -> Iterator[Line]:
    """Whether every table, column, index and constraint of the models is there, and valid."""
    with db.reading(), office.engine.connect() as connection:
        wrong = [*_different(connection), *_missing_checks(connection)]
        if connection.dialect.name == "postgresql":
            wrong += _invalid(connection)
    if wrong:
        yield fail(
            "结构",
            f"{len(wrong)} 处与程序不符：{'；'.join(wrong[:5])}",
            f"{MIGRATE}无效的索引用 REINDEX INDEX CONCURRENTLY 重建。",
        )
    else:
        count = len(Base.metadata.tables)
        yield ok("结构", f"{count} 张表的列、索引和约束都在，都有效")


def _different(connection: Connection) -> Iterator[str]:
    is_sqlite = connection.dialect.name == "sqlite"

    def ours(_object: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
        if is_sqlite and name in POSTGRESQL_ONLY:
            return False
        return not (kind == "table" and reflected and compare_to is None)

    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
    with warnings.catch_warnings():  # that on SQLite it cannot see an index over an expression; there is none there
        warnings.filterwarnings("ignore", "autogenerate skipping")
        differences = compare_metadata(context, Base.metadata)
    for found in differences:
        step = found[0] if isinstance(found, list) else found
        names = [str(getattr(part, "name", part)) for part in step[1:] if part is not None]
        yield f"{step[0]} {' '.join(names[:3])}"


def _missing_checks(connection: Connection) -> Iterator[str]:
    inspector = inspect(connection)
    for table in Base.metadata.sorted_tables:
        wanted = {str(item.name) for item in table.constraints if isinstance(item, CheckConstraint) and item.name}
        if wanted and inspector.has_table(table.name):
            there = {item["name"] for item in inspector.get_check_constraints(table.name)}
            yield from (f"缺约束 {name}" for name in sorted(wanted - there))


def _invalid(connection: Connection) -> list[str]:
    """An index whose building broke off, a constraint that old rows were never held to."""
    names = connection.exec_driver_sql(
        "SELECT '无效索引 ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid "
        "UNION ALL SELECT '未验证约束 ' || conname FROM pg_constraint WHERE NOT convalidated"
    )
    return [str(name) for name in names.scalars()]


def postgresql(office: Office) -> Iterator[Line]:
    """Version, letters, and room for all connections that the servers may ask for."""
    if office.engine.dialect.name != "postgresql":
        return
    with db.reading(), office.engine.connect() as connection:
        major = int((connection.dialect.server_version_info or (0,))[0])
        encoding, letters = connection.exec_driver_sql(
            "SELECT pg_encoding_to_char(encoding), datctype FROM pg_database WHERE datname = current_database()"
        ).one()
        room = connection.exec_driver_sql(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        ).scalar_one()
    if major < OLDEST_POSTGRESQL:
        yield fail("PostgreSQL", f"版本 {major} 太旧", f"请升级到 {OLDEST_POSTGRESQL} 或更新的版本。")
    if encoding != "UTF8":
        yield fail("编码", f"数据库编码是 {encoding}", "新建 ENCODING 'UTF8' 的数据库，再用备份恢复。")
    elif letters in ("C", "POSIX"):
        yield warn(
            "区域",
            f"字符分类是 {letters}，中文和外文字母查找会慢或不全",
            "新建数据库时用 LOCALE 'C.UTF-8' 或 zh_CN.UTF-8。",
        )
    else:
        yield ok("编码", f"{encoding}，{letters}")
    pool, workers = office.config.pool, office.config.web_workers
    most = workers * (pool.size + pool.overflow)
    said = f"本机 {workers} 个进程最多用 {most} 个，服务器共 {room} 个"
    if most > room:
        yield warn("连接数", said, "减小 CRM_DATABASE_POOL_SIZE，或加大 max_connections；几台机器要加起来算。")
    else:
        yield ok("连接数", said)


def sqlite(office: Office) -> Iterator[Line]:
    """Version, the journal that lets readers read while somebody writes, a file that is whole and on a disk of this machine."""
    if office.engine.dialect.name != "sqlite":
        return
    with db.reading(), office.engine.connect() as connection:
        version = connection.dialect.server_version_info or ()
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        whole = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        astray = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if tuple(version) < OLDEST_SQLITE:
        yield fail("SQLite", f"版本 {'.'.join(map(str, version))} 太旧", "请用自带 SQLite 3.35 以上的 Python。")
    if whole != "ok" or astray is not None:
        said = f"已损坏：{whole}" if astray is None else f"{astray[0]} 里有指向不存在记录的行"
        yield fail("数据文件", said, "从备份恢复（crm restore）。")
    elif journal != "wal":
        yield warn("数据文件", f"日志方式是 {journal}，写的时候别人不能读", "确认数据目录可写，重启服务。")
    else:
        yield ok("数据文件", "完整，WAL 日志")
    kind = _file_system(office.config.data_dir)
    if kind.startswith(NETWORK_FILE_SYSTEMS):
        yield fail("数据文件", f"SQLite 放在网络文件系统（{kind}）上会损坏", "放在本机磁盘，或改用 PostgreSQL。")


def _file_system(folder: Path) -> str:
    """The kind of file system a folder lies on; empty where the system does not tell."""
    mounts = Path("/proc/mounts")
    lines = mounts.read_text(encoding="utf-8").splitlines() if mounts.exists() else []
    places = [(Path(line.split()[1]), line.split()[2]) for line in lines]
    above = [(len(place.parts), kind) for place, kind in places if folder.is_relative_to(place)]
    return max(above)[1] if above else ""


def work_in_hand(office: Office) -> Iterator[Line]:
    """Transactions that hold others up."""
    if office.engine.dialect.name != "postgresql":
        return
    with db.reading(), office.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT pid, state, round(extract(epoch FROM now() - xact_start) / 60) AS minutes FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < now() - %s * interval '1 minute' "
            "ORDER BY xact_start",
            (LONG_MINUTES,),
        ).all()
    if found:
        said = "；".join(f"进程 {row.pid} {row.state} {row.minutes:.0f} 分钟" for row in found[:5])
        yield warn("长事务", said, "查是谁在做什么；确实卡住的用 SELECT pg_terminate_backend(进程号) 结束。")
    else:
        yield ok("长事务", f"没有超过 {LONG_MINUTES} 分钟的")


def replica(office: Office) -> Iterator[Line]:
    """Whether the replica answers, is one, and keeps up."""
    if office.replica is None:
        return
    mend = "看副本是否在运行、复制是否还连着；在它好之前，报表和导出自动从主库读。"
    try:
        behind = office.replica.seconds_behind()
        with office.replica.engine.connect() as connection:
            is_standby = connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one()
    except SQLAlchemyError as error:
        yield warn("只读副本", f"连不上：{str(getattr(error, 'orig', None) or error).strip().splitlines()[0]}", mend)
        return
    if not is_standby:
        yield warn("只读副本", "不是流复制的备库，无法知道是否跟得上", "请核对 CRM_DATABASE_REPLICA_URL。")
    elif behind > MOST_BEHIND_SECONDS:
        yield warn("只读副本", f"落后 {behind:.0f} 秒", mend)
    else:
        yield ok("只读副本", f"落后 {behind:.1f} 秒")
