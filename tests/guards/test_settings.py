"""Settings are documented, and bad ones are refused all at once, in words."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import config
from alerts.delivery.dkim_keys import new_keys
from config import BadSettings, Environment, Settings
from tests.standins.sendgrid_events import Signer

ROOT = Path(__file__).parent.parent.parent
KEY = "q83vEjRWeJq7zN3u/wARIjNEVWZ3iJmqu8zd7v8AESI="
GOOD = {
    "environment": "production",
    "base_url": "https://alerts.office.example",
    "database_url": "postgresql://db.office.example/alerts",
    "redis_url": "redis://redis.office.example/0",
    "secret_key": "f1c7a09b2e5d48836a7b90cd1e2f3a4b5c6d7e8f90a1b2c3",
    "token_keys": f"1:{KEY}",
    "address_key": KEY,
    "mail_url": "smtp://relay.office.example:587",
}


WEAK_RSA = (
    "r1:"
    + base64.b64encode(
        rsa.generate_private_key(65537, 1024).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    ).decode()
)


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_example_file_is_what_the_settings_class_makes() -> None:
    assert (ROOT / ".env.example").read_text() == config.example(), "run: python -m config > .env.example"


def test_good_settings_are_taken_in_production() -> None:
    assert config.load(**GOOD).environment is Environment.PRODUCTION


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"secret_key": ""}, "SECRET_KEY is missing"),
        ({"secret_key": "change-me-change-me-change-me-change-me"}, "SECRET_KEY is weak"),
        ({"secret_key": "a" * 40}, "SECRET_KEY is weak"),
        ({"token_keys": ""}, "TOKEN_KEYS needs a key"),
        ({"token_keys": "one:two"}, "TOKEN_KEYS cannot be read"),
        ({"token_keys": "1:YQ=="}, "TOKEN_KEYS needs a key of 16"),
        ({"address_key": "?"}, "ADDRESS_KEY is not base64"),
        ({"address_key": "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="}, "need 32 random bytes"),
        ({"base_url": "http://alerts.office.example"}, "must be https in production"),
        ({"base_url": "alerts.office.example"}, "write it with https://"),
        ({"mail_url": "catcher:"}, "delivers nothing"),
        ({"mail_url": "sendgrid:"}, "SENDGRID_API_KEY is empty"),
        ({"dkim_keys": "r1:nonsense"}, "DKIM_KEYS: key 1 cannot be read"),
        ({"dkim_keys": WEAK_RSA}, "DKIM_KEYS: key 1 (r1) is RSA of 1024 bits"),
        ({"dkim_keys": new_keys("202611").partition(",")[2]}, "DKIM_KEYS has no RSA key"),
        ({"mail_from": "We Defend <alerts@office.example>"}, "MAIL_FROM: write an address alone"),
        ({"bounce_mailbox": "bounces"}, "BOUNCE_MAILBOX: write an address alone"),
        ({"time_zone": "Exampleton"}, "TIME_ZONE: There is no time zone “Exampleton”"),
        ({"quiet_hours": "night"}, "QUIET_HOURS: write two hours of the day, as in 22-7"),
        ({"subscriber_cap": "3"}, "SUBSCRIBER_CAP: write mails and days, as in 3/7"),
        ({"exempt_kinds": "urgent"}, "EXEMPT_KINDS: urgent is no kind of bulletin"),
        ({"embed_ancestors": "paper.example; script-src *"}, "EMBED_ANCESTORS: write sites as https://"),
        ({"database_url": ""}, "DATABASE_URL and REDIS_URL must be set"),
    ],
)
def test_what_would_not_be_safe_in_production_is_refused_with_what_to_do(changed: dict[str, str], told: str) -> None:
    with pytest.raises(BadSettings, match="cannot be used") as refused:
        config.load(**(GOOD | changed))
    assert told in str(refused.value)


def test_keys_that_sign_mail_are_taken_in_production_and_never_shown() -> None:
    keys = new_keys("202611")
    settings = config.load(**(GOOD | {"dkim_keys": keys}))
    assert [key.selector for key in settings.dkim_key_ring()] == ["r202611", "e202611"]
    assert not any(secret in repr(settings) for secret in keys.replace(",", ":").split(":")[1::2])


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(BadSettings) as refused:
        config.load(
            **(
                GOOD
                | {"secret_key": "", "token_keys": "", "address_key": "", "mail_url": "catcher:", "dkim_keys": WEAK_RSA}
            )
        )
    for name in ("SECRET_KEY", "TOKEN_KEYS", "ADDRESS_KEY", "MAIL_URL", "DKIM_KEYS"):
        assert name in str(refused.value)
    assert KEY not in str(refused.value)
    assert WEAK_RSA[3:19] not in str(refused.value)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"sendgrid_event_key": "no key"}, "SENDGRID_EVENT_KEY is no verification key"),
        ({"sendgrid_event_key": "YWJj"}, "SENDGRID_EVENT_KEY is no verification key"),
        ({"bounce_mailbox": "a-mailbox-with-a-long-name@we-defend.example"}, "BOUNCE_MAILBOX needs 1 to 16"),
        ({"bounce_mailbox": "@we-defend.example"}, "BOUNCE_MAILBOX: write an address alone"),
    ],
)
def test_what_could_take_in_no_reports_is_refused(changed: dict[str, str], told: str) -> None:
    with pytest.raises(BadSettings, match="cannot be used") as refused:
        config.load(**(GOOD | changed))
    assert told in str(refused.value)


def test_the_verification_key_of_an_event_webhook_is_taken() -> None:
    key = Signer().public_key
    assert config.load(**(GOOD | {"sendgrid_event_key": key})).sendgrid_event_key == key
