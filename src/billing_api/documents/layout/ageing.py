"""The ageing of a balance, as a bar."""

from billing_api.documents.layout import blocks
from billing_api.documents.layout.blocks import Block
from billing_api.documents.papers import Ageing
from billing_api.locales.language import Language


def ageing_block(ageing: Ageing, currency: str, say: Language) -> Block:
    """Return the bar of what is owed by its age, and the credits that lower the balance."""
    _ = say.gettext
    parts = [
        (_("Not yet due"), ageing.current),
        (_("1\N{EN DASH}30 days"), ageing.days_1_30),
        (_("31\N{EN DASH}60 days"), ageing.days_31_60),
        (_("61\N{EN DASH}90 days"), ageing.days_61_90),
        (_("Over 90 days"), ageing.over_90),
    ]
    owed = sum(amount for _label, amount in parts if amount > 0)
    buckets = [(label, say.money(amount, currency), max(amount, 0) / owed if owed else 0.0) for label, amount in parts]
    if ageing.unapplied:
        buckets.append((_("Unapplied"), say.money(ageing.unapplied, currency), 0.0))
    return blocks.ageing(
        _("Balance by days past due"),
        "; ".join(f"{label}: {value}" for label, value, _share in buckets),
        buckets,
    )
