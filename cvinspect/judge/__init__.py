"""Limit tables and the judge: numbers in, a verdict with its reasons out. Knows no pixels."""
