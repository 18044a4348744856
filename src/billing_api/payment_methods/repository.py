"""The SQL of cards and bank accounts."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, and_, bindparam, delete, false, func, or_, select, tuple_, union, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.accounts.locked import LockedAccount
from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.kit.pagination import Rows
from billing_api.payment_methods.errors import PaymentMethodNotFoundError
from billing_api.payment_methods.model import (
    DueMethod,
    GatewayCustomer,
    PaymentMethod,
    PaymentMethodHold,
    gateway_customers,
    gateway_tokens,
    payment_method_holds,
    payment_methods,
)
from billing_api.payment_methods.schemas import PaymentMethodQuery
from billing_api.payment_methods.states import STORED, MethodState

_t, _c, _h = payment_methods.c, gateway_customers.c, payment_method_holds.c
_METHOD, _DUE_METHOD = columns_of(payment_methods, PaymentMethod), columns_of(payment_methods, DueMethod)
_OWN = _t.account_id == bindparam("account_id")
_THIS = and_(_OWN, _t.id == bindparam("id"))
_IS_STORED = or_(*(_t.status == state for state in STORED))
_EXPIRY = tuple_(_t.expiration_year, _t.expiration_month)
_THIS_MONTH = tuple_(bindparam("this_year"), bindparam("this_month"))

_FIND = Statement(select(*_METHOD).where(_THIS), PaymentMethod)
_FIND_DEFAULT = Statement(select(*_METHOD).where(_OWN, _t.is_default), PaymentMethod)
_LIST = Listing(
    select(*_METHOD).where(_OWN),
    PaymentMethod,
    PaymentMethodQuery,
    columns={"type": _t.kind},
    filters={"is_stored": _IS_STORED},
    sorts=[_t.id],
    unique=_t.id,
    order="id",
)
_HAS_STORED = Statement(select(select(_t.id).where(_OWN, _IS_STORED).exists()), bool)
_LIST_DUE = Statement(
    select(*_DUE_METHOD)
    .where(_t.next_check_at <= bindparam("now"))
    .order_by(_t.next_check_at, _t.id)
    .limit(bindparam("limit")),
    DueMethod,
)
_LIST_EXPIRING = Statement(
    select(*_DUE_METHOD)
    .where(
        _t.status == MethodState.ACTIVE,
        _t.expiry_announced.is_distinct_from("expired"),
        or_(
            and_(_t.expiry_announced.is_(None), tuple_(bindparam("year"), bindparam("month")) >= _EXPIRY),
            _THIS_MONTH > _EXPIRY,
        ),
    )
    .order_by(_t.expiration_year, _t.expiration_month, _t.id)
    .limit(bindparam("limit")),
    DueMethod,
)
_has_expired = func.coalesce(_THIS_MONTH > _EXPIRY, false())
_FIND_DUPLICATE = Statement(
    select(*_METHOD)
    .where(
        _OWN,
        _t.fingerprint == bindparam("fingerprint"),
        _t.blocked_code.is_(None),  # added anew, with a new mandate, it is another method
        or_(_t.status == MethodState.PENDING, _t.status == MethodState.ACTIVE),
        _t.id.is_distinct_from(bindparam("excluding")),
        or_(bindparam("expired_too", type_=Boolean()), _has_expired.is_(False)),
    )
    .order_by(_t.is_default.desc(), _has_expired, _t.id)
    .limit(1),
    PaymentMethod,
)
_FIND_ACCOUNT = Statement(select(gateway_tokens.c.account_id).where(gateway_tokens.c.token == bindparam("token")), UUID)
_FIND_BY_TOKEN = Statement(select(*_DUE_METHOD).where(_OWN, _t.token == bindparam("token")), DueMethod)
_ADD, _ADD_TOKEN = Command(insert(payment_methods)), Command(insert(gateway_tokens))
_KEPT = {"account_id", "id", "kind", "mandate_text", "mandate_accepted_at", "created_at"}
_CHANGED = [column.key for column in _METHOD if column.key not in _KEPT]
_UPDATE = Command(update(payment_methods).where(_THIS).values(**parameters(*_CHANGED)))

_CUSTOMER = columns_of(gateway_customers, GatewayCustomer)
_OWN_CUSTOMER = _c.account_id == bindparam("account_id")
_FIND_CUSTOMER = Statement(select(*_CUSTOMER).where(_OWN_CUSTOMER), GatewayCustomer)
# Any will do: the newest accounts, since their ids are in the primary key's order.
_LIST_CONFIRMED = Statement(
    select(*_CUSTOMER).where(_c.confirmed_at.is_not(None)).order_by(_c.account_id.desc()).limit(bindparam("limit")),
    GatewayCustomer,
)
# The index has them at its two ends, however many rows there are.
_MERCHANTS = select(_c.merchant_id).where(_c.merchant_id.is_not(None)).limit(1)
_FIRST_AND_LAST_MERCHANT = Statement(
    union(_MERCHANTS.order_by(_c.merchant_id), _MERCHANTS.order_by(_c.merchant_id.desc())), str
)
_ADD_CUSTOMER = Command(insert(gateway_customers).on_conflict_do_nothing())
_CONFIRM_CUSTOMER = Command(
    update(gateway_customers)
    .where(_OWN_CUSTOMER, _c.merchant_id.is_(None))
    .values(confirmed_at=func.coalesce(_c.confirmed_at, bindparam("now")), merchant_id=bindparam("merchant"))
)

_HOLDS = and_(_h.account_id == bindparam("account_id"), _h.payment_method_id == bindparam("payment_method_id"))
_ADD_HOLD = Command(insert(payment_method_holds))
_LIST_HOLDERS = Statement(select(_h.holder_kind).where(_HOLDS).distinct().order_by(_h.holder_kind), str)
_REMOVE_HOLD = Command(
    delete(payment_method_holds).where(
        _HOLDS, _h.holder_kind == bindparam("holder_kind"), _h.holder_id == bindparam("holder_id")
    )
)
_REMOVE_HOLDS = Command(delete(payment_method_holds).where(_HOLDS))


class PaymentMethodRepository:
    """The methods of one account at a time, and the account's customer at the gateway."""

    def __init__(self, db: Database, *, merchant_id: str) -> None:
        """Take the gateway's merchant in the settings."""
        self._db = db
        self.merchant_id = merchant_id

    async def find(self, account_id: UUID, method_id: UUID) -> PaymentMethod | None:
        """Return one method, whatever its state, or None; the account's lock guards its row."""
        return await self._db.fetch_one(_FIND, account_id=account_id, id=method_id)

    async def get(self, account_id: UUID, method_id: UUID) -> PaymentMethod:
        """Return a method that is shown. Raise PaymentMethodNotFoundError."""
        method = await self.find(account_id, method_id)
        if method is None or not method.status.is_shown:
            raise PaymentMethodNotFoundError(method_id)
        return method

    async def find_default(self, account_id: UUID) -> PaymentMethod | None:
        """Return the account's default, or None."""
        return await self._db.fetch_one(_FIND_DEFAULT, account_id=account_id)

    async def list_page(self, account_id: UUID, query: PaymentMethodQuery) -> Rows[PaymentMethod]:
        """Return one page of the stored methods, oldest first. Raise BadCursorError."""
        return await _LIST.fetch(
            self._db, query, given={"is_stored": query.status is None or None}, account_id=account_id
        )

    async def has_stored(self, account: LockedAccount) -> bool:
        """Return whether the account has any method that is not removed."""
        return bool(await self._db.fetch_one(_HAS_STORED, account_id=account.id))

    async def list_due(self, now: datetime, limit: int) -> list[DueMethod]:
        """Return up to `limit` methods of all accounts whose next check is due, the longest overdue first."""
        return await self._db.fetch(_LIST_DUE, now=now, limit=limit)

    async def list_expiring(self, *, today: date, through: date, limit: int) -> list[DueMethod]:
        """Return up to `limit` cards of all accounts that are due for a notice, the oldest expiry first.

        Those are the cards without a notice that expire in the month of `through` or before, and the expired cards
        without a notice of that.
        """
        this = {"this_year": today.year, "this_month": today.month}
        return await self._db.fetch(_LIST_EXPIRING, year=through.year, month=through.month, **this, limit=limit)

    async def find_by_token(self, token: str) -> DueMethod | None:
        """Return the method of a token, or None; in two steps, since a row is found by its account."""
        account_id = await self._db.fetch_one(_FIND_ACCOUNT, token=token)
        if account_id is None:
            return None
        return await self._db.fetch_one(_FIND_BY_TOKEN, account_id=account_id, token=token)

    async def find_duplicate(
        self, account: LockedAccount, fingerprint: str, *, excluding: UUID | None, today: date, expired_too: bool
    ) -> PaymentMethod | None:
        """Return the stored method with the same number: the default, else the oldest that can pay, or None.

        An expired card comes last, or not at all.
        """
        month = {"this_year": today.year, "this_month": today.month}
        given = {"fingerprint": fingerprint, "excluding": excluding, "expired_too": expired_too}
        return await self._db.fetch_one(_FIND_DUPLICATE, account_id=account.id, **given, **month)

    def add(self, method: PaymentMethod) -> None:
        """Have a method inserted at the transaction's end, and the account of its token."""
        self._db.append(_ADD_TOKEN, token=method.token, account_id=method.account_id)
        self._db.append(_ADD, **values_of(method))

    async def update(self, account: LockedAccount, method: PaymentMethod) -> PaymentMethod:
        """Write a method's values, and return the method."""
        values = {name: getattr(method, name) for name in _CHANGED}
        await self._db.execute(_UPDATE, account_id=account.id, id=method.id, **values)
        return method

    async def find_customer(self, account_id: UUID) -> GatewayCustomer | None:
        """Return the account's customer at the gateway, or None."""
        return await self._db.fetch_one(_FIND_CUSTOMER, account_id=account_id)

    async def claim_customer(self, account_id: UUID, customer_id: str, *, now: datetime) -> GatewayCustomer:
        """Return the account's customer at the gateway; `customer_id` becomes it if there is none yet."""
        customer = await self.find_customer(account_id)
        if customer is None:
            new = GatewayCustomer(account_id, customer_id, created_at=now, confirmed_at=None, merchant_id=None)
            await self._db.execute(_ADD_CUSTOMER, **values_of(new))
            customer = await self.find_customer(account_id)  # another request may have been faster
        assert customer is not None  # customers are never deleted
        return customer

    async def confirm_customer(self, account_id: UUID, *, now: datetime) -> None:
        """Record that the settings' merchant has the customer, unless a merchant has confirmed it already."""
        await self._db.execute(_CONFIRM_CUSTOMER, account_id=account_id, now=now, merchant=self.merchant_id)

    async def list_confirmed_customers(self, *, limit: int) -> list[GatewayCustomer]:
        """Return the customers of a few accounts, which the gateway has confirmed."""
        return await self._db.fetch(_LIST_CONFIRMED, limit=limit)

    async def list_merchants(self) -> set[str]:
        """Return the merchants that have confirmed customers: two of them, when there are more."""
        return set(await self._db.fetch(_FIRST_AND_LAST_MERCHANT))

    def add_hold(self, hold: PaymentMethodHold) -> None:
        """Have a reason to keep the method inserted at the transaction's end."""
        self._db.append(_ADD_HOLD, **values_of(hold))

    async def list_holders(self, account: LockedAccount, method_id: UUID) -> list[str]:
        """Return the kinds of things that need the method."""
        return await self._db.fetch(_LIST_HOLDERS, account_id=account.id, payment_method_id=method_id)

    def remove_hold(self, account: LockedAccount, method_id: UUID, holder_kind: str, holder_id: UUID) -> None:
        """Have one reason to keep the method deleted at the transaction's end."""
        hold = {"holder_kind": holder_kind, "holder_id": holder_id}
        self._db.append(_REMOVE_HOLD, account_id=account.id, payment_method_id=method_id, **hold)

    async def remove_holds(self, account: LockedAccount, method_id: UUID) -> None:
        """Delete every reason to keep the method."""
        await self._db.execute(_REMOVE_HOLDS, account_id=account.id, payment_method_id=method_id)
