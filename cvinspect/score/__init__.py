"""Found against truth: what a user's own labelled pictures say of a recipe.

    road = Road(recipe)
    shots = road.shots(pictures_or_folders)
    truth = load_truth(path, [shot.path for shot in shots], parse_classes("0=dent,1=scratch"))
    scores = [score for score, _ in score_pictures(shots, truth, road)]
    summary(scores, truth, road)

`matching` has the rule by which a finding counts for a label.
"""

from cvinspect.score.classes import Classes, parse_classes
from cvinspect.score.road import Road
from cvinspect.score.scoring import LabelScore, Looked, PictureScore, score_pictures
from cvinspect.score.sheet import Sheet
from cvinspect.score.summary import summary
from cvinspect.score.truth import Truth, load_truth, pictures_of

__all__ = [
    "Classes",
    "LabelScore",
    "Looked",
    "PictureScore",
    "Road",
    "Sheet",
    "Truth",
    "load_truth",
    "parse_classes",
    "pictures_of",
    "score_pictures",
    "summary",
]
