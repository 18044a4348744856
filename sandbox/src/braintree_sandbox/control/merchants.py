"""The merchants with their keys, and the rules that their control panel would switch."""

from dataclasses import asdict, fields, replace

from braintree_sandbox.control.call import ControlCall, ControlError, ControlRoutes, Json
from braintree_sandbox.merchants import Merchant, MerchantRules

routes = ControlRoutes()


def _shown(merchant: Merchant) -> dict[str, object]:
    return {
        "id": merchant.id,
        "public_key": merchant.public_key,
        "private_key": merchant.private_key,
        "ach_exempt": merchant.ach_exempt,
        "merchant_accounts": [
            {"id": one.id, "currency": one.currency, "default": one.default, "accepts": sorted(one.accepts)}
            for one in merchant.accounts
        ],
        "rules": asdict(merchant.rules),
    }


@routes.get("/merchants")
def list_all(call: ControlCall) -> Json:
    """Return every merchant; the keys are public, as in the tests of Braintree's libraries."""
    found = [call.sandbox.merchant(merchant_id) for merchant_id in call.merchant_ids]
    return {"merchants": [_shown(merchant) for merchant in found if merchant is not None]}


@routes.put("/merchants/{merchant_id}/rules")
def change_rules(call: ControlCall) -> Json:
    """Switch rules: `{"duplicate_checking": true}`, also the others of MerchantRules."""
    merchant_id = call.path["merchant_id"]
    merchant = call.sandbox.merchant(merchant_id)
    if merchant is None:
        raise ControlError(404, f"There is no merchant {merchant_id}.")
    known = {field.name for field in fields(MerchantRules)}
    if call.body.keys() - known or not all(isinstance(value, bool) for value in call.body.values()):
        raise ControlError(400, f"The rules are {', '.join(sorted(known))}, each true or false.")
    rules = replace(merchant.rules, **call.body)
    work = call.sandbox.work(merchant_id)
    work.put(rules)
    work.commit()
    return _shown(replace(merchant, rules=rules))
