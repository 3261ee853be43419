"""What mail needs to know of the site that sends it."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.delivery.headers import domain_of


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
        """The domain of the sender, in A-labels: message ids and list ids are made under it."""
        return domain_of(self.mail_from)

    @property
    def feedback_sender(self) -> str:
        """What ends each Feedback-ID: the same for all mail, 5 to 15 characters, as Gmail wants it."""
        return self.mail_domain.replace(".", "-")[:15].ljust(5, "-")
