"""Break a module in every small way there is: one expression or one statement at a time, at module level too."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}
# Words for people and for the contract, which is compared with the one that was committed.
_WORDS = {"description", "detail", "examples", "summary", "title"}
# These make a function a part of its class; without them nothing could be called.
_BINDING = {"property", "staticmethod", "classmethod"}
# Functions of as many arguments as there are; any other refuses to be called with one less.
_VARIADIC = {"and_", "max", "min", "or_", "order_by", "returning", "where"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One way to break a module; its name survives changes of other lines."""

    where: str
    change: str
    parent: ast.AST
    field: str
    index: int | None
    replacement: ast.AST | None

    @property
    def name(self) -> str:
        """Such as `Quote.amount: a + b → a - b`."""
        return f"{self.where}: {self.change}"

    def apply(self) -> None:
        """Break the tree that this mutant was made from, for good."""
        if self.index is None:
            setattr(self.parent, self.field, self.replacement)
            return
        children = getattr(self.parent, self.field)
        if self.replacement is None:
            del children[self.index]
        else:
            children[self.index] = self.replacement


def mutants_of(tree: ast.Module) -> list[Mutant]:
    """Return every mutant of a module, in the order of its lines; those of equal names are numbered."""
    found = list(_below(tree, "module"))
    names: dict[str, int] = {}
    numbered = []
    for mutant in found:
        times = names[mutant.name] = names.get(mutant.name, 0) + 1
        change = mutant.change if times == 1 else f"{mutant.change} ({times})"
        numbered.append(Mutant(mutant.where, change, mutant.parent, mutant.field, mutant.index, mutant.replacement))
    return numbered


def _below(parent: ast.AST, where: str) -> Iterator[Mutant]:
    for field, value in ast.iter_fields(parent):
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_left_alone(field, child):
                continue
            for replacement in _replacements(child, parent, field):
                yield Mutant(where, _change(child, replacement), parent, field, index, replacement)
            if _may_be_dropped(parent, field, value, child):
                yield Mutant(where, f"{_text(parent)} without {_text(child)}", parent, field, index, None)
            yield from _below(child, _place(where, child))


def _place(where: str, node: ast.AST) -> str:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return where
    return node.name if where == "module" else f"{where}.{node.name}"


def _is_left_alone(field: str, child: ast.AST) -> bool:
    """Whether nothing that runs would change, or only words, or a table, which the tests of the schema compare."""
    match child:
        case (
            ast.Expr(value=ast.Constant() | ast.Call(func=ast.Attribute(value=ast.Name(id="log"))))
            | ast.Import()
            | ast.ImportFrom()
            | ast.Assign(value=ast.Call(func=ast.Name(id="table")))
        ):
            return True
        case ast.Call(func=ast.Name(id="dataclass")):
            return field == "decorator_list"
        case ast.keyword(arg=str(name)) if name in _WORDS:
            return True
    return field in {"annotation", "returns"}


def _replacements(node: ast.AST, parent: ast.AST, field: str) -> Iterator[ast.AST]:  # noqa: C901, PLR0912 - a table
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=comparators):
            for other in _COMPARISONS[type(operator)]:
                yield ast.Compare(left, [other()], comparators)
        case ast.BoolOp(op=operator, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _ARITHMETIC:
            yield ast.BinOp(left, _ARITHMETIC[type(operator)](), right)
        case ast.BinOp(left=left, op=ast.BitOr()) if field != "slice":
            yield left
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
        case ast.Tuple(elts=elements, ctx=ast.Load()) | ast.List(elts=elements, ctx=ast.Load()):
            if isinstance(parent, ast.ExceptHandler):
                return  # which of them comes first makes no difference
            for place in range(len(elements) - 1):
                if ast.dump(elements[place]) == ast.dump(elements[place + 1]):
                    continue
                exchanged = copy.copy(node)
                exchanged.elts = [*elements[:place], elements[place + 1], elements[place], *elements[place + 2 :]]
                yield exchanged
        case ast.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.If(body=body, orelse=orelse):
            for always in (True, False):
                changed = copy.copy(node)
                changed.test = ast.Constant(always)
                yield changed
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign() | ast.Assign(targets=[ast.Attribute()]):
            if not (isinstance(parent, ast.FunctionDef) and parent.name == "__init__"):
                yield ast.Pass()


def _may_be_dropped(parent: ast.AST, field: str, siblings: object, child: ast.AST) -> bool:
    """Whether this is one of several elements, operands or arguments, a condition, or a decorator."""
    match parent, field:
        case (ast.BoolOp(), "values") | (ast.Call(), "keywords") | (ast.comprehension(), "ifs"):
            return True
        case ast.Tuple() | ast.List() | ast.Set(), "elts":
            return isinstance(siblings, list) and len(siblings) > 1
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)), "args":
            return name in _VARIADIC
        case (ast.FunctionDef() | ast.AsyncFunctionDef(), "decorator_list"):
            return not (isinstance(child, ast.Name) and child.id in _BINDING)
    return False


def _change(before: ast.AST, after: ast.AST) -> str:
    match before, after:
        case ast.If(test=test), ast.If(test=always):
            return f"if {_text(test)} → if {_text(always)}"
        case ast.Tuple() | ast.List(), ast.Tuple(elts=elements) | ast.List(elts=elements):
            place = next(index for index, element in enumerate(elements) if element is not before.elts[index])
            first, second = _text(elements[place]), _text(elements[place + 1])
            return f"{_text(before)} with {first} before {second}"
        case _, ast.Pass():
            return f"without {_text(before)}"
    return f"{_text(before)} → {_text(after)}"


def _text(node: ast.AST) -> str:
    """The node as source, on one line, its middle left out when it is long."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:40]} … {text[-25:]}"
