"""The catcher's page: a list of mails, each mail as text, as HTML and as it came; and the same for programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from alerts.catcher.store import Kept, Store

PAGE = 50
SHEET = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox;"
    " base-uri 'none'; form-action 'none'"
)
PAGES = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"

pages = Blueprint("mail", __name__)


def create_catcher_app(store: Store, root_path: str) -> Flask:
    """The page over a store of mails."""
    app = Flask("catcher", root_path=root_path, template_folder="templates/catcher", static_folder="static")
    app.extensions["store"] = store
    app.register_blueprint(pages)
    app.after_request(_guarded)
    return app


def _guarded(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", PAGES)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _store() -> Store:
    store: Store = current_app.extensions["store"]
    return store


def _mail(id: str) -> Kept:
    mail = _store().get(id)
    if mail is None:
        abort(404)
    return mail


@pages.get("/")
def index() -> ResponseReturnValue:
    """Mails, newest first."""
    wanted = request.args.get("to", "")
    number = max(0, request.args.get("page", 0, type=int))
    mails, total = _store().newest(to=wanted, limit=PAGE, skip=number * PAGE)
    return render_template("index.html", mails=mails, total=total, to=wanted, number=number, more=total > (number + 1) * PAGE)


@pages.get("/mail/<id>")
def show(id: str) -> ResponseReturnValue:
    """One mail."""
    mail = _mail(id)
    headers = [(name, str(value)) for name, value in mail.message().items() if name != "X-Envelope-To"]
    return render_template("mail.html", mail=mail, headers=headers, text=mail.part("plain"))


@pages.get("/mail/<id>/html")
def html(id: str) -> ResponseReturnValue:
    """A mail's HTML, alone and harmless: nothing is loaded, no script runs."""
    response = Response(_mail(id).part("html").replace("<head>", '<head><base target="_blank">', 1), mimetype="text/html")
    response.headers["Content-Security-Policy"] = SHEET
    return response


@pages.get("/mail/<id>/raw")
def raw(id: str) -> ResponseReturnValue:
    """A mail as it came."""
    return Response(_mail(id).file.read_bytes(), mimetype="text/plain; charset=utf-8")


@pages.get("/api/messages")
def messages() -> ResponseReturnValue:
    """Mails for programs: `to`, `limit` (at most 1,000) and `skip` as in the list."""
    limit = min(1000, request.args.get("limit", PAGE, type=int))
    mails, total = _store().newest(
        to=request.args.get("to", ""), limit=limit, skip=max(0, request.args.get("skip", 0, type=int))
    )
    return jsonify(total=total, messages=[_brief(mail) for mail in mails])


@pages.get("/api/messages/<id>")
def message(id: str) -> ResponseReturnValue:
    """One mail for programs, whole."""
    mail = _mail(id)
    headers = {name: str(value) for name, value in mail.message().items()}
    return jsonify(**_brief(mail), headers=headers, text=mail.part("plain"), html=mail.part("html"))


@pages.delete("/api/messages")
def clear() -> ResponseReturnValue:
    """Throw all mails away."""
    return jsonify(removed=_store().clear())


def _brief(mail: Kept) -> dict[str, Any]:
    return {
        "id": mail.id,
        "at": mail.at.isoformat(),
        "to": list(mail.recipients),
        "from": mail.sender,
        "subject": mail.subject,
        "language": mail.language,
    }
