"""Intervals, areas under curves and probabilities of detection, against published figures and closed forms."""

import dataclasses
import math

import numpy as np
import pytest

from cvinspect.model import Kind
from cvinspect.score.curves import froc, recall_at, size_errors
from cvinspect.score.intervals import auroc, rate
from cvinspect.score.pictures import picture_level
from cvinspect.score.pod import NoPod, Pod, pod
from cvinspect.score.scoring import FalseFinding, LabelScore, PictureScore
from cvinspect.score.tables import confusion, group_row, size_class


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_newcombe_tabulated_it(hits, of, low, high):
    told = rate(hits, of)
    assert (told.low, told.high) == pytest.approx((low, high), abs=5e-5)


def test_nothing_to_count_gives_no_rate():
    assert rate(0, 0).rate is None


def test_the_area_counts_ties_half():
    told = auroc([1, 2, 3], [0, 2, 5], "abc", "def")
    assert told.area == pytest.approx((1 + 1.5 + 2) / 9)


def test_delong_by_hand():
    """Structural components of 4 bad and 4 good pictures: variance = var(V10) / m + var(V01) / n."""
    bad, good = [1.0, 2.0, 3.0, 9.0], [0.0, 0.5, 1.0, 2.0]
    wins = np.array([[(x > y) + (x == y) / 2 for y in good] for x in bad])
    area = wins.mean()
    variance = wins.mean(axis=1).var(ddof=1) / 4 + wins.mean(axis=0).var(ddof=1) / 4
    half = 1.959964 * math.sqrt(variance) / (area * (1 - area))
    told = auroc(bad, good, "abcd", "efgh")
    assert told.low == pytest.approx(1 / (1 + math.exp(half) * (1 - area) / area), abs=1e-6)


def test_pictures_of_one_part_count_as_few():
    rng = np.random.default_rng(3)
    bad, good = rng.normal(1, 1, 12), rng.normal(0, 1, 12)
    alone = auroc(bad, good, range(12), range(20, 32))
    copies = auroc(np.repeat(bad, 6), np.repeat(good, 6), np.repeat(range(12), 6), np.repeat(range(20, 32), 6))
    assert (copies.area, copies.low, copies.high) == pytest.approx((alone.area, alone.low, alone.high), abs=1e-9)
    counted_each = auroc(np.repeat(bad, 6), np.repeat(good, 6), range(72), range(100, 172))
    assert counted_each.high - counted_each.low < 0.5 * (alone.high - alone.low)


@pytest.mark.parametrize(("bad", "good", "area"), [([5, 6, 7], [1, 2, 3], 1.0), ([1, 2, 3], [5, 6, 7], 0.0)])
def test_perfect_areas_still_have_an_interval(bad, good, area):
    told = auroc(bad, good, "abc", "def")
    assert told.area == area
    assert 0.3 < told.high - told.low < 0.8


def test_areas_need_two_parts_of_each():
    assert auroc([1.0, 2.0], [0.0, 0.1], "aa", "bc") is None


def hit_or_miss(seed, count=200):
    """Hits and misses of a POD whose a90 is exp((ln 9 + 4) / 3) = 7.89."""
    rng = np.random.default_rng(seed)
    sizes = np.exp(rng.uniform(0, 3, count))
    return sizes, rng.random(count) < 1 / (1 + np.exp(4 - 3 * np.log(sizes)))


def test_the_bound_on_a90_holds_in_95_of_100_cases():
    fits = [pod(*hit_or_miss(seed)) for seed in range(30)]
    true = math.exp((math.log(9) + 4) / 3)
    assert np.mean([fit.a90 for fit in fits]) == pytest.approx(true, rel=0.05)
    held = sum(fit.a90_95 is None or fit.a90_95 >= true for fit in fits)
    assert 26 <= held <= 30  # 28.5 expected
    assert all(fit.a90_95 is None or fit.a90_95 > fit.a90 for fit in fits)


def test_the_curve_goes_through_its_sizes():
    fit = pod(*hit_or_miss(1, 400))
    assert isinstance(fit, Pod)
    assert fit.at(fit.a50) == pytest.approx(0.5)
    assert fit.at(fit.a90) == pytest.approx(0.9)
    assert all(fit.at(size) > share for size, share in fit.bound)


@pytest.mark.parametrize(
    ("sizes", "found", "code"),
    [
        (range(1, 60), [True] * 59, "few"),
        (range(1, 71), [True] * 70, "all_found"),
        (range(1, 71), [False] * 70, "none_found"),
        (range(1, 71), [size > 30 for size in range(1, 71)], "parted"),
        (range(1, 71), [size % 2 == 0 for size in range(1, 71)], "flat"),
        (range(1, 71), [size < 30 or size % 2 == 0 for size in range(1, 71)], "flat"),
        (range(1, 71), [size <= 30 for size in range(1, 71)], "flat"),
        ([5.0] * 70, [True, False] * 35, "flat"),
    ],
)
def test_data_that_bear_no_curve_are_refused(sizes, found, code):
    told = pod(list(sizes), found)
    assert isinstance(told, NoPod)
    assert told.code == code


def test_sizes_beyond_the_labels_are_not_told():
    sizes = np.tile(np.arange(1.0, 11.0), 20)
    found = np.random.default_rng(2).random(200) < 0.05 * sizes
    fit = pod(sizes, found)
    assert isinstance(fit, Pod)
    assert fit.a90 is None
    assert fit.a90_95 is None


@pytest.mark.parametrize(("size", "bounds"), [(0.1, (0.1, 0.2)), (0.199, (0.1, 0.2)), (5, (5, 10)), (0.3, (0.2, 0.5))])
def test_size_classes_hold_their_lower_end(size, bounds):
    assert size_class(size) == bounds


def label(strength, size=3.0, group="scratch", **more):
    return LabelScore(group, size, strength, found_as=None if strength is None else Kind.SCRATCH, **more)


def scored(name, bad, labels=(), false=(), strongest=None, why="", placed=True):
    findings = tuple(FalseFinding(Kind.FOREIGN_MATTER, 1.0, strength) for strength in false)
    groups = tuple({one.group for one in labels})
    return PictureScore(name, name, bad, groups, placed, why, 2.0, tuple(labels), findings, strongest)


def test_thresholds_are_scored_from_one_run():
    labels = [label(9.0), label(6.0), label(3.0), label(None)]
    told = [scored("a", True, labels, (8.0, 5.0)), scored("b", False, (), (7.0, 4.0, 2.0))]
    curve = dict(froc(labels, [finding for one in told for finding in one.false], 2))
    assert curve == {0.0: 0.25, 0.5: 0.25, 1.0: 0.5, 1.5: 0.5, 2.0: 0.75, 2.5: 0.75}
    by = {(row["per"], row["false_per_picture"]): row for row in recall_at(labels, told)}
    assert by["picture", 0.5]["recall"]["scratch"]["hits"] == 1
    assert by["picture", 0.5]["threshold"] == 7.0
    assert by["picture", 1.0]["recall"]["scratch"]["hits"] == 2
    assert by["good_picture", 1.0]["threshold"] == 4.0
    assert by["picture", 5.0]["threshold"] is None
    assert by["picture", 5.0]["recall"]["scratch"]["hits"] == 3


def test_counts_by_size_and_kind():
    labels = [label(9.0, 3.0), label(None, 4.0, covered=0.3), label(5.0, 30.0)]
    told = [scored("a", True, labels, (8.0, 5.0)), scored("b", False)]
    row = group_row("scratch", labels, told[0].false, told)
    assert (row["labels"], row["found"], row["missed"], row["missed_partly_covered"]) == (3, 2, 1, 1)
    assert [(one["from"], one["to"], one["labels"], one["found"]) for one in row["classes"]] == [
        (2, 5, 2, 1),
        (20, 50, 1, 1),
    ]
    other = group_row("foreign_matter", labels, told[0].false, told)
    assert (other["false"], other["false_per_picture"], other["false_per_mp"]) == (2, 1.0, 0.5)
    assert confusion(labels) == {
        "rows": ["scratch"],
        "columns": ["scratch"],
        "counts": [[2]],
        "missed": [1],
        "judged": [2],
    }


def test_what_may_be_the_labels_kind_is_judged_as_it():
    dents = [
        dataclasses.replace(label(9.0, 3.0), group="dent", found_as=Kind.FOREIGN_MATTER, may_be=may_be)
        for may_be in ((), (Kind.DENT,), (Kind.SCRATCH,))
    ]
    told = confusion([*dents, dataclasses.replace(label(9.0, 3.0), group="rust")])
    assert (told["rows"], told["judged"]) == (["dent", "rust"], [1, None])


def test_size_errors_are_shares_of_the_label():
    labels = [label(9.0, 10.0, found_size=size, area=4.0, found_area=5.0) for size in (9.5, 10.0, 12.0)]
    size, area = size_errors(labels)
    assert size["median"] == 0.0
    assert size["within_10"]["hits"] == 2
    assert area["median"] == pytest.approx(0.25)
    assert area["within_25"]["hits"] == 3


def test_a_bad_picture_that_was_found_elsewhere_ranks_last():
    bad = [scored("a", True, [label(9.0)], strongest=9.0), scored("b", True, [label(None)], (20.0,), strongest=20.0)]
    good = [scored("c", False, strongest=None), scored("d", False, (), (4.0,), strongest=4.0)]
    told = picture_level([*bad, *good])
    assert told["auroc"]["located"]["area"] == 0.5
    assert told["auroc"]["picture"]["area"] == 1.0
    assert told["auroc"]["groups"]["scratch"]["located"]["area"] == 0.5
    rejects = told["false_rejects_at_zero_escapes"]
    assert (rejects["located"]["silent"], rejects["located"]["rejected"]["hits"]) == (1, 2)
    assert (rejects["picture"]["silent"], rejects["picture"]["rejected"]["hits"]) == (0, 0)
    assert rejects["picture"]["threshold"] == 9.0


def test_what_could_not_be_inspected_counts_against_it():
    pictures = [
        scored("a", True, [label(9.0)], strongest=9.0),
        scored("b", True, [label(None)], why="dark"),
        scored("c", False, strongest=3.0),
        scored("d", False, why="dark"),
    ]
    told = picture_level(pictures)
    assert told["auroc"]["picture"]["area"] == 0.25
    assert told["false_rejects_at_zero_escapes"]["picture"]["silent"] == 1


def test_good_pictures_alone_give_no_area():
    told = picture_level([scored("c", False), scored("d", False)])
    assert told["auroc"]["located"] is None
    assert told["false_rejects_at_zero_escapes"]["picture"] is None
