import subprocess
import sys

import pytest
from PIL import Image

from seethrough.errors import UserError
from seethrough.images.samples import SAMPLES, sample_path

SIZES = {"cat": (451, 300), "coffee": (600, 400), "rocket": (640, 427), "moped": (741, 500)}


def test_each_sample_is_there_with_the_size_it_always_had() -> None:
    assert set(SAMPLES) == set(SIZES)
    for name, size in SIZES.items():
        with Image.open(sample_path(name)) as opened:
            assert opened.size == size


def test_each_row_says_what_it_shows_and_whose_it_is_in_one_line() -> None:
    for name, sample in SAMPLES.items():
        assert sample.name == name
        assert sample.shows
        assert sample.credit
        assert "\n" not in sample.shows + sample.credit


def test_a_mistyped_sample_is_answered_with_the_closest() -> None:
    with pytest.raises(UserError, match="sample 'cofee' is not known; closest: coffee"):
        sample_path("cofee")


def test_without_scikit_image_the_line_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match="pip install scikit-image"):
        sample_path("cat")


def test_samples_and_sources_are_found_without_the_heavy_packages() -> None:
    script = (
        "import sys; from seethrough.images import expand, photo_name, sample_path; import seethrough.images.sources;"
        "sample_path('cat'); expand(['cat']); photo_name('cat');"
        "print({'torch', 'skimage', 'numpy', 'PIL'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_the_package_offers_functions_where_modules_bear_their_names() -> None:
    script = (
        "import seethrough.images.photo, seethrough.images as images;"
        "from seethrough.images import photo, save_image;"
        "print(callable(images.photo), photo is images.photo, callable(save_image))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "True", "True"]
