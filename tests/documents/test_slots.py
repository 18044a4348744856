"""Turns: one PDF of an account at a time, however many its users ask for."""

import asyncio
from contextlib import ExitStack
from uuid import uuid4

import pytest
from fastapi import FastAPI

from billing_api.documents.errors import DocumentTooSlowError, TooManyOwnDocumentsError
from billing_api.documents.slots import OF_ACCOUNT, DocumentSlots
from tests.factories.invoices import post_invoice
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

ONE, OTHER = uuid4(), uuid4()


@pytest.fixture
def slots() -> DocumentSlots:
    """The slots of a process that has made nothing yet."""
    return DocumentSlots(timeout_seconds=60)


async def test_documents_of_an_account_are_made_one_after_the_other(slots: DocumentSlots) -> None:
    """First come, first served; the next begins when the one before has ended, in an error too."""
    begun: list[int] = []
    may_end = asyncio.Event()

    async def make(number: int) -> None:
        async with slots.slot(ONE):
            begun.append(number)
            await may_end.wait()
            raise ValueError

    made = [asyncio.create_task(make(number)) for number in range(OF_ACCOUNT)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert begun == [0]
    async with slots.slot(OTHER):  # does not wait for them
        may_end.set()
    assert all(isinstance(one, ValueError) for one in await asyncio.gather(*made, return_exceptions=True))
    assert begun == [0, 1, 2]


async def test_one_more_is_refused_and_the_places_come_back(slots: DocumentSlots) -> None:
    async def make() -> None:
        async with slots.slot(ONE):
            await may_end.wait()

    may_end = asyncio.Event()
    made = [asyncio.create_task(make()) for _ in range(OF_ACCOUNT)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyOwnDocumentsError):
        await make()
    made[1].cancel()  # its user has gone
    await asyncio.wait([made[1]])
    made[1] = asyncio.create_task(make())
    may_end.set()
    await asyncio.gather(*made)


async def test_a_slot_that_does_not_come_is_given_up() -> None:
    slots = DocumentSlots(timeout_seconds=0)
    async with slots.slot(ONE):
        with pytest.raises(DocumentTooSlowError):
            await slots.slot(ONE).__aenter__()
    async with slots.slot(OTHER):
        pass


async def test_a_full_account_is_refused_and_others_are_served(
    app: FastAPI, services: Services, portal: Portal, stranger: Portal
) -> None:
    slots = app.state.parts[DocumentSlots]
    own = await post_invoice(services, portal.account_id)
    others = await post_invoice(services, stranger.account_id)
    with ExitStack() as held:
        for _ in range(OF_ACCOUNT):
            held.enter_context(slots._places.held(portal.account_id))
        refused = await portal.get(f"/v1/invoices/{own}/pdf")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_own_documents")
        assert refused.headers["Retry-After"] == "5"
        assert (await stranger.get(f"/v1/invoices/{others}/pdf")).status_code == 200
    assert (await portal.get(f"/v1/invoices/{own}/pdf")).status_code == 200
