"""All that the application needs to know of users."""

from billing_api.db.base import table_of
from billing_api.db.reader import Reader
from billing_api.feature import Feature
from billing_api.users.model import LoginIdentity, Membership, Person
from billing_api.users.repository import PersonRepository
from billing_api.users.service import People

FEATURE = Feature(
    tables=[table_of(Person), table_of(LoginIdentity), table_of(Membership)],
    parts={
        People: lambda core, parts: People(
            core.db, PersonRepository(core.db, parts[Reader]), core.accounts, core.audit, core.events, core.clock
        )
    },
)
