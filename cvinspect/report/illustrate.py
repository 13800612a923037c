"""The pictures of a page, as data inside the page."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from cvinspect import draw, words
from cvinspect.model import Blob, Finding, Outcome
from cvinspect.pictures import encode_jpeg, encode_png
from cvinspect.report.rows import severity
from cvinspect.report.values import Page
from cvinspect.words import Language

FITTING_PX = (1130, 1400)  # what a page shows at once; larger pictures are reduced to it
THUMBNAIL_PX = 240
CLOSEUP_PX = 220
MOST_CLOSEUPS = 10
_LOSSLESS_PX = 300_000
_QUALITY = 92

Image = dict[str, Any]


def thumbnail(page: Page) -> Image | None:
    """The small picture of the list; None where there is no picture."""
    if page.pixels is None:
        return None
    return _image(draw.thumbnail(page.pixels, page.placement, page.blobs, page.verdict.findings, THUMBNAIL_PX))


def fitting(page: Page) -> Image | None:
    """The marked picture as large as the page: times > 1 enlarged, < 1 reduced; None where there is no picture."""
    if page.pixels is None:
        return None
    height, width = page.pixels.shape[:2]
    reduced = min(1.0, FITTING_PX[0] / width, FITTING_PX[1] / height)
    scale = reduced if reduced < 1 else None
    canvas = draw.overlay(page.pixels, page.placement, page.blobs, page.verdict.findings, scale)
    return {**_image(canvas), "times": canvas.shape[1] / width}


def one_to_one(page: Page) -> Image | None:
    """The marked picture at its own size, for one that is larger than the page; else None."""
    if page.pixels is None or not (page.pixels.shape[1] > FITTING_PX[0] or page.pixels.shape[0] > FITTING_PX[1]):
        return None
    return _image(draw.overlay(page.pixels, page.placement, page.blobs, page.verdict.findings, 1.0))


def closeups(page: Page, lang: Language) -> list[Image]:
    """The worst blobs, enlarged, each with its number, kind and outcome."""
    if page.pixels is None or page.placement is None:
        return []
    images = []
    for blob, outcome in worst_blobs(page)[:MOST_CLOSEUPS]:
        canvas = draw.closeup(page.pixels, page.placement, page.blobs, page.verdict.findings, blob, CLOSEUP_PX)
        images.append(
            {**_image(canvas), "number": blob.id, "kind": words.any_of(blob.kinds, lang), "outcome": outcome or ""}
        )
    return images


def worst_blobs(page: Page) -> list[tuple[Blob, Outcome | None]]:
    """Every blob with the worst outcome of the findings about it (None: there is none), the worst first."""
    about: dict[int, list[Finding]] = {}
    for finding in page.verdict.findings:
        for number in finding.blobs:
            about.setdefault(number, []).append(finding)
    worst = {number: Outcome.worst(f.outcome for f in findings) for number, findings in about.items()}
    pairs = [(blob, worst.get(blob.id)) for blob in page.blobs]
    return sorted(pairs, key=lambda pair: severity(pair[1]) if pair[1] else 1)


def _image(canvas: NDArray[np.uint8]) -> Image:
    """Without loss where it is small; else as JPEG, which is for looking at only."""
    height, width = canvas.shape[:2]
    small = height * width <= _LOSSLESS_PX
    kind, data = ("png", encode_png(canvas)) if small else ("jpeg", encode_jpeg(canvas, _QUALITY))
    src = Markup(f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}")
    return {"src": src, "width": width, "height": height}
