"""Make `.venv` hold exactly what `uv.lock` names, and the command `alerts`. Needs Python 3.11 or later, nothing else.

    python3 tools/environment.py          # install what the lock names, where it is not installed yet
    python3 tools/environment.py --lock   # lock anew after a change of pyproject.toml

The lock names no package index (docs/decisions/0001): packages come from the one that pip uses on this machine, and
each must have the hash that the lock names.
"""

from __future__ import annotations

import ast
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
SITE = VENV / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages"
BOOTSTRAP = VENV / "bootstrap"
BOOTSTRAP_PYTHON = BOOTSTRAP / "bin" / "python"
UV = "0.13.9"
NEUTRAL = ("https://index.invalid/simple", "https://files.invalid")
STAMP = VENV / "installed"
OLDEST = (3, 11)
_PIPS_OWN = (
    "from pip._internal.models.index import PyPI; print(PyPI.simple_url); print('https://' + PyPI.file_storage_domain)"
)


def main() -> None:
    """Install, or lock anew."""
    if sys.version_info < OLDEST:
        sys.exit(
            f"We Defend needs Python 3.11 or later; {sys.executable} is {sys.version.split()[0]}."
            " Name another one: make PYTHON=python3.12 demo"
        )
    if "--lock" in sys.argv:
        _lock()
    elif not (PYTHON.exists() and SITE.exists()) or not STAMP.exists() or STAMP.read_text() != _fingerprint():
        _install()
    _catalogues()


def _install() -> None:
    print("Installing what uv.lock names into .venv (once, and again when it changes) …", flush=True)
    STAMP.unlink(missing_ok=True)
    _make_venv()
    wanted = VENV / "requirements.txt"
    _uv("export", "--frozen", "--quiet", "--no-emit-project", "--project", str(ROOT), "--output-file", str(wanted))
    _uv(
        "pip",
        "sync",
        "--quiet",
        "--python",
        str(PYTHON),
        "--require-hashes",
        "--compile-bytecode",
        *_index(),
        str(wanted),
    )
    _link_project()
    STAMP.write_text(_fingerprint())


def _lock() -> None:
    _make_venv()
    lock = ROOT / "uv.lock"
    pairs = list(zip(hosts(), NEUTRAL, strict=True))
    if lock.exists():
        text = lock.read_text()
        for real, neutral in pairs:
            text = text.replace(neutral, real)
        lock.write_text(text)
    try:
        _uv("lock", "--project", str(ROOT), "--default-index", pairs[0][0])
    finally:
        text = lock.read_text()
        for real, neutral in pairs:
            text = text.replace(real, neutral)
        lock.write_text(text)


def _make_venv() -> None:
    """`.venv` for the project, and inside it one with pip, which brings uv."""
    try:
        if not (PYTHON.exists() and SITE.exists()):
            venv.create(VENV, symlinks=True, clear=True)
        if not _uv_is_there():
            venv.create(BOOTSTRAP, symlinks=True, with_pip=True, clear=True)
    except (subprocess.CalledProcessError, ImportError):
        shutil.rmtree(BOOTSTRAP, ignore_errors=True)
        sys.exit("Python's venv module is incomplete here. On Debian and Ubuntu: apt-get install python3-venv")
    if not _uv_is_there():
        done = subprocess.run([BOOTSTRAP_PYTHON, "-m", "pip", "install", "--quiet", f"uv=={UV}"], check=False)
        if done.returncode:
            sys.exit(
                "uv, which installs the packages, could not be fetched: see above. Can pip reach an index from here?"
            )


def _uv_is_there() -> bool:
    command = [str(BOOTSTRAP_PYTHON), "-m", "uv", "--version"]
    return (
        BOOTSTRAP_PYTHON.exists()
        and f"uv {UV}" in subprocess.run(command, capture_output=True, text=True, check=False).stdout
    )


def _uv(*arguments: str) -> None:
    environment = dict(os.environ)
    if "cert" in (configured := _pip_configuration()):
        environment.setdefault("SSL_CERT_FILE", configured["cert"])
    done = subprocess.run([str(BOOTSTRAP_PYTHON), "-m", "uv", *arguments], env=environment, check=False)
    if done.returncode:
        sys.exit("The packages could not be installed: see above. Is the package index reachable from here?")


def _index() -> list[str]:
    """What pip is told on this machine about where packages come from, in uv's words; uv's own settings win."""
    if any(name in os.environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        return []
    told = _pip_configuration()
    default = ["--default-index", told["index-url"]] if "index-url" in told else []
    further = [part for url in told.get("extra-index-url", "").split() for part in ("--index", url)]
    links = [part for place in told.get("find-links", "").split() for part in ("--find-links", place)]
    return [*default, *further, *links, *(["--no-index"] if told.get("no-index") in ("1", "true", "yes") else [])]


def _pip_configuration() -> dict[str, str]:
    """pip's settings from its files and the environment, by their plain names; the environment wins."""
    command = [str(BOOTSTRAP_PYTHON), "-m", "pip", "config", "list"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    pairs = sorted((line.partition("=") for line in lines), key=lambda pair: pair[0].startswith(":env:"))
    return {name.rpartition(".")[2]: str(ast.literal_eval(value)) for name, _, value in pairs}


def hosts() -> tuple[str, str]:
    """The index that pip uses on this machine, and where its files come from."""
    own = subprocess.run([BOOTSTRAP_PYTHON, "-c", _PIPS_OWN], capture_output=True, text=True, check=True).stdout.split()
    return _pip_configuration().get("index-url", own[0]).rstrip("/"), own[1]


def _link_project() -> None:
    """Let Python find the project from anywhere, and the shell find `alerts` in .venv/bin."""
    (SITE / "we_defend.pth").write_text(f"{ROOT}\n")
    script = VENV / "bin" / "alerts"
    # The shell starts Python, since a #! line bears neither a long path nor one with a space.
    script.write_text(
        f"#!/bin/sh\n''':'\nexec \"{PYTHON}\" \"$0\" \"$@\"\n'''\n"
        "from alerts.cli import main\n\nif __name__ == '__main__':\n    main()\n"
    )
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
