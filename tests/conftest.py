"""What every test shares: one OpenCV thread, and how many random cases a property test draws."""

import cv2
from hypothesis import HealthCheck, settings

cv2.setNumThreads(1)
settings.register_profile("quick", max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", parent=settings.get_profile("quick"), max_examples=10_000)
settings.load_profile("quick")
