"""Make `.venv` hold exactly what `uv.lock` names, and the command `alerts`. Needs Python 3.11 or later, nothing else.

    python3 tools/environment.py          # install what the lock names, where it is not installed yet
    python3 tools/environment.py --lock   # lock anew after a change of pyproject.toml

The lock is kept without the address of any package index (docs/decisions/0001): the one that pip uses on this machine
is filled in before it is read, and taken out after it was written.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BOOTSTRAP = VENV / "bootstrap"
BOOTSTRAP_PYTHON = BOOTSTRAP / "bin" / "python"
UV = "0.13.9"
NEUTRAL = ("https://index.invalid/simple", "https://files.invalid")
STAMP = VENV / "installed"
OLDEST = (3, 11)
_ASK_PIP = (
    "import subprocess, sys; from pip._internal.models.index import PyPI;"
    "set_ = subprocess.run([sys.executable, '-m', 'pip', 'config', 'get', 'global.index-url'],"
    " capture_output=True, text=True).stdout.strip();"
    "print(set_ or PyPI.simple_url); print('https://' + PyPI.file_storage_domain)"
)


def main() -> None:
    """Install, or lock anew."""
    if sys.version_info < OLDEST:
        sys.exit(
            f"Python 3.11 or later is needed; this is {sys.version.split()[0]}. Try: python3.12 tools/environment.py"
        )
    if "--lock" in sys.argv:
        _lock()
    elif not STAMP.exists() or STAMP.read_text() != _fingerprint():
        _install()
    _catalogues()


def _install() -> None:
    print("Installing what uv.lock names into .venv (once, and again when it changes) …", flush=True)
    _make_venv()
    folder = VENV / "lock"
    folder.mkdir(exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")
    (folder / "uv.lock").write_text(_with_hosts((ROOT / "uv.lock").read_text()))
    _uv("sync", "--frozen", "--quiet", "--project", str(folder))
    _link_project()
    STAMP.write_text(_fingerprint())


def _lock() -> None:
    _make_venv()
    lock = ROOT / "uv.lock"
    if lock.exists():
        lock.write_text(_with_hosts(lock.read_text()))
    _uv("lock", "--project", str(ROOT))
    text = lock.read_text()
    for real, neutral in zip(hosts(), NEUTRAL, strict=True):
        text = text.replace(real, neutral)
    lock.write_text(text)


def _make_venv() -> None:
    """`.venv` for the project, and inside it one with pip, which brings uv."""
    try:
        if not PYTHON.exists():
            venv.create(VENV, symlinks=True)
        if not BOOTSTRAP_PYTHON.exists():
            venv.create(BOOTSTRAP, symlinks=True, with_pip=True)
    except (subprocess.CalledProcessError, ImportError):
        sys.exit("Python's venv module is incomplete here. On Debian and Ubuntu: apt-get install python3-venv")
    if subprocess.run([BOOTSTRAP_PYTHON, "-m", "uv", "--version"], capture_output=True, check=False).returncode:
        subprocess.run([BOOTSTRAP_PYTHON, "-m", "pip", "install", "--quiet", f"uv=={UV}"], check=True)


def _uv(*arguments: str) -> None:
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(VENV), "VIRTUAL_ENV": str(VENV)}
    done = subprocess.run([BOOTSTRAP_PYTHON, "-m", "uv", *arguments], env=environment, check=False)
    if done.returncode:
        sys.exit("The packages could not be installed: see above. Is the package index reachable from here?")


def hosts() -> tuple[str, str]:
    """The index that pip uses on this machine, and where its files come from."""
    out = subprocess.run([BOOTSTRAP_PYTHON, "-c", _ASK_PIP], capture_output=True, text=True, check=True).stdout.split()
    return out[0].rstrip("/"), out[1]


def _with_hosts(text: str) -> str:
    for real, neutral in zip(hosts(), NEUTRAL, strict=True):
        text = text.replace(neutral, real)
    return text


def _link_project() -> None:
    """Let Python find the project from anywhere, and the shell find `alerts` in .venv/bin."""
    site = next((VENV / "lib").glob("python*/site-packages"))
    (site / "we_defend.pth").write_text(f"{ROOT}\n")
    script = VENV / "bin" / "alerts"
    script.write_text(f"#!{PYTHON}\nfrom alerts.cli import main\n\nmain()\n")
    script.chmod(0o755)


def _catalogues() -> None:
    """Compile the translations that are newer than what was compiled last."""
    for source in (ROOT / "alerts" / "translations").glob("*/LC_MESSAGES/messages.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            command = [str(PYTHON), "-m", "babel.messages.frontend", "compile", "-i", str(source), "-o", str(compiled)]
            subprocess.run([*command, "-l", source.parent.parent.name], check=True, capture_output=True)


def _fingerprint() -> str:
    digest = hashlib.sha256(str(ROOT).encode())
    for file in ("pyproject.toml", "uv.lock", "tools/environment.py"):
        digest.update((ROOT / file).read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
