"""Documents: PDFs made by a process of its own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from pypdf import PdfReader

from billing_api.documents.errors import DocumentNotMadeError, DocumentTooSlowError, TooManyDocumentsError
from billing_api.documents.service import Documents
from tests.factories.papers import statement_paper
from tests.fixtures.waiting import looks


async def _started(documents: Documents) -> None:
    for _ in looks("a process that makes PDFs"):
        if documents.pids:
            return
        await asyncio.sleep(0)


@pytest.fixture
async def documents() -> AsyncIterator[Documents]:
    """One process, and room for one more document."""
    made = Documents(processes=1, queue=1)
    yield made
    await made.close()


async def test_a_statement_is_a_pdf_of_several_pages(documents: Documents) -> None:
    pdf = PdfReader(BytesIO(await documents.render(statement_paper(90), "en-US")))
    assert len(pdf.pages) > 2
    assert "Statement of account" in pdf.pages[0].extract_text()
    assert f"Page {len(pdf.pages)} of {len(pdf.pages)}" in pdf.pages[-1].extract_text()


async def test_equal_papers_give_equal_bytes(documents: Documents) -> None:
    first = await documents.render(statement_paper(), "de-DE")
    await documents.close()  # so that another process makes the second
    assert await documents.render(statement_paper(), "de-DE") == first


async def test_one_more_than_the_queue_holds_is_refused(documents: Documents) -> None:
    papers = [asyncio.create_task(documents.render(statement_paper(), "en-US")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyDocumentsError):
        await documents.render(statement_paper(), "en-US")
    assert all(pdf.startswith(b"%PDF") for pdf in await asyncio.gather(*papers))


async def test_a_killed_process_is_reported_and_the_next_document_is_made(documents: Documents) -> None:
    task = asyncio.create_task(documents.render(statement_paper(4000), "en-US"))
    await _started(documents)
    os.kill(documents.pids[0], signal.SIGKILL)
    with pytest.raises(DocumentNotMadeError):
        await task
    assert (await documents.render(statement_paper(1), "en-US")).startswith(b"%PDF")


async def test_an_idle_process_that_was_killed_is_replaced(documents: Documents) -> None:
    """The out-of-memory killer may come between two requests."""
    await documents.render(statement_paper(1), "en-US")
    (pid,) = documents.pids
    os.kill(pid, signal.SIGKILL)
    assert (await documents.render(statement_paper(1), "en-US")).startswith(b"%PDF")
    assert documents.pids != [pid]


async def test_a_cancelled_request_ends_its_process(documents: Documents) -> None:
    task = asyncio.create_task(documents.render(statement_paper(4000), "en-US"))
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
        await documents.render(statement_paper(), "en-US")
    await documents.close()
