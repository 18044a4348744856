"""All that the application needs to know of users."""

from billing_api.feature import Feature
from billing_api.users.model import memberships, user_emails, users
from billing_api.users.repository import UserRepository
from billing_api.users.service import Users

FEATURE = Feature(
    tables=[users, user_emails, memberships],
    parts={Users: lambda core, _: Users(core, UserRepository(core.db))},
)
