"""From camera pixels to millimetres: make a calibration, keep it, load it only where it is fit."""

from cvinspect.calibration.store import load_calibration, save_calibration, scale_calibration

__all__ = ["load_calibration", "save_calibration", "scale_calibration"]
