"""All that the application needs to know of the profile."""

from billing_api.feature import Feature
from billing_api.profiles.model import profiles
from billing_api.profiles.repository import ProfileRepository
from billing_api.profiles.routes import router
from billing_api.profiles.service import Profiles

FEATURE = Feature(
    routes=router,
    description="How the vendor knows and reaches the account.",
    tables=[profiles],
    parts={Profiles: lambda core, parts: Profiles(core, ProfileRepository(core.db), parts.settings.locales)},
)
