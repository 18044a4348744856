"""Documents: PDFs made by a process of its own."""

import asyncio
import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from billing_api.documents.errors import DocumentNotMadeError, DocumentTooSlowError, TooManyDocumentsError
from billing_api.documents.process import TASK
from billing_api.documents.service import Documents
from tests.factories.papers import statement_paper
from tests.fixtures.waiting import looks

pytestmark = pytest.mark.slow

_PATIENCE = 240.0  # seconds, on a busy machine


async def _started(documents: Documents) -> None:
    for _ in looks("a process that makes PDFs"):
        if documents.pids:
            return
        await asyncio.sleep(0)


def _variables_of(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_text()


@pytest.fixture
async def documents() -> AsyncIterator[Documents]:
    """One process, and room for one more document."""
    made = Documents(processes=1, queue=1, timeout_seconds=_PATIENCE)
    yield made
    await made.close()


async def test_a_statement_is_a_pdf_of_several_pages(documents: Documents) -> None:
    pdf = PdfReader(BytesIO((await documents.print(statement_paper(90), "en-US")).pdf))
    assert len(pdf.pages) > 2
    assert "Statement of account" in pdf.pages[0].extract_text()
    assert f"Page {len(pdf.pages)} of {len(pdf.pages)}" in pdf.pages[-1].extract_text()


async def test_equal_papers_give_equal_bytes(documents: Documents) -> None:
    first = await documents.print(statement_paper(), "de-DE")
    await documents.close()  # so that another process makes the second
    assert await documents.print(statement_paper(), "de-DE") == first


async def test_one_more_than_the_queue_holds_is_refused(documents: Documents) -> None:
    papers = [asyncio.create_task(documents.print(statement_paper(), "en-US")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyDocumentsError):
        await documents.print(statement_paper(), "en-US")
    assert all(printed.pdf.startswith(b"%PDF") for printed in await asyncio.gather(*papers))


async def test_a_killed_process_is_reported_and_the_next_document_is_made(documents: Documents) -> None:
    task = asyncio.create_task(documents.print(statement_paper(4000), "en-US"))
    await _started(documents)
    os.kill(documents.pids[0], signal.SIGKILL)
    with pytest.raises(DocumentNotMadeError):
        await task
    assert (await documents.print(statement_paper(1), "en-US")).pdf.startswith(b"%PDF")


async def test_an_idle_process_that_was_killed_is_replaced(documents: Documents) -> None:
    """The out-of-memory killer may come between two requests."""
    await documents.print(statement_paper(1), "en-US")
    (pid,) = documents.pids
    os.kill(pid, signal.SIGKILL)
    assert (await documents.print(statement_paper(1), "en-US")).pdf.startswith(b"%PDF")
    assert documents.pids != [pid]


async def test_a_cancelled_request_ends_its_process(documents: Documents) -> None:
    task = asyncio.create_task(documents.print(statement_paper(4000), "en-US"))
    await _started(documents)
    (pid,) = documents.pids
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not documents.pids
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_document_that_takes_too_long_is_given_up() -> None:
    documents = Documents(timeout_seconds=0.01)
    with pytest.raises(DocumentTooSlowError):
        await documents.print(statement_paper(), "en-US")
    await documents.close()


async def test_a_document_that_needs_too_much_memory_ends_its_process_alone() -> None:
    documents = Documents(memory_mebibytes=256, timeout_seconds=_PATIENCE)
    with pytest.raises(DocumentNotMadeError):
        await documents.print(statement_paper(4000), "en-US")
    assert (await documents.print(statement_paper(1), "en-US")).pdf.startswith(b"%PDF")
    await documents.close()


async def test_a_process_that_has_grown_is_replaced(documents: Documents) -> None:
    """typst keeps what it has set."""
    await documents.print(statement_paper(1), "en-US")
    (small,) = documents.pids
    await documents.print(statement_paper(4000), "en-US")
    assert small not in documents.pids


async def test_a_full_disk_is_no_trouble(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process may write no file at all, and its folder for temporary files is none."""
    monkeypatch.setenv("TMPDIR", "/nowhere")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        await documents.print(statement_paper(1), "ja-JP")  # the process inherits it
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (await documents.print(statement_paper(40), "ja-JP")).pdf.startswith(b"%PDF")


async def test_the_process_gets_no_secret(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PRIVATE_KEY", "a-secret")
    await documents.print(statement_paper(1), "en-US")
    (pid,) = documents.pids
    variables = _variables_of(pid)
    assert "PATH=" in variables
    assert "a-secret" not in variables


async def test_the_process_gives_way_to_its_api_and_gets_no_ctrl_c(documents: Documents) -> None:
    """It stays in the session: Linux gives each session an equal share, whatever is nice in it."""
    await documents.print(statement_paper(1), "en-US")
    (pid,) = documents.pids
    assert os.sched_getscheduler(pid) == os.SCHED_IDLE
    assert os.getsid(pid) == os.getsid(0)
    assert os.getpgid(pid) != os.getpgid(0)


def test_the_process_ends_with_its_standard_input() -> None:
    """As it does when its parent was killed."""
    command = [sys.executable, "-m", "billing_api.documents.typesetter", "1024"]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, check=True, capture_output=True).stdout == b""


def test_a_process_whose_reader_has_gone_ends_without_a_word() -> None:
    """As when a worker is killed in the middle of a PDF."""
    task = pickle.dumps((statement_paper(), "en-US"))
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "billing_api.documents.typesetter", "3072"]
    try:
        done = subprocess.run(
            command,
            input=TASK.pack(len(task)) + task,
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=_PATIENCE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
