"""`python -m bench.smtp_transport`: the SMTP transport alone, beside smtp-source at the same sink in the same run.

Two processes hand over windows of personal mails of about 8 KB, as workers do, without a database. The yardstick is
postfix's own generator, which sends one mail again and again. Needs smtp-sink and smtp-source (Debian: postfix).
`QUICK=1` makes one round of a tenth; `CONNECTIONS` are those of each process.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.synchronize
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from alerts.delivery.content import Compiled, Content, Recipient, Sender, compile_content, slot
from alerts.delivery.relay import Relay, Tls
from alerts.delivery.smtp import SmtpTransport
from alerts.delivery.transport import Verdict

WORKERS = 2
WINDOW = 20
STORY = "She spoke for the families of those who had been taken, and was threatened at her own door. "
DOMAIN = "we-defend.example"
PATH = "/usr/sbin:/usr/bin"


def an_alert() -> Compiled:
    """A mail of about 8 KB, with five places to fill."""
    text = f"{slot('greeting')}\n\n{STORY * 24}\n\nSign: {slot('act_url')}\n\nLeave: {slot('leave_url')}\n"
    html = (
        f'<html lang="en"><body><p>{slot("greeting")}</p><p>{STORY * 50}</p><a href="{slot("act_url")}">Sign</a>'
        f'<a href="{slot("leave_url")}">Leave</a></body></html>'
    )
    content = Content(
        language="en",
        direction="ltr",
        subject="Defend journalist Elena Milashina!",
        text=text,
        html=html,
        sender=Sender("We Defend", f"alerts@{DOMAIN}"),
        reply_to=None,
        list_id=f"alerts.{DOMAIN}",
        feedback_id="ua-1-26:en:alert:we-defend",
        receipt=False,
    )
    return compile_content(content, domain=DOMAIN)


def a_person(number: int) -> Recipient:
    """Somebody, with values as long as real ones."""
    slots = {
        "greeting": f"Dear Ana Núñez {number},",
        "act_url": f"https://{DOMAIN}/a/{number:043d}",
        "leave_url": f"https://{DOMAIN}/u/{number:065d}",
        "leave_mailto": f"mailto:leave@{DOMAIN}?subject={number:065d}",
    }
    return Recipient(number, f"person{number}@mail.example", f"Ana Núñez {number}", slots)


def main() -> None:
    """Measure in turns, print the medians."""
    quick = bool(os.environ.get("QUICK"))
    connections = int(os.environ.get("CONNECTIONS", "4"))
    rounds, mails = (1, 2_000) if quick else (5, 20_000)
    source = shutil.which("smtp-source", path=PATH)
    if source is None:
        sys.exit("smtp-source is not installed, and without it there is nothing to compare with. Debian: postfix.")
    ours, theirs = [], []
    with a_sink() as port:
        for _ in range(rounds):
            theirs.append(generated(source, port, mails))
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            ours.append(handed_over(port, mails, connections))
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(
                f"smtp-source {theirs[-1]:8,.0f}/s   ours {ours[-1]:8,.0f}/s   ratio {ours[-1] / theirs[-1]:.2f}"
                f"   CPU {cpu / mails * 1e6:.0f} us a mail",
                flush=True,
            )
    ratio = statistics.median(mine / yours for mine, yours in zip(ours, theirs, strict=True))
    size = len(an_alert().fill(a_person(1)))
    print(
        f"medians: smtp-source {statistics.median(theirs):,.0f}/s, ours {statistics.median(ours):,.0f}/s,"
        f" ratio {ratio:.2f}; {mails} mails of {size} bytes, {rounds} rounds, {WORKERS} workers of {connections}"
        f" connections, {os.cpu_count()} cores"
    )


def generated(source: str, port: int, mails: int) -> float:
    """Mails a second by postfix's generator with 8 sessions."""
    began = time.perf_counter()
    command = [source, "-s", "8", "-l", "8000", "-m", str(mails), f"127.0.0.1:{port}"]
    subprocess.run(command, check=True, timeout=300)
    return mails / (time.perf_counter() - began)


def handed_over(port: int, mails: int, connections: int) -> float:
    """Mails a second by two workers, from the moment both are ready."""
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(WORKERS + 1)
    share = mails // WORKERS
    workers = [
        context.Process(target=_work, args=(port, range(n * share, n * share + share), connections, ready))
        for n in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    ready.wait()
    began = time.perf_counter()
    for worker in workers:
        worker.join(300)
    seconds = time.perf_counter() - began
    assert all(worker.exitcode == 0 for worker in workers), "a worker did not hand all its mails over"
    return share * WORKERS / seconds


def _work(port: int, numbers: range, connections: int, ready: multiprocessing.synchronize.Barrier) -> None:
    alert = an_alert()
    people = [a_person(number) for number in numbers]
    transport = SmtpTransport(
        Relay("127.0.0.1", port, Tls.NONE),
        window=WINDOW,
        bounce_mailbox=f"bounces@{DOMAIN}",
        patience=45,
        connections=connections,
    )
    ready.wait()
    for start in range(0, len(people), transport.window):
        outcome = transport.hand_over(alert, people[start : start + transport.window])
        assert all(answer.verdict is Verdict.ACCEPTED for answer in outcome.answers)
    transport.close()


@contextmanager
def a_sink() -> Iterator[int]:
    """postfix's sink, at a port of its own on this machine."""
    sink = shutil.which("smtp-sink", path=PATH)
    if sink is None:
        sys.exit("smtp-sink is not installed. Debian: postfix.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = subprocess.Popen([sink, "-u", "nobody", f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.3)
        yield port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
