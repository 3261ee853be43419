"""Check that the migrations go up on an empty database and make exactly the tables of the models."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic.util import CommandError
from flask_migrate import check, upgrade

from alerts.app import create_app
from alerts.cli.embedded import postgres
from alerts.core import logs
from alerts.extensions import db
from config import Environment, Settings

KEY = "bm90IGEga2V5LCBvbmx5IGZvciBhIGNoZWNrIQ=="


def main() -> None:
    """Migrate a database that lives as long as the check."""
    with tempfile.TemporaryDirectory() as folder, postgres(Path(folder) / "postgres", fsync="off") as url:
        settings = Settings(
            environment=Environment.DEVELOPMENT,
            database_url=url,
            redis_url="redis://127.0.0.1:9/0",
            secret_key="only for a check",  # type: ignore[arg-type]
            token_keys=f"1:{KEY}",  # type: ignore[arg-type]
            address_key=KEY,  # type: ignore[arg-type]
        )
        app = create_app(settings)
        logs.quiet()
        with app.app_context():
            upgrade()
            try:
                check()
            except (CommandError, SystemExit) as error:
                sys.exit(
                    f"The models and the migrations differ: {error}. Add a migration: migrations/versions/NNNN_slug.py"
                )
            finally:
                db.engine.dispose()


if __name__ == "__main__":
    main()
