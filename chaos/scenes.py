"""The matrix: every scene there is."""

from __future__ import annotations

from chaos import failing, killing, pressing, taking_away
from chaos.stage import Scene

SCENES: tuple[Scene, ...] = (*killing.SCENES, *failing.SCENES, *taking_away.SCENES, *pressing.SCENES)
