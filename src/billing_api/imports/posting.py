"""Lines of one type and one account, posted through the services that post everything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from billing_api.accounts.schemas import Terms
from billing_api.accounts.service import Accounts
from billing_api.credits.service import CreditMemos
from billing_api.deposits.service import Deposits
from billing_api.imports.batches import NumberedLine
from billing_api.imports.lines import AccountLine, CreditMemoLine, DepositLine, InvoiceLine, Line, PaymentLine
from billing_api.invoices.applying import Shortfall, Use
from billing_api.invoices.service import Invoices
from billing_api.payments.offline import OfflinePayments
from billing_api.payments.schemas import OfflineAllocation, OfflinePaymentCreate
from billing_api.profiles.service import Profiles

LineT = TypeVar("LineT", bound=Line)


@dataclass(frozen=True, slots=True)
class Posted:
    """The id of a document that was posted, and the parts of it that its invoices had no room for."""

    id: UUID
    shortfalls: Sequence[Shortfall] = ()


@dataclass(frozen=True, slots=True)
class Customer:
    """The account that lines are posted to; its lock is held."""

    id: UUID
    terms: Terms


class LinePoster:
    """Posts lines that are new, all of them or none."""

    def __init__(
        self,
        accounts: Accounts,
        profiles: Profiles,
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

    async def enter_in(self, account_id: UUID) -> Customer:
        """Take the account's lock until the transaction ends. Raises AccountNotFoundError."""
        account = await self._accounts.lock_in(account_id)
        return Customer(account.id, account.terms)

    async def create_account_in(self, numbered: NumberedLine, record: str) -> Customer:
        """Make an account, with its profile; the record is kept with its external id. Raise ExternalIdTakenError."""
        (line,) = _lines([numbered], AccountLine)
        account = await self._accounts.create_in(line, record)
        await self._profiles.create(account)
        return await self.enter_in(account.id)

    async def update_account_in(self, account_id: UUID, numbered: NumberedLine, record: str) -> bool:
        """Change an account as its line says, and return whether anything changed; its lock is held.

        Raise AccountCurrencyFixedError.
        """
        (line,) = _lines([numbered], AccountLine)
        before = (await self._accounts.get_in(account_id)).name
        changed = await self._accounts.update_in(account_id, line, record)
        if "name" in changed:
            await self._profiles.follow_name(account_id, before, line.name)
        return bool(changed)

    async def post_in(
        self, customer: Customer, lines: Sequence[NumberedLine], invoice_ids: Mapping[str, UUID]
    ) -> Sequence[Posted]:
        """Post documents of one type; `invoice_ids` has every invoice that they name.

        Raises what the services raise.
        """
        digests = {numbered.line.external_id: numbered.record for numbered in lines}
        match lines[0].line:
            case InvoiceLine():
                news = _lines(lines, InvoiceLine)
                return list(map(Posted, await self._invoices.post_all_in(customer.id, customer.terms, news, digests)))
            case CreditMemoLine():
                memos = _lines(lines, CreditMemoLine)
                ids = await self._credit_memos.post_all_in(customer.id, memos, digests)
                return await _apply_in(self._credit_memos, customer, dict(zip(ids, memos, strict=True)), invoice_ids)
            case DepositLine():
                deposits = _lines(lines, DepositLine)
                ids = await self._deposits.post_all_in(customer.id, deposits, digests)
                return await _apply_in(self._deposits, customer, dict(zip(ids, deposits, strict=True)), invoice_ids)
            case PaymentLine():
                payments = [_payment(line, invoice_ids) for line in _lines(lines, PaymentLine)]
                received = await self._payments.record_all_in(customer.id, payments, digests)
                return [Posted(one.payment.id, one.shortfalls) for one in received]
            case AccountLine():
                raise TypeError("an account is no document")


async def _apply_in(
    service: CreditMemos | Deposits,
    customer: Customer,
    lines: Mapping[UUID, CreditMemoLine | DepositLine],
    invoice_ids: Mapping[str, UUID],
) -> list[Posted]:
    """Use what was posted, by its id, for the invoices that its line names."""
    posted = []
    for document_id, line in lines.items():
        uses = [Use(invoice_ids[part.invoice], part.amount, part.applied_on) for part in line.applications]
        shortfalls = await service.apply_in(customer.id, document_id, uses) if uses else []
        posted.append(Posted(document_id, shortfalls))
    return posted


def _lines(numbered: Sequence[NumberedLine], kind: type[LineT]) -> list[LineT]:
    return [one.line for one in numbered if isinstance(one.line, kind)]


def _payment(line: PaymentLine, invoice_ids: Mapping[str, UUID]) -> OfflinePaymentCreate:
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
