"""Where detectors claim the same pixels: who has them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.components import Box, Contour, box_of, check_number, mask_of, outer_contour, pixel_count, sides
from cvinspect.model import Doubt, Kind, Region

AT_EDGE = (Kind.FLASH, Kind.CUT_DAMAGE, Kind.SHORT_SHOT)
ORDER = (*AT_EDGE, Kind.DENT, Kind.SCRATCH, Kind.FOREIGN_MATTER)
SAME = 0.5  # of the smaller claim, shared: one object
CRUMB = 0.1  # of the larger claim: so small a claim that shares any pixel belongs to it
MOST_PIECES = 100  # of one claim; what is cut more often keeps its largest piece alone
LIKE_SIZE = 3.0  # areas within this ratio: the order names it, else the larger claim does
ARM = 5.0  # length over mean width of what is a line,
ARM_SHARE = 0.25  # of the scratch's length that it has at least,
AWAY = 0.5  # of its own length that it gets away from the object,
RIM = 5  # px: what lies so near to a line is the line's own rim
STOUT = 1.2  # times a line's mean width: the short side of a speck that is no part of it,
ROUND = 2.0  # and its length over that, at most
ALONG = 0.94  # cosine to a long object's axis from which it only continues that (20 degrees)


def agreed(claims: Iterable[Region]) -> tuple[Region, ...]:
    """Regions that share no pixel, made from all claims; no claim is lost.

    Claims are taken in ORDER, the larger first. Where a claim and an earlier region share at least half of the
    smaller one's pixels, or any where it is under a tenth of the larger, they are one object, in their joint outline;
    it is of the larger one's kind, or, where their areas are within a factor of three, of the kind that comes first
    in ORDER, and may be the other's. A speck that is stouter than the scratch on which it lies is another object and
    has its pixels; the scratch leads past it. Foreign matter that is mostly several scratches is what they are; where
    it is more, that stays. Where claims share less, or a scratch leads away from what it would be named after, the
    earlier keeps the pixels, the later one keeps the pieces of what is its own, and all are flagged as merged. Flash
    and what is missing at an edge keep their pixels always and join with nothing; of another claim that lies mostly on
    them nothing more is said.
    """
    waiting = sorted(claims, key=_turn)
    check_number(len(waiting))
    table = _Table()
    for claim in waiting:
        table.take(claim)
    return tuple(region for region in table.regions if region is not None)


def _turn(claim: Region) -> tuple[int, float, int, int]:
    x, y, _, _ = box_of(claim.contour_px)
    return _rank(claim), -pixel_count(claim.contour_px), y, x


def _rank(claim: Region) -> int:
    return ORDER.index(claim.kind) if claim.kind in ORDER else len(ORDER)


class _Table:
    """The regions taken so far; None where one was joined into a later one."""

    def __init__(self) -> None:
        self.regions: list[Region | None] = []
        self.boxes = np.zeros((4, 64), np.int64)  # left, top, right, bottom; with room for more

    def take(self, claim: Region) -> None:
        """Finds a place for a claim: joined with an earlier region, or beside it, perhaps in pieces."""
        waiting: list[tuple[Region, frozenset[int]]] = [(claim, frozenset())]
        for turn in itertools.count():
            if not waiting:
                return
            one, parted = waiting.pop()
            left = self._placed(one, parted)
            waiting += left[: 1 if turn > MOST_PIECES else None]

    def _placed(self, claim: Region, parted: frozenset[int]) -> list[tuple[Region, frozenset[int]]]:
        """Takes the claim and returns nothing; or returns what is to be taken in its place.

        parted: the regions that it was parted from already, and every piece of it with it.
        """
        if claim.kind is Kind.FOREIGN_MATTER and (lines := self._meeting_in(claim, parted)):
            return [(piece, parted | lines.keys()) for piece in _beside(claim, lines.values())]
        for index in self._near(claim):
            other = self.regions[index]
            shared = 0 if other is None or index in parted else _shared(claim, other)
            if other is None or not shared:
                continue
            if _is_one_object(claim, other, shared) and _is_speck_on_line(claim, other):
                self.regions[index] = None
                speck = replace(claim, doubt=claim.doubt | Doubt.MERGED)
                return [(speck, parted), *((piece, parted) for piece in _around(other, claim))]
            if _is_one_object(claim, other, shared) and not _leads_away(claim, other):
                self.regions[index] = None
                return [(_together(other, claim), parted)]
            return [(piece, parted | {index}) for piece in self._divided(claim, index, other, shared)]
        if len(self.regions) == self.boxes.shape[1]:
            self.boxes = np.hstack([self.boxes, np.zeros_like(self.boxes)])
        x, y, width, height = box_of(claim.contour_px)
        self.boxes[:, len(self.regions)] = x, y, x + width, y + height
        self.regions.append(claim)
        return []

    def _meeting_in(self, claim: Region, parted: frozenset[int]) -> dict[int, Region]:
        """The scratches that have most of the claim together; none where it is not several."""
        near = {index: self.regions[index] for index in self._near(claim) if index not in parted}
        lines = {index: one for index, one in near.items() if one is not None and one.kind is Kind.SCRATCH}
        shared = {index: _shared(claim, one) for index, one in lines.items()} if len(lines) > 1 else {}
        on = {index: lines[index] for index, count in shared.items() if count}
        return on if len(on) > 1 and sum(shared.values()) >= SAME * pixel_count(claim.contour_px) else {}

    def _divided(self, claim: Region, index: int, other: Region, shared: int) -> list[Region]:
        """What the claim keeps beside an earlier region that it only touches."""
        if other.kind in AT_EDGE:
            return _without(claim, other) if shared < SAME * pixel_count(claim.contour_px) else []
        self.regions[index] = replace(other, doubt=other.doubt | Doubt.MERGED)
        return _without(replace(claim, doubt=claim.doubt | Doubt.MERGED), other)

    def _near(self, claim: Region) -> list[int]:
        x, y, width, height = box_of(claim.contour_px)
        left, top, right, bottom = self.boxes[:, : len(self.regions)]
        hit = (left < x + width) & (x < right) & (top < y + height) & (y < bottom)
        return [index for index in hit.nonzero()[0].tolist() if self.regions[index] is not None]


def _is_one_object(one: Region, two: Region, shared: int) -> bool:
    smaller, larger = sorted(pixel_count(region.contour_px) for region in (one, two))
    return not {one.kind, two.kind} & set(AT_EDGE) and (shared >= SAME * smaller or smaller < CRUMB * larger)


def _leads_away(claim: Region, other: Region) -> bool:
    """Whether a scratch that would be named after another object is more than that: a line that leads away from it."""
    named = pixel_count(claim.contour_px) < LIKE_SIZE * pixel_count(other.contour_px)
    if claim.kind is not Kind.SCRATCH or other.kind is claim.kind or not named:
        return False
    least = ARM_SHARE * sides(claim.contour_px)[0]
    return any(_is_arm(part.contour_px, other.contour_px, least) for part in _without(claim, other))


def _is_speck_on_line(claim: Region, other: Region) -> bool:
    """Whether foreign matter is too stout to be a bit of the much larger scratch in which it lies."""
    if claim.kind is not Kind.FOREIGN_MATTER or other.kind is not Kind.SCRATCH:
        return False
    long, short = sides(claim.contour_px)
    count = pixel_count(other.contour_px)
    small = LIKE_SIZE * pixel_count(claim.contour_px) < count
    return small and long <= ROUND * short and short >= STOUT * count / sides(other.contour_px)[0]


def _around(line: Region, speck: Region) -> list[Region]:
    """The line without the speck's pixels, led past it by a pixel at its side, so that it stays one line."""
    box = box_of(np.concatenate([line.contour_px, speck.contour_px - 1, speck.contour_px + 1]))
    rim = cv2.dilate(mask_of(speck.contour_px, box), np.ones((3, 3), np.uint8))
    contour = outer_contour(cv2.bitwise_or(mask_of(line.contour_px, box), rim), box[:2])
    whole = line if contour is None else replace(line, contour_px=contour, doubt=line.doubt | Doubt.MERGED)
    return _without(whole, speck)


def _beside(claim: Region, lines: Iterable[Region]) -> list[Region]:
    """What of a claim is more than lines that meet and their rims, where it is a tenth of the claim."""
    box = box_of(claim.contour_px)
    own = mask_of(claim.contour_px, box)
    for line in lines:
        own[cv2.dilate(mask_of(line.contour_px, box), np.ones((RIM, RIM), np.uint8)) > 0] = 0
    contour = outer_contour(own, box[:2])
    if contour is None or pixel_count(contour) < CRUMB * pixel_count(claim.contour_px):
        return []
    return [replace(claim, contour_px=contour, doubt=claim.doubt | Doubt.MERGED)]


def _is_arm(part: Contour, body: Contour, least: float) -> bool:
    """Whether a part that lies outside a body is a line that leads away, neither its rim nor its continuation."""
    length = sides(part)[0]
    if length < least or length**2 < ARM * pixel_count(part):
        return False
    if sides(body)[0] ** 2 >= ARM * pixel_count(body) and abs(float(_way(part) @ _way(body))) >= ALONG:
        return False
    away = max(-cv2.pointPolygonTest(body, (float(x), float(y)), True) for x, y in part)
    return away >= AWAY * length


def _way(contour: Contour) -> NDArray[np.float64]:
    """The direction of the line through a contour."""
    return np.asarray(cv2.fitLine(contour, cv2.DIST_L2, 0, 0.01, 0.01)[:2, 0], np.float64)


def _shared(one: Region, two: Region) -> int:
    """Number of pixels that both claim."""
    x, y, width, height = box_of(one.contour_px)
    left, top, wide, high = box_of(two.contour_px)
    x0, y0 = max(x, left), max(y, top)
    window: Box = (x0, y0, max(min(x + width, left + wide) - x0, 0), max(min(y + height, top + high) - y0, 0))
    if not window[2] * window[3]:
        return 0
    both = cv2.bitwise_and(mask_of(one.contour_px, window), mask_of(two.contour_px, window))
    return int(cv2.countNonZero(both))


def _together(one: Region, two: Region) -> Region:
    """Both as one region; named by the rule of `agreed`."""
    large, small = sorted((one, two), key=lambda region: -pixel_count(region.contour_px))
    alike = pixel_count(large.contour_px) < LIKE_SIZE * pixel_count(small.contour_px)
    named = min(one, two, key=_rank) if alike else large
    box = box_of(np.concatenate([one.contour_px, two.contour_px]))
    contour = outer_contour(cv2.bitwise_or(mask_of(one.contour_px, box), mask_of(two.contour_px, box)), box[:2])
    return replace(
        named,
        contour_px=large.contour_px if contour is None else contour,
        strength=max(one.strength, two.strength) if one.kind is two.kind else named.strength,
        doubt=one.doubt | two.doubt,
        may_be=_others(named, one, two),
        light=max(one, two, key=_standing_out).light,
    )


def _standing_out(claim: Region) -> float:
    """How well a light shows an object: how far it stands out, over how much of it."""
    return claim.strength * pixel_count(claim.contour_px)


def _others(named: Region, *claims: Region) -> tuple[Kind, ...]:
    """What else the claims called it. Foreign matter is whatever stands out, so that claim says nothing of its own."""
    said = [kind for claim in claims for kind in (claim.kind, *claim.may_be)]
    said = [kind for kind in said if kind is not Kind.FOREIGN_MATTER or Doubt.MERGED in named.doubt]
    foreign = named.kind is Kind.FOREIGN_MATTER
    if foreign and claims[0].light != claims[1].light and claims[0].polarity * claims[1].polarity < 0:
        said.append(Kind.DENT)  # dark in one light and bright in another: it has a relief
    return tuple(dict.fromkeys(kind for kind in said if kind is not named.kind))


def _without(region: Region, other: Region) -> list[Region]:
    """The pieces of `region` that are not `other`'s: the largest, and every other that is a tenth of the region.

    Where one runs all around the other region, it is slit open, for its outer contour to leave that out.
    """
    box = box_of(region.contour_px)
    taken = mask_of(other.contour_px, box)
    own = cv2.bitwise_and(mask_of(region.contour_px, box), cv2.bitwise_not(taken))
    pieces: list[Region] = []
    while (contour := outer_contour(own, box[:2])) is not None:
        if pieces and pixel_count(contour) < CRUMB * pixel_count(region.contour_px):
            break
        enclosed = cv2.findNonZero(cv2.bitwise_and(mask_of(contour, box), taken))
        if enclosed is not None:
            column, row = enclosed.reshape(-1, 2)[0]
            own[: row + 1, column] = 0
            continue
        pieces.append(replace(region, contour_px=contour))
        cv2.drawContours(own, [contour], -1, 0, cv2.FILLED, offset=(-box[0], -box[1]))
    return pieces
