"""Check what no file of the project may hold: keys, hosts of package indexes, paths of one machine, real addresses."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from environment import hosts

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 2_000_000
NOT_OURS = ("static/vendor/", "static/fonts/", "uv.lock")

EVERYWHERE = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a provider's key": r"\bSG\.[\w-]{22}\.[\w-]{43}\b|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{36}\b|\bxox[bap]-[\w-]{10,}",
    "the host of a package index": r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|jsdelivr|unpkg)\.(?:org|com|net|io)\b",
}
IN_OUR_FILES = {
    "a path of one machine": r"(?<![\w.}/])/(?:home|Users|root|work)/\w+",
    "an address outside .example": r"[\w.+-]+@(?:[a-z0-9-]+\.)+(?!example\b)[a-z]{2,}\b(?!\.[a-z])",
}


def main() -> None:
    """Print each finding as file:line; exit 1 where there is one."""
    own_index = {re.escape(host.split("//", 1)[-1].split("/", 1)[0].rpartition("@")[2]) for host in hosts()}
    everywhere = {**EVERYWHERE, "the host of this machine's package index": "|".join(own_index)}
    found = [line for file in _files() for line in _findings(file, everywhere)]
    print("\n".join(found), end="\n" if found else "")
    if found:
        sys.exit(f"{len(found)} finding(s): take these out. A pattern that is meant goes into tools/check_tree.py.")


def _files() -> list[Path]:
    """Every file that is kept or would be: what git does not ignore."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    names = done.stdout.split("\0") if done.returncode == 0 else _walk()
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def _walk() -> Iterator[str]:
    """The same without git: a copied tree."""
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if not any(part in ("var", "__pycache__") or (part.startswith(".") and part != ".ci") for part in parts[:-1]):
            yield str(path.relative_to(ROOT))


def _findings(file: Path, everywhere: dict[str, str]) -> Iterator[str]:
    name = str(file.relative_to(ROOT))
    if file.stat().st_size > LARGEST or name == "tools/check_tree.py":
        return
    text = file.read_text(errors="replace")
    patterns = everywhere if name.startswith(NOT_OURS) else {**everywhere, **IN_OUR_FILES}
    for what, pattern in patterns.items():
        for match in re.finditer(pattern, text):
            yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {what}: {match.group()[:80]}"


if __name__ == "__main__":
    main()
