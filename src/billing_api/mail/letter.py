"""The words of a mail in their order, without its looks: HTML and text are both made from them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from billing_api.mail.message import Attachment

if TYPE_CHECKING:  # Babel takes .1 s to load, and the API writes no mails
    from billing_api.locales.language import Language


class NothingToSendError(Exception):
    """Raised by a writer when the mail has lost its reason; the text is for the list of deliveries."""


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing that the reader may want to do: a button."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail: its subject, its heading, and its parts from the top down; empty parts are left out."""

    subject: str
    heading: str
    paragraphs: Sequence[str] = ()
    amount: str = ""  # large, with the words below it
    amount_note: str = ""
    tone: Literal["plain", "good", "bad"] = "plain"  # of the words below the amount
    facts: Sequence[tuple[str, str]] = ()  # pairs of a label and a value
    action: Action | None = None
    code: str = ""  # to be copied
    notes: Sequence[str] = ()  # in small letters
    attachments: Sequence[Attachment] = ()
    is_optional: bool = False  # its reader may choose not to get such mails

    @property
    def has_token(self) -> bool:
        """Whether its code, or its link behind the `#`, lets its reader in: no row may hold such a mail."""
        return bool(self.code) or (self.action is not None and "#" in self.action.url)


@dataclass(frozen=True, slots=True)
class Occasion:
    """The reason of a mail, as its writer needs it."""

    account_id: UUID
    subject_id: UUID | None
    user_id: UUID | None
    recipient: str
    facts: Mapping[str, Any]
    created_at: datetime


Writer = Callable[[Occasion, "Language"], Awaitable[Letter]]
"""Writes the letter of a mail. Raise NothingToSendError."""
