"""Keys that sign mail: every way of writing one is read, and one that receivers would not trust is refused in words."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from alerts.delivery.dkim_keys import Algorithm, Record, new_keys, read_keys, record_of

RSA = rsa.generate_private_key(65537, 2048)
SEED = base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
"""The private key of RFC 8463, appendix A.2."""
ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(SEED)
PKCS8, PKCS1 = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
Private = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def pem(key: Private, form: PrivateFormat = PKCS8, *, passphrase: bytes | None = None) -> str:
    protection = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, protection).decode()


def base64_of(key: Private, form: PrivateFormat = PKCS8) -> str:
    return base64.b64encode(key.private_bytes(Encoding.DER, form, NoEncryption())).decode()


@pytest.mark.parametrize(
    "secret",
    [
        pem(RSA),
        pem(RSA, PKCS1),
        base64_of(RSA),
        base64_of(RSA, PKCS1),
        base64.b64encode(pem(RSA).encode()).decode(),
        "\n".join(pem(RSA).splitlines()[1:-1]),
    ],
    ids=["PEM", "PEM of PKCS#1", "its inside", "inside of PKCS#1", "base64 of PEM", "its inside in lines"],
)
def test_a_key_is_read_however_it_is_written(secret: str) -> None:
    (key,), faults = read_keys(f" s1.mail:{secret} ")
    assert not faults
    assert (key.selector, key.algorithm) == ("s1.mail", Algorithm.RSA)
    assert key.public == read_keys(f"s1.mail:{base64_of(RSA)}")[0][0].public


def test_rsa_comes_first_whatever_the_order() -> None:
    keys, faults = read_keys(f"e1:{base64_of(ED25519)}, r1:{base64_of(RSA)},")
    assert not faults
    assert [key.algorithm for key in keys] == [Algorithm.RSA, Algorithm.ED25519]


def test_no_keys_are_no_fault() -> None:
    assert read_keys("") == ([], [])


def test_the_record_of_an_ed25519_key_is_that_of_the_standards_example() -> None:
    (key,), _ = read_keys(f"brisbane:{base64_of(ED25519)}")
    record = record_of(key, "football.example.com")
    assert record.name == "brisbane._domainkey.football.example.com"
    assert record.value == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def test_a_long_record_is_cut_into_strings_that_dns_takes() -> None:
    (key,), _ = read_keys(f"r1:{base64_of(RSA)}")
    record = record_of(key, "we-defend.example")
    strings = record.strings.split('" "')
    assert len(strings) == 2
    assert "".join(strings).strip('"') == record.value
    assert all(len(string.strip('"')) <= 255 for string in strings)
    assert Record("a", "b").strings == '"b"'


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (base64_of(RSA), "does not begin with a selector"),
        (f":{base64_of(RSA)}", "does not begin with a selector"),
        (f"r_1:{base64_of(RSA)}", "does not begin with a selector"),
        (f"r1.:{base64_of(RSA)}", "does not begin with a selector"),
        ("r1:", "cannot be read"),
        ("r1:nonsense", "cannot be read"),
        (f"r1:{base64_of(RSA)[:-8]}", "cannot be read"),
        ("r1:/etc/keys/r1.pem", "cannot be read"),
        (f"r1:{pem(RSA, passphrase=b'open')}", "passphrase"),
        (f"r1:{base64_of(rsa.generate_private_key(65537, 1024))}", "RSA of 1024 bits"),
        (f"p1:{base64_of(ec.generate_private_key(ec.SECP256R1()))}", "neither RSA nor Ed25519"),
        (f"a:{base64_of(RSA)},A:{base64_of(ED25519)}", "the same selector"),
        (f"a:{base64_of(RSA)},b:{base64_of(RSA)}", "two keys are of one kind"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_in_words_without_a_part_of_it(setting: str, told: str) -> None:
    _, faults = read_keys(setting)
    assert told in "\n".join(faults)
    assert not any(word[:16] in "\n".join(faults) for word in setting.split(":")[-1:] if len(word) > 16)


def test_every_fault_is_told_at_once() -> None:
    _, faults = read_keys("r1:nonsense,e1:nonsense,x")
    assert [fault[:6] for fault in faults] == ["key 1 ", "key 2 ", "key 3 "]


def test_new_keys_are_good_and_each_time_others() -> None:
    one, faults = read_keys(new_keys("202611"))
    assert not faults
    assert [key.selector for key in one] == ["r202611", "e202611"]
    assert {key.public for key in one}.isdisjoint(key.public for key in read_keys(new_keys("202611"))[0])


def test_a_key_that_is_printed_shows_nothing_secret() -> None:
    (key,), _ = read_keys(f"e1:{base64_of(ED25519)}")
    assert "sign" not in repr(key)
