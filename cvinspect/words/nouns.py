"""Nouns: (English, Chinese). The Chinese terms are the customers' own where their documents have one.

The words of a limit table (its rule kinds, readings, provenance) stand in `tables`.
"""

_KINDS = {
    "scratch": ("scratch", "划伤"),
    "dent": ("dent", "凹痕"),
    "foreign_matter": ("foreign matter", "异物"),
    "flash": ("flash", "毛刺"),
    "short_shot": ("short shot", "缺胶"),
    "crack": ("crack", "裂纹"),
    "whitening": ("whitening", "白化"),
    "parting_line": ("parting line", "分型线"),
    "gate": ("gate", "浇口"),
    "weld_line": ("weld line", "熔接线"),
    "step": ("step", "段差"),
    "excess_material": ("excess material", "多胶"),
    "stress_mark": ("stress mark", "应力痕"),
    "gloss_spot": ("gloss spot", "发亮"),
    "cut_damage": ("cut damage", "削伤"),
    "wrong_shape": ("wrong shape", "形状异常"),
    "dirt": ("dirt", "脏污"),
    "color_difference": ("colour difference", "色差"),
}

_OUTCOMES = {
    "PASS": ("PASS", "合格"),
    "FAIL": ("FAIL", "不合格"),
    "REVIEW": ("REVIEW", "待复判"),
    "INVALID": ("INVALID", "检测无效"),
}

_QUANTITIES = {
    "area_mm2": ("area", "面积"),
    "diameter_mm": ("diameter", "直径"),
    "length_mm": ("length", "长度"),
    "width_mm": ("width", "宽度"),
    "max_dimension_mm": ("largest dimension", "最大尺寸"),
    "height_mm": ("height", "高度"),
    "count": ("count", "个数"),
    "spacing_mm": ("spacing", "间隔"),
    "sum_area_mm2": ("total area", "累计面积"),
    "sum_diameter_mm": ("total of diameters", "累计直径"),
    "sum_length_mm": ("total length", "累计长度"),
    "sum_width_mm": ("total of widths", "累计宽度"),
    "sum_max_dimension_mm": ("total of largest dimensions", "累计最大尺寸"),
}

_DOUBTS = {
    "touches_border": ("touches the border", "触及边界"),
    "below_resolution": ("below resolution", "低于分辨能力"),
    "saturated": ("saturated", "过曝"),
    "merged": ("merged with another", "与另一缺陷粘连"),
    "unknown": ("doubt of unknown meaning", "含义不明的存疑标记"),
}

_TABLE = {
    "draft": ("draft", "草案"),
    "reviewed": ("reviewed", "已审核"),
    "approved": ("approved", "已批准"),
    "withdrawn": ("withdrawn", "已作废"),
    "inferred": ("inferred", "推定"),
    "borrowed": ("borrowed from public text", "引自公开资料"),
    "oem": ("OEM", "OEM 品"),
    "canon": ("Canon brand", "佳能品牌"),
    "paper_path": ("paper path", "走纸面"),
    "no_function": ("no function", "不影响机能的区域"),
}

_AGREEMENTS = {
    "internal_limit": ("internal limit", "内控基准"),
    "functional_answer": ("answer about the function", "机能确认"),
    "smallest_counted": ("smallest size that counts", "最小计数尺寸"),
}

_FITNESS = {
    "level_gray": ("grey level of the faces", "表面灰度"),
    "bright_share": ("share at white", "过曝面积比"),
    "dark_share": ("share at black", "全黑面积比"),
    "contrast_gray": ("contrast over the faces", "表面明暗差"),
    "noise_gray": ("noise", "噪声"),
    "texture_share": ("sharpness of the texture", "纹理清晰度"),
    "sharpness_per_px": ("sharpness", "清晰度"),
    "blue_share": ("share of blue", "蓝色比例"),
    "red_share": ("share of red", "红色比例"),
}

_POLICY = {
    "guarded": ("guarded (with value + U and value - U)", "计入测量不确定度（以测得值 ± U 判定）"),
    "strict": ("strict (between the two: fails)", "从严（临界区判不合格）"),
    "simple": ("simple (values alone)", "仅按测得值"),
    "review": ("a person decides", "由人复判"),
    "worst": ("any failing reading fails", "任一读法不合格即不合格"),
}

NOUNS: dict[str, tuple[str, str]] = {
    **_KINDS,
    **_OUTCOMES,
    **_QUANTITIES,
    **_DOUBTS,
    **_TABLE,
    **_AGREEMENTS,
    **_FITNESS,
    **_POLICY,
}
