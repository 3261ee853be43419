"""Headers that every answer carries: content policy, transport, framing, referrer."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, current_app, request

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
PRIVATE_PREFIXES = ("/a/", "/u/", "/r/", "/k/", "/m/", "/p/", "/s/", "/o/")
NO_FRAMES = "frame-ancestors 'none'"


def install(app: Flask, frame_policy: Callable[[], str | None]) -> None:
    """Add the headers to every answer; pages reached by a token get the strictest.

    `frame_policy` says who may show the page that answers now in a frame; None: nobody.
    """

    @app.after_request
    def framed(response: Response) -> Response:
        if ancestors := frame_policy():
            said = f"frame-ancestors {ancestors}"
            response.headers["Content-Security-Policy"] = POLICY.replace(NO_FRAMES, said)
        else:
            response.headers.setdefault("X-Frame-Options", "DENY")
        return response

    app.after_request(_harden)


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.path.startswith(PRIVATE_PREFIXES):
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cache-Control"] = "no-store"
        headers["X-Robots-Tag"] = "noindex"
    elif request.path.startswith("/console"):
        headers["Cache-Control"] = "no-store"
    return response
