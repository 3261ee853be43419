"""The catcher's page: a list of mails, each mail as text, as HTML and as it came; and the same for programs."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from alerts.catcher.store import Kept, Store

PAGE = 50
MOST = 1_000
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
SHEET = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    f" frame-ancestors 'self'; sandbox {SANDBOX}"
)
PAGES = (
    "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_NEW_TAB = '<base target="_blank">'

pages = Blueprint("mail", __name__)


def create_catcher_app(store: Store, root_path: str) -> Flask:
    """The page over a store of mails."""
    app = Flask("catcher", root_path=root_path, template_folder="templates/catcher", static_folder="static")
    app.extensions["store"] = store
    app.register_blueprint(pages)
    app.after_request(_guarded)
    app.register_error_handler(FileNotFoundError, _gone)
    app.register_error_handler(HTTPStatus.NOT_FOUND, _gone)
    return app


def _guarded(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", PAGES)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _gone(_: Exception) -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        return jsonify(error="There is no such mail."), HTTPStatus.NOT_FOUND
    return render_template("gone.html"), HTTPStatus.NOT_FOUND


def _store() -> Store:
    store: Store = current_app.extensions["store"]
    return store


def _mail(id: str) -> Kept:
    mail = _store().get(id)
    if mail is None:
        abort(HTTPStatus.NOT_FOUND)
    return mail


@pages.get("/")
def index() -> ResponseReturnValue:
    """Mails, newest first."""
    wanted = request.args.get("to", "")
    number = _number("page", 0)
    mails, total = _store().newest(to=wanted, limit=PAGE, skip=number * PAGE)
    return render_template(
        "index.html",
        mails=mails,
        total=total,
        to=wanted,
        number=number,
        first=number * PAGE + 1,
        last=number * PAGE + len(mails),
    )


@pages.get("/mail/<id>")
def show(id: str) -> ResponseReturnValue:
    """One mail."""
    mail = _mail(id)
    return render_template(
        "mail.html",
        mail=mail,
        headers=_headers(mail),
        text=mail.part("plain"),
        has_html=bool(mail.part("html")),
        sandbox=SANDBOX,
    )


@pages.get("/mail/<id>/html")
def html(id: str) -> ResponseReturnValue:
    """A mail's HTML, alone and harmless: nothing is loaded, no script runs, links open in a tab of their own."""
    page = _mail(id).part("html")
    head = _HEAD.search(page)
    cut = head.end() if head else 0
    response = Response(page[:cut] + _NEW_TAB + page[cut:], mimetype="text/html")
    response.headers["Content-Security-Policy"] = SHEET
    return response


@pages.get("/mail/<id>/raw")
def raw(id: str) -> ResponseReturnValue:
    """A mail as it came."""
    return Response(_mail(id).raw(), mimetype="text/plain; charset=utf-8")


@pages.get("/api/messages")
def messages() -> ResponseReturnValue:
    """Mails for programs: `to`, `limit` (at most 1,000) and `skip` as in the list."""
    mails, total = _store().newest(
        to=request.args.get("to", ""), limit=min(MOST, _number("limit", PAGE)), skip=_number("skip", 0)
    )
    return jsonify(total=total, messages=[_brief(mail) for mail in mails])


@pages.get("/api/messages/<id>")
def message(id: str) -> ResponseReturnValue:
    """One mail for programs, whole."""
    mail = _mail(id)
    return jsonify(**_brief(mail), headers=dict(_headers(mail)), text=mail.part("plain"), html=mail.part("html"))


@pages.delete("/api/messages")
def clear() -> ResponseReturnValue:
    """Throw all mails away."""
    return jsonify(removed=_store().clear())


def _number(name: str, otherwise: int) -> int:
    return max(0, request.args.get(name, otherwise, type=int))


def _headers(mail: Kept) -> list[tuple[str, str]]:
    """Headers as readers show them; one that cannot be read is shown as it came."""
    message = mail.message()
    shown = []
    for name, value in message.raw_items():
        try:
            shown.append((name, str(message.policy.header_fetch_parse(name, value))))
        except Exception:  # noqa: BLE001 - the parser of headers fails in many ways on what is none
            shown.append((name, str(value)))
    return shown


def _brief(mail: Kept) -> dict[str, Any]:
    return {
        "id": mail.id,
        "at": mail.at.isoformat(),
        "to": list(mail.recipients),
        "from": mail.sender,
        "subject": mail.subject,
        "language": mail.language,
    }
