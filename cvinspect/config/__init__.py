"""What people write in files: recipes, agreements, limit tables, blobs. The only reader of configuration files."""

from cvinspect.config.agreements import load_agreements
from cvinspect.config.blobs import GivenBlobs, parse_blobs
from cvinspect.config.job import Job, Overrides, View, load_job
from cvinspect.config.limits import limits_of, list_limits, load_limits
from cvinspect.config.recipe import Recipe, load_recipe

__all__ = [
    "GivenBlobs",
    "Job",
    "Overrides",
    "Recipe",
    "View",
    "limits_of",
    "list_limits",
    "load_agreements",
    "load_job",
    "load_limits",
    "load_recipe",
    "parse_blobs",
]
