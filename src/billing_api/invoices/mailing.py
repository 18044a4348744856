"""Invoices by mail, to recipients whom a user has chosen."""

from uuid import UUID

from billing_api.deliveries.documents import DocumentMails, MailedDocument
from billing_api.deliveries.schemas import DeliveriesQueued, DeliveryQuery, DeliveryRead, EmailsCreate
from billing_api.invoices.service import Invoices
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.pagination import Page
from billing_api.profiles.service import Profiles

KIND = "invoice"


class MailInvoices:
    """Mails the invoices of one account, as they stand when the mail is written."""

    def __init__(self, invoices: Invoices, profiles: Profiles, mails: DocumentMails) -> None:
        self._invoices = invoices
        self._profiles = profiles
        self._mails = mails

    async def send(
        self, account_id: UUID, invoice_id: UUID, wanted: EmailsCreate, key: IdempotencyKey | None
    ) -> DeliveriesQueued:
        """Queue a mail to each recipient, in the profile's language.

        Raise InvoiceNotFoundError, ProfileNotFoundError, TooManyRequestsError, IdempotencyKeyReusedError.
        """
        invoice = await self._invoices.get(account_id, invoice_id)
        locale = (await self._profiles.get(account_id)).locale
        return await self._mails.send(account_id, MailedDocument(KIND, invoice.id, locale), wanted.recipients, key)

    async def list(self, account_id: UUID, invoice_id: UUID, query: DeliveryQuery) -> Page[DeliveryRead]:
        """Return one page of an invoice's mails, newest first. Raise InvoiceNotFoundError, BadCursorError."""
        await self._invoices.get(account_id, invoice_id)
        return await self._mails.list(account_id, invoice_id, query)
