"""The processes of an installation under a supervisor: who dies is started again at once, as an operator's would be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.processes import ROOT


@dataclass
class Member:
    """One process: what it runs, and with which points armed."""

    command: str
    points: tuple[str, ...] = ()
    changed: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None


class Crew:
    """Starts, watches and ends processes; ends only its own. `kills` counts SIGKILLs, `died` ends nobody asked for."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self.log = folder / "log"
        self.members: list[Member] = []
        self.kills = self.died = 0
        self.struck_at: float | None = None

    def hire(self, command: str, *points: str, with_signal: signal.Signals = signal.SIGKILL, **changed: str) -> Member:
        """Start `alerts COMMAND`, to go at these points, once for each point and all who share it."""
        member = Member(command, points, {"CHAOS_SIGNAL": with_signal.name, **changed})
        self.members.append(member)
        self._start(member)
        return member

    def flag(self, point: str) -> Path:
        """The file that says that somebody went at this point."""
        return self._folder / point.replace(" ", "-").replace(",", "")

    def tend(self) -> None:
        """Start again whoever has gone."""
        for member in self.members:
            if member.process is not None and (code := member.process.poll()) is not None:
                if code == -signal.SIGKILL:
                    self.note_kill()
                else:
                    self.died += 1
                self._start(member)

    def note_kill(self) -> None:
        """Somebody was killed just now."""
        self.kills += 1
        self.struck_at = time.monotonic()

    def kill(self, member: Member) -> None:
        """SIGKILL to it and its children, from outside; its successor comes when the crew is tended."""
        if member.process is not None:
            os.killpg(member.process.pid, signal.SIGKILL)
            member.process.wait()

    def wake(self) -> None:
        """Let those go on who stand still."""
        for member in self.members:
            if member.process is not None:
                member.process.send_signal(signal.SIGCONT)

    def dismiss(self) -> None:
        """End them all."""
        there = [member.process for member in self.members if member.process is not None]
        self.members.clear()
        for process in there:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in there:
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _start(self, member: Member) -> None:
        flags = {point: str(self.flag(point)) for point in member.points}
        environment = {**self._environment, **member.changed, "CHAOS_POINTS": json.dumps(flags)}
        with self.log.open("ab") as out:
            member.process = subprocess.Popen(
                [sys.executable, "-m", "chaos.armed", *member.command.split()],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
