"""Running the catcher: SMTP in one thread, its page in this one, both on loopback, until told to stop."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from werkzeug.serving import WSGIRequestHandler, make_server

from alerts.catcher.pages import create_catcher_app
from alerts.catcher.store import Store
from alerts.core import logs
from alerts.core.errors import Refused

log = logs.logger(__name__)

Heard = Callable[[list[str], bytes], None]
HOST = "127.0.0.1"
LARGEST_MAIL = 10 * 1024 * 1024
ROOT = Path(__file__).parent.parent.parent


class _Keeper:
    """What aiosmtpd calls for each mail."""

    def __init__(self, store: Store, heard: Heard | None) -> None:
        self._store = store
        self._heard = heard

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.original_content or b""
        mail = await asyncio.to_thread(self._store.add, content, list(envelope.rcpt_tos))
        if self._heard is not None:
            await asyncio.to_thread(self._heard, list(envelope.rcpt_tos), content)
        return f"250 2.0.0 Ok: queued as {mail.id}"


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A page read by its developer needs no access log."""


def run_catcher(smtp_port: int, ui_port: int, folder: Path, *, heard: Heard | None = None) -> None:
    """Catch mail at `smtp_port` and show it at `ui_port` until SIGTERM or SIGINT; mails stay in `folder`.

    `heard` is told of each mail, its recipients and its bytes: for the mailboxes that are our own.
    Raises Refused for a port that cannot be had. Both listen on this machine only.
    """
    check_free(smtp_port, "SMTP_PORT")
    check_free(ui_port, "MAIL_UI_PORT")
    store = Store(folder)
    smtp = Controller(
        _Keeper(store, heard), hostname=HOST, port=smtp_port, enable_SMTPUTF8=True, data_size_limit=LARGEST_MAIL
    )
    web = make_server(HOST, ui_port, create_catcher_app(store, str(ROOT)), threaded=True, request_handler=_Quiet)

    def halt(_: int, __: FrameType | None) -> None:
        threading.Thread(target=web.shutdown, daemon=True).start()

    smtp.start()
    try:
        signal.signal(signal.SIGTERM, halt)
        signal.signal(signal.SIGINT, halt)
        log.info("catcher.started", smtp_port=smtp_port, page=f"http://localhost:{ui_port}/")
        web.serve_forever()
    finally:
        smtp.stop()
        web.server_close()


def check_free(port: int, setting: str) -> None:
    """Raises Refused, naming the setting, where nobody can listen at this port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            why = (
                "is in use by another program"
                if error.errno == errno.EADDRINUSE
                else f"cannot be had ({error.strerror})"
            )
            raise Refused(f"Port {port} {why}. Set {setting} to a free one.") from None
