"""What two limit tables say differently: sentences as (English, Chinese)."""

DIFFERENCE: dict[str, tuple[str, str]] = {
    "diff_none": ("no difference", "无差异"),
    "diff_absent": ("nothing", "无"),
    "diff_unlimited": ("no limit", "不限"),
    "diff_forbidden": ("none allowed", "不允许"),
    "diff_all_sizes": ("all sizes", "全部尺寸"),
    "diff_yes": ("yes", "是"),
    "diff_no": ("no", "否"),
    "diff_allow": ("number allowed", "允许个数"),
    "diff_spacing": ("spacing", "间隔"),
    "diff_sum": ("total of all", "累计总和"),
    "diff_changed": ("{what}: {was} → {now}", "{what}:{was} → {now}"),
    "diff_number_tightened": ("{what}: {was} → {now} (tightened)", "{what}:{was} → {now}(加严)"),
    "diff_number_loosened": ("{what}: {was} → {now} (loosened)", "{what}:{was} → {now}(放宽)"),
    "diff_words": ("{what}: changed in {fields}", "{what}:{fields} 有改动"),
    "diff_added": ("{what} {name}: added", "{what} {name}:新增"),
    "diff_removed": ("{what} {name}: removed", "{what} {name}:删除"),
    "diff_rule_added": ("rule {rule} ({kinds}): added", "规则 {rule}({kinds}):新增"),
    "diff_rule_removed": ("rule {rule} ({kinds}): removed", "规则 {rule}({kinds}):删除"),
    "diff_rule_changed": ("rule {rule}: {what}: {was} → {now}", "规则 {rule}:{what}:{was} → {now}"),
    "diff_rule_words": ("rule {rule}: changed in {fields}", "规则 {rule}:{fields} 有改动"),
    "diff_cell_added": ("rule {rule}: now holds for face grade {place}", "规则 {rule}:新增外观面等级 {place}"),
    "diff_cell_removed": (
        "rule {rule}: no longer holds for face grade {place}",
        "规则 {rule}:不再适用于外观面等级 {place}",
    ),
    "diff_tightened": (
        "rule {rule}, face grade {place}: {what}: {was} → {now} (tightened)",
        "规则 {rule},外观面等级 {place}:{what}:{was} → {now}(加严)",
    ),
    "diff_loosened": (
        "rule {rule}, face grade {place}: {what}: {was} → {now} (loosened)",
        "规则 {rule},外观面等级 {place}:{what}:{was} → {now}(放宽)",
    ),
    "diff_limit_changed": (
        "rule {rule}, face grade {place}: {what}: {was} → {now}",
        "规则 {rule},外观面等级 {place}:{what}:{was} → {now}",
    ),
    "diff_provenance": (
        "rule {rule}, face grade {place}: provenance: {was} → {now}",
        "规则 {rule},外观面等级 {place}:依据来源:{was} → {now}",
    ),
    "diff_cell_words": (
        "rule {rule}, face grade {place}: changed in {fields}",
        "规则 {rule},外观面等级 {place}:{fields} 有改动",
    ),
}
