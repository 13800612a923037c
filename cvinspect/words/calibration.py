"""What calibrating and verifying say: (English, Chinese). Every code begins with cal_, so that no name meets one."""

_FATES = {
    "used": ("used", "采用"),
    "rejected": ("not used", "未采用"),
    "plane": ("plane of the part", "部品平面"),
    "unreadable": ("cannot be read: {message}", "无法读取：{message}"),
    "not_found": ("target not found: {message}", "未找到标定板：{message}"),
    "few_points": ("too few points: {points}, at least {least} are needed", "点过少：{points} 个，至少 {least} 个"),
    "not_sharp": ("blur and noise cannot be measured: {message}", "无法测量模糊与噪声：{message}"),
    "saturated": (
        "saturated: {percent} % of its white is at the sensor's limit; expose less",
        "过曝：白色区域有 {percent} % 已达传感器上限；请减少曝光",
    ),
    "blurred": (
        "blurred: sigma {psf} px, at most {most} px; focus, or hold the target still",
        "模糊：sigma 为 {psf} px，至多 {most} px；请重新对焦或固定标定板",
    ),
    "more_blurred": (
        "blurred: sigma {psf} px, of the pictures in the middle {usual} px; focus, or hold the target still",
        "模糊：sigma 为 {psf} px，各图中位值为 {usual} px；请重新对焦或固定标定板",
    ),
    "same_pose": ("same pose as {view}: adds nothing", "与 {view} 姿态相同：不增加信息"),
    "turned": (
        "EXIF turns it otherwise ({turn}) than the picture of the part's plane ({other}): its lens is turned with it",
        "EXIF 方向（{turn}）与部品平面图片（{other}）不同：镜头随之转动",
    ),
    "other_camera": (
        "by another camera ({by}) than the picture of the part's plane ({who})",
        "拍摄相机（{by}）与部品平面图片（{who}）不同",
    ),
    "misfit": (
        "does not fit the camera that the others show ({spread} px): another target, a bent one, or a changed lens",
        "与其余图片所示相机不符（{spread} px）：标定板不同或弯曲，或镜头有变动",
    ),
    "too_few_views": (
        "fewer than three different views: the picture of the part's plane is used alone",
        "不同视图少于三个：仅采用部品平面图片",
    ),
    "same_tilts": (
        "the views are tilted too little or too alike to tell the lens: the picture of the part's plane is used alone",
        "各视图倾角过小或过于相近，无法求得镜头参数：仅采用部品平面图片",
    ),
    "no_camera": (
        "no camera fits all views together: the picture of the part's plane is used alone",
        "没有相机能同时符合所有视图：仅采用部品平面图片",
    ),
}

_WARNINGS = {
    "alone": (
        "one picture alone: the lens is known only together with this plane, not for another height, and less surely "
        "beyond the target's points; three or more tilted views and --plane tell it",
        "仅有一张图片：镜头参数只在此平面上有效，不适用于其他高度，标定点以外更不确定；"
        "请加拍三张以上倾斜视图，并用 --plane 指定部品平面",
    ),
    "coverage": (
        "the target's points cover {percent} % of the frame in the picture of the part's plane; beyond them u is "
        "larger, up to {worst} %",
        "部品平面图片中标定点只覆盖画面的 {percent} %；其外的 u 较大，最大 {worst} %",
    ),
    "print_assumed": (
        "nobody stated how true the target's lengths are: u = {percent} % is assumed (office printers: within ±0.5 %); "
        "measure its check rulers (cvinspect target SHEET --measured), or state --print-error by its certificate",
        "未说明标定板尺寸的准确程度：假定 u = {percent} %（办公打印机约 ±0.5 %）；"
        "请量取其校验标尺（cvinspect target SHEET --measured），或按证书给出 --print-error",
    ),
    "height_assumed": (
        "how surely the target lay at the height of the part's surface was not stated: u = {u_height} mm is assumed; "
        "state it with --u-height",
        "未说明标定板与部品表面高度一致的程度：假定 u = {u_height} mm；请用 --u-height 说明",
    ),
    "distance_assumed": (
        "how far the camera is was not stated, and one upright picture does not tell it: {distance} mm, as near as a "
        "telephone would be, is assumed for what an uncertain height does to u; state --distance, or add tilted views",
        "未说明相机距离，单张正对的图片也无法求得：为计入高度不确定的影响，假定为 {distance} mm（手机拍摄的距离）；"
        "请给出 --distance，或加拍倾斜视图",
    ),
    "jpeg": (
        "the picture of the part's plane is a JPEG of quality {quality}: compression smooths its noise and edges, so "
        "blur and noise hold for such pictures only",
        "部品平面图片为质量 {quality} 的 JPEG：压缩会抹平噪声与边缘，所测模糊与噪声只适用于此类图片",
    ),
    "print_scale": (
        "the target came out at {percent} % of its stated size; the calibration takes this into account",
        "标定板实际尺寸为标称的 {percent} %；标定已将此计入",
    ),
    "smooth_residuals": (
        "the residuals of the picture of the part's plane show a pattern (a bent target, or a lens with more terms "
        "than are fitted); it is carried into u",
        "部品平面图片的残差呈现规律（标定板弯曲，或镜头畸变项多于拟合项）；已计入 u",
    ),
    "folded": (
        "the points told too little of the corners for all terms of the lens; fewer are used, and u is larger there",
        "标定点对画面角部的信息不足，镜头项数已减少，角部 u 较大",
    ),
    "distance_from_tilt": (
        "the distance to the camera is from the tilt of the one picture",
        "相机距离由单张图片的倾角推得",
    ),
    "ends": ("it ends on {until}", "有效期仅到 {until}"),
    "left_out": ("{count} of {total} pictures were not used", "{total} 张图片中有 {count} 张未采用"),
}

_SHOWN = {
    "scale": ("{mm_per_px} mm/px, u = {u} mm/px{assumed}", "比例 {mm_per_px} mm/px，u = {u} mm/px{assumed}"),
    "u_assumed": (
        "no --u given: u = {u} mm/px (0.5 %) is assumed and marked so",
        "未给出 --u：假定 u = {u} mm/px（0.5 %），并已注明",
    ),
    "assumed": (" (assumed)", "（假定）"),
    "plane_scale": (
        "{mm_per_px} mm/px in the middle of the frame; u = {middle} % there, up to {largest} % among the target's "
        "points",
        "画面中央 {mm_per_px} mm/px；该处 u = {middle} %，标定点范围内最大 {largest} %",
    ),
    "for_lengths": ("from the calibration alone: {lengths}", "仅计标定：{lengths}"),
    "length": ("{length} mm ± {expanded} mm", "{length} mm ± {expanded} mm"),
    "size": ("for pictures of {wide}x{high} px = {x} x {y} mm", "适用图片 {wide}x{high} px = {x} x {y} mm"),
    "size_plane": (
        "for pictures of {wide}x{high} px, some {x} x {y} mm",
        "适用图片 {wide}x{high} px，约 {x} x {y} mm",
    ),
    "who": ("camera {who}; made by {by}", "相机 {who}；制作 {by}"),
    "camera_unnamed": ("not named", "未命名"),
    "nobody": ("nobody named", "未署名"),
    "dates": ("made {made}, valid until {until}", "制作于 {made}，有效期至 {until}"),
    "psf": ("blur: sigma {psf} ± {u} px", "模糊：sigma {psf} ± {u} px"),
    "psf_stated": ("blur: sigma {psf} px, as stated", "模糊：sigma {psf} px（给定值）"),
    "psf_unknown": (
        "blur: not known; measuring assumes one and states a larger u",
        "模糊：未知；测量时取假定值并给出较大的 u",
    ),
    "noise": (
        "noise: {noise} grey levels at mid grey (variance {at_0} {per_gray} x grey level)",
        "噪声：中灰处 {noise} 灰度级（方差 {at_0} {per_gray} x 灰度）",
    ),
    "noise_stated": ("noise: {noise} grey levels", "噪声：{noise} 灰度级"),
    "noise_unknown": ("noise: not known; measuring takes it from each picture", "噪声：未知；测量时由各图片求得"),
    "from": (
        "from {points} points in {pictures} pictures of {target}; residuals {rms} px rms",
        "由 {pictures} 张 {target} 图片的 {points} 个点求得；残差 {rms} px rms",
    ),
    "lens": (
        "lens: focal length {focal} px, centre {center} px, distortion {distortion}",
        "镜头：焦距 {focal} px，中心 {center} px，畸变 {distortion}",
    ),
    "lens_alone": (
        "lens (of this plane only): centre {center} px, distortion {distortion}",
        "镜头（仅对此平面）：中心 {center} px，畸变 {distortion}",
    ),
    "print": (
        "target: printed at {percent} % of its stated size, u = {u} %{assumed}",
        "标定板：实际尺寸为标称的 {percent} %，u = {u} %{assumed}",
    ),
    "height": (
        "height: the part's surface {height_mm} mm above the target, u = {u} mm{assumed}",
        "高度：部品表面高于标定板 {height_mm} mm，u = {u} mm{assumed}",
    ),
    "distance": ("distance: camera to target {distance} mm{assumed}", "距离：相机至标定板 {distance} mm{assumed}"),
    "covered": (
        "the target's points covered {percent} % of the frame",
        "标定点覆盖画面的 {percent} %",
    ),
    "flat": ("flat field: {message}", "平场：{message}"),
    "flat_done": (
        "shading from {pictures} white pictures: the darkest place gets {percent} % of the brightest one's light; mean "
        "grey level {level}",
        "由 {pictures} 张白场图片求得明暗分布：最暗处的光为最亮处的 {percent} %；平均灰度 {level}",
    ),
    "flat_dropped": (
        "{message} is no part of the new calibration: run cvinspect calibrate --flat-field again",
        "{message} 不属于新标定：请重新运行 cvinspect calibrate --flat-field",
    ),
    "flat_none": ("flat field: none", "平场：无"),
    "by_print": ("target's lengths", "标定板尺寸"),
    "by_height": ("height of the part's surface", "部品表面高度"),
    "by_fit": ("fit (points, lens)", "拟合（标定点、镜头）"),
    "all": ("together", "合成"),
    "file": ("calibration written: {message}", "已写入标定：{message}"),
    "report_written": ("report written: {message}", "已写入报告：{message}"),
    "warning": ("warning: {message}", "警告：{message}"),
    "looking": ("{number}/{total} {view}", "{number}/{total} {view}"),
    "fate_used": (
        "{view}: used, {points} points, blur {psf} px, rms {rms} px{tilt}",
        "{view}：采用，{points} 点，模糊 {psf} px，rms {rms} px{tilt}",
    ),
    "fate_tilt": (", tilt {tilt}°, {distance} mm away", "，倾角 {tilt}°，距离 {distance} mm"),
    "fate_plane": (" (plane of the part)", "（部品平面）"),
    "fate_not": ("{view}: not used: {message}", "{view}：未采用：{message}"),
}

_VERIFIED = {
    "other_size": (
        "is {size} px, the calibration is for {other} px",
        "为 {size} px，标定适用于 {other} px",
    ),
    "camera_not": ("by the camera {by}, the calibration is for {who}", "由相机 {by} 拍摄，标定适用于 {who}"),
    "verified": (
        "{view}: {outcome}: scale {scale} % (allowed ± {allowed_scale} %); worst of {points} points: {length} mm "
        "measured {sign} mm = {px} px (allowed ± {allowed} mm = {allowed_px} px)",
        "{view}：{outcome}：比例 {scale} %（允许 ± {allowed_scale} %）；{points} 点中最差：{length} mm 测得 "
        "{sign} mm = {px} px（允许 ± {allowed} mm = {allowed_px} px）",
    ),
    "verified_not": ("{view}: {outcome}: {message}", "{view}：{outcome}：{message}"),
    "scale_off": (
        "the scale is off: a wrong pitch, a print that is not of the stated size, or an artefact that does not lie in "
        "the part's plane",
        "比例不符：间距有误、打印尺寸与标称不符，或标准件未置于部品平面",
    ),
    "shape_off": (
        "lengths are off from place to place: a bent artefact, a changed lens, or a place that was not covered",
        "各处长度不一：标准件弯曲、镜头有变动，或该处未被标定点覆盖",
    ),
    "same_target": (
        "the artefact is named as the target of the calibration was: if it is the same sheet, its print proves nothing",
        "标准件与标定所用标定板同名：若为同一张，其打印尺寸不能相互证明",
    ),
    "artefact_assumed": (
        "nobody stated how true the artefact's lengths are: u = {percent} % is assumed; state it with --print-error",
        "未说明标准件尺寸的准确程度：假定 u = {percent} %；请用 --print-error 说明",
    ),
    "verified_all": ("{outcome}: {held} of {total} pictures hold", "{outcome}：{total} 张图片中 {held} 张符合"),
}

_REPORT = {
    "report": ("Calibration report", "标定报告"),
    "report_good": (
        "From pixels to millimetres within the uncertainty stated below.",
        "可在下述不确定度内由像素换算为毫米。",
    ),
    "report_warned": ("Usable; to be borne in mind ({count}):", "可用；须注意（{count} 条）："),
    "tile_scale": ("mm per pixel, in the middle", "毫米/像素（中央）"),
    "tile_length": ("U of a length of {length} mm", "长度 {length} mm 的 U"),
    "tile_rms": ("residuals, px rms", "残差，px rms"),
    "tile_covered": ("of the frame covered", "画面覆盖率"),
    "tiles_note": (
        "U = 2u by the calibration alone, in the middle of the frame; what a size has of its own (noise, blur, shape) "
        "comes on top.",
        "U = 2u，仅计标定，画面中央；尺寸自身的不确定度（噪声、模糊、形状）另计。",
    ),
    "residuals": ("Residual map", "残差图"),
    "residuals_note": (
        "Where each point was found, against where the camera that was solved sees it; arrows {times} times enlarged.",
        "各点实测位置与求得相机预测位置之差；箭头放大 {times} 倍。",
    ),
    "key": ("{key} px", "{key} 像素"),
    "key_plane": ("picture of the part's plane", "部品平面图片"),
    "key_others": ("other pictures", "其他图片"),
    "key_left_out": ("points left out", "剔除的点"),
    "key_covered": ("covered by the target", "标定板覆盖范围"),
    "field": ("Uncertainty of the scale over the frame", "画面各处比例的不确定度"),
    "field_note": (
        "Relative standard uncertainty u of the local scale, in per cent. Beyond the target's points (dashed) it rests "
        "on the lens model alone.",
        "局部比例的相对标准不确定度 u，单位 %。标定点范围（虚线）以外仅凭镜头模型。",
    ),
    "budget": ("Uncertainty budget", "不确定度一览"),
    "budget_note": (
        "Relative standard uncertainties u of the local scale, in per cent: of any length, so many per cent of it.",
        "局部比例的相对标准不确定度 u，单位 %：任一长度的 u 即该长度的这一百分数。",
    ),
    "contribution": ("contribution", "来源"),
    "in_middle": ("in the middle, %", "中央，%"),
    "largest": ("largest, %", "最大，%"),
    "rests_on": ("rests on", "依据"),
    "rests_fit": ("residuals, covariance of the fit", "残差与拟合协方差"),
    "pictures": ("Pictures", "图片"),
    "column_picture": ("picture", "图片"),
    "column_fate": ("fate", "处理"),
    "column_points": ("points", "点数"),
    "column_blur": ("blur, px", "模糊，px"),
    "column_noise": ("noise, grey", "噪声，灰度"),
    "column_rms": ("rms, px", "均方根，px"),
    "column_tilt": ("tilt, °", "倾角，°"),
    "column_distance": ("distance, mm", "距离，mm"),
    "statement": ("What the file states", "文件内容"),
    "record": ("Record", "记录"),
    "sha256": ("calibration, SHA-256", "标定 SHA-256"),
    "levels": (
        "grey levels of the target in the picture of the part's plane: white {white}, black {black}",
        "部品平面图片中标定板灰度：白 {white}，黑 {black}",
    ),
}

_PAGES = {**_FATES, **_WARNINGS, **_SHOWN, **_VERIFIED, **_REPORT}

CALIBRATION: dict[str, tuple[str, str]] = {f"cal_{code}": pair for code, pair in _PAGES.items()}
