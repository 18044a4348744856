"""The README's tour and the commands of docs/, line by line, against what `make run` starts."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.local_run import LocalRun, stop

pytestmark = pytest.mark.slow

_README = Path(__file__).parents[2] / "README.md"
_DOCS = _README.parent / "docs"
# A line that is refused ends the tour.
_STRICT = 'set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; echo; }\n'


def tour() -> str:
    """Return the shell lines of the README's tour."""
    section = _README.read_text().split("## A tour with curl")[1].split("\n## ")[0]
    return "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


def to_try(page: str) -> str:
    """Return the shell lines of a page's chapter "Trying it"."""
    section = (_DOCS / page).read_text().split("## Trying it\n")[1].split("\n## ")[0]
    return "".join(f"{line[4:]}\n" for line in section.splitlines() if line.startswith("    "))


def shell(run: LocalRun, lines: str) -> subprocess.CompletedProcess[str]:
    """Run lines in a shell that knows the ports."""
    return subprocess.run(
        ["bash", "-c", lines],
        env=os.environ | {"PORT": str(run.port), "SANDBOX_PORT": str(run.sandbox_port)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_shell_block_has_a_comment() -> None:
    """zsh, the shell of Macs, knows none at its prompt: an apostrophe in one swallows the lines after it."""
    blocks = re.findall(r"```sh\n(.*?)```", _README.read_text(), re.DOTALL)
    assert len(blocks) > 10
    lines = [line for block in blocks for line in block.splitlines()]
    assert [line for line in lines if re.search(r"(^|\s)#", line)] == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour is for curl")
def test_the_tour_runs_as_it_stands(run: LocalRun) -> None:
    """Signing in, looking around, storing a card and a bank account, paying once, revoking the card, signing out."""
    process, _ = run.start_and_read_banner()
    before, sign_out = tour().rsplit("METHOD=", 1)
    done = shell(run, f"{_STRICT}{before}{to_try('payment-methods.md')}METHOD={sign_out}")
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr}"
    assert '"status": "succeeded"' in done.stdout
    assert "idempotent-replayed: true" in done.stderr
    assert '\n    "payment_status": "paid"' in done.stdout
    assert '\n            "type": "credit_memo"' in done.stdout  # pays several invoices with the card
    assert re.search(r'"allocations": \[\s+\{[^\]]*\},\s+\{', done.stdout)
    assert '"reason": "insufficient_funds"' in done.stdout  # a bank account's payment came back
    assert '"method": "refund"' in done.stdout  # a part of the card's payment was given back
    stop(process, signal.SIGINT)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page is for curl")
def test_a_bank_account_is_verified_as_its_page_says(tmp_path: Path) -> None:
    """The first amounts are wrong, the second ones right. The demo data are made whatever the vendor's rules are."""
    rules = {"DEVICE_DATA": "required", "THREE_D_SECURE": "required", "BOOKS_CLOSED_THROUGH": "2026-10-31"}
    run = LocalRun(tmp_path, GATEWAY_ACH_VERIFICATION="micro_transfers", **rules)
    try:
        process, _ = run.start_and_read_banner()
        done = shell(run, tour().split("curl -sS $API/v1/sessions/current")[0] + to_try("bank-accounts.md"))
        assert "/problems/amounts_do_not_match" in done.stdout
        assert '"status":"active"' in done.stdout
        stop(process, signal.SIGINT)
    finally:
        run.end()
