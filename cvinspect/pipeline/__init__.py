"""The order of the stages: inspect() one part, run() many. The only room that knows it."""

from cvinspect.pipeline.inspect import Judged, inspect, run
from cvinspect.pipeline.lights import NO_LIGHTS, Lights, parse_lights
from cvinspect.pipeline.line import line
from cvinspect.pipeline.shots import Shot, find_shots, parts_of

__all__ = ["NO_LIGHTS", "Judged", "Lights", "Shot", "find_shots", "inspect", "line", "parse_lights", "parts_of", "run"]
