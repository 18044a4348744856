"""The mails about a profile's new address."""

from uuid import UUID

from billing_api.locales.language import Language
from billing_api.mail.letter import Action, Letter, NothingToSendError, Occasion
from billing_api.profiles.email_changes import EmailChanges, fits
from billing_api.profiles.repository import ProfileRepository


class EmailLetters:
    """Writes to the new address and to the old one."""

    def __init__(self, changes: EmailChanges, profiles: ProfileRepository, *, vendor: str, portal_url: str) -> None:
        self._changes = changes
        self._profiles = profiles
        self._vendor = vendor
        self._portal_url = portal_url

    async def confirm(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter with the link. Raise NothingToSendError for a change that has ended."""
        token = self._changes.token_of(occasion.account_id, UUID(occasion.facts["change_id"]))
        waiting = await self._profiles.find_email_change(occasion.account_id)
        if waiting is None or not fits(token, waiting):
            raise NothingToSendError("The address was confirmed, taken back or replaced, or SIGNING_KEYS were rotated.")
        _ = words.gettext
        label, url = _("Confirm this address"), f"{self._portal_url}/confirm-email#token={token}"
        return Letter(
            subject=_("Confirm your email address for {vendor}", vendor=self._vendor),
            heading=_("Confirm your email address"),
            paragraphs=[
                _(
                    "{company} wants to get its emails from {vendor} at {email}.",
                    company=occasion.facts["company"],
                    vendor=self._vendor,
                    email=occasion.recipient,
                ),
                *([] if self._portal_url else [_("Enter this code where the portal asks for it.")]),
            ],
            action=Action(label, url) if self._portal_url else None,
            code="" if self._portal_url else token,
            notes=[
                self._validity(words),
                _("If you don't know {company}, you can ignore this email.", company=occasion.facts["company"]),
            ],
        )

    def _validity(self, words: Language) -> str:
        hours = round(self._changes.lifetime.total_seconds() / 3600)
        if self._portal_url:
            return words.ngettext(
                "The link works for one hour. Until it is used nothing changes.",
                "The link works for {count} hours. Until it is used nothing changes.",
                hours,
            )
        return words.ngettext(
            "The code works for one hour. Until it is used nothing changes.",
            "The code works for {count} hours. Until it is used nothing changes.",
            hours,
        )

    async def requested(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter to the old address when a new one is asked for."""
        _ = words.gettext
        return Letter(
            subject=_("A new email address was requested"),
            heading=_("A new email address was requested"),
            paragraphs=[
                _(
                    "Someone at {company} asked to get the emails from {vendor} at {email} in future.",
                    company=occasion.facts["company"],
                    vendor=self._vendor,
                    email=occasion.facts["email"],
                ),
                _("Until the new address is confirmed, emails come here as before."),
            ],
            action=self._profile_action(words),
            notes=[_("If this is not right, take the change back in the profile, and change your password.")],
        )

    async def changed(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter to the old address once the new one counts."""
        _ = words.gettext
        return Letter(
            subject=_("Your email address was changed"),
            heading=_("Your email address was changed"),
            paragraphs=[
                _(
                    "Emails from {vendor} to {company} now go to {email}, and no longer to this address.",
                    company=occasion.facts["company"],
                    vendor=self._vendor,
                    email=occasion.facts["email"],
                )
            ],
            notes=[_("If this is not right, write to us at once.")],
        )

    def _profile_action(self, words: Language) -> Action | None:
        return Action(words.gettext("Open the profile"), f"{self._portal_url}/profile") if self._portal_url else None
