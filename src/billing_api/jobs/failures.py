"""The error of a failed attempt, as it is stored: without the texts of other people's exceptions.

Those may repeat a customer's data, such as the address of a mail. The log has the traceback.
"""

import traceback
from pathlib import PurePath

from billing_api.errors import AppError
from billing_api.jobs.errors import GiveUpError, TryAgainError
from billing_api.kit.card_numbers import without_card_numbers

_LONGEST = 500  # characters
_OWN_FOLDER = "billing_api"
_WITH_WORDS_OF_OURS = (GiveUpError, TryAgainError, AppError)


def error_text(error: BaseException) -> str:
    """Return the class of an error and its words, or of one that is not ours the place in our code."""
    name = type(error).__name__
    if isinstance(error, _WITH_WORDS_OF_OURS):
        return without_card_numbers(f"{name}: {error}")[:_LONGEST]
    return f"{name} at {_place(error)}"


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _OWN_FOLDER in PurePath(frame.filename).parts]
    if not own:
        return "an unknown place"
    parts = PurePath(own[-1].filename).parts
    return f"{'/'.join(parts[parts.index(_OWN_FOLDER) :])}:{own[-1].lineno}"
