"""Signing a mail (DKIM), beside dkimpy doing the same: `python -m bench.dkim`. Microseconds of CPU a mail, medians."""

from __future__ import annotations

import base64
import statistics
import time
from collections.abc import Callable
from timeit import Timer

import dkim
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from alerts.delivery.dkim import SIGNED, Signer
from alerts.delivery.dkim_keys import new_keys, read_keys
from tests.delivery.letters import DOMAIN, a_person, an_alert
from tests.guards.test_mails import rendered

ROUNDS, SECONDS = 7, 0.3


def main() -> None:
    """Measure and print a table."""
    mail = rendered("alert", "en")
    alert = an_alert(text=mail.text, html=mail.html)
    person = a_person()
    message = alert.fill(person)
    setting = new_keys("202611")
    rsa, ed25519 = read_keys(setting)[0]
    print(f"A mail of {len(message):,} bytes; CPU time, each figure the median of {ROUNDS} rounds.")
    filling = _row("filling it, unsigned", lambda: alert.fill(person))
    for name, keys in (("Ed25519", [ed25519]), ("RSA-2048", [rsa]), ("both", [rsa, ed25519])):
        signer = Signer(DOMAIN, keys)
        ours = _row(f"{name}, ours", lambda signer=signer: signer.sign(message, shared=alert.shared_headers))  # type: ignore[misc]
        print(f"{'':24}{1e6 / (filling + ours):>9,.0f} filled and signed a second on one core")
        theirs = _row(f"{name}, dkimpy", lambda keys=keys: [_dkimpy(message, setting, key.algorithm) for key in keys])  # type: ignore[misc]
        print(f"{'':24}{theirs / ours:>9.1f} times ours")


def _row(name: str, work: Callable[[], object]) -> float:
    timer = Timer(work, timer=time.process_time)
    count = max(1, int(SECONDS / max(timer.timeit(20) / 20, 1e-6)))
    micros = statistics.median(timer.repeat(ROUNDS, count)) / count * 1e6
    print(f"{name:<24}{micros:>9,.1f} µs")
    return micros


def _dkimpy(message: bytes, setting: str, algorithm: str) -> bytes:
    selector, secret = _secrets(setting)[algorithm]
    signed: bytes = dkim.sign(
        message,
        selector,
        DOMAIN.encode(),
        secret,
        canonicalize=(b"relaxed", b"relaxed"),
        signature_algorithm=algorithm.encode(),
        include_headers=sorted(SIGNED),
    )
    return signed


_kept: dict[str, dict[str, tuple[bytes, bytes]]] = {}


def _secrets(setting: str) -> dict[str, tuple[bytes, bytes]]:
    """Each key as dkimpy takes it: RSA as PEM of PKCS#1, Ed25519 as base64 of its seed."""
    if setting not in _kept:
        (r, rsa), (e, ed25519) = (part.split(":") for part in setting.split(","))
        pem = load_der_private_key(base64.b64decode(rsa), None).private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )
        seed = load_der_private_key(base64.b64decode(ed25519), None).private_bytes(
            Encoding.Raw, PrivateFormat.Raw, NoEncryption()
        )
        _kept[setting] = {
            "rsa-sha256": (r.encode(), pem),
            "ed25519-sha256": (e.encode(), base64.b64encode(seed)),
        }
    return _kept[setting]


if __name__ == "__main__":
    main()
