"""The names at which processes are made to die are names of the product, and dying there is really dying."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.points import POINTS, SHORTENED, NoSuchPoint, find
from chaos.scenes import SCENES
from tests.support.processes import ROOT


@pytest.mark.parametrize("name", POINTS)
def test_every_point_is_a_function_of_the_product(name: str) -> None:
    point = POINTS[name]
    assert callable(find(point.module, point.attribute)[2])


@pytest.mark.parametrize(("module", "name"), SHORTENED)
def test_every_wait_that_is_shortened_is_one_of_the_product(module: str, name: str) -> None:
    assert find(module, name)[2] > SHORTENED[module, name]


@pytest.mark.parametrize(
    ("module", "attribute"),
    [("alerts.mailings.claims", "gone"), ("alerts.gone", "x"), ("alerts.delivery.smtp", "SmtpTransport.gone")],
)
def test_a_name_that_is_gone_fails_and_says_where_to_mend_it(module: str, attribute: str) -> None:
    with pytest.raises(NoSuchPoint, match=r"chaos/points\.py"):
        find(module, attribute)


def test_a_process_dies_at_its_point_once_and_its_successor_goes_on(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    program = (
        "from pathlib import Path; from chaos import points; import alerts.mailings.backoff as backoff;"
        f"points.POINTS['here'] = points.Point('alerts.mailings.backoff', 'wait_before', points.When.AFTER, 2);"
        f"points.arm('here', Path({str(flag)!r}));"
        "print(backoff.wait_before(1, 0), flush=True); print(backoff.wait_before(1, 0), flush=True)"
    )
    first, second = (
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True) for _ in range(2)
    )
    assert (first.returncode, first.stdout.split()) == (-signal.SIGKILL, ["15.0"])
    assert (second.returncode, second.stdout.split()) == (0, ["15.0", "15.0"])


def test_no_two_scenes_have_the_same_name() -> None:
    names = [scene.name for scene in SCENES]
    assert len(set(names)) == len(names)
