"""Lines of a log reach their stream whole, in order, soon, and at the latest when the process ends."""

from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from alerts.core.lines import Lines
from tests.support.processes import ROOT, wait_until


def test_lines_are_written_by_themselves_in_the_order_they_came() -> None:
    stream = io.StringIO()
    lines = Lines(stream)
    for number in range(500):
        lines.add(f"{number}\n")
    wait_until(lambda: stream.getvalue().count("\n") == 500, what="the lines to be written")
    assert stream.getvalue().split() == [str(number) for number in range(500)]


def test_no_line_of_many_threads_is_lost_torn_or_doubled() -> None:
    stream = io.StringIO()
    lines = Lines(stream)

    def log(thread: int) -> None:
        for number in range(200):
            lines.add(f"{thread}-{number}\n")
            if number % 50 == 0:
                lines.write()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(log, range(8)))
    lines.write()
    assert sorted(stream.getvalue().split()) == sorted(f"{t}-{n}" for t in range(8) for n in range(200))


def test_what_waits_is_written_when_the_process_ends() -> None:
    program = "import sys\nfrom alerts.core.lines import Lines\nLines(sys.stderr).add('last words\\n')"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stderr == "last words\n"
