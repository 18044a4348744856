"""What a server loads: each of these would cost CPU and memory at every start, and serve no request."""

import subprocess
import sys

from alembic.config import Config
from alembic.script import ScriptDirectory

from billing_api.db import revisions

_NOT_TO_SERVE = [
    *("sqlalchemy.orm", "sqlalchemy.ext.asyncio"),  # statements are Core's, and run on asyncpg itself
    *("alembic", "mako"),  # the newest revision is read from the names of the files
    *("aiosmtplib", "jinja2"),  # for mails, which the worker writes and sends
    *("rich", "pygments", "typer"),  # for terminals; rich's tracebacks would show local variables, too
    *("braintree_sandbox", "graphql"),
    *("typst", "babel"),  # the process that makes PDFs loads them
    *("pytest", "hypothesis", "benchmarks", "tests"),
    *("billing_api.cli", "billing_api.dev", "billing_api.db.migrate"),
    *("billing_api.jobs.worker", "billing_api.working"),
]
_LIST = "import sys, billing_api.server; print(*sys.modules)"


def test_importing_the_server_loads_nothing_that_it_does_not_need() -> None:
    """In a process of its own, as uvicorn's workers import it."""
    done = subprocess.run([sys.executable, "-c", _LIST], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "billing_api.main" in loaded
    assert loaded.isdisjoint(_NOT_TO_SERVE), sorted(loaded.intersection(_NOT_TO_SERVE))


def test_rich_can_be_loaded_afterwards() -> None:
    """The commands that draw tables need it."""
    code = "import billing_api, structlog; from rich.table import Table; print(Table.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "Table\n"


def test_newest_revision_is_alembics_own() -> None:
    """Read from the names of the files, and by alembic from what they say."""
    config = Config()
    config.set_main_option("script_location", str(revisions.migrations_folder()))
    scripts = ScriptDirectory.from_config(config)
    assert [revisions.head()] == scripts.get_heads()
