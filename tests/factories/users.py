"""Accounts and the users who enter them, made by the services that make real ones."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from billing_api.accounts.schemas import AccountCreate
from billing_api.auth.caller import Role
from billing_api.auth.passwords import StoredPassword
from billing_api.sessions.service import Grant
from billing_api.users import values
from tests.fixtures.services import Services

NAME = "Pat Example"


@dataclass(frozen=True, slots=True)
class Member:
    """A user on an account."""

    account_id: UUID
    user_id: UUID
    email: str
    role: Role

    @property
    def as_seen(self) -> values.Member:
        """The user as sign-in sees them."""
        return values.Member(self.user_id, NAME, self.email, self.role)


async def make_account(services: Services, *, name: str = "Sunny Side Ltd", currency: str = "USD") -> UUID:
    """A customer of its own, with its profile."""

    async def make() -> UUID:
        new = AccountCreate.model_validate({"external_id": str(uuid4()), "name": name, "currency": currency})
        account = await services.accounts.create(new)
        await services.profiles_of_accounts.create(account)
        return account.id

    return await services.database.run(make)


async def make_member(
    services: Services,
    account_id: UUID | None = None,
    *,
    role: Role = "owner",
    email: str | None = None,
    password: StoredPassword | None = None,
) -> Member:
    """A user on the account, or on a fresh one."""
    account = account_id or await make_account(services)
    address = email or f"{uuid4().hex}@example.com"

    async def make() -> UUID:
        user = await services.users.create(email=address, name=NAME, password=password, account_id=account, role=role)
        return user.id

    return Member(account, await services.database.run(make), address, role)


async def join(services: Services, member: Member, account_id: UUID) -> None:
    """Let the user enter another account, too, as a viewer."""

    async def work() -> None:
        user = await services.users.lock(member.user_id)
        assert user is not None
        await services.users.join(user, account_id=account_id, role="viewer")

    await services.database.run(work)


async def open_session(services: Services, member: Member) -> Grant:
    """A session as sign-in makes it, without the password's hash."""

    async def begin() -> Grant:
        return await services.sessions.start(account_id=member.account_id, member=member.as_seen, user_agent="tests")

    return await services.database.run(begin)
