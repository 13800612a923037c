"""Cosmetic surface inspection, judged under each customer's own limit table."""
