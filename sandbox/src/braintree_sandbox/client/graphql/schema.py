"""The schema: its parts put together, with a function behind every field that has one."""

from collections.abc import Callable, Iterable
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema, build_schema

from braintree_sandbox.client.graphql.operation import Entry, ErrorClass, GraphqlCall, OperationError, Operations
from braintree_sandbox.vault.kinds import RefusedError

_ROOTS = """
type Query
type Mutation
"""


def schema_of(parts: Iterable[Operations]) -> GraphQLSchema:
    """Return the schema of all parts together. Raise TypeError when they don't fit."""
    all_parts = list(parts)
    schema = build_schema("\n".join([_ROOTS, *(part.schema for part in all_parts)]))
    for part in all_parts:
        for entry in part.entries:
            kind = schema.get_type(entry.type)
            if not isinstance(kind, GraphQLObjectType):
                raise TypeError(f"{entry.type} is no type with fields")
            kind.fields[entry.field].resolve = _resolver(entry)
    return schema


def _resolver(entry: Entry) -> Callable[..., object]:
    def resolve(parent: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> object:
        call: GraphqlCall = info.context
        if call.credential is not None and not entry.for_browsers:
            raise OperationError(ErrorClass.AUTHORIZATION, "This authorization may not do that.")
        if entry.type not in {"Query", "Mutation"}:
            arguments["parent"] = parent
        # Each field commits or fails by itself; later fields do not change that.
        work = call.call.work
        try:
            value = entry.function(call, arguments)
        except RefusedError as refusal:
            work.roll_back()
            work.put(refusal.keep)
            work.commit()
            raise
        except Exception:
            work.roll_back()
            raise
        work.commit()
        return value

    return resolve
