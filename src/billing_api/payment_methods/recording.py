"""What the gateway's answers do to our rows: whoever brings one, a request or a later check, it is recorded once."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import TypeAdapter

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.db.database import Database, in_transaction
from billing_api.errors import AppError, FieldError, InvalidInputError, StaleVersionError
from billing_api.events.service import Outbox
from billing_api.gateway.errors import GatewayUnreachableError
from billing_api.gateway.port import (
    BillingAddress,
    Decline,
    MethodKind,
    VaultedBankAccount,
    VaultedCard,
    VaultedMethod,
    VaultedOther,
    VerificationStatus,
)
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.clock import Clock
from billing_api.payment_methods.errors import (
    DuplicateMethodError,
    PaymentMethodDeclinedError,
    PaymentMethodRemovedError,
)
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.reading import last_day_of
from billing_api.payment_methods.repository import STORED, PaymentMethodRepository

# Banks answer within hours, and deposits take days; no webhook tells. Then it waits for amounts, which nobody may send.
_PENDING_CHECK, _LATER_PENDING_CHECK = timedelta(hours=1), timedelta(days=1)
_PENDING_DAYS = timedelta(days=3)
# What a look at the gateway may change of a row without there being news of the card or account itself.
_NO_NEWS = {"fingerprint", "verification_id", "verification_wants_amounts", "decline_code", "decline_text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the request to store a method asked for; kept with the row until the gateway's answer is recorded."""

    default: bool | None = None
    on_duplicate: Literal["reject", "use_existing", "store_again"] = "reject"
    replaces: UUID | None = None
    replaces_version: int | None = None


_WISH = TypeAdapter(Wish)


def as_json(wish: Wish) -> dict[str, Any]:
    """A wish as a row keeps it."""
    kept: dict[str, Any] = _WISH.dump_python(wish, mode="json")
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """The newest address that was sent to the gateway; kept with the row while an older request may be under way.

    `version` is the row's since then. `crossed` when another change was open at that time: it may arrive later.
    """

    address: BillingAddress
    version: int
    crossed: bool


_ADDRESS_CHANGE = TypeAdapter(AddressChange)


def open_change(row: PaymentMethod) -> AddressChange | None:
    """Return the change of a stored method's address that may not be over, or None."""
    return _ADDRESS_CHANGE.validate_python(row.wanted) if row.wanted is not None else None


def begin_change(row: PaymentMethod, address: BillingAddress) -> None:
    """Keep a new address with the row, whose version has moved for it."""
    change = AddressChange(address=address, version=row.version, crossed=row.wanted is not None)
    row.wanted = _ADDRESS_CHANGE.dump_python(change, mode="json")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of something that the gateway has stored.

    `method_id` is the method that it is now; `leftover` says that the row's token must go from the gateway.
    """

    method_id: UUID
    leftover: bool = False
    refusal: AppError | None = None


class MethodRecorder:
    """Writes what the gateway says, under the account's lock."""

    def __init__(
        self,
        db: Database,
        methods: PaymentMethodRepository,
        accounts: Accounts,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
        *,
        check_every: timedelta,
    ) -> None:
        """`check_every` is how often a method that can pay is looked up at the gateway."""
        self.db = db
        self._methods = methods
        self._accounts = accounts
        self._audit = audit
        self._outbox = outbox
        self._clock = clock
        self._check_every = check_every

    @in_transaction
    async def record_vaulted(self, account_id: UUID, row_id: UUID, vaulted: VaultedMethod) -> Verdict:
        """The gateway has stored what a `vaulting` row was written for: keep it, or say why it must go again."""
        await self._accounts.lock_in(account_id)
        await self._methods.confirm_customer(account_id, now=self._clock.now())
        row = await self._get_in(account_id, row_id)
        if row.status == "refused":  # its request was so late that a check has given it up
            self._discard(row)
            return Verdict(row_id, leftover=True, refusal=GatewayUnreachableError())
        if row.status != "vaulting":  # another one was faster
            return Verdict(row_id, leftover=row.status == "discarding")
        refusal = _refusal_of(row, vaulted, self._clock.today())
        wish = _WISH.validate_python(row.wanted)
        if refusal is not None:
            verdict = self._refuse(row, refusal)
        else:
            assert not isinstance(vaulted, VaultedOther)  # that is refused
            verdict = await self._keep_in(row, vaulted, wish)
        if verdict.refusal is not None:
            await self._audit.record_in(account_id, "payment_method.refused", row_id, reason=verdict.refusal.code)
        return verdict

    @in_transaction
    async def record_refused(self, account_id: UUID, row_id: UUID, reason: str) -> None:
        """Nothing is, or is left, at the gateway of a row that was never shown."""
        await self._accounts.lock_in(account_id)
        row = await self._get_in(account_id, row_id)
        if row.status not in {"vaulting", "discarding"}:
            return
        if row.status == "vaulting":
            await self._audit.record_in(account_id, "payment_method.refused", row_id, reason=reason)
        row.next_check_at = row.wanted = None
        row.move("refused", now=self._clock.now())

    @in_transaction
    async def record_found(
        self,
        account_id: UUID,
        row_id: UUID,
        version: int,
        found: VaultedMethod | None,
        *,
        ends_change: bool = False,
    ) -> bool:
        """A stored method was looked up: what is shown of it, whether it is verified, or that it is gone.

        When the row is no longer of the `version` for which the gateway was asked, the answer may be older than the
        row: then it is only due for another look. Return whether the answer counted.

        A change of its address stays open until a check is due, or ends with `ends_change` when no other crossed it.
        """
        await self._accounts.lock_in(account_id)
        row = await self._get_in(account_id, row_id)
        if row.status not in {"pending", "active", "verification_failed"}:
            return True
        if row.version != version:
            if row.wanted is None:  # else a check is due when nothing older can be under way any more
                row.next_check_at = self._clock.now()
            return False
        if not isinstance(found, VaultedCard | VaultedBankAccount):
            await self._remove_in(row, by="gateway")
            return True
        change, due_at = open_change(row), row.next_check_at
        await self._refresh_in(row, found)
        is_due = due_at is None or due_at <= self._clock.now()
        if change is None or is_due or (ends_change and not change.crossed):
            row.wanted = None
        else:
            row.next_check_at = due_at
        return True

    @in_transaction
    async def forget_change(self, account_id: UUID, row_id: UUID, version: int) -> None:
        """The gateway certainly did not take the address that was sent at this version."""
        await self._accounts.lock_in(account_id)
        row = await self._get_in(account_id, row_id)
        if (change := open_change(row)) is not None and change.version == version:
            row.wanted = None

    @in_transaction
    async def record_removed(self, account_id: UUID, row_id: UUID, token: str) -> None:
        """The gateway has removed the token, as it was asked to.

        It is gone whatever the row says: another removal, which the gateway refused, may have been undone meanwhile.
        """
        await self._accounts.lock_in(account_id)
        row = await self._get_in(account_id, row_id)
        if row.token == token and row.status in STORED:  # else another request for the same was faster
            await self._remove_in(row, by="customer")

    @in_transaction
    async def postpone(self, account_id: UUID, row_id: UUID) -> None:
        """The gateway could not tell: the next check is some minutes away, so that it keeps no other from its turn."""
        await self._accounts.lock_in(account_id)
        row = await self._get_in(account_id, row_id)
        if row.next_check_at is not None:
            row.next_check_at = self._clock.now() + QUIET_PERIOD

    async def _keep_in(self, row: PaymentMethod, vaulted: VaultedCard | VaultedBankAccount, wish: Wish) -> Verdict:
        target = await self._get_in(row.account_id, wish.replaces) if wish.replaces is not None else None
        if target is not None and (refusal := _changed_meanwhile(target, wish)) is not None:
            return self._refuse(row, refusal)
        twin = await self._find_twin_in(row, vaulted, wish)
        if twin is not None and wish.on_duplicate == "reject":
            return self._refuse(row, DuplicateMethodError(twin.id))
        target = target or twin
        if target is None:
            return await self._add_in(row, vaulted, wish)
        is_free = True
        if isinstance(vaulted, VaultedCard):  # a bank account keeps the token whose verification has begun
            is_free = not await self._methods.list_holders(target.account_id, target.id)
            await self._swap_in(target, row, vaulted)
        if wish.default and not target.is_default:
            await self.set_default_in(target, default=True)
        self._discard(row, after=timedelta(0) if is_free else QUIET_PERIOD)
        return Verdict(target.id, leftover=is_free)

    async def _find_twin_in(
        self, row: PaymentMethod, vaulted: VaultedCard | VaultedBankAccount, wish: Wish
    ) -> PaymentMethod | None:
        """The stored method with the same number, if the wish cares; a card that has ended is in nobody's way."""
        if wish.on_duplicate == "store_again" or vaulted.fingerprint is None:
            return None
        return await self._methods.find_twin(
            row.account_id,
            vaulted.fingerprint,
            but=wish.replaces,
            today=self._clock.today(),
            ended_too=wish.on_duplicate == "use_existing",
        )

    async def _swap_in(self, target: PaymentMethod, row: PaymentMethod, vaulted: VaultedCard) -> None:
        """The new card takes the place of the old one, whose token is the row's to discard."""
        row.token, target.token = target.token, row.token
        target.wanted = None  # an address of the old card
        old_last4 = target.last4
        _show(target, vaulted)
        target.next_check_at = self._next_check(target)
        target.move(target.status, now=self._clock.now())
        await self._tell_in(target, "replaced", last4=target.last4, old_last4=old_last4)

    def _refuse(self, row: PaymentMethod, refusal: AppError) -> Verdict:
        self._discard(row)
        return Verdict(row.id, leftover=True, refusal=refusal)

    async def _add_in(self, row: PaymentMethod, vaulted: VaultedCard | VaultedBankAccount, wish: Wish) -> Verdict:
        is_default = not await self._methods.has_stored(row.account_id) if wish.default is None else wish.default
        _show(row, vaulted)
        if isinstance(vaulted, VaultedBankAccount) and vaulted.verified:
            row.verified_at = self._clock.now()
        row.wanted = None
        row.move("active" if isinstance(vaulted, VaultedCard) or vaulted.verified else "pending", now=self._clock.now())
        row.next_check_at = self._next_check(row)
        if is_default:
            await self._methods.clear_default(row.account_id, now=self._clock.now())
            row.is_default = True
        await self._tell_in(row, "stored", status=row.status, last4=row.last4, default=is_default)
        return Verdict(row.id)

    async def set_default_in(self, method: PaymentMethod, *, default: bool) -> None:
        """Give a method the flag, taking it from whichever has it, or take it; the account's lock must be held."""
        if default:
            await self._methods.clear_default(method.account_id, now=self._clock.now())
        method.is_default = default
        method.move(method.status, now=self._clock.now())
        await self._audit.record_in(method.account_id, "payment_method.default_changed", method.id, default=default)

    async def _refresh_in(self, row: PaymentMethod, found: VaultedCard | VaultedBankAccount) -> None:
        was_known = row.fingerprint is not None  # else it was stored before fingerprints were kept: all of it seems new
        changed = _show(row, found)
        status = _status_after(row, found)
        if status == "active" and row.status != "active":
            row.verified_at = self._clock.now()
            row.move(status, now=self._clock.now())
            await self._tell_in(row, "verified", last4=row.last4)
        elif status == "verification_failed" and row.status != "verification_failed":
            await self._fail_in(row)
        elif changed or status != row.status:
            row.move(status, now=self._clock.now())
            if was_known and changed - _NO_NEWS:
                await self._tell_in(row, "updated", last4=row.last4)
        row.next_check_at = self._next_check(row)

    async def fail_verification_in(self, row: PaymentMethod, decline: Decline) -> None:
        """The gateway says that a `pending` account will not be verified; the account's lock must be held."""
        row.decline_code, row.decline_text = decline.code, decline.text
        row.verification_wants_amounts = False
        await self._fail_in(row)
        row.next_check_at = self._next_check(row)

    async def _fail_in(self, row: PaymentMethod) -> None:
        was_default, row.is_default = row.is_default, False
        row.move("verification_failed", now=self._clock.now())
        await self._tell_in(
            row, "verification_failed", last4=row.last4, decline_code=row.decline_code, was_default=was_default
        )

    async def _remove_in(self, row: PaymentMethod, *, by: str) -> None:
        if holders := await self._methods.list_holders(row.account_id, row.id):
            await self._methods.remove_holds(row.account_id, row.id)
            await self._tell_in(row, "detached", used_by=holders)
        was_default, row.is_default = row.is_default, False
        row.removed_at = self._clock.now()
        row.next_check_at = None
        row.move("removed", now=self._clock.now())
        await self._tell_in(row, "removed", by=by, was_default=was_default, last4=row.last4)

    async def _tell_in(self, row: PaymentMethod, what: str, **data: object) -> None:
        kind = f"payment_method.{what}"
        await self._audit.record_in(row.account_id, kind, row.id, type=row.kind, **data)
        await self._outbox.record_in(row.account_id, kind, row.id, type=row.kind, **data)

    def _next_check(self, row: PaymentMethod) -> datetime:
        now = self._clock.now()
        if row.status != "pending":
            return now + self._check_every
        is_new = now < row.created_at + _PENDING_DAYS
        return now + (_PENDING_CHECK if is_new else _LATER_PENDING_CHECK)

    def _discard(self, row: PaymentMethod, *, after: timedelta = timedelta(0)) -> None:
        """The row's token must go from the gateway; `after` is how long a request under way may still need it."""
        row.wanted = None
        row.next_check_at = self._clock.now() + after
        row.move("discarding", now=self._clock.now())

    async def _get_in(self, account_id: UUID, row_id: UUID) -> PaymentMethod:
        row = await self._methods.find_row(account_id, row_id)
        assert row is not None  # its intent was committed, and rows are never deleted
        return row


def _changed_meanwhile(target: PaymentMethod, wish: Wish) -> AppError | None:
    """Why a card can't be replaced any more, if it changed while the new one was on its way."""
    if target.status != "active":
        return PaymentMethodRemovedError(target.id)
    if wish.replaces_version is not None and target.version != wish.replaces_version:
        return StaleVersionError()
    return None


def _refusal_of(row: PaymentMethod, vaulted: VaultedMethod, today: date) -> AppError | None:
    """Return why what was stored is of no use, if it is."""
    if row.kind == MethodKind.CARD:
        if not isinstance(vaulted, VaultedCard):
            return InvalidInputError(FieldError("/nonce", "not_a_card", "The nonce is not a card's."))
        expires_on = last_day_of(vaulted)
        if expires_on is not None and expires_on < today:
            return InvalidInputError(FieldError("/nonce", "card_expired", f"The card was good through {expires_on}."))
    elif not isinstance(vaulted, VaultedBankAccount):
        return InvalidInputError(FieldError("/nonce", "not_a_bank_account", "The nonce is not a US bank account's."))
    elif (
        not vaulted.verified
        and vaulted.verification is not None
        and vaulted.verification.decline is not None
        and vaulted.verification.status is VerificationStatus.FAILED
    ):
        return PaymentMethodDeclinedError(vaulted.verification.decline, None)
    return None


def _status_after(row: PaymentMethod, found: VaultedCard | VaultedBankAccount) -> str:
    """The status that a look at the gateway leads to; what can pay once goes on to."""
    if row.status == "active" or not isinstance(found, VaultedBankAccount):
        return row.status
    if found.verified:
        return "active"
    match found.verification.status if found.verification else None:
        case VerificationStatus.FAILED:
            return "verification_failed"
        case VerificationStatus.PENDING:
            return "pending"
    return row.status


def _show(row: PaymentMethod, vaulted: VaultedCard | VaultedBankAccount) -> set[str]:
    """Copy what may be shown; the names of what is new of it."""
    shown: dict[str, object] = {"last4": vaulted.last4, "fingerprint": vaulted.fingerprint}
    if isinstance(vaulted, VaultedCard):
        shown |= {
            "brand": vaulted.brand,
            "cardholder_name": vaulted.cardholder_name,
            "expiration_month": vaulted.expiration_month,
            "expiration_year": vaulted.expiration_year,
            "billing_address": asdict(vaulted.billing_address) if vaulted.billing_address else None,
        }
        if (row.expiration_year, row.expiration_month) != (vaulted.expiration_year, vaulted.expiration_month):
            row.expiry_told = None
    else:
        verification = vaulted.verification
        decline = verification.decline if verification else None
        if verification is not None and verification.id != row.verification_id:  # a new one has tries of its own
            row.verification_tries = 0
            row.amounts_confirmed_at = None
        shown |= {
            "bank_name": vaulted.bank_name,
            "bank_account_type": vaulted.account_type,
            "account_holder_name": vaulted.account_holder_name,
            "verification_id": verification.id if verification else None,
            "verification_wants_amounts": verification is not None
            and verification.wants_amounts
            and row.amounts_confirmed_at is None,
            "decline_code": decline.code if decline else None,
            "decline_text": decline.text if decline else None,
        }
    changed = {name: value for name, value in shown.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return set(changed)
