"""Receipts by mail, to recipients whom a user has chosen."""

from uuid import UUID

from billing_api.deliveries.documents import DocumentMails, MailedDocument
from billing_api.deliveries.schemas import DeliveriesQueued, DeliveryQuery, DeliveryRead, EmailsCreate
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.pagination import Page
from billing_api.payments.receipts import require_receipt
from billing_api.payments.repository import PaymentRepository
from billing_api.profiles.service import Profiles

KIND = "receipt"


class MailReceipts:
    """Mails the receipts of one account's payments, as these stand when the mail is written."""

    def __init__(self, payments: PaymentRepository, profiles: Profiles, mails: DocumentMails) -> None:
        self._payments = payments
        self._profiles = profiles
        self._mails = mails

    async def send(
        self, account_id: UUID, payment_id: UUID, wanted: EmailsCreate, key: IdempotencyKey | None
    ) -> DeliveriesQueued:
        """Queue a mail to each recipient, in the profile's language.

        Raise PaymentNotFoundError, NoReceiptError, ProfileNotFoundError, TooManyRequestsError,
        IdempotencyKeyReusedError.
        """
        payment = await self._payments.get(account_id, payment_id)
        require_receipt(payment.state)
        locale = (await self._profiles.get(account_id)).locale
        return await self._mails.send(account_id, MailedDocument(KIND, payment.id, locale), wanted.recipients, key)

    async def list(self, account_id: UUID, payment_id: UUID, query: DeliveryQuery) -> Page[DeliveryRead]:
        """Return one page of a payment's mails, newest first. Raise PaymentNotFoundError, BadCursorError."""
        await self._payments.get(account_id, payment_id)
        return await self._mails.list(account_id, payment_id, query)
