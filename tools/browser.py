"""Find Chromium for the browser tests, or get it; then run a command with `CHROMIUM` naming it.

    python tools/browser.py python -m pytest     # as `make test` does

Looked for: `CHROMIUM`, a system browser, Playwright's own. Got, where there is none: Playwright's own, else the
system's package where we are root. Where none can be had, the command runs without, and the tests say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 600
"""Seconds an installation may take."""


def find() -> str | None:
    """The path of a Chromium on this machine."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None) or _playwrights()


def get() -> str | None:
    """Install a Chromium and give its path; None where this machine does not allow it."""
    print("No Chromium here: installing one for the browser tests (once) …", file=sys.stderr, flush=True)
    if _quietly(sys.executable, "-m", "playwright", "install", "chromium") and (found := _playwrights()):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        if _quietly("apt-get", "update"):
            _quietly("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
        return find()
    return None


def _playwrights() -> str | None:
    """Playwright's own Chromium where it is installed and starts (it may lack libraries of the system)."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and _quietly(path, "--headless", "--no-sandbox", "--version") else None


def _quietly(*command: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    if done.returncode:
        print(f"  {' '.join(command)}: {(done.stderr or done.stdout).strip()[-300:]}", file=sys.stderr)
    return done.returncode == 0


def main() -> None:
    """Run the command that stands behind the name of this file."""
    found = find() or get()
    if found:
        os.environ["CHROMIUM"] = found
    else:
        print("No Chromium can be had here: the browser tests will say so.", file=sys.stderr, flush=True)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command is the caller's own


if __name__ == "__main__":
    main()
