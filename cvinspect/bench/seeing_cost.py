"""What detecting costs, stage by stage, and against a naive OpenCV pipeline on the same frame, in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import cv2
import numpy as np

from cvinspect.bench.seeing_cells import DETECTORS
from cvinspect.bench.seeing_frames import Array, Object, blank, camera, placement, strewn
from cvinspect.detect import Detector, detect
from cvinspect.detect.surface import Surface
from cvinspect.model import Frame, Kind

NAIVE_LEVEL = 12


@dataclass(frozen=True, slots=True)
class Speed:
    """Median milliseconds of detect() and of the naive pipeline on one frame; ratio: the median over the rounds.

    bound: whether it is held to the limit; that of the detectors at their default knobs is told besides.
    """

    frame: str
    ours_ms: float
    naive_ms: float
    ratio: float
    found: int
    naive_found: int
    bound: bool = True


@dataclass(frozen=True, slots=True)
class Stage:
    """One view of the surface, or one detector, with what it takes once the ones before it are there."""

    name: str
    median_ms: float


def speeds(seed: int, rounds: int) -> tuple[list[Speed], list[Stage]]:
    """One OpenCV thread; ours and theirs one after the other in every round, so that a busy machine slows both."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        gray = blank(seed)
        frames = {"blank": camera(gray, seed), "50 objects": camera(_typical(gray, seed), seed)}
        told = [_raced(name, frame, rounds, DETECTORS, True) for name, frame in frames.items()]
        usual = {kind: type(detector)() for kind, detector in DETECTORS.items()}
        told += [_raced(f"{name}, default knobs", frame, rounds, usual, False) for name, frame in frames.items()]
        return told, _stages(frames["50 objects"], rounds)
    finally:
        cv2.setNumThreads(threads)


def _typical(gray: Array, seed: int) -> Array:
    """15 scratches, 27 specks and 8 dents of many sizes."""
    rng = np.random.default_rng([seed, 4])
    scratches = [Object("scratch", rng.uniform(30, 140), rng.uniform(1, 4), rng.uniform(15, 60)) for _ in range(15)]
    specks = [Object("speck", d, d, rng.uniform(20, 60)) for d in np.linspace(2, 20, 27)]
    dents = [Object("dent", rng.uniform(60, 140), 60, rng.uniform(5, 11)) for _ in range(8)]
    marked = gray.copy()
    strewn(marked, [*scratches, *specks, *dents], seed)
    return marked


def _raced(name: str, frame: Frame, rounds: int, detectors: Mapping[Kind, Detector], bound: bool) -> Speed:
    def look() -> int:
        return len(detect(frame, placement(frame), detectors))

    found, naive_found = look(), naive(frame)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_ms(look))
        theirs.append(_ms(lambda: naive(frame)))
    ratio = float(np.median(np.array(ours) / np.array(theirs)))
    return Speed(name, float(np.median(ours)), float(np.median(theirs)), ratio, found, naive_found, bound)


def naive(frame: Frame) -> int:
    """What a first try with OpenCV looks like: Gaussian background, absdiff, threshold, contours, moments."""
    ground = cv2.GaussianBlur(frame.pixels, (0, 0), 10)
    mask = cv2.threshold(cv2.absdiff(frame.pixels, ground), NAIVE_LEVEL, 255, cv2.THRESH_BINARY)[1]
    contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    return len([cv2.moments(contour) for contour in contours])


def _stages(frame: Frame, rounds: int) -> list[Stage]:
    views = [name for name, held in vars(Surface).items() if isinstance(held, cached_property)]
    spent: dict[str, list[float]] = {}
    for _ in range(rounds):
        surface = Surface(frame, placement(frame))
        for kind, detector in DETECTORS.items():
            name = f"{kind}, with the views it is first to ask for"
            spent.setdefault(name, []).append(_ms(partial(_run, detector, surface)))
        fresh = Surface(frame, placement(frame))
        for view in views:
            spent.setdefault(view, []).append(_ms(partial(getattr, fresh, view)))
    return [Stage(name, float(np.median(times))) for name, times in spent.items()]


def _run(detector: Detector, surface: Surface) -> None:
    for _ in detector(surface):
        pass


def _ms(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)
