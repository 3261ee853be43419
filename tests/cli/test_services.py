"""Embedded services: they find what they left, keep to themselves, and never outlive who started them."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis
from redis.exceptions import RedisError

from alerts.cli.services import development, remembered, services
from alerts.core.errors import Busy
from config import load

HOLD = """
import sys, time
from pathlib import Path
from alerts.cli.services import services
with services(Path(sys.argv[1]), fsync="off"):
    print("up", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="wd-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.mark.parametrize("below", ["closed", "with spaces/and é", "x" * 60 + "/" + "y" * 60])
def test_a_second_start_finds_what_the_first_left_wherever_the_folder_is(folder: Path, below: str) -> None:
    folder.chmod(0o700)
    data_dir = folder / below
    with services(data_dir, fsync="off") as first, psycopg.connect(first.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
        Redis.from_url(first.redis_url).set("kept", "too")
    with services(data_dir, fsync="off") as second, psycopg.connect(second.database_url) as connection:
        assert connection.execute("SELECT seven FROM kept").fetchone() == (7,)
        assert Redis.from_url(second.redis_url).get("kept") == b"too"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_other_commands_find_running_services_and_only_those(folder: Path) -> None:
    with services(folder, fsync="off", also={"PORT": "8123"}) as running:
        assert remembered(folder) == {
            "DATABASE_URL": running.database_url,
            "REDIS_URL": running.redis_url,
            "PORT": "8123",
        }
    assert remembered(folder) == {}


def test_keys_for_development_are_made_once_and_are_this_users_alone(folder: Path) -> None:
    made = development(folder / "var")
    assert development(folder / "var") == made
    assert stat.S_IMODE((folder / "var" / "keys.env").stat().st_mode) == 0o600
    assert load(**{name.lower(): value for name, value in made.items()}).token_key_ring().keys() == {1}


def test_two_starts_in_one_folder_are_refused_in_words(folder: Path) -> None:
    with services(folder, fsync="off"), pytest.raises(Busy, match="DATA_DIR"), services(folder):
        pass


def test_a_service_that_is_set_is_used_and_not_started(folder: Path) -> None:
    database, redis = "postgresql://db.example/alerts", "redis://redis.example/0"
    with services(folder, database_url=database, redis_url=redis) as addresses:
        assert (addresses.database_url, addresses.redis_url) == (database, redis)
        assert list(folder.iterdir()) == []


def test_services_end_with_their_starter_even_where_it_is_killed_and_start_again(folder: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"up\n"
    children = psutil.Process(holder.pid).children(recursive=True)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    if sys.platform == "linux":
        assert psutil.wait_procs(children, timeout=15)[1] == []
    with services(folder, fsync="off") as addresses:
        assert Redis.from_url(addresses.redis_url).ping()
    holder.stdout.close()


def test_a_pid_file_whose_number_went_to_another_program_does_not_stand_in_the_way(folder: Path) -> None:
    with services(folder, fsync="off"):
        pid_file = folder / "postgres" / "postmaster.pid"
        kept = pid_file.read_text()
    other = subprocess.Popen(["/bin/sleep", "30"])
    try:
        pid_file.write_text(kept.replace(kept.split("\n")[0], str(other.pid), 1))
        os.chown(pid_file, pid_file.parent.stat().st_uid, -1)
        with services(folder, fsync="off"):
            assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_nobody_else_on_the_machine_can_open_the_services(folder: Path) -> None:
    with services(folder, fsync="off") as addresses:
        socket = folder / "postgres" / ".s.PGSQL.5432"
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "services.json").stat().st_mode) == 0o600
        without_password = addresses.redis_url.replace(addresses.redis_url.split("@")[0] + "@", "redis://")
        with pytest.raises(RedisError, match="authenticat"):
            Redis.from_url(without_password).ping()


def test_stopping_takes_no_time_to_speak_of(folder: Path) -> None:
    with services(folder, fsync="off"):
        began = time.monotonic()
    assert time.monotonic() - began < 5
