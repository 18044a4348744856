"""The SQL of cards and bank accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    and_,
    bindparam,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from billing_api.db.database import Database
from billing_api.db.listing import Listing
from billing_api.db.reader import Reader, Statement, columns_of
from billing_api.payment_methods.errors import PaymentMethodNotFoundError
from billing_api.payment_methods.model import GatewayCustomer, GatewayToken, PaymentMethod, PaymentMethodHold


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A method as it is shown."""

    id: UUID
    kind: str
    status: str
    is_default: bool
    last4: str
    brand: str | None
    cardholder_name: str | None
    expiration_month: int | None
    expiration_year: int | None
    billing_address: dict[str, Any] | None
    bank_name: str | None
    bank_account_type: str | None
    account_holder_name: str | None
    mandate_text: str | None
    mandate_accepted_at: datetime | None
    verification_wants_amounts: bool
    verification_tries: int
    amounts_confirmed_at: datetime | None
    verified_at: datetime | None
    decline_code: str | None
    decline_text: str | None
    created_at: datetime
    updated_at: datetime
    removed_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class DueMethod:
    """A method, of any account, that is to be looked up at the gateway."""

    account_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """An account's customer at the gateway, and the merchant that has confirmed it."""

    account_id: UUID
    customer_id: str
    merchant_id: str | None


@dataclass(frozen=True, slots=True)
class _MerchantIds:
    """The first and the last of the merchants that have confirmed customers, in the order of their ids."""

    first: str | None
    last: str | None


STORED = ["pending", "active", "verification_failed", "removing"]

_COLUMNS = columns_of(PaymentMethod, MethodRow)
_OWN = PaymentMethod.account_id == bindparam("account_id")


def _one_of(column: InstrumentedAttribute[str], name: str, values: list[str] | None = None) -> ColumnElement[bool]:
    """`IN`, in the form that a statement compiled ahead can hold."""
    return column == func.any(bindparam(name, value=values, type_=ARRAY(Text)))


_SHOWN = _one_of(PaymentMethod.status, "shown", [*STORED, "removed"])
_ONE = Statement(select(*_COLUMNS).where(_OWN, _SHOWN, PaymentMethod.id == bindparam("id")))
_DEFAULT = Statement(select(*_COLUMNS).where(_OWN, PaymentMethod.is_default))
_DUE = Statement(
    select(*columns_of(PaymentMethod, DueMethod))
    .where(PaymentMethod.next_check_at <= bindparam("now"))
    .order_by(PaymentMethod.next_check_at, PaymentMethod.id)
    .limit(bindparam("limit"))
)
_ENDS = tuple_(PaymentMethod.expiration_year, PaymentMethod.expiration_month)
_ENDING = Statement(
    select(*columns_of(PaymentMethod, DueMethod))
    .where(
        PaymentMethod.status == "active",
        PaymentMethod.expiry_told.is_distinct_from("expired"),
        or_(
            and_(PaymentMethod.expiry_told.is_(None), tuple_(bindparam("year"), bindparam("month")) >= _ENDS),
            tuple_(bindparam("this_year"), bindparam("this_month")) > _ENDS,
        ),
    )
    .order_by(PaymentMethod.expiration_year, PaymentMethod.expiration_month, PaymentMethod.id)
    .limit(bindparam("limit"))
)
_CUSTOMER = columns_of(GatewayCustomer, CustomerRow)
_OWN_CUSTOMER = Statement(select(*_CUSTOMER).where(GatewayCustomer.account_id == bindparam("account_id")))
# Any will do: the newest accounts, since their ids are in the primary key's order.
_CONFIRMED_CUSTOMERS = Statement(
    select(*_CUSTOMER)
    .where(GatewayCustomer.confirmed_at.is_not(None))
    .order_by(GatewayCustomer.account_id.desc())
    .limit(bindparam("limit"))
)
# The index answers with its two ends, however many rows there are.
_MERCHANTS = Statement(select(func.min(GatewayCustomer.merchant_id), func.max(GatewayCustomer.merchant_id)))
_LIST = Listing(
    select(*_COLUMNS).where(_OWN, _one_of(PaymentMethod.status, "stored", STORED)),
    filters={"kinds": _one_of(PaymentMethod.kind, "kinds")},
    sorts={"id": (PaymentMethod.id,)},
)


class PaymentMethodRepository:
    """The methods of one account at a time, and who the account is at the gateway."""

    def __init__(self, db: Database, reader: Reader, *, merchant_id: str) -> None:
        """`merchant_id` is the gateway's merchant that the settings name."""
        self._db = db
        self._reader = reader
        self.merchant_id = merchant_id

    async def find(self, account_id: UUID, method_id: UUID) -> MethodRow | None:
        """One method that was stored, also when it has been removed since; or None."""
        return await self._reader.fetch_one(_ONE, MethodRow, account_id=account_id, id=method_id)

    async def find_default(self, account_id: UUID) -> MethodRow | None:
        """The one that is offered first, or None."""
        return await self._reader.fetch_one(_DEFAULT, MethodRow, account_id=account_id)

    async def list_page(
        self, account_id: UUID, *, kinds: list[str] | None, after: Sequence[Any] | None, limit: int
    ) -> list[MethodRow]:
        """Up to `limit` stored methods in the order they were made; no kinds are all of them."""
        return await _LIST.fetch(
            self._reader,
            MethodRow,
            account_id=account_id,
            filters={"kinds": kinds},
            sort="id",
            after=after,
            limit=limit,
        )

    async def list_due(self, now: datetime, limit: int) -> list[DueMethod]:
        """Up to `limit` methods of all accounts whose next check is due, the longest overdue first."""
        return await self._reader.fetch(_DUE, DueMethod, now=now, limit=limit)

    async def list_ending(self, *, today: date, ending: date, limit: int) -> list[DueMethod]:
        """Up to `limit` cards of all accounts whose end is to be told, the oldest end first.

        Those are the ones that end with `ending`'s month or before and of which nothing was told, and those that
        ended before this month and were not told so.
        """
        return await self._reader.fetch(
            _ENDING,
            DueMethod,
            year=ending.year,
            month=ending.month,
            this_year=today.year,
            this_month=today.month,
            limit=limit,
        )

    async def find_customer(self, account_id: UUID) -> CustomerRow | None:
        """Return the account's customer at the gateway, or None."""
        return await self._reader.fetch_one(_OWN_CUSTOMER, CustomerRow, account_id=account_id)

    async def list_confirmed_customers(self, *, limit: int) -> list[CustomerRow]:
        """Return the customers of a few accounts, which the gateway has confirmed."""
        return await self._reader.fetch(_CONFIRMED_CUSTOMERS, CustomerRow, limit=limit)

    async def list_merchants(self) -> set[str]:
        """Return the merchants that have confirmed customers: of many, two."""
        ids = await self._reader.fetch_one(_MERCHANTS, _MerchantIds)
        assert ids is not None  # an aggregate has a row
        return {name for name in (ids.first, ids.last) if name is not None}

    async def find_row(self, account_id: UUID, method_id: UUID) -> PaymentMethod | None:
        """The row to change, whatever its status, or None; the account's lock guards it."""
        return await self._db.session.get(PaymentMethod, (account_id, method_id))

    async def get_shown(self, account_id: UUID, method_id: UUID) -> PaymentMethod:
        """The row of a method that its owner knows of. Raises PaymentMethodNotFoundError."""
        method = await self.find_row(account_id, method_id)
        if method is None or not method.is_shown:
            raise PaymentMethodNotFoundError(method_id)
        return method

    async def find_by_token(self, token: str) -> DueMethod | None:
        """Whose a token at the gateway is; two steps, since an account's rows are found through the account alone."""
        owner = await self._db.session.get(GatewayToken, token)
        if owner is None:
            return None
        method_id = await self._db.session.scalar(
            select(PaymentMethod.id).where(PaymentMethod.account_id == owner.account_id, PaymentMethod.token == token)
        )
        return DueMethod(owner.account_id, method_id) if method_id else None

    async def find_twin(
        self, account_id: UUID, fingerprint: str, *, but: UUID | None, today: date, ended_too: bool
    ) -> PaymentMethod | None:
        """Return the stored method with the same number, `but` apart: the default, else the oldest that can pay.

        A card that has ended comes last, or not at all.
        """
        has_ended = func.coalesce(tuple_(today.year, today.month) > _ENDS, false())
        found: PaymentMethod | None = await self._db.session.scalar(
            select(PaymentMethod)
            .where(
                PaymentMethod.account_id == account_id,
                PaymentMethod.fingerprint == fingerprint,
                PaymentMethod.status.in_(["pending", "active"]),
                PaymentMethod.id.is_distinct_from(but),
                or_(literal(ended_too), has_ended.is_(False)),
            )
            .order_by(PaymentMethod.is_default.desc(), has_ended, PaymentMethod.id)
            .limit(1)
        )
        return found

    async def add(self, method: PaymentMethod) -> None:
        """Write a new row, and whose its token is."""
        self._db.session.add(GatewayToken(token=method.token, account_id=method.account_id))
        self._db.session.add(method)
        await self._db.session.flush()

    async def has_stored(self, account_id: UUID) -> bool:
        """Whether the account has any method that is not removed."""
        stored = select(PaymentMethod.id).where(
            PaymentMethod.account_id == account_id, PaymentMethod.status.in_(STORED)
        )
        return bool(await self._db.session.scalar(select(stored.exists())))

    async def clear_default(self, account_id: UUID, *, now: datetime) -> None:
        """Take the flag from whichever method has it, so that another can get it."""
        await self._db.session.execute(
            update(PaymentMethod)
            .where(PaymentMethod.account_id == account_id, PaymentMethod.is_default)
            .values(is_default=False, version=PaymentMethod.version + 1, updated_at=now)
            .execution_options(synchronize_session="fetch")
        )

    async def claim_customer(self, account_id: UUID, customer_id: str, *, now: datetime) -> GatewayCustomer:
        """The account's customer at the gateway; `customer_id` becomes it if there is none yet."""
        await self._db.session.execute(
            insert(GatewayCustomer)
            .values(account_id=account_id, customer_id=customer_id, created_at=now)
            .on_conflict_do_nothing()
        )
        return (
            await self._db.session.scalars(select(GatewayCustomer).where(GatewayCustomer.account_id == account_id))
        ).one()

    async def confirm_customer(self, account_id: UUID, *, now: datetime) -> None:
        """Record that the merchant of the settings has the customer, unless a merchant has confirmed it already."""
        await self._db.session.execute(
            update(GatewayCustomer)
            .where(GatewayCustomer.account_id == account_id, GatewayCustomer.merchant_id.is_(None))
            .values(confirmed_at=func.coalesce(GatewayCustomer.confirmed_at, now), merchant_id=self.merchant_id)
        )

    def add_hold(self, hold: PaymentMethodHold) -> None:
        """A new reason to keep the method, written with the next flush."""
        self._db.session.add(hold)

    async def list_holders(self, account_id: UUID, method_id: UUID) -> list[str]:
        """What kinds of things need the method."""
        kinds = await self._db.session.scalars(
            select(PaymentMethodHold.holder_kind)
            .where(PaymentMethodHold.account_id == account_id, PaymentMethodHold.payment_method_id == method_id)
            .distinct()
        )
        return sorted(kinds)

    async def remove_hold(self, account_id: UUID, method_id: UUID, holder_kind: str, holder_id: UUID) -> None:
        """That reason is over."""
        await self._db.session.execute(
            delete(PaymentMethodHold).where(
                PaymentMethodHold.account_id == account_id,
                PaymentMethodHold.payment_method_id == method_id,
                PaymentMethodHold.holder_kind == holder_kind,
                PaymentMethodHold.holder_id == holder_id,
            )
        )

    async def remove_holds(self, account_id: UUID, method_id: UUID) -> None:
        """Every reason is given up."""
        await self._db.session.execute(
            delete(PaymentMethodHold).where(
                PaymentMethodHold.account_id == account_id, PaymentMethodHold.payment_method_id == method_id
            )
        )
