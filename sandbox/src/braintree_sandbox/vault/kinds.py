"""The interface of a kind of payment method; a new kind is one file, and a line in parts.py."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from braintree_sandbox.call import Call
from braintree_sandbox.merchant_accounts import MerchantAccount
from braintree_sandbox.processor.authorisation import Authorisation
from braintree_sandbox.processor.checks import Checks
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.records.transactions import Instrument
from braintree_sandbox.state.records import Record
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.wire.values import Fields, Node, Params

NOT_SUPPORTED_BY_ACCOUNT = Code("91577", "Merchant account does not support payment instrument.")


class Method(Record, Protocol):
    """A payment method in the vault, of any kind."""

    @property
    def token(self) -> str: ...

    @property
    def customer_id(self) -> str: ...

    @property
    def facts(self) -> object: ...

    @property
    def created_at(self) -> datetime: ...


class RefusedError(Exception):
    """Only `keep` is stored, and the client gets a 422 with the named element, such as a failed verification."""

    def __init__(self, message: str, element: str, node: Node, keep: Record) -> None:
        super().__init__(message)
        self.element = element
        self.node = node
        self.keep = keep


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleTerms:
    """The facts of a sale by which a kind of payment method authorises it."""

    type: str
    amount: Decimal
    account: MerchantAccount
    submit: bool
    cvv: str | None
    billing: Mapping[str, str | None]
    accepts_partial: bool = False


_CARD_DETAILS = ("bin", "last_4", "card_type", "expiration_month", "expiration_year", "cardholder_name")


def _last_digits(fields: Fields) -> Fields:
    last = fields.get("last_4")
    return {"last_two": last[-2:], "last_four": last} if isinstance(last, str) else {}


F = TypeVar("F")
M = TypeVar("M", bound=Method)


class Kind(ABC, Generic[F, M]):
    """One kind of payment method: how it is stored, shown and charged.

    `name` is the element of its responses and errors, `facts` the class of a nonce's details.
    `submitted` is the status of a sale that was submitted for settlement, `refundable` are those from which it can
    be given back, and `partial` says whether an authorisation may be settled piece by piece.
    """

    name: ClassVar[str]
    plural: ClassVar[str]
    # The type in a nonce, and the error of vaulting such a nonce without a customer.
    nonce_type: ClassVar[str]
    customer_required: ClassVar[Code | None] = None
    submitted: ClassVar[str] = "submitted_for_settlement"
    refundable: ClassVar[frozenset[str]] = frozenset({"settled"})
    partial: ClassVar[bool] = True
    facts: type[F]
    record: type[M]

    @property
    def errors_name(self) -> str:
        """The object that has the errors of such a method."""
        return self.name

    @abstractmethod
    def view(self, call: Call, method: M) -> Fields:
        """Return the method as it is shown."""

    @abstractmethod
    def store(self, call: Call, customer: Customer, facts: F, params: Params, errors: ErrorTree) -> M:
        """Put details into the vault. Raise InvalidError, RefusedError. `errors` are this object's."""

    @abstractmethod
    def update(self, call: Call, method: M, facts: F | None, params: Params, errors: ErrorTree) -> M:
        """Change a vaulted method, with the details of a nonce or without. Raise InvalidError, RefusedError."""

    def sample(self, *_: Any, **fields: Any) -> F:
        """Return the details that a test nonce with these fields in `data/known_nonces.toml` stands for."""
        return self.facts(**fields)

    def typed(self, sale: Params, errors: ErrorTree) -> F | None:
        """Return the details that a sale has in its own parameters; None when it has none of this kind."""
        del sale, errors
        return None

    def in_sale(self, facts: F, sale: Params) -> F:
        """Return the details of a nonce or a vaulted method, as they are in this sale."""
        del sale
        return facts

    def storable(self, facts: F) -> bool:
        """Return whether such details can be vaulted; a payment that was approved once can't."""
        refusal = ErrorTree()
        self.check_storing(facts, refusal)
        return not refusal

    def check_storing(self, facts: F, errors: ErrorTree) -> None:
        """Check whether such details can be vaulted; note reasons against it."""

    def nonce_details(self, facts: F) -> Fields:
        """Return the details that a nonce shows."""
        fields = self.instrument(facts, None).fields
        return {name: fields[name] for name in _CARD_DETAILS if name in fields} | _last_digits(fields)

    @abstractmethod
    def instrument(self, facts: F, method: M | None) -> Instrument:
        """Return the copy that a transaction keeps."""

    def for_sale(self, instrument: Instrument, sale: Params) -> Instrument:
        """Return the copy with this sale's own parameters."""
        del sale
        return instrument

    def captured(self, instrument: Instrument) -> Instrument:
        """Return the copy after the money was captured."""
        return instrument

    def refunded(self, instrument: Instrument) -> Instrument:
        """Return the copy that a refund keeps."""
        return instrument

    @abstractmethod
    def check(self, call: Call, facts: F, method: M | None, terms: SaleTerms, errors: ErrorTree) -> None:
        """Check whether this kind can pay the sale; note reasons against it in the errors of the transaction."""

    @abstractmethod
    def charge(self, facts: F, terms: SaleTerms) -> tuple[Authorisation, Checks | None]:
        """Return the result of the bank, and its checks of code and address."""


AnyKind = Kind[Any, Any]
KINDS: list[AnyKind] = []
"""The kinds that a vault holds; the order is the order in which customers' methods are listed."""
_INSTRUMENTS: list[AnyKind] = []


def use(vaulted: Iterable[AnyKind], passing: Iterable[AnyKind]) -> None:
    """Set the kinds: those that a vault holds, and those that only pay."""
    KINDS[:] = vaulted
    _INSTRUMENTS[:] = [*KINDS, *passing]


def kind_of_facts(facts: object) -> AnyKind:
    """Return the kind of such details."""
    return next(kind for kind in _INSTRUMENTS if isinstance(facts, kind.facts))


def typed_details(sale: Params, errors: ErrorTree) -> tuple[AnyKind, object] | None:
    """Return the details that a sale has in its own parameters, and their kind; None when it has none."""
    for kind in _INSTRUMENTS:
        facts = kind.typed(sale, errors)
        if facts is not None:
            return kind, facts
    return None


def kind_named(name: str) -> AnyKind:
    """Return the kind of that name, which is also a transaction's type of payment instrument."""
    return next(kind for kind in _INSTRUMENTS if kind.name == name)


def kind_of(method: Method) -> AnyKind:
    """Return the kind of a vaulted method."""
    return next(kind for kind in KINDS if isinstance(method, kind.record))
