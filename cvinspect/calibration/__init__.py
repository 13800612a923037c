"""From camera pixels to millimetres: make a calibration, keep it, verify it, load it only where it is fit."""

from cvinspect.calibration.calibrate import Calibrated, Setup, calibrate
from cvinspect.calibration.store import load_calibration, save_calibration, scale_calibration
from cvinspect.calibration.verify import Verified, verify

__all__ = [
    "Calibrated",
    "Setup",
    "Verified",
    "calibrate",
    "load_calibration",
    "save_calibration",
    "scale_calibration",
    "verify",
]
