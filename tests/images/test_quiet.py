import logging
import os
import sys
import threading
import time
import warnings

import pytest
from PIL import Image, ImageFile

from seethrough.images.quiet import no_stderr, quiet


def test_warnings_and_log_lines_are_hidden_within_only(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("PIL.TiffImagePlugin")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with quiet(9):
            warnings.warn("within", stacklevel=1)
            log.error("within")
        warnings.warn("after", stacklevel=1)
        log.error("after")
    assert [str(warning.message) for warning in seen] == ["after"]
    assert caplog.messages == ["after"]


@pytest.mark.parametrize("setting", [True, False])
def test_pillow_s_settings_come_back_even_after_an_error(monkeypatch: pytest.MonkeyPatch, setting: bool) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", setting)
    filters, limit = list(warnings.filters), Image.MAX_IMAGE_PIXELS
    with pytest.raises(KeyError), quiet(9):
        assert not ImageFile.LOAD_TRUNCATED_IMAGES
        assert Image.MAX_IMAGE_PIXELS == 9
        raise KeyError
    assert setting == ImageFile.LOAD_TRUNCATED_IMAGES
    assert warnings.filters == filters
    assert limit == Image.MAX_IMAGE_PIXELS


def test_threads_leave_the_filters_as_they_were() -> None:
    filters = list(warnings.filters)

    def enter_often() -> None:
        for _ in range(50):
            with quiet(9):
                time.sleep(1e-5)

    threads = [threading.Thread(target=enter_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == filters


def test_what_c_code_writes_to_standard_error_is_dropped_within_only(capfd: pytest.CaptureFixture[str]) -> None:
    with no_stderr():
        os.write(2, b"within")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_standard_error_comes_back_after_an_error_and_no_descriptor_is_left(capfd: pytest.CaptureFixture[str]) -> None:
    lowest_free = os.dup(0)
    os.close(lowest_free)
    with pytest.raises(KeyError), no_stderr():
        raise KeyError
    print("still here", file=sys.stderr)  # noqa: T201
    assert capfd.readouterr().err == "still here\n"
    again = os.dup(0)
    os.close(again)
    assert again == lowest_free


def test_a_process_without_standard_error_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(descriptor: int) -> int:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(os, "dup", closed)
    with no_stderr():
        pass
