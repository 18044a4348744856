"""The ageing of a balance, as a bar."""

from billing_api.documents.layout import blocks
from billing_api.documents.layout.blocks import Block
from billing_api.documents.papers import Ageing
from billing_api.locales.language import Language


def ageing_block(ageing: Ageing, currency: str, say: Language, *, names_currency: bool) -> Block:
    """Return the bar of the amounts owed by their age, and the credits that lower the balance.

    It may stand on another page than its section: where there are several, its title names the currency.
    """
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
    title = _("Balance by days past due")
    return blocks.ageing(
        f"{title} ({currency})" if names_currency else title,
        "; ".join(f"{label}: {value}" for label, value, _share in buckets),
        buckets,
    )
