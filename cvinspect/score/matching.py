"""Which finding counts for which label.

A finding counts for a label when it lies on it and is not much larger than it:

* **on it**: the two share at least half of the smaller one's pixels; the label is grown by 2 px first, as labels are
  drawn by hand;
* **not much larger**: the finding's upright bounding box has at most 4 times the area of the label's, where a side of
  the label's box under 3 px, the least that a picture resolves, counts as 3 px.

Its kind does not matter here (the confusion table tells it). One finding may count for several labels, and several for
one. A label is found when a finding counts for it; a line (a scratch, a crack, or an outline five times as long as
wide) only when those that count for it cover at least half of its length together. A finding that counts for no label
is false. One on a label that is marked ignore is neither.

A label's strength is that of its strongest finding; of a line, the strength down to which the findings are needed to
cover half of it. So every threshold on strength is scored from one run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from skimage.morphology import skeletonize

from cvinspect.model import Blob, Placement, Points
from cvinspect.score.label import Box, Label, Mask, raster, strip_length

GROWN_PX = 2
SHARED = 0.5
LARGER = 4.0
LEAST_SIDE_PX = 3
COVERED = 0.5
NEIGHBOUR_PX = 1.5  # bridges what stair-steps of a bent line leave out
_ROUND = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * GROWN_PX + 1,) * 2)


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A finding as pixels: box and mask as a label's; points_px (N, 2): its outline."""

    blob: Blob
    box: Box
    mask: Mask
    points_px: Points

    @property
    def strength(self) -> float:
        """In noise sigmas; 0 where it is not known."""
        strength = self.blob.strength
        return float(strength) if strength is not None and np.isfinite(strength) else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """What counts for one label: indices of claims, the strongest first; strength None = not found.

    covered: share of a line's length that they cover together; None of what is no line.
    """

    claims: tuple[int, ...]
    strength: float | None
    covered: float | None = None


def claims_of(blobs: Sequence[Blob], placement: Placement, size: tuple[int, int]) -> list[Claim]:
    """The findings as pixels of a picture of `size` (w, h)."""
    return [claim for claim in (_claim(blob, placement, size) for blob in blobs) if claim is not None]


def _claim(blob: Blob, placement: Placement, size: tuple[int, int]) -> Claim | None:
    outline = blob.outline_mm or (blob.center_mm,)
    points = placement.to_px(np.array(outline, np.float64))
    found = raster(points, size, edge=True)
    if found is None:
        return None
    box, mask = found
    if blob.bbox_px is not None:
        x0, y0, x1, y1 = blob.bbox_px
        box_sides = (min(x0, box[0]), min(y0, box[1]), max(x1, box[2]), max(y1, box[3]))
        mask = _within(mask, box, box_sides)
        box = box_sides
    return Claim(blob, box, mask, points)


def _within(mask: Mask, box: Box, larger: Box) -> Mask:
    whole = np.zeros((larger[3] - larger[1], larger[2] - larger[0]), np.uint8)
    whole[box[1] - larger[1] : box[3] - larger[1], box[0] - larger[0] : box[2] - larger[0]] = mask
    return whole


def matched(labels: Sequence[Label], claims: Sequence[Claim]) -> tuple[list[Match], list[int]]:
    """Each label's match, and the indices of the claims that count for none."""
    boxes = np.array([claim.box for claim in claims], np.int64).reshape(-1, 4)
    matches = [_match(label, claims, boxes) for label in labels]
    taken = {index for match in matches for index in match.claims}
    return matches, [index for index in range(len(claims)) if index not in taken]


def _match(label: Label, claims: Sequence[Claim], boxes: NDArray[np.int64]) -> Match:
    grown_box, grown = _grown(label)
    x0, y0, x1, y1 = grown_box
    near = (boxes[:, 0] < x1) & (boxes[:, 2] > x0) & (boxes[:, 1] < y1) & (boxes[:, 3] > y0)
    hits = [index for index in map(int, np.flatnonzero(near)) if _counts(claims[index], label, grown_box, grown)]
    hits.sort(key=lambda index: -claims[index].strength)
    if not label.is_line:
        return Match(tuple(hits), claims[hits[0]].strength if hits else None)
    strength, covered = None, 0.0
    cover = _Cover(label, grown_box, grown)
    for index in hits:
        covered = cover.add(claims[index])
        if strength is None and covered >= COVERED:
            strength = claims[index].strength
    return Match(tuple(hits), strength, covered)


def _grown(label: Label) -> tuple[Box, Mask]:
    x0, y0, x1, y1 = label.box
    padded = np.pad(label.mask, GROWN_PX)
    return (x0 - GROWN_PX, y0 - GROWN_PX, x1 + GROWN_PX, y1 + GROWN_PX), _dilated(padded)


def _dilated(mask: Mask) -> Mask:
    return np.asarray(cv2.dilate(mask, _ROUND), np.uint8)


def _counts(claim: Claim, label: Label, grown_box: Box, grown: Mask) -> bool:
    if _area(claim.box, 1) > LARGER * _area(label.box, LEAST_SIDE_PX):
        return False
    shared = len(_on(claim, grown_box, grown))
    smaller = min(np.count_nonzero(claim.mask), np.count_nonzero(label.mask))
    return shared > 0 and shared >= SHARED * int(smaller)


def _area(box: Box, least: int) -> int:
    return max(box[2] - box[0], least) * max(box[3] - box[1], least)


def _on(claim: Claim, box: Box, mask: Mask) -> NDArray[np.int64]:
    """The claim's pixels that `mask` at `box` holds too, (N, 2) x, y."""
    x0, y0 = max(claim.box[0], box[0]), max(claim.box[1], box[1])
    x1, y1 = min(claim.box[2], box[2]), min(claim.box[3], box[3])
    if x1 <= x0 or y1 <= y0:
        return np.zeros((0, 2), np.int64)
    own = claim.mask[y0 - claim.box[1] : y1 - claim.box[1], x0 - claim.box[0] : x1 - claim.box[0]]
    other = mask[y0 - box[1] : y1 - box[1], x0 - box[0] : x1 - box[0]]
    rows, columns = np.nonzero(own & other)
    return np.stack([columns + x0, rows + y0], axis=1)


class _Cover:
    """How much of a line's length is covered, by what its label tells.

    By an outline: the share of its skeleton's pixels beside which a finding lies. By a box: the share of its longer
    side onto which the findings fall. By a place: the findings' lengths together over its own.
    """

    def __init__(self, label: Label, grown_box: Box, grown: Mask) -> None:
        self._label, self._grown_box, self._grown = label, grown_box, grown
        self._sum_px = 0.0
        self._spans: list[tuple[float, float]] = []
        if label.form == "outline":
            bones = skeletonize(np.pad(label.mask, 1) > 0)  # type: ignore[no-untyped-call]
            self._bones = np.argwhere(bones)[:, ::-1] + np.array([label.box[0] - 1, label.box[1] - 1])
            self._tree = cKDTree(self._bones)
            self._met = np.zeros(len(self._bones), bool)

    def add(self, claim: Claim) -> float:
        """The share (0..1) with this finding too."""
        if self._label.form == "outline":
            return self._on_skeleton(claim)
        if self._label.axis_px is not None:
            return self._along(claim, self._label.axis_px)
        self._sum_px += strip_length(claim.points_px)
        return min(self._sum_px / self._label.size_px, 1.0)

    def _on_skeleton(self, claim: Claim) -> float:
        """Each of the finding's pixels on the grown label meets the skeleton's nearest pixel, and its neighbours."""
        own = _on(claim, self._grown_box, self._grown)
        if len(own):
            feet = self._bones[np.unique(self._tree.query(own)[1])]
            self._met |= cKDTree(feet).query(self._bones)[0] < NEIGHBOUR_PX
        return float(self._met.mean())

    def _along(self, claim: Claim, axis_px: Points) -> float:
        """Findings are whole from end to end, so each covers a span."""
        side = axis_px[1] - axis_px[0]
        length = max(float(np.hypot(*side)), 1e-9)
        rows, columns = np.nonzero(claim.mask)
        along = (np.stack([columns + claim.box[0], rows + claim.box[1]], axis=1) - axis_px[0]) @ side / length
        self._spans.append((max(float(along.min()) - 0.5, 0.0), min(float(along.max()) + 0.5, length)))
        covered, reached = 0.0, 0.0
        for start, stop in sorted(self._spans):
            covered += max(stop - max(start, reached), 0.0)
            reached = max(reached, stop)
        return min(covered / length, 1.0)
