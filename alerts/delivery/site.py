"""What mail needs to know of the site that sends it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """Addresses and names that stand in every mail, and how batches are cut and leased."""

    base_url: str
    organisation: str
    postal_line: str
    mail_from: str
    reply_to: str | None
    leave_mailbox: str
    batch_size: int = 1000
    lease_seconds: int = 60

    @property
    def mail_domain(self) -> str:
        """The domain of the sender: message ids and list ids are made under it."""
        return self.mail_from.rpartition("@")[2]
