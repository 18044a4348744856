"""The errors of verifying a bank account."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, FieldError, InvalidInputError, Kind
from billing_api.payment_methods.errors import MethodId
from billing_api.payment_methods.fields import NextStep

NextStepFact = Annotated[
    NextStep | None, Field(description="The step that its owner can take now; null when there is none")
]

_ADVICE: dict[NextStep | None, str] = {
    "wait": "Its bank has yet to confirm it, or its deposits are on their way, which takes up to some days: read the "
    "account until its status is `active`.",
    "confirm_amounts": "Two small deposits were sent to it: send their amounts to /verification of this account.",
    "add_again": "Its verification has failed: remove it, and add it again or use another method.",
    None: "Nothing is left to verify.",
}


class PaymentMethodNotVerifiedError(AppError):
    """A bank account that its bank has not confirmed, or not yet."""

    code, title, kind = "payment_method_not_verified", "The bank account is not verified", Kind.CONFLICT
    cure = "Take the step that `next_step` names, or pay with another method."
    sample: ClassVar = {"method_id": EXAMPLE_ID, "next_step": "confirm_amounts"}

    payment_method_id: MethodId
    next_step: NextStepFact

    def __init__(self, method_id: UUID, next_step: NextStep | None) -> None:
        super().__init__(
            f"This bank account is not verified, so it can't pay. {_ADVICE[next_step]}",
            payment_method_id=method_id,
            next_step=next_step,
        )


class VerificationNotAwaitedError(AppError):
    """Amounts were sent for a method that awaits none."""

    code, title, kind = "verification_not_awaited", "No amounts are awaited", Kind.CONFLICT
    cure = "Take the step that `next_step` names."
    sample: ClassVar = {"method_id": EXAMPLE_ID, "next_step": None}

    payment_method_id: MethodId
    next_step: NextStepFact

    def __init__(self, method_id: UUID, next_step: NextStep | None) -> None:
        super().__init__(
            f"This payment method waits for no amounts, or not for these. {_ADVICE[next_step]}",
            payment_method_id=method_id,
            next_step=next_step,
        )


class VerificationLockedError(AppError):
    """Wrong amounts were sent so often that no more are taken. Source: Braintree, micro-transfers: five tries."""

    code, title, kind = "verification_locked", "No more amounts are taken for this account", Kind.CONFLICT
    cure = "Remove the account and add it again, which sends new deposits, or ask the vendor."
    sample: ClassVar = {"method_id": EXAMPLE_ID}

    payment_method_id: MethodId
    next_step: NextStepFact

    def __init__(self, method_id: UUID) -> None:
        super().__init__(
            "Amounts were sent for this account as often as its verification allows, so no more are taken. Remove the "
            "account and add it again: new deposits are sent then. Or ask the vendor.",
            payment_method_id=method_id,
            next_step="add_again",
        )


class AmountsDoNotMatchError(InvalidInputError):
    """The amounts are not those of the deposits."""

    code, title = "amounts_do_not_match", "The amounts are not those of the deposits"
    cure = "Look the two deposits up on the bank's statement, and send their amounts. `tries_left` says how often."
    sample: ClassVar = {"tries_left": 3}

    tries_left: Annotated[int, Field(ge=0, le=100, description="The tries that are left")]

    def __init__(self, tries_left: int) -> None:
        super().__init__(
            FieldError(
                "/amounts",
                "do_not_match",
                f"Look the two deposits up on the bank's statement. Tries left: {tries_left}.",
            ),
            tries_left=tries_left,
        )
