"""The command line: `alerts COMMAND`; each command parses, calls one feature verb, answers."""

from alerts.cli.main import main

__all__ = ["main"]
