"""The tree of validation errors, and the 422 document it becomes."""

from collections.abc import Iterator
from typing import NamedTuple

from braintree_sandbox.state.records import Record
from braintree_sandbox.wire.values import Array, Fields, Node, Params, Value

# Echoed parameters never have values that a log must not have.
_SECRETS = frozenset({"number", "cvv", "account_number", "encrypted_card_data", "cryptogram"})


class Code(NamedTuple):
    """A validation error as clients know it: the number is the contract, the text is for readers."""

    number: str
    message: str


class ErrorTree:
    """Errors by attribute, and subtrees by the name of the nested object."""

    __slots__ = ("_children", "_errors")

    def __init__(self) -> None:
        self._errors: list[tuple[str, Code]] = []
        self._children: dict[str, ErrorTree] = {}

    def on(self, attribute: str, code: Code) -> None:
        """Note an error of one attribute; `base` means the object as a whole."""
        self._errors.append((attribute, code))

    def under(self, name: str) -> "ErrorTree":
        """Return the errors of a nested object."""
        return self._children.setdefault(name, ErrorTree())

    def __bool__(self) -> bool:
        return bool(self._errors) or any(self._children.values())

    def codes(self) -> Iterator[Code]:
        """Return every code in the tree, outermost first."""
        for _, code in self._errors:
            yield code
        for child in self._children.values():
            yield from child.codes()

    def entries(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Code]]:
        """Return every code with the names that lead to its attribute, outermost first."""
        for attribute, code in self._errors:
            yield (*path, attribute), code
        for name, child in self._children.items():
            yield from child.entries((*path, name))

    def node(self) -> Fields:
        """Return the `<errors>` element; every level has its own list, because clients look for one at each."""
        entries: list[Node] = [
            {"attribute": attribute, "code": code.number, "message": code.message} for attribute, code in self._errors
        ]
        fields: Fields = {"errors": Array("error", entries)}
        fields.update({name: child.node() for name, child in self._children.items() if child})
        return fields


class InvalidError(Exception):
    """The request is invalid; only `keep` is stored, such as a failed try that is counted."""

    def __init__(self, errors: ErrorTree, *, keep: Record | None = None) -> None:
        super().__init__("\n".join(code.message for code in errors.codes()))
        self.errors = errors
        self.keep = keep


def invalid(path: str, attribute: str, code: Code, *, keep: Record | None = None) -> InvalidError:
    """Return one error at a dotted path of objects: `invalid("transaction.credit_card", "number", …)`."""
    tree = ErrorTree()
    node = tree
    for name in path.split("."):
        node = node.under(name)
    node.on(attribute, code)
    return InvalidError(tree, keep=keep)


def error_document(errors: ErrorTree, message: str, params: Params, **extra: Node) -> Fields:
    """Return the body of a 422: the errors, the parameters without secrets, and the records that were made."""
    return {"errors": errors.node(), "params": _echo(params), "message": message, **extra}


def _echo(value: Value) -> Node:
    if isinstance(value, dict):
        return {name: _echo(inner) for name, inner in value.items() if name not in _SECRETS}
    if isinstance(value, list):
        return Array("item", [_echo(item) for item in value])
    return value
