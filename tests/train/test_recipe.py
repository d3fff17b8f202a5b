from typing import Any

import pytest

from seethrough.errors import UserError
from seethrough.train.recipe import Recipe


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"epochs": 0}, "epochs is 0; it takes 1 or more"),
        ({"batch": 1}, "batch is 1; it takes 2 or more"),
        ({"attack_steps": 0}, "attack_steps is 0; it takes 1 or more"),
        ({"rate": 0.0}, "rate is 0.0; it takes more than 0"),
        ({"rate": float("nan")}, "rate is nan; it takes more than 0"),
        ({"momentum": 1.0}, "momentum is 1.0; it takes 0 or more, and less than 1"),
        ({"decay": -0.1}, "decay is -0.1; it takes 0 or more, and less than inf"),
        ({"smoothing": 1.0}, "smoothing is 1.0; it takes 0 or more, and less than 1"),
        ({"optimiser": "adamw"}, "optimiser is 'adamw'; it takes adam | sgd"),
        ({"schedule": "steps"}, "schedule is 'steps'; it takes cycle | cosine | constant"),
        ({"precision": "float16"}, "precision is 'float16'; it takes float32 | bfloat16"),
        ({"against": "cw"}, "against is 'cw'; it takes none | fgsm | fast | pgd"),
        ({"augment": "mirror,crp"}, "augment 'crp' is not known; closest: crop"),
    ],
)
def test_what_cannot_be_trained_with_is_refused_in_one_line(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as refused:
        Recipe(**wrong)
    assert str(refused.value) == said


def test_its_words_leave_out_what_it_does_not_use() -> None:
    plain = Recipe().words()
    assert not {"momentum", "eps", "attack_steps", "attack_step"} & set(plain)
    assert plain["optimiser"] == "adam" and plain["against"] == "none" and plain["epochs"] == 10
    robust = Recipe(optimiser="sgd", against="pgd", eps="8/255").words()
    assert (robust["momentum"], robust["eps"], robust["attack_steps"]) == (0.9, "8/255", 10)
    assert Recipe(**robust) == Recipe(optimiser="sgd", against="pgd", eps="8/255")
