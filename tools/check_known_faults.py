"""Ask whether a fault is known in a package that the lock names. Where nobody can be asked, say so, and go on."""

from __future__ import annotations

import os
import subprocess
import sys

from environment import BOOTSTRAP_PYTHON, ROOT

PATIENCE = 60
FAULTS_FOUND = 1


def main() -> None:
    """Exit 1 where a fault is known, and 0 also where the advisory service cannot be reached."""
    command = [str(BOOTSTRAP_PYTHON), "-m", "uv", "audit", "--frozen", "--preview-features", "audit"]
    environment = {**os.environ, "UV_HTTP_TIMEOUT": "10", "UV_HTTP_RETRIES": "0"}
    try:
        done = subprocess.run(
            [*command, "--project", str(ROOT)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print("Known faults: not checked, the advisory service did not answer.")
        return
    if done.returncode == FAULTS_FOUND:
        sys.exit(done.stdout + done.stderr)
    if done.returncode:
        print(f"Known faults: not checked, the advisory service cannot be reached ({done.stderr.strip()[-160:]}).")


if __name__ == "__main__":
    main()
