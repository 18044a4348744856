"""The log line of the start."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest
from pydantic import SecretStr

from billing_api.config import Environment, Settings
from billing_api.starting import shown, without_password

pytestmark = pytest.mark.slow

_WRITE = """
from billing_api.config import Environment, Settings
from billing_api.logs import configure
from billing_api.starting import log_start

settings = Settings().model_copy(update={"environment": Environment.PRODUCTION, "host": "::1"})
configure(settings)
log_start(settings, workers=2)
"""


def test_start_says_version_address_and_settings() -> None:
    """One line, so that the log shows how a service was set up when something happened."""
    done = subprocess.run([sys.executable, "-c", _WRITE], capture_output=True, text=True, check=True)
    line = json.loads(done.stdout)
    assert (line["event"], line["level"]) == ("starting", "info")
    assert (line["version"], line["workers"], line["listens_on"]) == (version("billing-api"), 2, "http://[::1]:8000")
    assert line["settings"].keys() == {name.upper() for name in Settings.model_fields}
    assert line["settings"]["SESSION_IDLE_MINUTES"] == 10_080


def test_no_secret_is_shown() -> None:
    """Of a secret only that it is set."""
    canary = "canary-of-a-secret-setting"
    secrets = {
        name: SecretStr(canary) for name, field in Settings.model_fields.items() if field.annotation is SecretStr
    }
    settings = Settings(database_url=f"postgresql://u:{canary}@h/d?sslpassword={canary}").model_copy(
        update={**secrets, "environment": Environment.PRODUCTION}
    )
    assert secrets.keys() > {"metrics_token", "gateway_private_key", "signing_keys"}
    assert canary not in json.dumps(shown(settings))
    assert {shown(settings)[name.upper()] for name in secrets} == {"**********"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://u:p@one:1,two:2/d?sslmode=require", "postgresql://u:(hidden)@one:1,two:2/d?sslmode=require"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgresql:///d?host=/run/x&password=p", "postgresql:///d?host=/run/x&password=(hidden)"),
        ("postgresql://u:1/p@h/d", "(hidden)"),
    ],
)
def test_address_of_the_database(address: str, expected: str) -> None:
    """Without the passwords that it may hold."""
    assert without_password(address) == expected


def test_development_shows_the_changed_settings_alone() -> None:
    """A newcomer's log begins with few words."""
    assert shown(Settings(port=8001, database_url="postgresql://h/d")) == {
        "PORT": 8001,
        "DATABASE_URL": "postgresql://h/d",
    }
