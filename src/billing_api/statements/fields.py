"""The choices of values in statements' bodies."""

from typing import Annotated, Literal

from billing_api.kit.documented import Named

StatementType = Annotated[
    Literal["activity", "open_items"],
    Named(
        "StatementType",
        "The sort of a statement",
        {
            "activity": "Everything that moved the balance in a period",
            "open_items": "Everything that was open at the end of a day",
        },
    ),
]
LineSection = Annotated[
    Literal["adjustment", "movement", "open_item"],
    Named(
        "StatementSection",
        "The part of a statement in which a line stands",
        {
            "adjustment": "An entry that is dated before the period, and was posted since the statement before",
            "movement": "An entry that is dated in the period",
            "open_item": "A document that was open",
        },
    ),
]
