"""All that the application needs to know of setting a password by a link."""

from datetime import timedelta

from billing_api.auth.passwords import Passwords
from billing_api.db.base import table_of
from billing_api.db.reader import Reader
from billing_api.feature import Feature
from billing_api.password_resets.model import PasswordReset
from billing_api.password_resets.repository import PasswordResetRepository
from billing_api.password_resets.routes import router
from billing_api.password_resets.service import PasswordResets
from billing_api.sessions.service import Sessions
from billing_api.users.service import People

FEATURE = Feature(
    routes=router,
    tables=[table_of(PasswordReset)],
    parts={
        PasswordResets: lambda core, parts: PasswordResets(
            core.db,
            PasswordResetRepository(core.db, parts[Reader]),
            parts[People],
            parts[Sessions],
            passwords=parts[Passwords],
            audit=core.audit,
            outbox=core.events,
            clock=core.clock,
            lifetime=timedelta(hours=parts.settings.password_link_hours),
        )
    },
)
