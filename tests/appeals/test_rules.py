"""The rules of bringing letters, whatever the numbers."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.appeals.rules import Signatory, apart, as_allowed, initials, signatory, wait_after
from alerts.participation.models import ShownAs

chances = st.floats(0, 1, exclude_max=True)
names = st.text(st.characters(categories=["L"]), min_size=1, max_size=20).map(str.strip).filter(bool)


@given(st.integers(1, 3600), chances)
def test_mails_are_from_half_to_one_and_a_half_gaps_apart(per_hour: int, chance: float) -> None:
    gap = timedelta(hours=1) / per_hour
    assert gap * 0.49 <= apart(per_hour, chance) <= gap * 1.51


@given(st.integers(1, 1000), chances)
def test_waits_grow_and_end_at_hours(tries: int, chance: float) -> None:
    assert timedelta(minutes=1) <= wait_after(tries, chance) <= timedelta(hours=8)
    assert wait_after(tries + 1, chance) >= wait_after(tries, chance)


@given(st.lists(names, min_size=2, max_size=4).map(" ".join), st.sampled_from(ShownAs))
def test_a_whole_name_is_signed_only_where_it_is_allowed(name: str, shown: ShownAs) -> None:
    signed = str(signatory(name, shown, town="Berlin", country="Germany") or "")
    assert (name in signed) == (shown is ShownAs.FULL or name == initials(name))
    assert bool(signed) == (shown is not ShownAs.COUNTED)
    letter = as_allowed(f"Protect her. {name}", name, shown)
    assert (name in letter) == (shown is ShownAs.FULL or name in initials(name))


def test_a_name_that_runs_the_other_way_than_its_place_keeps_to_itself_in_a_line_of_mail() -> None:
    assert Signatory("ليلى حداد", "Túnez").in_mail == "\u2068ليلى حداد\u2069, Túnez"
    assert Signatory("V. L.", "کانادا").in_mail == "\u2068V. L.\u2069, کانادا"
    assert Signatory("Ana Núñez", "Túnez").in_mail == "Ana Núñez, Túnez"
    assert Signatory("ليلى حداد", "").in_mail == "ليلى حداد"
