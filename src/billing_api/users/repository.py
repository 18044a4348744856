"""The SQL of users, their e-mail addresses and their memberships."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.auth.passwords import StoredPassword
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.users.errors import AlreadyMemberError, EmailTakenError
from billing_api.users.model import Membership, User, UserEmail, memberships, user_emails, users
from billing_api.users.values import Access, AccountUser, LockedUser, Member, UserCredentials


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A user with all their addresses, and the accounts that they may enter."""

    password_hash: str | None
    version: int
    is_disabled: bool
    name: str
    emails: Sequence[str]
    account_ids: Sequence[UUID]


_is_disabled = users.c.disabled_at.is_not(None).label("is_disabled")
_this_user = users.c.id == bindparam("user_id")
_has_email = user_emails.c.email == bindparam("email")
_of_user = memberships.c.user_id == bindparam("user_id")
_on_account = memberships.c.account_id == bindparam("account_id")
_goes_on = memberships.c.ended_at.is_(None)

_shown = user_emails.alias("shown")
_email = (
    select(_shown.c.email)
    .where(_shown.c.user_id == users.c.id)
    .order_by(_shown.c.verified_at.nulls_last(), _shown.c.email)
    .limit(1)
    .scalar_subquery()
    .label("email")
)
_FIND_CREDENTIALS = Statement(
    select(
        users.c.id.label("user_id"),
        users.c.name,
        _email,
        users.c.password_hash,
        _is_disabled,
        users.c.version,
        users.c.password_device_id,
    )
    .join(user_emails, user_emails.c.user_id == users.c.id)
    .where(_has_email),
    UserCredentials,
)
_FIND_MEMBER = Statement(
    select(memberships.c.user_id, users.c.name, _email, memberships.c.role)
    .join(users, users.c.id == memberships.c.user_id)
    .where(_on_account, _of_user, _goes_on, users.c.disabled_at.is_(None)),
    Member,
)
_emails = select(user_emails.c.email).where(user_emails.c.user_id == users.c.id).order_by(user_emails.c.email)
_account_ids = select(memberships.c.account_id).where(memberships.c.user_id == users.c.id, _goes_on)
_FIND_KNOWN = Statement(
    select(
        users.c.password_hash,
        users.c.version,
        _is_disabled,
        users.c.name,
        func.array(_emails.scalar_subquery(), type_=ARRAY(Text())).label("emails"),
        func.array(_account_ids.scalar_subquery(), type_=ARRAY(Uuid())).label("account_ids"),
    ).where(_this_user),
    KnownUser,
)
_LIST_ON_ACCOUNT = Statement(
    select(
        users.c.id.label("user_id"),
        users.c.name,
        user_emails.c.email,
        memberships.c.role,
        users.c.disabled_at,
        memberships.c.last_entered_at,
    )
    .join(users, users.c.id == memberships.c.user_id)
    .join(user_emails, user_emails.c.user_id == users.c.id)
    .where(_on_account, _goes_on)
    .order_by(memberships.c.created_at, user_emails.c.email),
    AccountUser,
)
_LIST_EMAILS = Statement(
    select(user_emails.c.email).where(user_emails.c.user_id == bindparam("user_id")).order_by(user_emails.c.email), str
)
_LIST_ACCOUNT_IDS = Statement(select(memberships.c.account_id).where(_of_user), UUID)

# Rows that merely refer to the user are not stopped by their lock.
_locked = select(users.c.id, users.c.password_hash, _is_disabled, users.c.version)
_LOCK = Statement(_locked.where(_this_user).with_for_update(key_share=True), LockedUser)
_LOCK_BY_EMAIL = Statement(
    _locked.join(user_emails, user_emails.c.user_id == users.c.id)
    .where(_has_email)
    .with_for_update(key_share=True, of=users),
    LockedUser,
)
_LOCK_MEMBERSHIP = Statement(
    select(*columns_of(memberships, Membership)).where(_on_account, _of_user).with_for_update(), Membership
)

_ADD = Command(insert(users))
_ADD_EMAIL = Command(insert(user_emails).on_conflict_do_nothing())
_ADD_MEMBERSHIP = Command(insert(memberships).on_conflict_do_nothing())
_REPLACE_HASH = Command(update(users).where(_this_user).values(**parameters("password_hash")))
_next_version = update(users).where(_this_user).values(version=users.c.version + 1)
_UPDATE_PASSWORD = Command(
    _next_version.values(**parameters("password_hash", "password_is_long", "password_changed_at", "password_device_id"))
)
_UPDATE_DISABLED = Command(_next_version.values(**parameters("disabled_at")))
_UPDATE_MEMBERSHIP = Command(
    update(memberships)
    .where(_on_account, _of_user)
    .values(**parameters("role", "ended_at"), version=memberships.c.version + 1)
)
_own = memberships.alias("own")
_last_entered = (
    select(_own.c.account_id)
    .where(_own.c.user_id == bindparam("user_id"), _own.c.ended_at.is_(None))
    .order_by(_own.c.last_entered_at.desc().nulls_last(), _own.c.created_at, _own.c.account_id)
    .limit(1)
)
_before = memberships.alias("before")
_entered_before_at = (  # RETURNING has the changed row, and a subquery the one from before the change
    select(_before.c.last_entered_at)
    .where(_before.c.account_id == memberships.c.account_id, _before.c.user_id == memberships.c.user_id)
    .scalar_subquery()
    .label("entered_before_at")
)
_FIND_LAST_ENTERED = Statement(_last_entered, UUID)
_ENTER = Statement(
    update(memberships)
    .where(_of_user, memberships.c.account_id == _last_entered.scalar_subquery())
    .values(**parameters("last_entered_at"))
    .returning(memberships.c.account_id, memberships.c.role, _entered_before_at),
    Access,
)


class UserRepository:
    """Users are global; their memberships are found by the account, or by the user at a sign-in."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find_credentials(self, email: str) -> UserCredentials | None:
        """Return the user of an address in its normal form, or None, in one round trip."""
        return await self._db.fetch_one(_FIND_CREDENTIALS, email=email)

    async def find_member(self, account_id: UUID, user_id: UUID) -> Member | None:
        """Return an enabled user on the account, or None."""
        return await self._db.fetch_one(_FIND_MEMBER, account_id=account_id, user_id=user_id)

    async def find_known(self, user_id: UUID) -> KnownUser | None:
        """Return the user with their addresses and accounts, or None."""
        return await self._db.fetch_one(_FIND_KNOWN, user_id=user_id)

    async def list_emails(self, user_id: UUID) -> list[str]:
        """Return the user's addresses."""
        return await self._db.fetch(_LIST_EMAILS, user_id=user_id)

    async def find_last_entered(self, user_id: UUID) -> UUID | None:
        """Return the account that the user entered last, or the oldest one; None without any."""
        return await self._db.fetch_one(_FIND_LAST_ENTERED, user_id=user_id)

    async def list_on_account(self, account_id: UUID) -> list[AccountUser]:
        """Return the account's users, once for each of their addresses, oldest membership first."""
        return await self._db.fetch(_LIST_ON_ACCOUNT, account_id=account_id)

    async def list_account_ids(self, user_id: UUID) -> list[UUID]:
        """Return every account that the user is or was on."""
        return await self._db.fetch(_LIST_ACCOUNT_IDS, user_id=user_id)

    async def lock(self, user_id: UUID) -> LockedUser | None:
        """Return the user under their lock, or None."""
        return await self._db.fetch_one(_LOCK, user_id=user_id)

    async def lock_by_email(self, email: str) -> LockedUser | None:
        """Return the user of an address under their lock, or None."""
        return await self._db.fetch_one(_LOCK_BY_EMAIL, email=email)

    async def lock_membership(self, user: LockedUser, account_id: UUID) -> Membership | None:
        """Return the user's membership, even one that has ended, under its lock, or None."""
        return await self._db.fetch_one(_LOCK_MEMBERSHIP, account_id=account_id, user_id=user.id)

    async def add(self, user: User) -> None:
        """Insert a user."""
        await self._db.execute(_ADD, **values_of(user))

    async def add_email(self, email: UserEmail) -> None:
        """Insert an address. Raise EmailTakenError."""
        if not await self._db.execute(_ADD_EMAIL, **values_of(email)):
            raise EmailTakenError

    async def add_membership(self, membership: Membership) -> None:
        """Insert a membership. Raise AlreadyMemberError."""
        if not await self._db.execute(_ADD_MEMBERSHIP, **values_of(membership)):
            raise AlreadyMemberError

    async def update_membership(self, membership: Membership) -> None:
        """Write a membership's role and end; its version counts on."""
        await self._db.execute(
            _UPDATE_MEMBERSHIP,
            account_id=membership.account_id,
            user_id=membership.user_id,
            role=membership.role,
            ended_at=membership.ended_at,
        )

    async def enter(self, user: LockedUser, now: datetime) -> Access | None:
        """Enter the account that the user entered last, or the oldest one, and return it; None without any."""
        return await self._db.fetch_one(_ENTER, user_id=user.id, last_entered_at=now)

    async def replace_hash(self, user: LockedUser, password: StoredPassword) -> None:
        """Write another hash of the same password: the version stays."""
        await self._db.execute(_REPLACE_HASH, user_id=user.id, password_hash=password.hash)

    async def update_password(
        self, user: LockedUser, password: StoredPassword, device_id: UUID | None, now: datetime
    ) -> None:
        """Write another password; the version counts on."""
        await self._db.execute(
            _UPDATE_PASSWORD,
            user_id=user.id,
            password_hash=password.hash,
            password_is_long=password.is_long,
            password_changed_at=now,
            password_device_id=device_id,
        )

    async def update_disabled(self, user: LockedUser, disabled_at: datetime | None) -> None:
        """Disable the user, or enable them by None; the version counts on."""
        await self._db.execute(_UPDATE_DISABLED, user_id=user.id, disabled_at=disabled_at)
