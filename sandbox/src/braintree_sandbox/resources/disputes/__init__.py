"""Disputes: how they are opened, found, answered with evidence, accepted, fought and decided."""
