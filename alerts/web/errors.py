"""Pages for what goes wrong: each says what happened, and what to do."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, make_response, render_template
from flask.typing import ResponseReturnValue
from jinja2 import TemplateError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from alerts.core import logs
from alerts.core.errors import Busy, NotAllowed, Unknown
from alerts.extensions import db

log = logs.logger(__name__)

PAGES = (400, 403, 404, 405, 413, 422, 429, 500, 503)
_LIKE = {401: 403, 406: 400, 408: 400, 410: 404, 411: 400, 414: 400, 415: 400, 416: 400, 431: 400}
_PASSED_ON = ("Allow", "Retry-After")


def install(app: Flask) -> None:
    """Answer each error with its page, in the reader's language."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(Unknown, lambda _: error_page(404))
    app.register_error_handler(NotAllowed, lambda _: error_page(403))
    app.register_error_handler(Busy, lambda _: error_page(503))
    app.after_request(_without_its_body)


def error_page(status: int) -> ResponseReturnValue:
    """The page for an error; the nearest one we have for a status without its own."""
    known = status if status in PAGES else _LIKE.get(status, 500)
    try:
        return render_template(f"errors/{known}.html"), status
    except (TemplateError, LookupError, ValueError):
        log.exception("error.page", status=status)
        return f"Error {status}. Please try again in a few minutes.\n", status, {"Content-Type": "text/plain"}


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    answer = make_response(error_page(error.code))
    answer.headers.update({name: value for name, value in error.get_headers() if name in _PASSED_ON})
    return answer


def _without_its_body(response: Response) -> Response:
    """What was asked for on the condition that it is another (`If-Match`) is not sent along with the refusal."""
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        getattr(response.response, "close", lambda: None)()
        response.direct_passthrough = False
        response.set_data(b"")
        response.headers.pop("Content-Type", None)
    return response


def _database_away(error: OperationalError) -> ResponseReturnValue:
    db.session.rollback()
    log.error("database.away", error=type(error.orig).__name__)
    return error_page(503)
