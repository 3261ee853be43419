"""Ids: unlike each other wherever they are made, and sorted by when."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

from alerts.core.ids import AT_ONCE, new_id


def test_ids_made_at_once_in_many_threads_are_all_different_and_of_version_7() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: new_id(), range(20 * AT_ONCE)))
    assert len({id.int & (1 << 62) - 1 for id in made}) == len(made), "by their randomness alone"
    assert {(id.version, id.variant) for id in made} == {(7, "specified in RFC 4122")}


def test_an_id_sorts_behind_those_of_a_millisecond_before() -> None:
    first = new_id()
    time.sleep(0.002)
    assert first < new_id()


def test_a_process_that_was_forked_makes_ids_of_its_own() -> None:
    new_id()  # so that there is randomness which both would have
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writes, new_id().bytes)
        os._exit(0)
    os.waitpid(child, 0)
    random_bits = (1 << 62) - 1
    assert int.from_bytes(os.read(reads, 16), "big") & random_bits != new_id().int & random_bits
    os.close(reads)
    os.close(writes)
