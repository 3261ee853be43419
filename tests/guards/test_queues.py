"""Every bell that can be rung has a queue, every queue a worker, every job a function that takes ids."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from alerts.jobs import tasks
from alerts.jobs.bells import QUEUES
from alerts.jobs.worker import QUEUE_ORDER

ALERTS = Path(tasks.__file__).parent.parent


def test_every_job_is_a_function_that_takes_ids_and_nothing_else() -> None:
    for name in QUEUES:
        parameters = inspect.signature(getattr(tasks, name)).parameters.values()
        assert all(parameter.annotation == "str" for parameter in parameters)


def test_every_queue_has_a_worker() -> None:
    assert set(QUEUES.values()) <= set(QUEUE_ORDER)


def test_every_bell_that_code_rings_is_a_job() -> None:
    rung: set[object] = set()
    for file in ALERTS.rglob("*.py"):
        constants: dict[str, object] = {}
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                constants |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ring_after_commit":
                job = node.args[1]
                rung |= {job.value} if isinstance(job, ast.Constant) else {constants.get(getattr(job, "id", ""), "")}
    assert rung - {"", None} <= set(QUEUES)
    assert rung & set(QUEUES)
