"""Mail addresses: one normal form, one keyed hash that stands for the address where the address must not."""

from __future__ import annotations

import hashlib

from email_validator import EmailNotValidError, validate_email

from alerts.core import keys

HASH_BYTES = 16


class BadAddress(ValueError):
    """The text is not an address mail can be sent to; the message says why."""


def normalise(text: str) -> str:
    """The address in its normal form: domain in lower case and Unicode NFC, local part as written.

    Raises BadAddress. Does not ask the DNS.
    """
    try:
        return validate_email(text.strip(), check_deliverability=False, test_environment=True, strict=True).normalized
    except EmailNotValidError as error:
        raise BadAddress(str(error)) from error


def address_hash(email: str) -> bytes:
    """16 bytes that stand for an address and cannot be turned back without the key.

    Case is folded in the whole address: people write their own address in many ways, and one person must
    have one hash. (RFC 5321 §2.4 allows case-sensitive local parts; no large receiver has them.)
    """
    return hashlib.blake2b(
        email.strip().casefold().encode(), digest_size=HASH_BYTES, key=keys.current().address, person=b"address"
    ).digest()
