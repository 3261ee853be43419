"""Files of our own (styles, scripts, faces): their addresses change with their content, so browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

YEAR = 365 * 24 * 3600
FACE = ".woff2"
"""Faces are named in styles, which know no fingerprint: one that changes gets another name."""


def install(app: Flask) -> None:
    """Put a fingerprint into each static file's address, and let what is asked for with one be kept for a year."""

    @app.url_defaults
    def fingerprinted(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values and app.static_folder:
            print_ = _fingerprint(Path(app.static_folder) / values["filename"])
            if print_:
                values["v"] = print_

    @app.after_request
    def kept(response: Response) -> Response:
        lasts = request.args.get("v") or request.path.endswith(FACE)
        if request.endpoint == "static" and lasts and response.status_code == HTTPStatus.OK:
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        return response


@cache
def _digest(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def _fingerprint(file: Path) -> str:
    try:
        return _digest(file, file.stat().st_mtime_ns)
    except OSError:
        return ""
