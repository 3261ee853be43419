"""The people of the demo: 200 subscribers in six languages, how often they want to hear, and a few who just came."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from sqlalchemy.orm import Session

from alerts.core.addresses import address_hash
from alerts.participation.service import Person, stranger
from alerts.subscribers.models import HowOften
from alerts.subscribers.preferences import Preferences, choose

PEOPLE = 200
STATEMENT = "I want urgent action alerts from We Defend by email. I can leave at any time. (Demo)"
DIGESTS = {3: HowOften.DAILY, 5: HowOften.WEEKLY}
"""What people chose who want to hear less often; they are every eighth of each language."""
NAMES = {
    "en": (("Grace", "Owen", "Nadia", "Liam"), ("Walker", "Okafor", "Singh", "Murphy"), ("GB", "Europe/London")),
    "es": (("Lucía", "Mateo", "Inés", "Tomás"), ("Núñez", "Peña", "Ibáñez", "Morales"), ("GT", "America/Guatemala")),
    "fr": (("Zoé", "Noël", "Aïcha", "René"), ("Lefèvre", "Benoît", "Dubois", "Traoré"), ("FR", "Europe/Paris")),
    "ar": (("ليلى", "عمر", "مريم", "سامي"), ("حداد", "منصور", "الخطيب", "ناصر"), ("TN", "Africa/Tunis")),
    "fa": (("شیرین", "آرش", "مینا", "کاوه"), ("رضایی", "کریمی", "احمدی", "موسوی"), ("DE", "Europe/Berlin")),
    "ru": (("Анна", "Иван", "Ольга", "Пётр"), ("Шевченко", "Черных", "Ким", "Седых"), ("KZ", "Asia/Almaty")),
}


def import_people(data_dir: Path, acting: str) -> None:
    """Import them as anybody does, from a list."""
    from alerts.cli.subscribers import subscribers

    file = data_dir / "demo-subscribers.csv"
    write_list(file)
    subscribers.main(["import", str(file), "--consent", STATEMENT, "--as", acting], standalone_mode=False)


def write_list(file: Path) -> None:
    """The list of them, as a CSV file."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["email", "name", "language", "country", "time zone"])
        writer.writerows(_people())


def choose_digests(session: Session) -> None:
    """Let some choose a digest, on their own pages."""
    for number, (email, _, language, _, _) in enumerate(_people()):
        if how_often := DIGESTS.get(number // len(NAMES) % 8):
            choose(session, address_hash(email), Preferences(language, how_often=how_often))


def strangers() -> Iterator[Person]:
    """One person of each language whom nobody knows yet."""
    for language, (first, last, (country, _)) in NAMES.items():
        yield stranger(
            email=f"new.{language}@mail.example", name=f"{first[-1]} {last[-1]}", country=country, language=language
        )


def _people() -> list[tuple[str, str, str, str, str]]:
    """The same 200 people each time: languages in turn, every seventh without a name."""
    rows = []
    for number, language in enumerate(islice(cycle(NAMES), PEOPLE), start=1):
        first, last, (country, zone) = NAMES[language]
        name = f"{first[number // 6 % 4]} {last[number // 24 % 4]}" if number % 7 else ""
        rows.append((f"{language}{number:03}@mail.example", name, language, country, zone))
    return rows
