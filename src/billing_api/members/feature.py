"""All that the application needs to know of inviting and removing members."""

from billing_api.auth.passwords import Passwords
from billing_api.feature import Feature
from billing_api.members.service import Members
from billing_api.password_resets.service import PasswordResets
from billing_api.sessions.service import Sessions
from billing_api.users.service import Users

FEATURE = Feature(
    parts={
        Members: lambda core, parts: Members(
            core, parts[Users], parts[Sessions], parts[PasswordResets], parts[Passwords]
        )
    }
)
