"""A part located by its own outline."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from cv2.typing import MatLike
from scipy.spatial import cKDTree

from cvinspect.errors import PictureError
from cvinspect.locate.edges import FAR, edge_beyond
from cvinspect.locate.fit import Floats, Nominal, best_turns, centroid, closest, moved
from cvinspect.locate.ranges import check_range, other_share
from cvinspect.locate.silhouette import Ground, Segmented, Silhouette, segmented
from cvinspect.model import Calibration, Frame, Points, Pose
from cvinspect.pictures import gray8

PLACES = 320  # along the outline
LEAST_SEEN = 0.8  # of the outline must lie where the pose says: flash and chipped edges are findings, not another part
MOST_OTHER = 0.03  # of the part's area may lie on the other side of its outline
MISFIT_PX, MISFIT_SHARE = 3.0, 0.004  # of the outline's mean radius
LEAST_AREA, MOST_AREA = 0.5, 1.6  # of the nominal area: beyond them it is not worth trying
U_PLACE_PX = 0.01  # interpolation, and blur round corners
NOISE_PX = 0.02
TURN_STEP_DEG = 5.0


@dataclass(frozen=True, kw_only=True)
class ByOutline:
    """The part stands out of its ground, and its outline tells where it lies.

    outline_mm: its nominal outline, a closed polygon in part mm; of a disk `is_round`, whose turn no outline can tell.
    ground: whether the part lies on a "dark" or "bright" ground; "auto": as the frame's border is. turn_deg, shift_mm,
    scale: how far it may lie from where it is drawn, each way (degrees; mm of its middle; a share, 0 = the scale is
    not looked for). misfit_mm: how far the edge may lie from the outline and still be it; None = 3 px, or 0.4 % of
    the outline's mean radius.
    """

    outline_mm: tuple[tuple[float, float], ...]
    is_round: bool = False
    ground: Ground = "auto"
    turn_deg: float = 5.0
    shift_mm: float = 5.0
    scale: float = 0.0
    misfit_mm: float | None = None

    def __call__(self, frame: Frame, calibration: Calibration) -> Pose:
        """The pose. Raises PictureError where the part is missing, cut off, out of range or of another shape."""
        gray = gray8(frame.pixels)
        parts = segmented(gray, self.ground)
        piece = self._likely(parts, calibration)
        seen_mm = calibration.to_mm(piece.contour_px)
        pose, beyond = self._fitted(gray, parts, seen_mm, calibration, self._turns(self.turn_deg))
        fault = self._fault(pose, beyond, seen_mm, piece, calibration)
        if fault is None:
            check_range(pose, self.turn_deg, self.shift_mm, self.scale)
            return pose
        if self._turn_sought and self.turn_deg < 180:
            pose, beyond = self._fitted(gray, parts, seen_mm, calibration, self._turns(180.0))
            if self._fault(pose, beyond, seen_mm, piece, calibration) is None:
                check_range(pose, self.turn_deg, self.shift_mm, self.scale)
        raise fault

    @cached_property
    def nominal(self) -> Nominal:
        """The outline in even steps."""
        return Nominal.of(np.array(self.outline_mm, np.float64), PLACES)

    @property
    def _turn_sought(self) -> bool:
        return not self.is_round and self.turn_deg > 0

    def _turns(self, most_deg: float) -> Floats:
        """The turns that are tried: a little more than is allowed, so that what is beyond can be told."""
        if not self._turn_sought:
            return np.zeros(1)
        count = min(math.ceil(most_deg / TURN_STEP_DEG) + 1, int(180 / TURN_STEP_DEG))
        return np.asarray(TURN_STEP_DEG * np.arange(-count, count + (count * TURN_STEP_DEG < 180)), np.float64)

    def _likely(self, parts: Segmented, calibration: Calibration) -> Silhouette:
        """The piece whose area is most like the part's. Raises PictureError where none is."""
        if not parts.pieces:
            raise PictureError(
                f"no part stands out of the ground: {parts.contrast_gray:.0f} grey levels between dark and bright",
                "locate_missing",
                contrast=round(max(parts.contrast_gray, 0.0)),
            )
        corners = np.array(self.outline_mm, np.float64)
        whole = abs(centroid(corners)[1])
        shares = [abs(centroid(calibration.to_mm(piece.contour_px))[1]) / whole for piece in parts.pieces]
        best = int(np.argmin(np.abs(np.log(np.maximum(shares, 1e-6)))))
        if not LEAST_AREA <= shares[best] <= MOST_AREA:
            cut = parts.pieces[best].touches_border and shares[best] < 1
            raise PictureError(
                f"what stands out has {100 * shares[best]:.0f} % of the part's area",
                "locate_cut_off" if cut else "locate_area",
                percent=round(100 * shares[best]),
            )
        return parts.pieces[best]

    def _fitted(
        self, gray: MatLike, parts: Segmented, seen_mm: Points, calibration: Calibration, turns_deg: Floats
    ) -> tuple[Pose, Floats]:
        """The pose that fits best, and how far beyond it the edge lies at each place, mm."""
        unit, tree = calibration.mm_per_px, cKDTree(seen_mm)
        least = NOISE_PX * unit
        tried = []
        for start in best_turns(self.nominal, seen_mm, turns_deg, 3 if len(turns_deg) > 9 else 1):
            pose = start
            for _ in range(12):
                before = pose
                pose = self._moved(pose, closest(self.nominal, seen_mm, tree, pose), parts.step_px * unit / 4)
                turned_mm = math.radians(pose.turn_deg - before.turn_deg) * self.nominal.radius_mm
                if math.hypot(*np.subtract(pose.shift_mm, before.shift_mm), turned_mm) < 5 * least:
                    break
            away = np.minimum(np.abs(closest(self.nominal, seen_mm, tree, pose)), self.misfit(calibration) * 3)
            tried.append((float(away.mean()), pose))
        pose = min(tried, key=lambda one: one[0])[1]
        for reach in (2.0 * parts.step_px + 4, 6.0):
            pose = self._moved(pose, edge_beyond(gray, parts.sign, self.nominal, pose, calibration, reach), least)
        reach = max(6.0, 1.5 * self.misfit(calibration) / unit)
        beyond = edge_beyond(gray, parts.sign, self.nominal, pose, calibration, reach)
        far = edge_beyond(gray, parts.sign, self.nominal, pose, calibration, 6.0, FAR)
        return self._stated(pose, self._moved(pose, far, least), beyond, calibration), beyond

    def _stated(self, pose: Pose, other: Pose, beyond: Floats, calibration: Calibration) -> Pose:
        """The pose with its misfit and what its uncertainty owes to the edge itself.

        other: the pose where the edge's level is taken farther off. A rounded edge is lit from one side; what that
        moves the pose by tells, doubled, how far it may have moved it already.
        """
        near = beyond[np.abs(beyond) <= self.misfit(calibration)]
        place = U_PLACE_PX * calibration.mm_per_px
        turn = math.hypot(pose.u_turn_deg, math.degrees(place / self.nominal.radius_mm))
        return replace(
            pose,
            misfit_mm=float(np.sqrt((near**2).mean())) if near.size else math.inf,
            u_shift_mm=math.hypot(pose.u_shift_mm, place, 2 * math.dist(pose.shift_mm, other.shift_mm)),
            u_turn_deg=math.hypot(turn, 2 * (pose.turn_deg - other.turn_deg)) if self._turn_sought else 0.0,
        )

    def _moved(self, pose: Pose, beyond: Floats, least_mm: float) -> Pose:
        return moved(self.nominal, pose, beyond, self._turn_sought, self.scale > 0, least_mm)

    def misfit(self, calibration: Calibration) -> float:
        """How far the edge may lie from the outline and still be it, mm."""
        if self.misfit_mm is not None:
            return self.misfit_mm
        return max(MISFIT_PX * calibration.coarsest_mm_per_px, MISFIT_SHARE * self.nominal.radius_mm)

    def _fault(
        self, pose: Pose, beyond: Floats, seen_mm: Points, piece: Silhouette, calibration: Calibration
    ) -> PictureError | None:
        """Why what is seen is not the part as the pose says; None where it is."""
        misfit = self.misfit(calibration)
        fits = float((np.abs(beyond) <= misfit).mean())
        laid = calibration.to_px(pose.to_plane(self.nominal.points_mm))
        out = ((laid < -0.5) | (laid > np.array(calibration.size) - 0.5)).any(axis=1)
        other = other_share(pose.to_plane(self.nominal.points_mm), seen_mm, misfit)
        if fits >= LEAST_SEEN and other <= MOST_OTHER and not out.any():
            return None
        if out.any() or (piece.touches_border and fits < LEAST_SEEN):
            area = abs(centroid(seen_mm)[1]) / abs(centroid(np.array(self.outline_mm, np.float64))[1])
            shown = min(math.floor(100 * min(area, 1 - float(out.mean()))), 99)
            return PictureError(f"{shown} % of the part is in the picture", "locate_cut_off", percent=shown)
        if fits >= LEAST_SEEN:
            return PictureError(
                f"{100 * other:.1f} % of the part's area lies on the other side of its outline, "
                f"{100 * MOST_OTHER:g} % are allowed",
                "locate_other_area",
                percent=round(100 * other, 1),
                most=round(100 * MOST_OTHER),
            )
        percent = round(100 * fits)
        return PictureError(
            f"{percent} % of the outline lies within {misfit:.3g} mm of where it should be, "
            f"{100 * LEAST_SEEN:.0f} % are needed",
            "locate_shape",
            percent=percent,
            misfit=misfit,
            least=round(100 * LEAST_SEEN),
        )
