"""Settings: everything that can be set, from the environment, checked whole at start.

`.env.example` is made from this class (`python -m config`); a test holds that it is complete.
"""

from __future__ import annotations

import base64
import binascii
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

if TYPE_CHECKING:
    from alerts.delivery.dkim_keys import Key
    from alerts.mailings.pacing import Pace
    from alerts.mailings.plan import Limits

SHORTEST_KEY, LONGEST_KEY = 16, 64
"""Bytes of a key: what 128 bits need, and what BLAKE2b takes."""
STRONG_LENGTH, FEWEST_DIFFERENT = 32, 8
LARGEST_KEY_ID = 255
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_BOUNCE_MAILBOX = 16
_SITE = re.compile(r"https?://(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?")
_WEAK = ("change", "secret", "default", "example", "password", "test", "dev", "demo")


class Environment(StrEnum):
    """Where the app runs; `production` refuses weak or missing secrets and plain http."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


class BadSettings(Exception):
    """Settings that cannot be used; the message lists every fault and what to write instead."""


class Settings(BaseSettings):
    """All settings of We Defend. Each is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(extra="ignore", case_sensitive=False, env_ignore_empty=True)

    environment: Environment = Field(
        Environment.PRODUCTION, description="`production` or `development`. Production refuses weak or missing secrets."
    )
    organisation: str = Field("We Defend", description="The organisation's name, as mail and pages show it.")
    postal_line: str = Field(
        "We Defend, 1 Harbour Street, Exampleton", description="Postal address, one line, at the foot of every mail."
    )
    base_url: str = Field(
        "http://127.0.0.1:8000", description="Public address of the site, without a slash at its end."
    )
    database_url: str = Field(
        "", description="PostgreSQL 14 or later, `postgresql://user:password@host/name`. Empty: an embedded server."
    )
    redis_url: str = Field("", description="Redis or Valkey, `redis://host:6379/0`. Empty: an embedded server.")
    data_dir: Path = Field(Path("var"), description="Folder for embedded servers, kept mail and reports.")
    port: int = Field(8000, ge=1, le=65535, description="Port of the web server.")
    host: str = Field("127.0.0.1", description="Address the web server listens at.")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Proxies in front of the site whose X-Forwarded-For and -Proto are believed."
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs sessions and forms; 32 random bytes or more: `openssl rand -hex 32`."
    )
    token_keys: SecretStr = Field(
        SecretStr(""),
        description="Signs links in mail: `1:BASE64`, more after a comma; the highest number signs, all verify."
        " A key: `openssl rand -base64 32`. Never drop one: links to leave must work for ever.",
    )
    address_key: SecretStr = Field(
        SecretStr(""),
        description="Hashes addresses on the suppression list: `openssl rand -base64 32`. Never change it.",
    )
    mail_url: str = Field(
        "catcher:",
        description="How mail leaves: `smtp://user:password@host:587?tls=starttls|tls|none`, `sendgrid:`, `catcher:`.",
    )
    mail_from: str = Field("alerts@we-defend.example", description="Address that mail is sent from.")
    reply_to: str = Field("", description="Address for replies; empty: the address mail is sent from.")
    leave_mailbox: str = Field(
        "leave@we-defend.example", description="Mailbox that takes requests to leave by mail (List-Unsubscribe mailto)."
    )
    bounce_mailbox: str = Field(
        "bounces@we-defend.example", description="Mailbox for returned mail; the delivery is named behind a plus sign."
    )
    dkim_keys: SecretStr = Field(
        SecretStr(""),
        description="Keys that sign mail by SMTP (DKIM), where the relay does not: `selector:BASE64,selector:BASE64`,"
        " one RSA (2048 bits or more) and one Ed25519. `alerts dkim new` makes both and the records for DNS.",
    )
    sendgrid_api_key: SecretStr = Field(SecretStr(""), description="SendGrid's key, for `MAIL_URL=sendgrid:`.")
    sendgrid_api_url: str = Field(
        "https://api.sendgrid.com", description="SendGrid's host: global, or EU `https://api.eu.sendgrid.com`."
    )
    sendgrid_event_key: str = Field(
        "",
        description="Verification key of SendGrid's signed event webhook. Empty: `/hooks/sendgrid` takes nothing.",
    )
    smtp_port: int = Field(8025, ge=1, le=65535, description="Port of the mail catcher's SMTP server.")
    mail_ui_port: int = Field(8026, ge=1, le=65535, description="Port of the mail catcher's page.")
    smtp_window: int = Field(
        20,
        ge=1,
        le=200,
        description="Mails for each open connection before their outcome is written; times SMTP_CONNECTIONS, it is"
        " the bound on duplicates when a worker is killed.",
    )
    smtp_connections: int = Field(
        4,
        ge=1,
        le=20,
        description="Connections that one worker may keep open to the relay; fewer where it allows fewer.",
    )
    batch_size: int = Field(1000, ge=1, le=1000, description="Most deliveries in one batch (SendGrid takes 1000).")
    mail_rate: str = Field(
        "0",
        description="Most mails of mailings that go out, by all workers together: `50/s`, `2000/h`. 0: as fast as"
        " it goes. A provider that asks for patience is obeyed in any case.",
    )
    domain_rates: str = Field(
        "",
        description="Most mails to a domain: `mail.example=100/m, other.example=5/s, *=600/m` (s, m, h, d; `*`: each"
        " that is not named). Whoever must wait holds nobody else.",
    )
    warm_up: str = Field(
        "",
        description="Mails a day while receivers get to know a new sender: `start=1000, growth=2, days=9` is 1000 on"
        " the first day that mail leaves, twice as many each day, no limit from the tenth on. Empty: none.",
    )
    lease_seconds: int = Field(
        60, ge=2, le=600, description="How long a worker may hold a batch without a sign of life."
    )
    time_zone: str = Field(
        "UTC",
        description="The organisation's time zone, `Europe/Berlin`: of moments that senders type, of days that"
        " MAILINGS_A_DAY counts, and of subscribers who told no zone.",
    )
    quiet_hours: str = Field(
        "",
        description="Hours on each subscriber's own clock in which nobody is mailed, `22-7`; who would be waits"
        " until they end. Empty: none.",
    )
    subscriber_cap: str = Field(
        "",
        description="Most mails to one subscriber, `3/7`: 3 within 7 days; who has had them is left out. Empty: any.",
    )
    mailings_a_day: int = Field(
        0, ge=0, le=1000, description="Most mailings that may start on one day; a further one is refused. 0: any."
    )
    digest_hour: int = Field(
        8,
        ge=0,
        le=23,
        description="From this hour on, in TIME_ZONE, the digest of the day goes out, and on DIGEST_WEEKDAY that of the"
        " week.",
    )
    digest_weekday: str = Field(
        "monday",
        pattern=f"^({'|'.join(WEEKDAYS)})$",
        description="The day of the weekly digest: `monday`, `tuesday` and so on.",
    )
    exempt_kinds: str = Field(
        "stop,outcome",
        description="Kinds of bulletin that neither quiet hours nor limits hold back: `first`, `further_information`,"
        " `stop`, `outcome`.",
    )
    appeals_per_hour: int = Field(
        60,
        ge=1,
        le=3600,
        description="Most mails to one target in an hour, of letters that are relayed; they come at uneven distances.",
    )
    page_seconds: float = Field(
        1,
        ge=0,
        le=1.5,
        description="Seconds that a public page, and the count on it, may be kept in memory. 0: made anew each time.",
    )
    embed_ancestors: str = Field(
        "",
        description="Sites that may show an action in a frame, apart by spaces: `https://paper.example"
        " https://*.partner.example`, or `*` for any. Empty: none may.",
    )
    log_format: str = Field(
        "json", pattern="^(json|console)$", description="`json` for machines, `console` for people."
    )

    @field_validator("base_url", "sendgrid_api_url")
    @classmethod
    def _plain_origin(cls, value: str) -> str:
        value = value.rstrip("/")
        if not value.startswith(("https://", "http://")):
            raise ValueError("write it with https:// (or http:// on your own machine)")
        return value

    @field_validator("mail_from", "leave_mailbox", "bounce_mailbox")
    @classmethod
    def _an_address(cls, value: str) -> str:
        local, _, domain = value.strip().rpartition("@")
        if not local or not domain or any(mark in value for mark in "<> "):
            raise ValueError("write an address alone, as in alerts@office.example")
        return value.strip()

    @field_validator("embed_ancestors")
    @classmethod
    def _origins(cls, value: str) -> str:
        sites = value.split()
        if not all(site == "*" or _SITE.fullmatch(site) for site in sites):
            raise ValueError("write sites as https://paper.example or https://*.partner.example, with spaces between")
        return " ".join(sites)

    @model_validator(mode="after")
    def _plans_can_be_made(self) -> Settings:
        self.limits()
        return self

    @model_validator(mode="after")
    def _safe_in_production(self) -> Settings:
        faults = [*_key_faults(self), *_report_faults(self), *self._read_pace()[1]]
        if self.environment is Environment.PRODUCTION:
            faults += _production_faults(self)
        if self.mail_url.startswith("sendgrid") and not self.sendgrid_api_key.get_secret_value():
            faults.append("SENDGRID_API_KEY is empty, and MAIL_URL says sendgrid: — set the key, or another MAIL_URL")
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def limits(self) -> Limits:
        """What the organisation allows of mailings. Raises ValueError that names each setting at fault."""
        from alerts.mailings.limits import read_limits  # noqa: PLC0415 - what it needs, settings alone do not

        return read_limits(
            time_zone=self.time_zone,
            quiet_hours=self.quiet_hours,
            subscriber_cap=self.subscriber_cap,
            mailings_a_day=self.mailings_a_day,
            exempt_kinds=self.exempt_kinds,
        )

    def weekly_digest_on(self) -> int:
        """The day of the weekly digest, 0 for Monday."""
        return WEEKDAYS.index(self.digest_weekday)

    def pace(self) -> Pace:
        """How fast mail may go out."""
        return self._read_pace()[0]

    def _read_pace(self) -> tuple[Pace, list[str]]:
        from alerts.mailings.pacing import read_pace  # noqa: PLC0415 - settings are read by what imports no feature

        return read_pace(self.mail_rate, self.domain_rates, self.warm_up)

    def token_key_ring(self) -> dict[int, bytes]:
        """The keys that sign links, by key id."""
        pairs = (part.partition(":") for part in self.token_keys.get_secret_value().split(",") if part.strip())
        return {int(number): base64.b64decode(key, validate=True) for number, _, key in pairs}

    def dkim_key_ring(self) -> list[Key]:
        """The keys that sign mail by SMTP, RSA first; none where the relay signs."""
        return self._read_dkim_keys()[0]

    def dkim_faults(self) -> list[str]:
        """What is wrong with them."""
        return self._read_dkim_keys()[1]

    def _read_dkim_keys(self) -> tuple[list[Key], list[str]]:
        setting = self.dkim_keys.get_secret_value()
        if not setting:
            return [], []
        from alerts.delivery.dkim_keys import read_keys  # noqa: PLC0415 - what it needs loads slowly, and few set keys

        return read_keys(setting)

    def address_key_bytes(self) -> bytes:
        """The key that hashes addresses (at most 64 bytes, as BLAKE2b takes)."""
        return base64.b64decode(self.address_key.get_secret_value(), validate=True)


def _fits(key: bytes) -> bool:
    return SHORTEST_KEY <= len(key) <= LONGEST_KEY


def _is_weak(secret: str | bytes) -> bool:
    return len(secret) < STRONG_LENGTH or len(set(secret)) < FEWEST_DIFFERENT


def _key_faults(settings: Settings) -> list[str]:
    faults = []
    try:
        ring = settings.token_key_ring()
        if not ring or not all(_fits(key) and 0 <= number <= LARGEST_KEY_ID for number, key in ring.items()):
            faults.append("TOKEN_KEYS needs a key of 16 to 64 bytes — write 1: and `openssl rand -base64 32`")
    except (ValueError, binascii.Error):
        faults.append("TOKEN_KEYS cannot be read — write it as 1:BASE64, further keys after a comma")
    try:
        if not _fits(settings.address_key_bytes()):
            faults.append("ADDRESS_KEY needs 16 to 64 bytes — make one with `openssl rand -base64 32`")
    except (ValueError, binascii.Error):
        faults.append("ADDRESS_KEY is not base64 — make one with `openssl rand -base64 32`")
    how = "`alerts dkim new` makes good ones"
    faults += [f"DKIM_KEYS: {fault} — {how}" for fault in settings.dkim_faults()]
    if len(settings.secret_key.get_secret_value()) < SHORTEST_KEY:
        faults.append("SECRET_KEY is missing or short — make one with `openssl rand -hex 32`")
    return faults


def _report_faults(settings: Settings) -> list[str]:
    """What stands against taking in what is reported back."""
    faults = []
    key = "".join(settings.sendgrid_event_key.split())
    try:
        usable = not key or isinstance(
            load_der_public_key(base64.b64decode(key, validate=True)), EllipticCurvePublicKey
        )
    except (ValueError, UnsupportedAlgorithm):
        usable = False
    if not usable:
        faults.append(
            "SENDGRID_EVENT_KEY is no verification key — copy it from SendGrid's settings of the signed event webhook"
        )
    if not 0 < len(settings.bounce_mailbox.partition("@")[0]) <= LONGEST_BOUNCE_MAILBOX:
        faults.append(
            f"BOUNCE_MAILBOX needs 1 to {LONGEST_BOUNCE_MAILBOX} characters before its @ — the mail is named behind"
            " them, and mail servers take 64 in all"
        )
    return faults


def _production_faults(settings: Settings) -> list[str]:
    faults = []
    secret = settings.secret_key.get_secret_value()
    if _is_weak(secret) or any(word in secret.lower() for word in _WEAK):
        faults.append("SECRET_KEY is weak — make one with `openssl rand -hex 32`")
    keys = [*_ring_or_nothing(settings), _address_key_or_nothing(settings)]
    if any(map(_is_weak, keys)):
        faults.append("TOKEN_KEYS and ADDRESS_KEY need 32 random bytes each — make them with `openssl rand -base64 32`")
    if settings.base_url.startswith("http://"):
        faults.append("BASE_URL is plain http — links in mail must be https in production")
    if settings.mail_url.startswith("catcher"):
        faults.append("MAIL_URL is the catcher, which delivers nothing — set smtp://… or sendgrid:")
    if not settings.database_url or not settings.redis_url:
        faults.append("DATABASE_URL and REDIS_URL must be set in production — the embedded servers are for development")
    if settings.dkim_key_ring() and all(key.algorithm.value.startswith("ed25519") for key in settings.dkim_key_ring()):
        faults.append("DKIM_KEYS has no RSA key, and many receivers verify no other — add one: `alerts dkim new`")
    return faults


def _ring_or_nothing(settings: Settings) -> list[bytes]:
    try:
        return list(settings.token_key_ring().values())
    except (ValueError, binascii.Error):
        return []


def _address_key_or_nothing(settings: Settings) -> bytes:
    try:
        return settings.address_key_bytes()
    except (ValueError, binascii.Error):
        return b""


def load(**overrides: Any) -> Settings:
    """The settings from the environment. Raises BadSettings with every fault at once."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            name = ".".join(str(part) for part in fault["loc"]).upper()
            for line in fault["msg"].removeprefix("Value error, ").splitlines():
                lines.append(f"  - {name}: {line}" if name else f"  - {line}")  # noqa: PERF401 - two loops
        raise BadSettings("The settings cannot be used:\n" + "\n".join(lines)) from None


def example() -> str:
    """The text of `.env.example`: every setting with its meaning and default."""
    blocks = ["# Settings of We Defend, made by `python -m config`. Copy to `.env` and fill in."]
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        blocks.append(f"# {field.description}\n{name.upper()}={getattr(default, 'value', default)}")
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    sys.stdout.write(example())
