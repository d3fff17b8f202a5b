import threading
import time

import pytest

from seethrough.app.line import PAUSED, Line
from seethrough.errors import UserError


def never() -> bool:
    return False


def test_so_many_run_at_once_and_the_others_in_the_order_in_which_they_came() -> None:
    line, order, running, most = Line(at_once=2, waiting=20), [], [0], [0]
    lock = threading.Lock()
    tickets = [line.enter() for _ in range(8)]

    def work(number: int) -> None:
        assert line.wait(tickets[number], never, lambda before, seconds: None)
        with lock:
            order.append(number)
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        line.leave(tickets[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in reversed(range(8))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(order) == list(range(8))
    assert most[0] == 2
    # Two begin together: between those two either may write first.
    assert all(abs(place - number) <= 1 for place, number in enumerate(order))


def test_a_full_line_says_so_and_how_long() -> None:
    line = Line(at_once=1, waiting=2)
    first = line.enter()
    assert line.wait(first, never, lambda before, seconds: None)
    first.share = 0.5
    time.sleep(0.02)
    line.enter(), line.enter()
    with pytest.raises(UserError, match=r"busy: 2 jobs are waiting already, about \d+ seconds"):
        line.enter()
    assert 0 < (first.left() or 0) < 1


def test_who_gives_up_leaves_no_trace() -> None:
    line = Line(at_once=1, waiting=5)
    first, second = line.enter(), line.enter()
    assert line.wait(first, never, lambda before, seconds: None)
    heard: list[int] = []
    assert not line.wait(second, lambda: len(heard) > 0, lambda before, seconds: heard.append(before))
    assert heard == [1]
    line.leave(second)
    line.leave(first)
    third = line.enter()
    assert line.wait(third, never, lambda before, seconds: None)


def test_a_pause_makes_room_and_goes_on_before_others() -> None:
    line = Line(at_once=1, waiting=5)
    first, second, third = line.enter(), line.enter(), line.enter()
    assert line.wait(first, never, lambda before, seconds: None)
    line.pause(first)
    assert line.wait(second, never, lambda before, seconds: None)
    line.again(first)
    line.leave(second)
    assert line.wait(first, never, lambda before, seconds: None)
    line.leave(first)
    assert line.wait(third, never, lambda before, seconds: None)


def test_only_so_many_may_pause() -> None:
    line = Line(at_once=1, waiting=50)
    for _ in range(PAUSED):
        ticket = line.enter()
        assert line.wait(ticket, never, lambda before, seconds: None)
        assert line.pause(ticket)
    last = line.enter()
    assert line.wait(last, never, lambda before, seconds: None)
    assert not line.pause(last)
    line.again(ticket)
    assert line.pause(last)


def test_a_job_lets_clicks_pass_but_not_for_ever() -> None:
    line = Line()
    begun = time.monotonic()
    line.let_clicks_pass()
    assert time.monotonic() - begun < 0.2
    with line.click():
        begun = time.monotonic()
        line.let_clicks_pass()
        assert 0.3 < time.monotonic() - begun < 3
