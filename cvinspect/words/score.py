"""What scoring says: (English, Chinese). Every code begins with score_, so that no name meets one."""

_HEAD = {
    "title": ("Found against truth", "检出与标注对照"),
    "recipe": ("recipe", "检测方案"),
    "no_recipe": (
        "none: scratch, dent and foreign matter with default knobs over the whole frame",
        "无：对整幅图按默认参数检测划伤、凹痕、异物",
    ),
    "truth": ("truth", "标注"),
    "truth_files": ("{form}, {files} files in {message}", "{form}，{files} 个文件，位于 {message}"),
    "form_truth_toml": ("truth TOML", "样本 TOML"),
    "form_masks": ("masks", "掩模图"),
    "form_yolo_boxes": ("YOLO boxes", "YOLO 框"),
    "form_yolo_obb": ("YOLO OBB", "YOLO 旋转框"),
    "form_yolo_outlines": ("YOLO outlines", "YOLO 轮廓"),
    "form_labelme_json": ("labelme JSON", "labelme JSON 文件"),
    "form_image_labels": ("image labels", "整图标签"),
    "assumed_good": (
        "{count} pictures have no truth file and are taken as good",
        "{count} 张图片无标注文件，视为良品",
    ),
    "crumbs": (
        "{count} specks of the masks under {least} px are left out as slips of the pen",
        "掩模中 {count} 处小于 {least} px 的碎点视为误画，未计入",
    ),
    "scale": ("scale", "比例"),
    "calibration": ("calibration", "标定"),
    "scale_truth": ("as each picture's truth states", "按各图标注所载"),
    "scale_assumed": ("scale assumed: {scale} mm/px; nobody measured it", "比例为假定：{scale} mm/px，未经实测"),
    "scale_none": ("scale assumed: sizes are in px", "比例为假定：尺寸单位为 px"),
    "pictures": ("pictures", "图片"),
    "pictures_of": (
        "{total}: {bad} bad, {good} good, {ignored} ignored; {parts} parts; {megapixels} MP",
        "{total} 张：不良 {bad}，良品 {good}，忽略 {ignored}；部品 {parts} 件；{megapixels} MP",
    ),
    "not_inspected": (
        "{count} pictures could not be inspected; they count against the inspection: their labels as missed, a good "
        "one as rejected",
        "{count} 张图片无法检测，按不利计入：其标注计为漏检，良品计为误判",
    ),
    "not_inspected_list": ("Not inspected", "未能检测"),
    "version": ("program", "程序"),
    "none": ("none", "无"),
    "more": ("and {count} more", "另有 {count} 项"),
}

_TABLES = {
    "by_kind": ("Found and missed, by kind and size", "按种类和尺寸统计的检出与漏检"),
    "kind": ("kind", "种类"),
    "size": ("size", "尺寸"),
    "all_sizes": ("all", "全部"),
    "labels": ("labels", "标注数"),
    "found": ("found", "检出"),
    "missed": ("missed", "漏检"),
    "judged": ("judged as that kind, too", "（也）按该种类判定"),
    "rate": ("share found (95 %)", "检出率（95 %）"),
    "false": ("false", "误检"),
    "false_per_picture": ("false per picture", "误检/图"),
    "false_per_mp": ("false per MP", "误检/MP"),
    "false_total": (
        "False findings: {total} in {pictures} pictures, {per_picture} per picture, {per_mp} per MP.",
        "误检共 {total} 处，{pictures} 张图片，每图 {per_picture} 处，每 MP {per_mp} 处。",
    ),
    "false_good": (
        "On good pictures alone: {total} in {pictures}, {per_picture} per picture; share without any: {clean}.",
        "仅良品：{pictures} 张中 {total} 处，每图 {per_picture} 处；无误检的占 {clean}。",
    ),
    "no_places": (
        "The truth names whole pictures only: places cannot be scored.",
        "标注仅针对整图，无法按位置评分。",
    ),
    "recall_at": ("Recall where a threshold on strength lets through so many false findings", "限定误检数时的检出率"),
    "per_picture": ("at most {most} a picture", "每图至多 {most}"),
    "per_good_picture": ("at most {most} a good picture", "每张良品图至多 {most}"),
    "threshold": ("strength above", "强度高于"),
    "every_finding": ("all findings", "全部检出项"),
    "sizes": ("Size: found against labelled", "尺寸：检出与标注之差"),
    "quantity": ("quantity", "量"),
    "quantity_size": ("length of a line, height of flash, else largest", "长度（线）、高度（毛刺）或最大尺寸"),
    "quantity_area": ("area", "面积"),
    "median": ("median error", "偏差中位值"),
    "spread": ("8 of 10 within", "八成介于"),
    "within": ("within {percent} %", "偏差 {percent} % 以内"),
    "confusion": ("Labelled as (rows), called (columns)", "标注种类（行）与判为（列）"),
    "pod": ("Probability of detection against size", "检出概率与尺寸"),
    "pod_caption": (
        "Logistic in ln size (MIL-HDBK-1823A); dashed: lower 95 % bound.",
        "以尺寸对数作 Logistic 拟合（MIL-HDBK-1823A）；虚线为 95 % 下限。",
    ),
    "pod_few": (
        "{hits} of {labels} found: no curve, at least 60 labels are needed",
        "{labels} 处中检出 {hits} 处：至少需 60 处标注，不作拟合",
    ),
    "pod_all_found": (
        "all {labels} found: no curve can be fitted; add smaller or weaker ones",
        "{labels} 处全部检出：无法拟合，请加入更小或更弱的样本",
    ),
    "pod_none_found": ("none of {labels} found: no curve can be fitted", "{labels} 处均未检出：无法拟合"),
    "pod_parted": (
        "{hits} of {labels} found, all of them larger than all missed ones: no single curve fits; add sizes in between",
        "{labels} 处中检出 {hits} 处，且均大于漏检者：曲线不唯一，请补充中间尺寸",
    ),
    "pod_flat": (
        "{hits} of {labels} found, but not more of the larger ones: size does not explain what is missed",
        "{labels} 处中检出 {hits} 处，但检出率不随尺寸上升：漏检与尺寸无关",
    ),
    "pod_beyond": ("beyond the largest label", "超出最大标注"),
    "froc": ("Recall against false findings", "检出率与误检"),
    "axis_false": ("false findings a picture", "每图误检数"),
    "axis_recall": ("share found", "检出率"),
    "axis_size": ("size in {message}", "尺寸（{message}）"),
    "axis_pod": ("probability of detection", "检出概率"),
    "picture_level": ("Pictures told apart", "按整图区分良品与不良品"),
    "score_of": ("score of a bad picture", "不良品图的得分"),
    "located": ("strongest finding on a label", "位于标注上的最强检出项"),
    "bare": ("strongest finding anywhere", "任意位置的最强检出项"),
    "auroc": ("AUROC (95 %)", "ROC 曲线下面积（95 %）"),
    "false_rejects": ("false rejects at zero escapes", "零漏判时的误判率"),
    "silent": ("{silent} of {bad} bad pictures have no such finding: only rejecting all lets none through",
               "{bad} 张不良品图中 {silent} 张无此类检出项：只有全部判退才无漏判"),
    "any": ("any defect", "任意缺陷"),
}  # fmt: skip

_SHEET = {
    "missed_sheet": ("Every miss", "全部漏检"),
    "false_sheet": ("Every false finding", "全部误检"),
    "sheet_of": (
        "{shown} of {count}, the largest first, at 1:1 unless said otherwise.",
        "共 {count} 处，显示 {shown} 处，按尺寸从大到小，除注明外均为 1:1。",
    ),
    "legend_missed": ("missed label", "漏检的标注"),
    "legend_false": ("false finding", "误检"),
    "legend_found": ("finding nearby", "附近的检出项"),
    "legend_label": ("label nearby", "附近的标注"),
    "reduced": ("at {percent} %", "缩小至 {percent} %"),
    "covered": ("{percent} % covered", "覆盖 {percent} %"),
    "strength": ("strength {strength}", "强度 {strength}"),
    "nothing": ("Nothing.", "无。"),
    "whole_picture": ("nothing found in it", "整图无检出项"),
    "rule": ("How it is counted", "计数规则"),
    "rule_text": (
        "A finding counts for a label when the two share at least half of the smaller one's pixels (the label grown by "
        "{grown_px} px) and its bounding box has at most {larger} times the area of the label's. A label is found when "
        "a finding counts for it, a line when those that do cover at least half of its length. A finding that counts "
        "for no label is false. Intervals are 95 %: Wilson's for shares, as if labels were independent; DeLong's for "
        "AUROC, summed by parts.",
        "检出项与标注共有的像素达到较小者的一半（标注先向外扩 {grown_px} px），且其外接框面积不超过标注外接框的 "
        "{larger} 倍，则计为检出该标注。线状缺陷须被覆盖一半以上长度。不属于任何标注的检出项为误检。"
        "区间均为 95 %：比率用 Wilson 法（视各标注相互独立），AUROC 用 DeLong 法并按部品合并。",
    ),
}

SCORE: dict[str, tuple[str, str]] = {f"score_{code}": pair for code, pair in {**_HEAD, **_TABLES, **_SHEET}.items()}
