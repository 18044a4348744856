"""Slots: the PDFs that users wait for, one of each account at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID
from weakref import WeakValueDictionary

from billing_api.documents.errors import DocumentTooSlowError, TooManyOwnDocumentsError
from billing_api.kit.places import Places

OF_ACCOUNT = 3  # one is made, two wait for it


class DocumentSlots:
    """The slots of this process: an account with long documents delays all others by one of them.

    Documents of mails take none: the worker bounds its jobs, and a mail can wait.
    """

    def __init__(self, *, timeout_seconds: float) -> None:
        """Take how long a document waits for those of its account."""
        self._timeout = timeout_seconds
        self._places = Places(OF_ACCOUNT, TooManyOwnDocumentsError)
        self._slots: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def slot(self, account_id: UUID) -> AsyncIterator[None]:
        """Have the account's slot for the time of the block. Raise TooManyOwnDocumentsError, DocumentTooSlowError."""
        with self._places.held(account_id):
            slot = self._slots.setdefault(account_id, asyncio.Lock())
            try:
                async with asyncio.timeout(self._timeout):
                    await slot.acquire()
            except TimeoutError:
                raise DocumentTooSlowError from None
            try:
                yield
            finally:
                slot.release()
