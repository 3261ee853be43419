"""Faults in a case folder: where each is and what to write instead, gathered so that all can be told at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from alerts.actions.wording import word_faults
from alerts.core.errors import Refused


@dataclass(frozen=True, order=True)
class Fault:
    """One thing to mend: the file (as named on the command line), the line (from 1), the problem and its remedy."""

    file: str
    line: int
    problem: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem} — {self.instead}"


class CaseFileFaults(Refused):
    """The folder cannot be loaded, and nothing of it was; `found` holds every fault, in order of file and line."""

    def __init__(self, found: Iterable[Fault]) -> None:
        self.found: tuple[Fault, ...] = tuple(sorted(set(found)))
        count = "1 fault" if len(self.found) == 1 else f"{len(self.found)} faults"
        super().__init__(f"Nothing was loaded: {count} to mend.", faults=[str(fault) for fault in self.found])


class Findings:
    """The faults found so far in one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Fault] = []

    def add(self, line: int, problem: str, instead: str) -> None:
        """Note one fault."""
        self.found.append(Fault(self.file, max(line, 1), problem, instead))

    def check_words(self, part: str, value: str, line: int) -> None:
        """Note what is wrong with a text that starts at `line`."""
        for fault in word_faults(part, value):
            self.add(line + fault.line, fault.problem, fault.instead)


def did_you_mean(word: str, known: Sequence[str], otherwise: str) -> str:
    """The remedy for an unknown word: the known one it is close to, else `otherwise`."""
    close = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else otherwise


def listed(words: Iterable[str]) -> str:
    """`a, b or c`, for a remedy."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
