"""The pictures of samples/, as data: what is drawn, and the outcome that the customers' tables demand, with the reason.

Every expected outcome follows from the true sizes and the table by hand (`en`, `zh`); no program gave it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sample_recipes import (
    CANON_BLACK,
    CANON_COLOUR,
    CANON_INSIDE,
    CANON_PAPER,
    CANON_SIDE,
    CANON_TOP,
    KM_BASE,
    KM_BRACKET,
    KM_BUTTON,
    KM_COVER,
    KM_INNER,
    KM_PLATE,
    LENS,
    Recipe,
)

from cvinspect.synth import Dent, Fibre, FlashBump, Item, Scene, Scratch, Speck, arc, disk, straight


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One picture. rules: those that decide; empty where the picture is INVALID. kept: share of its bytes, 1 = all.

    lies: how far the part is turned (degrees) and shifted (mm) from where its recipe draws it. psf_sigma_px: of a lens
    out of focus.
    """

    name: str
    recipe: Recipe
    objects: tuple[Item, ...]
    outcome: str
    rules: tuple[str, ...]
    en: str
    zh: str
    seed: int
    size_px: tuple[int, int] | None = None
    kept: float = 1.0
    lies: tuple[float, float, float] = (0.0, 0.0, 0.0)
    psf_sigma_px: float | None = None

    @property
    def scene(self) -> Scene:
        """What is drawn."""
        empty = self.recipe.empty
        if self.psf_sigma_px is not None:
            empty = replace(empty, camera=replace(empty.camera, psf_sigma_px=self.psf_sigma_px))
        if empty.part is not None and any(self.lies):
            turn, x, y = self.lies
            part = empty.part
            moved = replace(part, left_mm=part.left_mm + x, top_mm=part.top_mm + y, turn_deg=turn)
            empty = replace(empty, part=moved)
        return replace(empty, objects=self.objects, seed=self.seed, size_px=self.size_px or empty.size_px)


SAMPLES = (
    Sample(
        name="km-cover-pair-45mm",
        recipe=KM_COVER,
        seed=101,
        objects=(
            disk((36.0, 25.0), 0.40, -76.0),
            Speck(
                center_mm=(80.4, 32.3),
                length_mm=0.42,
                width_mm=0.38,
                contrast_gray=-72.0,
                angle_deg=20.0,
                roughness=0.03,
                seed=1,
            ),
        ),
        outcome="FAIL",
        rules=("km.foreign",),
        en="Two specks of 0.4 mm, where grade 1 allows one of 0.3 to 0.5 mm per 100 mm circle. They are 45 mm apart, so"
        " neither the circle nor the 50 mm distance lets both pass.",
        zh="两处 0.4 mm 异物,而一级面在 Φ100 mm 区域内只允许 1 处 0.3~0.5 mm。"
        "两处相距 45 mm,按区域和按 50 mm 间距都不合格。",
    ),
    Sample(
        name="km-cover-pair-80mm",
        recipe=KM_COVER,
        seed=102,
        objects=(disk((17.0, 40.0), 0.40, -74.0), disk((95.3, 23.6), 0.40, 62.0)),
        outcome="REVIEW",
        rules=("km.foreign",),
        en="The same two specks, 80 mm apart: both fit into one 100 mm circle, but they are more than 50 mm apart."
        " The text says circle or distance, so its two readings disagree and a person decides.",
        zh="同样两处异物,相距 80 mm:同在一个 Φ100 mm 区域内,但间距大于 50 mm。"
        "原文写的是“区域内或距离”,两种读法不一致,须人工复判。",
    ),
    Sample(
        name="km-cover-pair-107mm",
        recipe=KM_COVER,
        seed=103,
        objects=(disk((6.3, 29.0), 0.40, -72.0), disk((113.3, 26.0), 0.40, -76.0)),
        outcome="PASS",
        rules=("km.foreign",),
        en="The same two specks, 107 mm apart: no circle of 100 mm holds both. One speck of 0.3 to 0.5 mm per circle"
        " is allowed on grade 1.",
        zh="同样两处异物,相距 107 mm:没有一个 Φ100 mm 的圆能同时包含两处。一级面每个区域允许 1 处 0.3~0.5 mm 异物。",
    ),
    Sample(
        name="按键-压痕",
        recipe=KM_BUTTON,
        seed=111,
        objects=(Dent(center_mm=(11.3, 8.4), diameter_mm=1.6, contrast_gray=20.0),),
        outcome="FAIL",
        rules=("km.dent",),
        en="A dent of 1.6 mm on a grade 2 face. Above 0.5 mm no dent is allowed.",
        zh="二级面上有一处 1.6 mm 的凹痕。大于 0.5 mm 的凹痕不允许有。",
    ),
    Sample(
        name="km-button-flash",
        recipe=KM_BUTTON,
        seed=112,
        objects=(
            FlashBump(foot_mm=(13.841, 12.731), base_mm=2.0, height_mm=0.28, contrast_gray=74.0),
            Speck(center_mm=(8.2, 5.3), length_mm=0.42, width_mm=0.38, contrast_gray=-60.0, roughness=0.03, seed=2),
        ),
        outcome="FAIL",
        rules=("km.burr",),
        en="Flash of 0.28 mm on the lower right edge; on grade 2 no flash is allowed at all. The speck of 0.4 mm alone"
        " would pass.",
        zh="右下边缘有 0.28 mm 的毛刺;二级面不允许有毛刺。那处 0.4 mm 的异物本身合格。",
    ),
    Sample(
        name="km-button-allowed",
        recipe=KM_BUTTON,
        seed=113,
        objects=(
            Scratch(points_mm=straight((7.9, 9.6), 0.84, 0.09, -28.0), width_mm=0.09, contrast_gray=-58.0),
            Speck(center_mm=(12.4, 4.9), length_mm=0.42, width_mm=0.38, contrast_gray=-60.0, roughness=0.03, seed=2),
        ),
        outcome="PASS",
        rules=("km.scratch", "km.foreign"),
        en="A scratch of 0.84 mm and a speck of 0.4 mm on a grade 2 face. One scratch of 0.7 to 1.0 mm and three specks"
        " of 0.3 to 0.5 mm are allowed.",
        zh="二级面上有一条 0.84 mm 的划伤和一处 0.4 mm 的异物。允许 1 条 0.7~1.0 mm 的划伤和 3 处 0.3~0.5 mm 的异物。",
    ),
    Sample(
        name="km-inner-speck-inside",
        recipe=KM_INNER,
        seed=121,
        objects=(disk((13.213, 9.087), 0.94, -66.0),),
        outcome="PASS",
        rules=("km.foreign",),
        en="A speck of 0.94 mm on grade 3, where one of 0.7 to 1.0 mm is allowed. It is inside by 0.06 mm, several"
        " times the uncertainty of measuring.",
        zh="三级面上有一处 0.94 mm 的异物,允许 1 处 0.7~1.0 mm。距上限还有 0.06 mm,是测量不确定度的数倍。",
    ),
    Sample(
        name="km-inner-speck-at-limit",
        recipe=KM_INNER,
        seed=122,
        objects=(disk((11.876, 10.411), 1.00, -66.0),),
        outcome="REVIEW",
        rules=("km.foreign",),
        en="A speck of 1.00 mm on grade 3, where 1.0 mm and more is forbidden. The limit lies within the uncertainty of"
        " measuring, so it neither passes nor fails for sure.",
        zh="三级面上有一处 1.00 mm 的异物,1.0 mm 以上不允许有。"
        "界限落在测量不确定度之内,既不能确定合格,也不能确定不合格。",
    ),
    Sample(
        name="km-inner-speck-outside",
        recipe=KM_INNER,
        seed=123,
        objects=(disk((14.662, 8.359), 1.06, -66.0),),
        outcome="FAIL",
        rules=("km.foreign",),
        en="A speck of 1.06 mm on grade 3, where 1.0 mm and more is forbidden. It is outside by several times the"
        " uncertainty of measuring.",
        zh="三级面上有一处 1.06 mm 的异物,1.0 mm 以上不允许有。超出量是测量不确定度的数倍。",
    ),
    Sample(
        name="km-bracket-flash-low",
        recipe=KM_BRACKET,
        seed=131,
        objects=(FlashBump(foot_mm=(14.0, 3.0), base_mm=3.2, height_mm=0.18, contrast_gray=66.0),),
        outcome="PASS",
        rules=("km.burr",),
        en="Flash of 0.18 mm on the upper edge of a grade 3 face. Up to 0.3 mm is allowed.",
        zh="三级面上边缘有 0.18 mm 的毛刺。允许 0.3 mm 以下。",
    ),
    Sample(
        name="km-bracket-flash-high",
        recipe=KM_BRACKET,
        seed=132,
        objects=(FlashBump(foot_mm=(33.0, 13.4), base_mm=4.4, height_mm=0.60, contrast_gray=62.0),),
        outcome="FAIL",
        rules=("km.burr",),
        en="Flash of 0.6 mm on the right edge of a grade 3 face. Up to 0.3 mm is allowed.",
        zh="三级面右边缘有 0.6 mm 的毛刺。只允许 0.3 mm 以下。",
    ),
    Sample(
        name="km-base-unlimited",
        recipe=KM_BASE,
        seed=141,
        objects=(
            Scratch(points_mm=straight((17.0, 21.5), 14.0, 0.2, 24.0), width_mm=0.2, contrast_gray=58.0),
            Dent(center_mm=(37.5, 12.0), diameter_mm=4.0, contrast_gray=20.0),
            Speck(
                center_mm=(30.0, 27.5),
                length_mm=1.8,
                width_mm=1.4,
                contrast_gray=-62.0,
                angle_deg=35.0,
                roughness=0.06,
                seed=3,
            ),
        ),
        outcome="PASS",
        rules=("km.scratch", "km.dent", "km.foreign"),
        en="A long scratch, a dent and a stain on the bottom, grade 4. The table asks nothing of these three there.",
        zh="四级面(底部)上有一条长划伤、一处凹痕和一处污点。四级面对这三种缺陷没有要求。",
    ),
    Sample(
        name="canon-top-pair-6mm",
        recipe=CANON_TOP,
        seed=201,
        objects=(disk((18.2, 13.1), 0.28, -64.0), disk((23.6, 15.7), 0.28, -60.0)),
        outcome="FAIL",
        rules=("canon.foreign.spacing",),
        en="Two specks of 0.06 mm², each small enough for OEM grade A, but 6 mm apart. Specks below 0.1 mm² must be at"
        " least 10 mm apart.",
        zh="两处 0.06 mm² 的异物,单个都在 OEM A 级规格之内,但相距只有 6 mm。未满 0.1 mm² 的异物须间隔 10 mm 以上。",
    ),
    Sample(
        name="canon-top-pair-14mm",
        recipe=CANON_TOP,
        seed=202,
        objects=(disk((15.3, 11.2), 0.28, -62.0), disk((28.1, 16.9), 0.28, -60.0)),
        outcome="PASS",
        rules=("canon.foreign.size", "canon.foreign.spacing"),
        en="The same two specks, 14 mm apart. At least 10 mm is asked, and each is small enough.",
        zh="同样两处异物,相距 14 mm。要求 10 mm 以上,且单个尺寸合格。",
    ),
    Sample(
        name="canon-black-scratch-dent",
        recipe=CANON_BLACK,
        seed=211,
        objects=(
            Scratch(points_mm=arc((17.0, 24.0), 12.0, -118.0, -92.0), width_mm=0.16, contrast_gray=58.0),
            Dent(center_mm=(25.5, 15.5), diameter_mm=3.4, contrast_gray=20.0),
        ),
        outcome="FAIL",
        rules=("canon.scratch.A", "canon.dent.A"),
        en="A scratch and a dent on a glossy black front, grade A. Neither is allowed there, however small.",
        zh="高光黑面板(A 级面)上有一条划伤和一处打痕。A 级面明确不允许有。",
    ),
    Sample(
        name="canon-side-fibre",
        recipe=CANON_SIDE,
        seed=221,
        objects=(Fibre(points_mm=arc((20.0, 15.4), 3.0, -118.0, -86.5), width_mm=0.26, contrast_gray=-64.0),),
        outcome="FAIL",
        rules=("canon.foreign.size",),
        en="A fibre of 0.26 x 1.9 mm on OEM grade B, where a line may be 0.3 x 1.2 mm. Its area of 0.48 mm² is above"
        " 0.3 mm² too, so every reading fails.",
        zh="OEM B 级面上有一根 0.26×1.9 mm 的纤维,线状异物只允许 0.3×1.2 mm。"
        "面积 0.48 mm² 也超过 0.3 mm²,各种读法都不合格。",
    ),
    Sample(
        name="canon-colour-speck",
        recipe=CANON_COLOUR,
        seed=231,
        objects=(
            Speck(
                center_mm=(21.7, 12.9),
                length_mm=0.73,
                width_mm=0.67,
                contrast_gray=-64.0,
                angle_deg=-40.0,
                roughness=0.03,
                seed=5,
            ),
        ),
        outcome="PASS",
        rules=("canon.foreign.size", "canon.foreign.spacing"),
        en="One speck of 0.70 mm, 0.38 mm², on Canon grade B. Up to 0.8 mm and 0.5 mm² are allowed, and it has no"
        " neighbour.",
        zh="佳能 B 级面上有一处 0.70 mm、0.38 mm² 的异物。允许 ¢0.8 mm、0.5 mm² 以下,且附近没有其它异物。",
    ),
    Sample(
        name="canon-inside-flash",
        recipe=CANON_INSIDE,
        seed=241,
        objects=(FlashBump(foot_mm=(4.0, 16.5), base_mm=3.4, height_mm=0.30, contrast_gray=60.0),),
        outcome="REVIEW",
        rules=("canon.burr.function",),
        en="Flash of 0.3 mm on grade C, where up to 0.5 mm is allowed unless it affects the function. Nobody has"
        " answered that yet, so a person decides.",
        zh="C 级面上有 0.3 mm 的毛刺,允许 0.5 mm 以下,但影响机能则不允许。是否影响机能尚无人答复,须人工复判。",
    ),
    Sample(
        name="canon-paper-path-scratch",
        recipe=CANON_PAPER,
        seed=251,
        objects=(Scratch(points_mm=straight((27.0, 15.0), 9.0, 0.2, -38.0), width_mm=0.2, contrast_gray=60.0),),
        outcome="FAIL",
        rules=("canon.paper_path.scratch",),
        en="A scratch on a face that guides paper. Paper-path faces may have none, whatever their grade.",
        zh="通纸面上有一条划伤。通纸面不可有划伤,与外观面等级无关。",
    ),
    Sample(
        name="lens-clean",
        recipe=LENS,
        seed=301,
        objects=(),
        outcome="PASS",
        rules=(),
        en="Nothing is found on the lens. The lens standard says that a part without findings passes.",
        zh="镜片上未发现不良。镜片标准规定:未发现不良则判定合格。",
    ),
    Sample(
        name="lens-speck",
        recipe=LENS,
        seed=302,
        objects=(disk((19.3, 11.2), 0.50, -84.0),),
        outcome="REVIEW",
        rules=("lens.all",),
        en="A speck of 0.5 mm in the window. The limits of the lens standard are lost, so nothing found can pass.",
        zh="视窗内有一处 0.5 mm 的异物。镜片标准的限度值缺失,发现的缺陷不能判定合格。",
    ),
    Sample(
        name="km-plate-turned",
        recipe=KM_PLATE,
        seed=131,
        lies=(3.4, 0.83, -0.57),
        objects=(disk((15.2, 10.1), 0.40, -66.0), disk((24.6, 14.3), 0.40, 58.0)),
        outcome="PASS",
        rules=("km.foreign",),
        en="A plate that lies turned by 3.4 degrees and 1 mm from its place, which its recipe allows. Two specks of"
        " 0.4 mm; grade 2 allows three of 0.3 to 0.5 mm.",
        zh="部品转了 3.4°、偏离 1 mm,在检测方案允许范围内。两处 0.4 mm 的异物;二级面允许 3 处 0.3~0.5 mm。",
    ),
    Sample(
        name="km-plate-askew",
        recipe=KM_PLATE,
        seed=132,
        lies=(11.5, 0.2, 0.1),
        objects=(),
        outcome="INVALID",
        rules=(),
        en="The plate is turned by 11.5 degrees, its recipe allows 6. Nobody can say that it lies as it was taught.",
        zh="部品转了 11.5°,检测方案只允许 6°。不能确认其放置符合要求。",
    ),
    Sample(
        name="km-plate-unsharp",
        recipe=KM_PLATE,
        seed=133,
        lies=(-1.2, -0.4, 0.3),
        psf_sigma_px=2.2,
        objects=(disk((17.2, 12.1), 0.40, -66.0),),
        outcome="INVALID",
        rules=(),
        en="The picture is out of focus. A small defect would not be seen in it.",
        zh="图像失焦。细小的缺陷在其中看不到。",
    ),
    Sample(
        name="wrong-camera",
        recipe=CANON_TOP,
        seed=401,
        objects=(),
        size_px=(640, 440),
        outcome="INVALID",
        rules=(),
        en="The picture has 640 x 440 px, its calibration is for 1100 x 760 px. Millimetres cannot be told from it.",
        zh="图像为 640×440 像素,标定为 1100×760 像素。无法得出毫米尺寸。",
    ),
    Sample(
        name="cut-off",
        recipe=KM_INNER,
        seed=402,
        objects=(),
        kept=0.6,
        outcome="INVALID",
        rules=(),
        en="The file ends after 60 % of its bytes. What it does not show was not inspected.",
        zh="文件只有前 60 % 的数据。没有显示的部分等于没有检验。",
    ),
)
RECIPES = tuple({sample.recipe.name: sample.recipe for sample in SAMPLES}.values())
