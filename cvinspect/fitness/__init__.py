"""Whether a picture is fit to be inspected: in focus, exposed, whole, and of this part.

`figures` says how a picture is; a recipe's bands say how it must be. What lies outside is INVALID, never clean.
"""

from cvinspect.fitness.bands import Band, bands_of, check_bands
from cvinspect.fitness.figures import FIGURES, figures
from cvinspect.fitness.rows import check_rows, is_frozen

__all__ = ["FIGURES", "Band", "bands_of", "check_bands", "check_rows", "figures", "is_frozen"]
