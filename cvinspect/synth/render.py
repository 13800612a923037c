"""From a scene to the pixels that its camera gives."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from cvinspect.model import Pixels
from cvinspect.synth.coverage import Box, Distance, coverage
from cvinspect.synth.scene import Camera, Chip, Dent, Fibre, FlashBump, Item, Part, Scene, Scratch, Speck
from cvinspect.synth.shapes import dent_shading, to_chip, to_flash, to_part, to_speck, to_stroke
from cvinspect.synth.surfaces import light, light_share, texture

Array = NDArray[np.float64]

_LIGHT = (-0.6, -0.8)  # where it comes from, as seen in the picture
_SHADOW_MM = 1.2
_LUMA = np.array([0.114, 0.587, 0.299])  # of blue, green, red; ITU-R BT.601


def render(scene: Scene) -> Pixels:
    """The picture: (H, W), or (H, W, 3) B, G, R where the camera has a tint; uint8, or uint16 above 8 bits."""
    seen = _placed(_ground(scene), _face(scene), scene) * light_share(scene, *_pixels(scene.size_px))
    return _camera(seen, scene.camera, _random(scene, 2))


def _face(scene: Scene) -> Array:
    """The surface with its imperfections, over the whole frame."""
    plain = light(scene.surface, scene.size_px)
    face = plain + texture(scene.surface, scene.size_px, scene.mm_per_px, _random(scene, 1))
    for item in scene.objects:
        if isinstance(item, Dent):
            _shade(face, scene, item)
        elif not isinstance(item, FlashBump | Chip):
            _lay(face, scene, item, plain)
    return face


def _random(scene: Scene, purpose: int) -> np.random.Generator:
    """Texture, ground and noise each have their own numbers, so that an object more or less changes none of them."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([scene.seed, purpose])))


def _ground(scene: Scene) -> Array:
    if scene.part is None:
        return np.zeros(scene.size_px[::-1])
    gray = light(scene.ground, scene.size_px)
    if scene.part.shadow:
        x, y = _places(scene)
        away = to_part(x + _LIGHT[0] * _SHADOW_MM / 2, y + _LIGHT[1] * _SHADOW_MM / 2, scene.part)
        gray = gray * (1 - scene.part.shadow / (1 + (np.maximum(away, 0.0) / _SHADOW_MM) ** 2))
    return gray + texture(scene.ground, scene.size_px, scene.mm_per_px, _random(scene, 3))


def _pixels(size_px: tuple[int, int]) -> tuple[Array, Array]:
    """x (1, W) and y (H, 1) of the pixels' centres."""
    x, y = (np.arange(side, dtype=np.float64) for side in size_px)
    return x[None, :], y[:, None]


def _places(scene: Scene) -> tuple[Array, Array]:
    x, y = _pixels(scene.size_px)
    return np.asarray(x * scene.mm_per_px), np.asarray(y * scene.mm_per_px)


def _placed(ground: Array, face: Array, scene: Scene) -> Array:
    """The face within the part's silhouette, its edge shaded, what is broken out of it, and flash, on the ground."""
    if scene.part is None:
        return face
    part, (x, y) = scene.part, _places(scene)
    shaded = face + _edge_shading(x, y, part)
    where, share = _covered(scene, partial(to_part, part=part), part.box_mm, exact=True)
    placed = ground.copy()
    placed[where] += share * (shaded[where] - ground[where])
    for chip in (item for item in scene.objects if isinstance(item, Chip)):
        where, share = _covered(scene, partial(to_chip, chip=chip, part=part), box_of(chip), exact=False)
        placed[where] += share * (ground[where] - shaded[where])
    plain = light(scene.ground, scene.size_px)
    for bump in (item for item in scene.objects if isinstance(item, FlashBump)):
        where, share = _covered(scene, partial(to_flash, bump=bump, part=part), box_of(bump), exact=False)
        placed[where] += share * (plain[where] + bump.contrast_gray - ground[where])
    return placed


def _edge_shading(x: Array, y: Array, part: Part) -> Array:
    """Over the rounded edge: brighter where it faces the light, darker where it does not."""
    if not part.edge_mm:
        return np.zeros(np.broadcast(x, y).shape)
    distance = to_part(x, y, part)
    depth = np.clip(1 + distance / part.edge_mm, 0.0, 1.0) ** 2
    step = part.edge_mm / 4
    slope_x = (to_part(x + step, y, part) - to_part(x - step, y, part)) / (2 * step)
    slope_y = (to_part(x, y + step, part) - to_part(x, y - step, part)) / (2 * step)
    facing = slope_x * _LIGHT[0] + slope_y * _LIGHT[1]
    return np.asarray(depth * (part.edge_light_gray * facing - part.edge_dark_gray))


def _shade(gray: Array, scene: Scene, dent: Dent) -> None:
    """Draws a dent onto `gray`."""
    x, y = _places(scene)
    rows, columns = _window(dent, scene)
    shade = dent_shading(x[:, columns], y[rows], dent.center_mm, dent.diameter_mm, dent.light_deg, dent.core)
    gray[rows, columns] += dent.contrast_gray * shade


def _lay(gray: Array, scene: Scene, item: Scratch | Fibre | Speck, plain: Array) -> None:
    """Draws an object onto `gray`: a speck hides the texture below it, a line changes its light."""
    if isinstance(item, Speck):
        where, share = _covered(scene, partial(to_speck, speck=item), box_of(item), exact=False)
        gray[where] += share * (plain[where] + item.contrast_gray - gray[where])
    else:
        where, share = _covered(scene, partial(to_stroke, item=item), box_of(item), exact=True)
        gray[where] += item.contrast_gray * share


def _covered(scene: Scene, distance: Distance, box_mm: Box, *, exact: bool) -> tuple[tuple[slice, slice], Array]:
    return coverage(distance, box_mm, scene.size_px, scene.mm_per_px, scene.camera.psf_sigma_px, exact=exact)


def box_of(item: Item) -> Box:
    """Left, top, right, bottom around an object, mm; generous."""
    if isinstance(item, Scratch | Fibre):
        across, down = zip(*item.points_mm, strict=True)
        half = item.width_mm / 2
        return min(across) - half, min(down) - half, max(across) + half, max(down) + half
    if isinstance(item, FlashBump):
        (x, y), half = item.foot_mm, item.base_mm / 2 + item.height_mm
    elif isinstance(item, Chip):
        (x, y), half = item.foot_mm, item.base_mm / 2 + item.depth_mm
    elif isinstance(item, Dent):
        (x, y), half = item.center_mm, item.diameter_mm / 2
    else:
        (x, y), half = item.center_mm, item.length_mm / 2 * (1 + 3 * item.roughness)
    return x - half, y - half, x + half, y + half


def _window(item: Dent, scene: Scene) -> tuple[slice, slice]:
    left, top, right, bottom = (edge / scene.mm_per_px for edge in box_of(item))
    return slice(max(int(top), 0), max(int(bottom) + 2, 0)), slice(max(int(left), 0), max(int(right) + 2, 0))


def _camera(gray: Array, camera: Camera, rng: np.random.Generator) -> Pixels:
    seen = gray * camera.exposure
    if camera.tint is not None:
        tint = np.array(camera.tint)
        seen = seen[:, :, None] * (tint / float(tint @ _LUMA))
    seen = seen + camera.noise_gray * rng.standard_normal(seen.shape)
    if camera.bits == 8:
        return np.clip(np.rint(seen), 0, 255).astype(np.uint8)
    steps = 1 << (camera.bits - 8)
    counts = np.clip(np.rint(seen * steps), 0, 256 * steps - 1)
    return (counts * (256 // steps)).astype(np.uint16)
