"""Why a verdict is what it is: sentences as (English, Chinese).

A code is a topic and an outcome (size_fail). {measured}, {expanded} (U = 2u), {allowed} are in {unit} of {quantity}.
"""

_IN = ("({rule}, grade {grade}{quoted}{judged})", "（{rule}，等级 {grade}{quoted}{judged}）")
_WHAT = ("{kind}, {quantity} {measured} ± {expanded} {unit}", "{kind}：{quantity} {measured} ± {expanded} {unit}")


def _both(english: str, chinese: str) -> tuple[str, str]:
    """The two sentences, with what is measured before and the rule behind."""
    return f"{_WHAT[0]} {english} {_IN[0]}", f"{_WHAT[1]} {chinese}{_IN[1]}"


def _plain(english: str, chinese: str) -> tuple[str, str]:
    return f"{{kind}} {english} {_IN[0]}", f"{{kind}}{chinese}{_IN[1]}"


REASONS: dict[str, tuple[str, str]] = {
    # one blob against a number
    "size_pass": _both("≤ {allowed} {unit}", "≤ {allowed} {unit}"),
    "size_fail": _both("> {allowed} {unit}", "> {allowed} {unit}"),
    "size_review": _both("against {allowed} {unit}: {cause}", "对 {allowed} {unit}：{cause}"),
    "height_pass": _both("≤ {allowed} mm", "≤ {allowed} mm"),
    "height_fail": _both("> {allowed} mm", "> {allowed} mm"),
    "height_review": _both("against {allowed} mm: {cause}", "对 {allowed} mm：{cause}"),
    "height_missing_review": _plain("height not measured; enter it from a gauge", "的高度未测量；请用量具测量后输入"),
    "tolerance_pass": _both("within {low} to {allowed} mm", "在 {low}～{allowed} mm 之内"),
    "tolerance_fail": _both("outside {low} to {allowed} mm", "超出 {low}～{allowed} mm"),
    "tolerance_review": _both("against {low} to {allowed} mm: {cause}", "对 {low}～{allowed} mm：{cause}"),
    "unsure_review": _both("cannot pass by its size: {cause}", "不能据此尺寸判合格：{cause}"),
    # rules without a number
    "forbidden_fail": _plain("is not allowed on this face", "在此面不允许有"),
    "forbidden_review": _plain("is not allowed, but {cause}", "不允许有，但{cause}"),
    "forbidden_sample_fail": _plain("is not allowed; no limit sample is registered", "不允许有；未登记限度样品"),
    "forbidden_sample_review": _plain("is not allowed, but {cause}", "不允许有，但{cause}"),
    "unlimited_pass": _plain("has no requirement here", "在此面无要求"),
    "limit_sample_review": _plain(
        "is judged by the limit sample, and none is registered", "须按限度样品判定，而未登记限度样品"
    ),
    "tactile_review": _plain("must be felt by a person", "须由人手感确认"),
    "not_stated_review": _plain("is not stated by the table", "：基准未规定"),
    "function_pass": _plain("does not affect the function: {reference}", "不影响机能：{reference}"),
    "function_fail": _plain("affects the function: {reference}", "影响机能：{reference}"),
    "function_review": _plain(
        "is not allowed if it affects the function; nobody has answered that yet", "如影响机能则不允许；尚未有人确认"
    ),
    # several together
    "band_free_pass": (
        "{kind}, {quantity} {measured} {unit}: no requirement {0}".replace("{0}", _IN[0]),
        "{kind}：{quantity} {measured} {unit}，无要求{0}".replace("{0}", _IN[1]),
    ),
    "count_pass": (
        f"{{kind}}: {{at_least}}{{count}} in Φ{{circle}} mm, {{allowed}} allowed {_IN[0]}",
        f"{{kind}}：Φ{{circle}} mm 内有 {{at_least}}{{count}} 个，允许 {{allowed}} 个{_IN[1]}",
    ),
    "count_fail": (
        f"{{kind}} {{sizes}} {{unit}}: {{at_least}}{{count}} in Φ{{circle}} mm, {{allowed}} allowed {_IN[0]}",
        f"{{kind}} {{sizes}} {{unit}}：Φ{{circle}} mm 内有 {{at_least}}{{count}} 个，允许 {{allowed}} 个{_IN[1]}",
    ),
    "count_review": (
        f"{{kind}} {{sizes}} {{unit}}: {{at_least}}{{count}} in Φ{{circle}} mm, {{allowed}} allowed; {{cause}} "
        f"{_IN[0]}",
        f"{{kind}} {{sizes}} {{unit}}：Φ{{circle}} mm 内有 {{at_least}}{{count}} 个，允许 {{allowed}} 个；{{cause}}"
        f"{_IN[1]}",
    ),
    "spacing_alone_pass": _plain("stands alone on its face", "在此面仅此一个"),
    "spacing_pass": (
        f"{{kind}} {{sizes}} {{unit}}: {{measured}} mm apart, ≥ {{allowed}} mm {_IN[0]}",
        f"{{kind}} {{sizes}} {{unit}}：间隔 {{measured}} mm ≥ {{allowed}} mm{_IN[1]}",
    ),
    "spacing_fail": (
        f"{{kind}} {{sizes}} {{unit}}: {{measured}} mm apart, < {{allowed}} mm {_IN[0]}",
        f"{{kind}} {{sizes}} {{unit}}：间隔 {{measured}} mm < {{allowed}} mm{_IN[1]}",
    ),
    "spacing_review": (
        f"{{kind}} {{sizes}} {{unit}}: {{measured}} mm apart, {{allowed}} mm asked for; {{cause}} {_IN[0]}",
        f"{{kind}} {{sizes}} {{unit}}：间隔 {{measured}} mm，要求 {{allowed}} mm；{{cause}}{_IN[1]}",
    ),
    "sum_pass": _plain("adds up to {measured}, ≤ {allowed}", "累计 {measured} ≤ {allowed}"),
    "sum_fail": _plain("adds up to {measured}, > {allowed}", "累计 {measured} > {allowed}"),
    "sum_review": _plain("adds up to {measured}, against {allowed}: {cause}", "累计 {measured}，对 {allowed}：{cause}"),
    # agreements
    "sample_pass": _both(
        "no worse than limit sample {reference} ({accepted} mm, signed by {who})",
        "不差于限度样品 {reference}（{accepted} mm，{who} 签）",
    ),
    "sample_fail": _both(
        "worse than the rejected limit sample {reference} ({rejected} mm, signed by {who})",
        "差于不合格限度样品 {reference}（{rejected} mm，{who} 签）",
    ),
    "sample_review": _both(
        "between the limit samples {reference} ({accepted} and {rejected} mm), or not sure enough",
        "介于限度样品 {reference}（{accepted} 与 {rejected} mm）之间，或测量不足以判定",
    ),
    "internal_fail": _both("> internal limit {allowed} mm ({reference})", "> 内控基准 {allowed} mm（{reference}）"),
    "internal_review": _both(
        "against the internal limit {allowed} mm ({reference}): {cause}",
        "对内控基准 {allowed} mm（{reference}）：{cause}",
    ),
    "below_counted_pass": _both(
        "is below the smallest size that counts, {allowed} mm ({reference})",
        "小于最小计数尺寸 {allowed} mm（{reference}）",
    ),
    "agreement_expired": (
        "agreement {reference} is not used: it is not valid on this day (until {expires})",
        "协议 {reference} 未采用：当日无效（至 {expires}）",
    ),
    "agreement_no_face": (
        "agreement {reference} is not used: the part has no face {face}",
        "协议 {reference} 未采用：部品无 {face} 面",
    ),
    "no_function_expired": (
        "the answer that flash on face {face} does not affect the function ended on {expires} ({reference})",
        "{face}的毛刺不影响机能的答复已于 {expires} 到期（{reference}）",
    ),
    "pattern": (
        "view {view}: a pattern of light with a period of {period} mm is taken out of the picture, and with it what is "
        "wider than {widest} mm and soft or even",
        "视图 {view}：已从图像中去除周期 {period} mm 的光源图案，宽于 {widest} mm 且柔和或均匀的缺陷也随之去除",
    ),
    "turned": (
        "view {view}: what goes round the turned part by more than 20 degrees is its own look, and no finding",
        "视图 {view}：车削件上绕轴延伸超过 20 度的特征视为其本身外观，不作为缺陷",
    ),
    "blunt": (
        "{kind} is looked for from {contrast} grey levels and {sigmas} noise sigmas on only (usual: {usual})",
        "{kind}仅在灰度差 {contrast} 级、噪声 {sigmas} 倍以上才检出（通常：{usual}）",
    ),
    "agreement_other_part": (
        "agreement {reference} is not used: it is for part {part}",
        "协议 {reference} 未采用：属于部品 {part}",
    ),
    # why REVIEW
    "cause_uncertainty": ("the limit lies within the measuring uncertainty", "基准值落在测量不确定度之内（临界区）"),
    "cause_readings": ("defensible readings of the text disagree", "条文的不同读法结论不一致"),
    "cause_understated": (
        "the true size may be larger (cut off, merged or saturated)",
        "实际尺寸可能更大（被截断、粘连或过曝）",
    ),
    "cause_unknown_u": ("its measuring uncertainty is unknown", "其测量不确定度未知"),
    "count_at_least": ("at least ", "至少 "),
    "judged_as": ("; #{blob} may also be {kind}: judged as {kind} too", "；#{blob}也可能是{kind}：同时按{kind}判定"),
    # the whole part
    "all_kept": ("what was inspected keeps every limit of the table", "所检项目符合基准的规定"),
    "no_faces": ("no face of the part is named", "未指定任何外观面"),
    "unknown_grade": (
        "face {face}: the table knows no face grade {grade} (known: {known})",
        "{face}：基准中无外观面等级 {grade}（有：{known}）",
    ),
    "not_inspected": ("{kind} was not inspected on face {face}", "{face}未检查{kind}"),
    "not_whole_face": (
        "{kind} was inspected on {percent} % of face {face} only",
        "{face}仅检查了 {percent} % 的{kind}",
    ),
    "floor_above_limit": (
        "{kind} on face {face} was inspected from {floor} mm on only; the smallest limit is {limit} mm",
        "{face}的{kind}仅从 {floor} mm 起检查；最小基准为 {limit} mm",
    ),
    "floor": (
        "{kind} on face {face} counts from {floor} mm on (the recipe's floor; no source states a smallest size)",
        "{face}的{kind}从 {floor} mm 起计（检测方案的下限；基准未规定最小尺寸）",
    ),
    "checked_elsewhere": ("{kind} on face {face} is checked elsewhere: {by}", "{face}的{kind}另行检查：{by}"),
    "found_nothing": ("nothing found on face {face}", "{face}未发现缺陷"),
    "no_standard": (
        "face {face}: table {table} states no limit for grade {grade} (no standard)",
        "{face}：基准 {table} 对 {grade} 面未规定限度（无基准）",
    ),
    "product_grade_assumed": (
        "product grade not given: judged as {product_grade}, the stricter",
        "未指定制品等级：按较严的{product_grade}判定",
    ),
    "stays_invalid": ("nothing was inspected then, so nothing can be judged now", "当时未检，现在也无法判定"),
    "no_limits": (
        "no limit table given: everything is measured, nothing can pass",
        "未指定外观判定基准：只测量，不能判合格",
    ),
    "overridden": ("overridden on the command line: {what}", "命令行改动：{what}"),
    "calibration_ends": ("calibration {name} ends on {until}", "标定 {name} 将于 {until} 到期"),
    "limits_status": ("limit table {table} {revision}: {status}", "外观判定基准 {table} {revision}：{status}"),
    "one_view_of_several": (
        "this is one view of a part that has several; its other views are not judged here",
        "这只是部品多个视图之一，其它视图未在此判定",
    ),
    "view_missing": ("view {view} of the part is missing", "缺少视图 {view}"),
    "view_doubled": (
        "two pictures show view {view} of part {part}; which one counts?",
        "部品 {part} 的视图 {view} 有两张图片，无法确定用哪一张",
    ),
    "light_missing": (
        "light {light} is missing (view {view}): what only it shows was not seen",
        "缺少光源 {light} 的图片（视图 {view}）：仅在该光下可见者未检",
    ),
    "light_unreadable": ("light {light} cannot be read: {message}", "光源 {light} 的图片无法读取：{message}"),
    "light_size": (
        "light {light} is of another size than the picture and was not looked at: {message}",
        "光源 {light} 的图片尺寸与主图不同，未检查：{message}",
    ),
    "light_shifted": (
        "light {light} is shifted against the picture by {across}, {down} px (at most {most}): places and sizes in it "
        "are doubtful",
        "光源 {light} 的图片相对主图偏移 {across}, {down} px（最多 {most}）：其中的位置和尺寸存疑",
    ),
    "unjudgeable": ("cannot be judged: {message}", "无法判定：{message}"),
    "program_fault": (
        "this program failed on the picture ({message}); keep the picture and report the fault",
        "本程序处理该图片时出错（{message}）；请保留图片并报告此问题",
    ),
    # a picture that cannot be used
    "picture_missing": ("no such picture: {message}", "图片不存在：{message}"),
    "picture_not_a_file": ("not an ordinary file: {message}", "不是普通文件：{message}"),
    "picture_unreadable": ("the picture cannot be read: {message}", "图片无法读取：{message}"),
    "picture_too_large": ("the picture is too large: {message}", "图片过大：{message}"),
    "picture_truncated": ("the picture is cut off: {message}", "图片不完整：{message}"),
    "picture_damaged": ("the picture is damaged: {message}", "图片已损坏：{message}"),
    "picture_format": ("not a picture that is read: {message}", "不支持的图片格式：{message}"),
    "picture_encoding": ("this way of storing pixels is not read: {message}", "不支持的像素存储方式：{message}"),
    "picture_colour": ("these colours are not read: {message}", "不支持的颜色：{message}"),
    "picture_several": ("more than one picture in the file: {message}", "文件含多张图片：{message}"),
    "picture_not_written": ("the picture could not be written: {message}", "图片无法写入：{message}"),
    "exif_turned": ("the picture was turned upright by its EXIF tag ({turn})", "图片已按 EXIF 方向标记（{turn}）转正"),
    "picture_small": ("the picture is too small: {message}", "图片过小：{message}"),
    "picture_dark": ("the picture is too dark: {message}", "图片过暗：{message}"),
    "picture_bright": ("the picture is too bright: {message}", "图片过亮：{message}"),
    "picture_noisy": ("too little can be seen: {message}", "可见内容不足：{message}"),
    "picture_camera": (
        "the picture does not belong to its calibration: {message}",
        "图片与标定不属于同一台相机：{message}",
    ),
    "picture_size": ("the picture does not fit its calibration: {message}", "图片尺寸与标定不符：{message}"),
    "picture_name": ("the picture's name does not fit the recipe: {message}", "图片文件名不符合检测方案：{message}"),
    # a picture that is not as the good ones are
    "fit_low": (
        "the picture is not fit: {figure} {percent} % of the reference ({value}; at least {bound})",
        "图片不合要求：{figure}为参考值的 {percent} %（{value}，须不低于 {bound}）",
    ),
    "fit_high": (
        "the picture is not fit: {figure} {percent} % of the reference ({value}; at most {bound})",
        "图片不合要求：{figure}为参考值的 {percent} %（{value}，须不高于 {bound}）",
    ),
    "fit_absent": (
        "the picture is not fit: {figure} cannot be told from it",
        "图片不合要求：无法从中得出{figure}",
    ),
    "fit_rows": (
        "the picture is not whole: {lost} of {rows} rows are constant or repeat the one before",
        "图片不完整：{rows} 行中有 {lost} 行无变化或与上一行相同",
    ),
    "fit_torn": (
        "the picture is not whole: from row {row} on it is shifted sideways",
        "图片不完整：自第 {row} 行起左右错位",
    ),
    # a part that is not where, how or what it should be
    "turned_missing": (
        "the recipe says turned, but no round part stands out of the ground",
        "检测方案指定为车削件，但图像中未见与背景区分开的圆形部品",
    ),
    "locate_missing": (
        "no part is seen: nothing stands out of the ground ({contrast} grey levels)",
        "未见部品：没有与背景区分开的物体（灰度差 {contrast}）",
    ),
    "locate_area": (
        "not this part: what stands out of the ground has {percent} % of its area",
        "不是该部品：与背景区分开的物体面积为该部品的 {percent} %",
    ),
    "locate_cut_off": (
        "the part is cut off: about {percent} % of it is in the picture",
        "部品超出画面：画面内约有 {percent} %",
    ),
    "locate_shape": (
        "not this part's shape: {percent} % of its outline lies within {misfit} mm of where it should be, "
        "{least} % are needed",
        "形状不符：轮廓的 {percent} % 在应有位置的 {misfit} mm 之内，须达到 {least} %",
    ),
    "locate_other_area": (
        "not this part's shape: {percent} % of its area lies on the other side of its outline, at most {most} % may",
        "形状不符：面积的 {percent} % 与轮廓不一致，最多允许 {most} %",
    ),
    "locate_turned": (
        "the part is turned by {turn}°; at most {allowed}° are allowed",
        "部品转角为 {turn}°，最多允许 {allowed}°",
    ),
    "locate_shifted": (
        "the part lies {shift} mm from its place; at most {allowed} mm are allowed",
        "部品偏离 {shift} mm，最多允许 {allowed} mm",
    ),
    "locate_scaled": (
        "the part is seen at {percent} % of its size; 100 ± {allowed} % are allowed",
        "部品显示为其尺寸的 {percent} %，允许 100 ± {allowed} %",
    ),
    "locate_mark": (
        "mark {number} is not found: what is there is like it by {percent} %, {least} % are needed",
        "未找到第 {number} 个标记：相似度 {percent} %，须达到 {least} %",
    ),
    "locate_marks_apart": (
        "the marks do not lie as they were taught: {misfit} mm apart from it, at most {allowed} mm are allowed",
        "标记的相互位置与示教不符：相差 {misfit} mm，最多允许 {allowed} mm",
    ),
    "too_many_findings": ("too many findings: {message}", "缺陷过多：{message}"),
    # what a recipe will do
    "outlook_face": ("face {face}, grade {grade} (view {view}):", "{face}，等级 {grade}（视图 {view}）："),
    "outlook_by_outline": (
        "view {view}: located by the part's outline; INVALID where turned by more than {turn}° or shifted by more than "
        "{shift} mm",
        "视图 {view}：按部品轮廓定位；转角超过 {turn}° 或偏离超过 {shift} mm 即检测无效",
    ),
    "outlook_by_outline_only": (
        "view {view}: located by the part's outline, which tells no turn; INVALID where shifted by more "
        "than {shift} mm",
        "视图 {view}：按部品轮廓定位，轮廓不能反映转角；偏离超过 {shift} mm 即检测无效",
    ),
    "outlook_by_marks": (
        "view {view}: located by taught marks; INVALID where turned by more than {turn}° or shifted by more than "
        "{shift} mm",
        "视图 {view}：按示教标记定位；转角超过 {turn}° 或偏离超过 {shift} mm 即检测无效",
    ),
    "outlook_fitness": (
        "view {view}: a picture is refused by its {figures}",
        "视图 {view}：图片须符合的指标：{figures}",
    ),
    "outlook_looked": ("  {kind}: looked for from {floor} mm on", "  {kind}：从 {floor} mm 起检查"),
    "outlook_not_looked": ("  {kind}: NOT looked for", "  {kind}：不检查"),
    "outlook_not_stated": (
        "REVIEW: any {kind} on face {face}, since the table states no limit for it",
        "待复判：{face}的任何{kind}，因基准未规定",
    ),
    "outlook_limit_sample": (
        "REVIEW: any {kind} on face {face}, unless a limit sample is registered ({rule})",
        "待复判：{face}的任何{kind}，除非登记了限度样品（{rule}）",
    ),
    "outlook_tactile": (
        "REVIEW: any {kind} on face {face}, since touch decides ({rule})",
        "待复判：{face}的任何{kind}，须凭手感（{rule}）",
    ),
    "outlook_function": (
        "REVIEW: any {kind} on face {face}, until it is answered whether it affects the function ({rule})",
        "待复判：{face}的任何{kind}，须确认是否影响机能（{rule}）",
    ),
    "outlook_every_part": (
        "REVIEW: EVERY part, since {kind} on face {face} is limited but not looked for",
        "待复判：每一个部品，因{face}的{kind}有规定而未检查",
    ),
    "floor_above_limit_ahead": (
        "REVIEW: EVERY part, since {kind} on face {face} is looked for from {floor} mm on only; "
        "the smallest limit is {limit} mm",
        "待复判：每一个部品，因{face}的{kind}从 {floor} mm 起检查，而最小基准为 {limit} mm",
    ),
    "outlook_never": ("no camera here finds: {kinds}", "本机不检查：{kinds}"),
}
