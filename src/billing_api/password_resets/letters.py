"""The mail with the link for a forgotten password."""

from uuid import UUID

from billing_api.locales.language import Language
from billing_api.mail.letter import Action, Letter, NothingToSendError, Occasion
from billing_api.password_resets.requests import ForgottenPasswords


class PasswordResetLetter:
    """Writes the mail; its token is made anew each time, always the same one."""

    def __init__(self, requests: ForgottenPasswords, *, vendor: str, portal_url: str) -> None:
        self._requests = requests
        self._vendor = vendor
        self._portal_url = portal_url

    async def write(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter. Raise NothingToSendError for a link that is used, replaced or expired."""
        token = self._requests.token_of(UUID(occasion.facts["request_id"]))
        if not await self._requests.is_valid(token):
            raise NothingToSendError("The link was used or replaced, has expired, or SIGNING_KEYS were rotated.")
        _ = words.gettext
        return Letter(
            subject=_("Choose a new password for {vendor}", vendor=self._vendor),
            heading=_("Choose a new password"),
            paragraphs=[
                _(
                    "We got a request for a new password for {email}. If you made it, choose one now.",
                    email=occasion.recipient,
                ),
                *([] if self._portal_url else [_("Enter this code where the portal asks for it.")]),
            ],
            action=self._action(token, words),
            code="" if self._portal_url else token,
            notes=[
                self._validity(words),
                _("If you did not ask for it, you can ignore this email. Your password stays as it is."),
            ],
        )

    def _validity(self, words: Language) -> str:
        minutes = round(self._requests.lifetime.total_seconds() / 60)
        if self._portal_url:
            return words.ngettext(
                "The link works once, and for one minute.", "The link works once, and for {count} minutes.", minutes
            )
        return words.ngettext(
            "The code works once, and for one minute.", "The code works once, and for {count} minutes.", minutes
        )

    def _action(self, token: str, words: Language) -> Action | None:
        if not self._portal_url:
            return None
        # Behind the `#`: a browser sends that to no server, so it stands in no log.
        return Action(words.gettext("Choose a new password"), f"{self._portal_url}/set-password#token={token}")
