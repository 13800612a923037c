"""From points on pictures to a camera, the part's millimetres and how sure they are."""

from cvinspect.calibration.solve.checks import check_view
from cvinspect.calibration.solve.disks import disk_bias
from cvinspect.calibration.solve.solving import misfit_views, solve
from cvinspect.calibration.solve.values import NOTES, Fitted, Solution, View

__all__ = ["NOTES", "Fitted", "Solution", "View", "check_view", "disk_bias", "misfit_views", "solve"]
