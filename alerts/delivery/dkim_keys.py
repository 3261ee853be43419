"""Keys that sign mail: read from one setting, made anew, and shown as the DNS record that receivers look up."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

SMALLEST_RSA, LARGEST_RSA = 2048, 4096
"""Bits of an RSA key: what signers should have, and what every verifier must take (RFC 8301 §3.2)."""
NEW_RSA = 2048
"""A longer one costs several times the work for each mail, and a record that some DNS forms do not take."""
_TXT_STRING = 255
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\Z").match
_ARMOUR = "-----BEGIN"


class Algorithm(StrEnum):
    """What a key signs with, as the tag `a=` calls it."""

    RSA = "rsa-sha256"
    ED25519 = "ed25519-sha256"


class BadKey(ValueError):
    """A key that cannot sign our mail; the message says why, and never holds a part of the key."""


@dataclass(frozen=True)
class Key:
    """A private key and the selector its public half stands under in DNS. `sign` takes what RFC 6376 §3.7 hashes."""

    selector: str
    algorithm: Algorithm
    public: str
    sign: Callable[[bytes], bytes] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Record:
    """A DNS TXT record."""

    name: str
    value: str

    @property
    def strings(self) -> str:
        """The value as zone files hold it: quoted strings of at most 255 bytes (RFC 6376 §3.6.2.2)."""
        pieces = (self.value[start : start + _TXT_STRING] for start in range(0, len(self.value), _TXT_STRING))
        return " ".join(f'"{piece}"' for piece in pieces)


def read_keys(setting: str) -> tuple[list[Key], list[str]]:
    """The keys of `selector:KEY,selector:KEY`, and every fault in it; RSA first, whatever the order.

    KEY is a PKCS#8 or PKCS#1 key as PEM, as base64 of that PEM, or as the base64 between the PEM's first and last line.
    """
    keys: list[Key] = []
    faults: list[str] = []
    for number, part in enumerate(filter(str.strip, setting.split(",")), 1):
        selector, colon, secret = part.strip().partition(":")
        try:
            if not colon or not _SELECTOR(selector):
                raise BadKey("does not begin with a selector (letters, digits, hyphens, dots) and a colon")
            keys.append(_key(selector, secret))
        except BadKey as bad:
            faults.append(f"key {number} {bad}")
    return sorted(keys, key=lambda key: list(Algorithm).index(key.algorithm)), [*faults, *_together(keys)]


def record_of(key: Key, domain: str) -> Record:
    """What must stand in DNS for receivers to verify (RFC 6376 §3.6.1; for Ed25519 RFC 8463 §4)."""
    kind = key.algorithm.value.partition("-")[0]
    return Record(f"{key.selector}._domainkey.{domain}", f"v=DKIM1; k={kind}; p={key.public}")


def new_keys(month: str) -> str:
    """A setting with a fresh RSA and a fresh Ed25519 key, under selectors that name the month they were made in."""
    rsa = generate_private_key(public_exponent=65537, key_size=NEW_RSA)
    return f"r{month}:{_secret_text(rsa)},e{month}:{_secret_text(Ed25519PrivateKey.generate())}"


def _secret_text(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def _key(selector: str, secret: str) -> Key:
    match _private(secret.strip()):
        case Ed25519PrivateKey() as key:
            public = key.public_key().public_bytes_raw()
            # RFC 8463 §3: the pure signature is made over the SHA-256 of what is signed.
            return Key(selector, Algorithm.ED25519, base64.b64encode(public).decode(), _over_hash(key))
        case RSAPrivateKey() as key:
            if not SMALLEST_RSA <= key.key_size <= LARGEST_RSA:
                bits = f"{SMALLEST_RSA} to {LARGEST_RSA} are trusted (RFC 8301)"
                raise BadKey(f"({selector}) is RSA of {key.key_size} bits; {bits}")
            info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            public_text = base64.b64encode(info).decode()
            return Key(selector, Algorithm.RSA, public_text, lambda data: key.sign(data, _PADDING, _SHA256))
        case _:
            raise BadKey(f"({selector}) is neither RSA nor Ed25519, and DKIM knows no other")


_PADDING, _SHA256 = padding.PKCS1v15(), hashes.SHA256()


def _over_hash(key: Ed25519PrivateKey) -> Callable[[bytes], bytes]:
    def sign(data: bytes) -> bytes:
        digest = hashes.Hash(_SHA256)
        digest.update(data)
        return key.sign(digest.finalize())

    return sign


def _private(secret: str) -> object:
    try:
        if secret.startswith(_ARMOUR):
            return load_pem_private_key(secret.encode(), None)
        inner = base64.b64decode("".join(secret.split()), validate=True)
        if inner.startswith(_ARMOUR.encode()):
            return load_pem_private_key(inner, None)
        return load_der_private_key(inner, None)
    except TypeError:
        raise BadKey("is protected by a passphrase; store it without one") from None
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise BadKey(
            "cannot be read; write the base64 that stands between the first and last line of its PEM"
        ) from None


def _together(keys: list[Key]) -> Iterator[str]:
    """What is wrong with keys that are good one by one."""
    if len({key.selector.lower() for key in keys}) < len(keys):
        yield "two keys have the same selector; in DNS one name holds one key"
    if len({key.algorithm for key in keys}) < len(keys):
        yield "two keys are of one kind; one signs at a time, so take the older out (its record in DNS may stay)"
