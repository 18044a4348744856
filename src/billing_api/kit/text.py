"""The rules of every text: in Unicode's composed form (NFC), with something to see, and without card numbers,
control characters and characters that turn the reading direction."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, core_schema

from billing_api.kit.card_numbers import holds_card_number

# C0 and C1, in a text of several lines all but tab and the ends of lines; the embeddings, overrides and isolates of
# Unicode's bidirectional algorithm (UAX 9); in a text of one line also Unicode's own ends of lines and paragraphs.
_TURNS = r"\u202a-\u202e\u2066-\u2069"
_REFUSED = rf"\x00-\x1f\x7f-\x9f\u2028\u2029{_TURNS}"
_REFUSED_IN_LINES = rf"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_TURNS}"
_IN_ONE_LINE = re.compile(f"[{_REFUSED}]")
_IN_LINES = re.compile(f"[{_REFUSED_IN_LINES}]")
_END_OF_LINE = re.compile(r"\r\n?|[\u2028\u2029]")
# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), interlinear annotation, the blank braille pattern.
_UNSEEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# How many times longer a text may be before white space is taken off and characters are composed.
_LOOSEST = 4
_SEEN = re.compile(rf"[^\s{_UNSEEN}]")


def refuse_card_number(text: str) -> str:
    """Return the text if it holds no card number. Raise PydanticCustomError, which does not repeat it."""
    if holds_card_number(text):
        raise PydanticCustomError(
            "card_number",
            "This looks like a card number: leave it out. A card is added as a payment method, by its nonce",
        )
    return text


@dataclass(frozen=True, slots=True)
class Text:
    """A mark that makes a `str` a text of `min_length` to `max_length` characters, white space around it taken off.

    It comes out in NFC, so that texts that look the same are the same. Invisible characters alone are refused.
    With `lines` it may have tabs and ends of lines, which become `\\n`. It is refused when it holds a card number,
    unless it is an `identifier`, which programs number and copy. A lone surrogate is refused by pydantic itself.
    """

    max_length: int
    min_length: int = 1
    lines: bool = False
    identifier: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Called by pydantic."""
        schema: CoreSchema = core_schema.str_schema(
            min_length=self.min_length, max_length=self.max_length, strip_whitespace=True
        )
        schema = core_schema.no_info_after_validator_function(self._checked, schema)
        # Before the white space goes: some of it is control characters.
        return core_schema.no_info_before_validator_function(self._composed, schema)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Called by pydantic."""
        return handler(schema) | {"pattern": f"^[^{_REFUSED_IN_LINES if self.lines else _REFUSED}]*$"}

    def _composed(self, text: object) -> object:
        if not isinstance(text, str):
            return text
        if len(text) > _LOOSEST * self.max_length:  # before its content is looked at
            raise PydanticKnownError("string_too_long", {"max_length": self.max_length})
        if text.isascii() and text.isprintable():  # as most are
            return text
        if (_IN_LINES if self.lines else _IN_ONE_LINE).search(text):
            how = "Write it" if self.lines else "Write it on one line, and"
            raise PydanticCustomError(
                "control_character", f"{how} without control characters and overrides of the reading direction"
            )
        if not text.isascii():  # which is composed
            text = unicodedata.normalize("NFC", text)
        return _END_OF_LINE.sub("\n", text) if self.lines else text

    def _checked(self, text: str) -> str:
        # Of ASCII, control characters are refused before this, and white space around the text is taken off.
        if not text.isascii() and not _SEEN.search(text):
            raise PydanticCustomError("invisible_text", "Write at least one visible character")
        return text if self.identifier else refuse_card_number(text)
