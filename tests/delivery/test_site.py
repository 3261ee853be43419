"""What mail says of the site that sends it is good in headers, whatever the sender's domain is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.delivery.format import faults_of
from tests.delivery.letters import a_person, an_alert
from tests.delivery.test_format import WORDS
from tests.mailings.scenes import SITE


@pytest.mark.parametrize("domain", ["x.y", "office.example", "bücher.example", "a-very-long-name-of-an-office.example"])
def test_feedback_id_and_domain_are_good_in_headers(domain: str) -> None:
    site = replace(SITE, mail_from=f"alerts@{domain}")
    raw = an_alert(**WORDS, feedback_id=f"ua-1-26:en:alert:{site.feedback_sender}").fill(a_person())
    assert not [fault for fault in faults_of(raw, domain=site.mail_domain) if "Feedback-ID" in fault]
    assert site.mail_domain.isascii()
