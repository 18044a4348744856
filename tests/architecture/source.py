"""The project's own code, as the rules read it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from tests.architecture.contracts import SANDBOX, SOURCE, features

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file: where it stands below its src/, its text and its syntax tree."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree: nine rules read them."""
        return tuple(ast.walk(self.tree))

    @property
    def is_feature(self) -> bool:
        """Whether it belongs to a feature."""
        return self.path.startswith(tuple(f"billing_api/{name}/" for name in features()))

    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        return (node for node in self.nodes if isinstance(node, Function))

    def calls(self) -> Iterator[ast.Call]:
        """Every call."""
        return (node for node in self.nodes if isinstance(node, ast.Call))


@cache
def modules() -> tuple[Module, ...]:
    """Every file of both packages, the API's and the sandbox's."""
    return tuple(
        Module(str(path.relative_to(package.parent)), path.read_text())
        for package in (SOURCE, SANDBOX)
        for path in sorted(package.rglob("*.py"))
    )


def called_name(call: ast.Call) -> str:
    """`run` of both `run()` and `anything.run()`."""
    return last_name(call.func)


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name; empty for anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
