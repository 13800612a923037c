"""The plain geometry of closed polygons, points (N, 2)."""

from __future__ import annotations

import cv2
import numpy as np

from cvinspect.model import Points


def polygon_area(points: Points) -> float:
    """Signed area."""
    x, y = (points - points[0]).T
    return float(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2


def girth(points: Points) -> float:
    """Length of the outline."""
    return float(np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).sum())


def max_dimension(points: Points) -> float:
    """The largest distance between two points (maximum Feret diameter), over their convex hull."""
    hull = cv2.convexHull(points.astype(np.float32)).reshape(-1, 2).astype(np.float64)
    return float(np.linalg.norm(hull[:, None] - hull[None], axis=2).max())


def axis_sides(points: Points) -> tuple[float, float]:
    """Extents along and across the principal axis of the enclosed area."""
    moments = cv2.moments((points - points.mean(axis=0)).astype(np.float32))
    angle = 0.5 * np.arctan2(2 * moments["mu11"], moments["mu20"] - moments["mu02"])
    along = points @ np.array([np.cos(angle), np.sin(angle)])
    across = points @ np.array([-np.sin(angle), np.cos(angle)])
    return float(np.ptp(along)), float(np.ptp(across))


def rectangle(points: Points) -> tuple[float, float]:
    """Long and short side of the smallest rectangle around the points."""
    sides = cv2.minAreaRect(points.astype(np.float32))[1]
    return float(max(sides)), float(min(sides))


def centroid(points: Points) -> Points:
    """Of the enclosed area (2,); of a degenerate polygon the mean of its points."""
    moments = cv2.moments((points - points[0]).astype(np.float32))
    if abs(moments["m00"]) < 1e-3:
        return np.asarray(points.mean(axis=0))
    return np.asarray(points[0] + [moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]])
