"""The letter about a sign-in on a device that was not seen before."""

from datetime import datetime

from babel.dates import format_datetime
from ua_parser import parse

from billing_api.kit.clock import Clock
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.notifications.letters.portal import Portal
from billing_api.sessions.service import Sessions


class SignInLetters:
    """Writes to a user about their own sign-ins."""

    def __init__(self, portal: Portal, sessions: Sessions, clock: Clock) -> None:
        self._portal = portal
        self._sessions = sessions
        self._clock = clock

    async def new_device(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter. Raise NothingToSendError when the session's row is gone."""
        assert occasion.subject_id is not None
        origin = await self._sessions.find_origin(occasion.account_id, occasion.subject_id)
        if origin is None:
            raise NothingToSendError("The session was removed.")
        _ = words.gettext
        moment = origin.created_at.astimezone(self._clock.zone)
        facts = [(_("Time"), format_datetime(moment, "long", locale=words.locale))]
        if device := _device(origin.user_agent or ""):
            facts.append((_("Device"), device))
        if origin.ip is not None:
            facts.append((_("IP address"), origin.ip))
        return Letter(
            subject=_("New sign-in to {vendor}", vendor=self._portal.vendor),
            heading=_("New sign-in to your account"),
            paragraphs=[
                _("Someone signed in as {email} on a device that was not seen before.", email=occasion.recipient)
            ],
            facts=facts,
            action=self._portal.link(_("View sign-ins"), "/profile/sessions"),
            notes=[
                _("If it was you, there is nothing to do. If not, choose a new password now: that ends this sign-in.")
            ],
        )

    async def password_changed(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a password that was changed or reset, for its owner: it can't be turned off."""
        _ = words.gettext
        moment = datetime.fromisoformat(occasion.facts["changed_at"]).astimezone(self._clock.zone)
        return Letter(
            subject=_("Your password for {vendor} was changed", vendor=self._portal.vendor),
            heading=_("Your password was changed"),
            paragraphs=[
                _("There is a new password for {email}. All other sign-ins have ended.", email=occasion.recipient)
            ],
            facts=[(_("Time"), format_datetime(moment, "long", locale=words.locale))],
            notes=[_("If it was not you, ask for a new password at the sign-in now, and contact us.")],
        )


def _device(user_agent: str) -> str:
    """Return the browser and the system that a User-Agent names, such as `Chrome, Windows`."""
    found = parse(user_agent)
    return ", ".join(part.family for part in (found.user_agent, found.os) if part is not None)
