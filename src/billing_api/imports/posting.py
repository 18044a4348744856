"""Lines of one type and one account, posted through the services that post everything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.accounts.service import Accounts
from billing_api.credits.service import CreditMemos
from billing_api.deposits.service import Deposits
from billing_api.imports.batches import NumberedLine
from billing_api.imports.lines import (
    ImportedAccount,
    ImportedCreditMemo,
    ImportedDeposit,
    ImportedInvoice,
    ImportedPayment,
    ImportLine,
)
from billing_api.invoices.applying import Shortfall
from billing_api.invoices.service import Invoices
from billing_api.invoices.sources import SourceUse
from billing_api.payments.offline import OfflinePayments
from billing_api.payments.offline_schemas import OfflineAllocation, OfflinePaymentCreate
from billing_api.profiles.changing import ProfilesOfAccounts

LineT = TypeVar("LineT", bound=ImportLine)


@dataclass(frozen=True, slots=True)
class Posted:
    """The id of a document that was posted, and the parts of it that its invoices had no room for."""

    id: UUID
    shortfalls: Sequence[Shortfall] = ()


class LinePoster:
    """Posts lines that are new, all of them or none."""

    def __init__(
        self,
        accounts: Accounts,
        profiles: ProfilesOfAccounts,
        invoices: Invoices,
        credit_memos: CreditMemos,
        deposits: Deposits,
        payments: OfflinePayments,
    ) -> None:
        self._accounts = accounts
        self._profiles = profiles
        self._invoices = invoices
        self._credit_memos = credit_memos
        self._deposits = deposits
        self._payments = payments

    async def lock_account(self, account_id: UUID) -> LockedAccount:
        """Take the account's lock until the transaction ends. Raise AccountNotFoundError."""
        return await self._accounts.lock(account_id)

    async def create_account(self, numbered: NumberedLine, record: str) -> LockedAccount:
        """Create an account, with its profile; the record is kept with its external id. Raise ExternalIdTakenError."""
        (line,) = _lines([numbered], ImportedAccount)
        account = await self._accounts.create(line, record)
        await self._profiles.create(account)
        return account

    async def update_account(self, account: LockedAccount, numbered: NumberedLine, record: str) -> bool:
        """Change an account as its line says, and return whether anything changed. Raise AccountCurrencyFixedError."""
        (line,) = _lines([numbered], ImportedAccount)
        changed = await self._accounts.update(account.id, line, record)
        if "name" in changed:
            await self._profiles.follow_name(account.id, account.name, line.name)
        return bool(changed)

    async def post(
        self, account: LockedAccount, lines: Sequence[NumberedLine], invoice_ids: Mapping[str, UUID]
    ) -> Sequence[Posted]:
        """Post documents of one type; `invoice_ids` has every invoice that they name. Raise the services' errors."""
        digests = {numbered.line.external_id: numbered.record for numbered in lines}
        match lines[0].line:
            case ImportedInvoice():
                news = _lines(lines, ImportedInvoice)
                return [Posted(invoice_id) for invoice_id in await self._invoices.post(account, news, digests)]
            case ImportedCreditMemo():
                memos = _lines(lines, ImportedCreditMemo)
                ids = await self._credit_memos.post(account, memos, digests)
                return await _apply(self._credit_memos, account, dict(zip(ids, memos, strict=True)), invoice_ids)
            case ImportedDeposit():
                deposits = _lines(lines, ImportedDeposit)
                ids = await self._deposits.post(account, deposits, digests)
                return await _apply(self._deposits, account, dict(zip(ids, deposits, strict=True)), invoice_ids)
            case ImportedPayment():
                payments = [_payment(line, invoice_ids) for line in _lines(lines, ImportedPayment)]
                received = await self._payments.record_all(account, payments, digests)
                return [Posted(one.payment.id, one.shortfalls) for one in received]
            case ImportedAccount():
                raise TypeError("an account is no document")


async def _apply(
    service: CreditMemos | Deposits,
    account: LockedAccount,
    lines: Mapping[UUID, ImportedCreditMemo | ImportedDeposit],
    invoice_ids: Mapping[str, UUID],
) -> list[Posted]:
    """Use posted documents, by their ids, for the invoices that their lines name."""
    uses = {
        document_id: [SourceUse(invoice_ids[part.invoice], part.amount, part.applied_on) for part in line.applications]
        for document_id, line in lines.items()
        if line.applications
    }
    shortfalls = await service.apply(account, uses) if uses else {}
    return [Posted(document_id, shortfalls.get(document_id, ())) for document_id in lines]


def _lines(numbered: Sequence[NumberedLine], kind: type[LineT]) -> list[LineT]:
    return [one.line for one in numbered if isinstance(one.line, kind)]


def _payment(line: ImportedPayment, invoice_ids: Mapping[str, UUID]) -> OfflinePaymentCreate:
    return OfflinePaymentCreate(
        external_id=line.external_id,
        type=line.method,
        currency=line.currency,
        amount=line.amount,
        received_on=line.received_on,
        reference=line.reference,
        allocations=[
            OfflineAllocation(invoice_id=invoice_ids[part.invoice], amount=part.amount) for part in line.allocations
        ],
    )
