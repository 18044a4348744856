"""Recurring billing: plans, add-ons and discounts, and subscriptions."""
