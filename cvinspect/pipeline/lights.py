"""Several lights: further pictures of the same moment, found beside the first, checked, looked at, and merged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from cvinspect.config.job import View
from cvinspect.errors import ConfigurationError, PictureError
from cvinspect.model import Frame, Pixels, Reason
from cvinspect.pictures import Picture, clean_text, gray8, list_pictures, read_picture

Lights = Mapping[str, Path]
NO_LIGHTS: Lights = MappingProxyType({})

MOST_SHIFT_PX = 2.0
SURE = 0.15  # response of the correlation (0..1), from which a shift is one; of two unlike pictures it is under 0.1
_LONGEST_PX = 512


def parse_lights(given: Iterable[str]) -> Lights:
    """NAME=PICTURE|FOLDER of the command line, by name. Raises ConfigurationError."""
    lights: dict[str, Path] = {}
    for text in given:
        name, _, path = text.partition("=")
        if not name.strip() or not path:
            raise ConfigurationError(f"--light {clean_text(text)}: write NAME=PICTURE or NAME=FOLDER")
        if name in lights:
            raise ConfigurationError(f"--light {clean_text(name)} stands twice; give each light once")
        if not Path(path).exists():
            raise ConfigurationError(f"--light {clean_text(text)}: no such file or folder")
        lights[name] = Path(path)
    return MappingProxyType(lights)


def check_lights(lights: Lights, views: Iterable[View], pictures: int) -> None:
    """Raises ConfigurationError for a light that no view has, and for one picture that is to go with several."""
    known = {name for view in views for name in view.lights}
    for name, path in lights.items():
        if known and name not in known:
            raise ConfigurationError(
                f"--light {clean_text(name)}: the recipe has no such light; it has {', '.join(sorted(known))}"
            )
        if pictures > 1 and not path.is_dir():
            raise ConfigurationError(
                f"--light {clean_text(name)}={clean_text(str(path))}: one picture for {pictures} pictures; name a "
                "folder that holds one of the same file name for each"
            )


class Beside:
    """Where each light's picture of a picture is: of a folder, the one of the same file name."""

    def __init__(self, lights: Lights) -> None:
        self._files = {name: _by_name(path) if path.is_dir() else {"": path} for name, path in lights.items()}

    def of(self, picture: Path) -> tuple[tuple[str, Path], ...]:
        """Name and path of every light that `picture` has."""
        found = ((name, files.get(picture.name) or files.get("")) for name, files in self._files.items())
        return tuple((name, path) for name, path in found if path is not None)


def _by_name(folder: Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for path in list_pictures(folder):
        if path.name in files:
            raise ConfigurationError(f"{clean_text(str(folder))}: two pictures are called {clean_text(path.name)}")
        files[path.name] = path
    return files


def read_lights(
    paths: Iterable[tuple[str, Path]], read: Callable[[Path], Picture] = read_picture
) -> tuple[Mapping[str, Pixels], tuple[Reason, ...]]:
    """The lights' pixels, and why some could not be read."""
    pixels: dict[str, Pixels] = {}
    why: list[Reason] = []
    for name, path in paths:
        try:
            pixels[name] = read(path).pixels
        except PictureError as bad:
            why.append(Reason.of("light_unreadable", light=name, message=clean_text(str(bad))))
    return MappingProxyType(pixels), tuple(why)


def looks_of(frame: Frame, view: View) -> tuple[dict[str, Frame], tuple[Reason, ...]]:
    """One frame per light that can be looked at, "" for the frame's own pixels, and what is wrong with the others.

    A light of another size is left out; one that is shifted is kept, as what it shows must not be lost.
    """
    looks = {"": replace(frame, lights=MappingProxyType({}))}
    why: list[Reason] = []
    for name in dict.fromkeys((*view.lights, *frame.lights)):
        pixels = frame.lights.get(name)
        if pixels is None:
            why.append(Reason.of("light_missing", light=name, view=view.name))
        elif pixels.shape[:2] != frame.pixels.shape[:2]:
            sizes = [f"{shape[1]}x{shape[0]}" for shape in (pixels.shape, frame.pixels.shape)]
            why.append(Reason.of("light_size", light=name, message=f"{sizes[0]} px; {sizes[1]} px"))
        else:
            looks[name] = replace(frame, pixels=pixels, lights=MappingProxyType({}))
            why.extend(_shifted(name, frame.pixels, pixels))
    return looks, tuple(why)


def _shifted(name: str, one: Pixels, other: Pixels) -> Iterator[Reason]:
    x, y, response = shift_px(one, other)
    if response >= SURE and np.hypot(x, y) > MOST_SHIFT_PX:
        yield Reason.of("light_shifted", light=name, across=x, down=y, most=MOST_SHIFT_PX)


def shift_px(one: Pixels, other: Pixels) -> tuple[float, float, float]:
    """How far `other` lies from `one`, right and down, px, and how sure that is (0..1).

    By phase correlation of their edges, which lamps change less than grey levels (Kuglin and Hines, 1975).
    """
    step = max(1, -(-max(one.shape[:2]) // _LONGEST_PX))
    edges = [_edges(gray8(pixels), step) for pixels in (one, other)]
    if min(edges[0].shape) < 8 or not all(edge.any() for edge in edges):
        return 0.0, 0.0, 0.0
    window = cv2.createHanningWindow(edges[0].shape[::-1], cv2.CV_32F)
    (x, y), response = cv2.phaseCorrelate(edges[0], edges[1], window)
    return x * step, y * step, float(response)


def _edges(gray: Pixels, step: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    height, width = gray.shape[0] // step, gray.shape[1] // step
    small = cv2.resize(gray[: height * step, : width * step], (width, height), interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(small, (5, 5), 0)
    slopes = [cv2.Sobel(smooth, cv2.CV_32F, *axis) for axis in ((1, 0), (0, 1))]
    size = cv2.magnitude(*slopes)
    return np.asarray(np.minimum(size, 4 * float(size.mean())), np.float32)
