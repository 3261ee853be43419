"""What can stand in the way of bringing letters."""

from __future__ import annotations

from alerts.core.errors import Refused


class NotRelayed(Refused):
    """Letters of this case do not go to its target by mail, or the target stands otherwise than was thought."""
