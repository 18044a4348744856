"""All that the application needs to know of setting a password by a link."""

from datetime import timedelta

from billing_api.auth.passwords import Passwords
from billing_api.feature import Feature
from billing_api.password_resets.model import password_resets
from billing_api.password_resets.repository import PasswordResetRepository
from billing_api.password_resets.routes import router
from billing_api.password_resets.service import PasswordResets
from billing_api.sessions.service import Sessions
from billing_api.users.service import Users

FEATURE = Feature(
    routes=router,
    tables=[password_resets],
    parts={
        PasswordResets: lambda core, parts: PasswordResets(
            core,
            PasswordResetRepository(core.db),
            parts[Users],
            parts[Sessions],
            parts[Passwords],
            lifetime=timedelta(hours=parts.settings.password_link_hours),
        )
    },
)
