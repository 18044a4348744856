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
    if (rule.__name__, path.stem) in _BEFORE_THE_FIRST_RELEASE:
        assert list(rule(ast.parse(path.read_text())))  # else the exception is no longer needed
        return
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
    (migrations.rows_are_not_read_under_a_lock, 'op.create_check_constraint("ck_a", "a", "b > 0")'),
    (migrations.rows_are_not_read_under_a_lock, 'op.create_foreign_key("fk_a", "a", "b", ["x"], ["id"])'),
    (migrations.rows_are_not_read_under_a_lock, 'op.create_unique_constraint("uq_a", "a", ["x"])'),
    (migrations.rows_are_not_read_under_a_lock, 'op.alter_column("a", "x", nullable=False)'),
    (migrations.rows_are_not_read_under_a_lock, 'op.alter_column("a", "x", type_=sa.Numeric())'),
    (migrations.rows_are_not_read_under_a_lock, 'op.execute("ALTER TABLE a ALTER COLUMN x TYPE numeric")'),
    (migrations.rows_are_not_read_under_a_lock, 'op.execute("ALTER TABLE a ALTER x SET NOT NULL")'),
    (migrations.rows_are_not_read_under_a_lock, 'op.execute("ALTER TABLE a ADD CONSTRAINT ck_a CHECK (x > 0)")'),
    (migrations.rows_are_not_read_under_a_lock, 'op.execute("ALTER TABLE a VALIDATE CONSTRAINT ck_a")'),
]
# Written before the first release, when no table was in use.
_BEFORE_THE_FIRST_RELEASE = {("rows_are_not_read_under_a_lock", "0002_vaulting")}


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


def test_constraints_that_are_validated_afterwards_are_let_through() -> None:
    """As are those of new tables, and whatever a downgrade does."""
    text = (
        "def upgrade():\n"
        '    op.create_table("n")\n    op.create_check_constraint("ck_n", "n", "x > 0")\n'
        '    op.create_check_constraint("ck_a", "a", "x > 0", postgresql_not_valid=True)\n'
        '    op.execute("ALTER TABLE a ADD CONSTRAINT ck_b CHECK (x IS NOT NULL) NOT VALID")\n'
        "    with op.get_context().autocommit_block():\n"
        '        op.execute("ALTER TABLE a VALIDATE CONSTRAINT ck_a")\n'
        '    op.alter_column("a", "x", nullable=False)\n'
        'def downgrade():\n    op.alter_column("a", "x", nullable=False)\n'
    )
    assert not list(migrations.rows_are_not_read_under_a_lock(ast.parse(text)))
