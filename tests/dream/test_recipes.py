from dataclasses import asdict

import pytest

from seethrough.dream.recipes import CHANGES, CHOICES, DEFAULT, RECIPES, START, Recipe, recipe_of, said
from seethrough.errors import UserError


def test_the_four_settings_of_yosinski_are_as_published() -> None:
    # Arxiv:1506.06579, table 1: decay; blur and every so many steps; percentiles of norm and contribution; steps.
    published = {
        "yosinski-1": (0, 0.5, 4, 50, 0, 500),
        "yosinski-2": (0.3, 0, 4, 20, 0, 750),
        "yosinski-3": (1e-4, 1.0, 4, 0, 0, 1000),
        "yosinski-4": (0, 0.5, 4, 0, 90, 1000),
    }
    for name, numbers in published.items():
        recipe = RECIPES[name]
        found = (recipe.decay, recipe.blur, recipe.every, recipe.clip_norm, recipe.clip_contribution, recipe.steps)
        assert found == numbers, name
        assert (recipe.canvas, recipe.views, recipe.noise, recipe.norm) == ("pixels", "still", 0, 0)


def test_every_recipe_says_in_a_line_what_it_is_and_uses_what_there_is() -> None:
    assert DEFAULT in RECIPES
    for name, recipe in RECIPES.items():
        assert recipe.says and "\n" not in recipe.says and len(recipe.says) < 100, name
        for setting, choices in CHOICES.items():
            assert getattr(recipe, setting) in choices
    assert len({tuple(asdict(recipe).items()) for recipe in RECIPES.values()}) == len(RECIPES)


def test_what_is_changed_is_changed_and_nothing_else() -> None:
    assert recipe_of(None, {}) == RECIPES[DEFAULT]
    assert recipe_of(None, {}, "facet") == RECIPES["facet"]
    assert recipe_of("lucid", {}, "facet") == RECIPES["lucid"]
    for name, recipe in RECIPES.items():
        for setting in (*CHANGES, START):
            assert recipe_of(name, {setting.name: None}) == recipe  # type: ignore[misc]
            value = setting.choices[-1] if setting.choices else 3 if setting.kind == "int" else 1.0
            if setting.name == "norm_power":
                value = 1
            changed = asdict(recipe_of(name, {setting.name: value}))  # type: ignore[misc]
            # Phases cannot fade: they take the recipe's decay away.
            also = {"decay": 0.0} if value == "phase" else {}
            assert changed == asdict(recipe) | {setting.name: value} | also


def test_photos_are_no_part_of_a_recipe() -> None:
    assert recipe_of("simonyan", {"start": object()}) == RECIPES["simonyan"]
    assert recipe_of("simonyan", {"start": "black"}).start == "black"


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("yosinsky-1", {}, "recipe 'yosinsky-1' is not known; closest: yosinski-1"),
        ("", {"rrate": 1.0}, "setting of a recipe 'rrate' is not known; closest: rate"),
        ("lucid", {"says": "x"}, "setting of a recipe 'says' is not known"),
        ("lucid", {"stride": "giant"}, "stride: 'giant' does not fit; it takes plain | unit-length"),
        ("lucid", {"start": "cat.jpg"}, "start: 'cat.jpg' does not fit; it takes noise | mean | black"),
        ("lucid", {"steps": 2.5}, "steps: 2.5 does not fit"),
        ("lucid", {"noise": 2.0}, "noise: 2.0 does not fit; it takes 0 to 1"),
        ("lucid", {"rate": -1.0}, "rate: -1.0 does not fit; it takes 0 or more"),
        ("lucid", {"rate": "fast"}, "rate: 'fast' does not fit"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(name: str, changes: dict, words: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(UserError) as caught:
        recipe_of(name, changes)  # type: ignore[arg-type]
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_what_was_asked_for_is_said_again() -> None:
    assert said(None, {}) == {"recipe": DEFAULT}
    assert said(None, {}, "neuron") == {"recipe": "neuron"}
    given = {"steps": 5, "rate": 0.5, "start": "black", "norm": None, "canvas": "pixels"}
    told = said("course", given)  # type: ignore[arg-type]
    assert told == {"recipe": "course", "steps": 5, "rate": 0.5, "start": "black", "canvas": "pixels"}
    assert "start" not in said(None, {"start": object()})
    repeated = {name: value for name, value in told.items() if name != "recipe"}
    assert recipe_of(told["recipe"], repeated) == recipe_of("course", given)  # type: ignore[arg-type]
    assert isinstance(recipe_of("course", {}), Recipe)
