"""Notification preferences over HTTP."""

from typing import Annotated

from fastapi import Depends

from billing_api.auth.deps import Viewer
from billing_api.http.etag import IfMatch
from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.notifications.schemas import NotificationPreferencesRead, NotificationPreferencesUpdate
from billing_api.notifications.service import NotificationPreferences

router = Routes("/notification-preferences", tags=["notifications"])
PreferencesDep = Annotated[NotificationPreferences, Depends(provided(NotificationPreferences))]


@router.get("", operation_id="notification_preferences_get")
async def get_preferences(caller: Viewer, preferences: PreferencesDep) -> NotificationPreferencesRead:
    """Read which mails the user gets for this account; the address of the profile gets all of them."""
    return await preferences.get(caller)


@router.put("", operation_id="notification_preferences_put")
async def put_preferences(
    wanted: NotificationPreferencesUpdate, caller: Viewer, version: IfMatch, preferences: PreferencesDep
) -> NotificationPreferencesRead:
    """Choose which mails the user gets for this account.

    Notices about their own sign-ins and address can't be turned off.
    """
    return await preferences.put(caller, wanted, version)
