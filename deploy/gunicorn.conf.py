"""gunicorn --config deploy/gunicorn.conf.py --bind 127.0.0.1:5001 wsgi:app: one web server of an office.

What differs between offices comes from the environment (deploy/crm.env.example); the reasons: docs/operations.md.
"""

import gc
import os
from typing import Any

worker_class = "gthread"
workers = int(os.environ.get("CRM_WEB_WORKERS") or 2)
threads = int(os.environ.get("CRM_WEB_THREADS") or 4)
preload_app = True  # loaded once and shared by the workers: half the memory
max_requests = 5000  # what leaks does not grow for ever
max_requests_jitter = 500  # not all of them at once
timeout = 120  # a worker that shows no sign of life
graceful_timeout = 90  # what is under way at SIGTERM may end: longer than nginx waits for an answer
keepalive = 5
control_socket_disable = True  # servers of one account would share it; systemd is who starts and stops them
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - a sign of life needs no disk
forwarded_allow_ips = ""  # whom to believe is the application's matter: CRM_TRUSTED_PROXIES
errorlog = "-"
accesslog = os.environ.get("CRM_ACCESS_LOG") or None  # nginx keeps one already
access_log_format = '%({x-forwarded-for}i)s "%(r)s" %(s)s %(B)s %(M)sms %({x-request-id}o)s'


def post_worker_init(worker: Any) -> None:
    """Let a worker that is about to go close its door: the system would go on taking calls that nobody answers.

    gunicorn only stops answering. A balancer must get a refusal at once, so that it asks another server.
    """
    accept = worker.set_accept_enabled

    def close_the_door(enabled: bool) -> None:
        accept(enabled)
        if not enabled and not worker.alive:
            for listener in worker.sockets:
                listener.close()

    worker.set_accept_enabled = close_the_door


def when_ready(_server: object) -> None:
    """What was loaded before the workers are made is theirs for good: the collector must not touch, and thereby copy, it."""
    gc.collect()
    gc.freeze()
