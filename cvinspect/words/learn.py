"""What `cvinspect learn` says: (English, Chinese). Every code begins with learn_."""

_LINES = {
    "head": (
        "learnt from {pictures} good pictures of {parts} parts: {ground}",
        "已从 {parts} 个良品的 {pictures} 张图片学习：{ground}",
    ),
    "golden": (
        "place by place (parts look alike)",
        "按位置逐点学习（各良品外观一致）",
    ),
    "texture": (
        "the texture of the ground (parts do not look alike place by place)",
        "学习表面纹理（各良品逐点外观并不一致）",
    ),
    "wanted": (
        "{wanted} parts are wanted for levels that are certain to a tenth: {more} more",
        "要使阈值的不确定度在一成以内，需要 {wanted} 个良品：还差 {more} 个",
    ),
    "enough": (
        "that is enough: {wanted} parts are wanted for levels that are certain to a tenth",
        "数量已足够：阈值的不确定度在一成以内需要 {wanted} 个良品",
    ),
    "level": (
        "set for {share} false findings per good part",
        "阈值按每个良品 {share} 个误报设定",
    ),
    "left_out": ("left out: {message}", "未采用：{message}"),
    "odd": (
        "looks defective and was left out, look at it: {message}",
        "疑似有缺陷，未用于学习，请查看：{message}",
    ),
    "seen": (
        "{percent} % of the faces can be judged; on the rest good parts differ too much: no PASS there",
        "{percent} % 的面可判定；其余部位良品之间差异过大，不会判为合格",
    ),
    "backdrop": (
        "beside the parts a dark backdrop is seen, up to {most} px in from the frame's sides: it is no part of them",
        "良品旁可见暗色背景，自画面边缘向内最多 {most} px：不属于零件",
    ),
    "sizes": (
        "what is still found, of objects {contrast} grey levels from their surroundings (mm):",
        "仍可检出的尺寸（与周围相差 {contrast} 灰度级的对象，mm）：",
    ),
    "columns": ("kind|a90|a90/95|tried", "种类|a90|a90/95|试验范围"),
    "never": ("> {most}", "> {most}"),
    "file": ("written: {message}", "已写入：{message}"),
    "name_it": (
        'name it in the recipe, under [[view]]: learned = "{message}"',
        '请写入检测方案的 [[view]] 之下：learned = "{message}"',
    ),
}

LEARN: dict[str, tuple[str, str]] = {f"learn_{code}": pair for code, pair in _LINES.items()}
