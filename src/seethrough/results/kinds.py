"""The kinds of result a file may hold: its name leads to the class through this table alone, never through the file."""

import importlib

from seethrough.errors import unknown

KINDS = {
    "Agreement": "seethrough.results.agreement:Agreement",
    "ClassNoise": "seethrough.results.class_noise:ClassNoise",
    "Comparison": "seethrough.results.comparison:Comparison",
    "Curves": "seethrough.results.curves:Curves",
    "Dream": "seethrough.results.dream:Dream",
    "Dreams": "seethrough.results.dreams:Dreams",
    "Fooling": "seethrough.results.fooling:Fooling",
    "Guesses": "seethrough.results.guesses:Guesses",
    "Heatmap": "seethrough.results.heatmap:Heatmap",
    "Inversion": "seethrough.results.inversion:Inversion",
    "RobustCurve": "seethrough.results.robust_curve:RobustCurve",
    "Sanity": "seethrough.results.sanity:Sanity",
    "FeatureMaps": "seethrough.results.feature_maps:FeatureMaps",
    "Filters": "seethrough.results.filters:Filters",
    "FirstLayers": "seethrough.results.first_layers:FirstLayers",
    "LayersStrip": "seethrough.results.layers_strip:LayersStrip",
    "Styled": "seethrough.results.styled:Styled",
    "Survival": "seethrough.results.survival:Survival",
    "Sweep": "seethrough.results.sweep:Sweep",
    "LinearFooling": "seethrough.results.linear_fooling:LinearFooling",
    "Linearity": "seethrough.results.linearity:Linearity",
    "Mixed": "seethrough.results.mixed:Mixed",
    "Templates": "seethrough.results.templates:Templates",
    "Training": "seethrough.results.training:Training",
    "TrainingComparison": "seethrough.results.training_comparison:TrainingComparison",
    "Mask": "seethrough.results.mask:Mask",
    "Features": "seethrough.results.features:Features",
    "Probe": "seethrough.results.probe:Probe",
    "Neighbors": "seethrough.results.neighbors:Neighbors",
    "Landscape": "seethrough.results.landscape:Landscape",
    "Patches": "seethrough.results.patches:Patches",
    "Invariance": "seethrough.results.invariance:Invariance",
    "Equivariance": "seethrough.results.equivariance:Equivariance",
    "Ranking": "seethrough.results.ranking:Ranking",
}


def kind_class(kind: str) -> type:
    """Return the class of a kind of result.

    >>> kind_class("Guesses").__name__
    'Guesses'
    """
    if kind not in KINDS:
        raise unknown("kind of result", kind, KINDS)
    module, _, name = KINDS[kind].partition(":")
    found: type = getattr(importlib.import_module(module), name)
    return found
