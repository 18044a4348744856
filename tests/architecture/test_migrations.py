"""The migrations as they are written; tests/db/test_migrations.py runs them."""

import ast
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.architecture import migrations
from tests.architecture.migrations import RULES, VERSIONS, Rule


def test_history_is_one_line() -> None:
    """One head, no branch, no merge: whoever comes second puts theirs after the other's."""
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent).replace("%", "%%"))
    revisions = list(ScriptDirectory.from_config(config).walk_revisions())
    assert [one.down_revision for one in revisions] == [*(one.revision for one in revisions[1:]), None]
    assert not [one.revision for one in revisions if not one.doc.strip()]


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("*.py")), ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_is_kept(rule: Rule, path: Path) -> None:
    """No migration breaks the rule."""
    broken = [f"{path.name}:{line}: {what}" for line, what in rule(ast.parse(path.read_text()))]
    assert not broken, f"{rule.__doc__}\n" + "\n".join(broken)


_BROKEN = [
    (migrations.constraints_are_named, 'op.create_table("a", sa.UniqueConstraint("x"))'),
    (migrations.constraints_are_named, 'op.create_index(None, "a", ["x"])'),
    (migrations.columns_come_bare, 'op.add_column("a", sa.Column("b", sa.Uuid(), sa.ForeignKey("c.id")))'),
    (migrations.columns_come_bare, 'op.add_column("a", sa.Column("b", sa.Text(), unique=True))'),
    (migrations.indexes_are_built_beside_the_traffic, 'op.create_index("ix_a", "a", ["x"])'),
    (
        migrations.indexes_are_built_beside_the_traffic,
        'op.create_table("b")\nop.create_index("ix_a", "a", ["x"], postgresql_concurrently=True)',
    ),
    (migrations.keys_do_nothing_by_themselves, 'op.create_foreign_key("fk", "a", "b", [], [], ondelete="CASCADE")'),
    (migrations.keys_do_nothing_by_themselves, 'op.execute("MERGE INTO a USING b ON true")'),
]


@pytest.mark.parametrize(("rule", "text"), _BROKEN)
def test_is_seen(rule: Rule, text: str) -> None:
    """A migration that breaks the rule is found."""
    assert list(rule(ast.parse(text)))


def test_indexes_of_new_tables_and_concurrent_ones_are_let_through() -> None:
    """The rule is about locks on tables in use, not about indexes."""
    text = (
        'op.create_table("a")\nop.create_index("ix_a", "a", ["x"])\n'
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("ix_b", "b", ["x"], postgresql_concurrently=True)'
    )
    assert not list(migrations.indexes_are_built_beside_the_traffic(ast.parse(text)))
