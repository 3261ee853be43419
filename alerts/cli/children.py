"""Starting servers as children: out of reach of the terminal's Ctrl-C, gone when we are gone, never as root."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _RAISE = 1, 8, 28, 47, 2
_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE = 1
_CAP_VERSION_3 = 0x20080522


def start(
    command: Sequence[str],
    *,
    log: Path,
    farewell: signal.Signals,
    given: bytes | None = None,
    unprivileged: bool = False,
) -> subprocess.Popen[bytes]:
    """Run `command` with its output in `log`; on Linux it gets `farewell` where this process dies without a word.

    `unprivileged` runs it as `nobody` where we are root, since PostgreSQL refuses to be root.
    """
    with log.open("ab") as out:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            preexec_fn=_preparation(farewell, unprivileged and os.geteuid() == 0),  # noqa: PLW1509 - no threads yet
        )
    if given is not None:
        pipe: IO[bytes] = child.stdin  # type: ignore[assignment]
        pipe.write(given)
        pipe.close()
    return child


def stop(child: subprocess.Popen[bytes], first: signal.Signals, *, patience: float = 20) -> None:
    """Ask the child to end with `first`; kill it where it has not after `patience` seconds."""
    if child.poll() is not None:
        return
    child.send_signal(first)
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def owner() -> tuple[int, int]:
    """User and group of unprivileged children: ours, or nobody's where we are root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _preparation(farewell: signal.Signals, drop: bool) -> Callable[[], None]:
    """What the child does before it becomes the server. Everything it needs is looked up here, before the fork."""
    uid, gid = owner()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def prepare() -> None:
        if drop and libc:
            libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
            libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0)  # or access(2) forgets what is kept
        if drop:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        if drop and libc:
            _keep_reach(libc)
        if libc:
            libc.prctl(_PR_SET_PDEATHSIG, int(farewell), 0, 0, 0)

    return prepare


def _keep_reach(libc: ctypes.CDLL) -> None:
    """Let `nobody` reach our folders although those above are closed to it (a clone below /root).

    One capability is handed down, as a login shell's `setpriv --ambient-caps` would. The other way, opening the folders
    above to everybody, would outlast us. Where the system refuses, nothing is lost but that reach.
    """
    wanted = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAP_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(wanted, wanted, wanted, 0, 0, 0)
    if libc.capset(header, sets) == 0:
        libc.prctl(_PR_CAP_AMBIENT, _RAISE, _CAP_DAC_OVERRIDE, 0, 0)
