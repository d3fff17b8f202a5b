from pathlib import Path

import pytest
import torch

from seethrough.errors import UserError
from seethrough.study import shelf
from seethrough.study.shelf import Shard, enough, joined, put, shards


def shard(first: int, count: int, broken: tuple[tuple[int, str], ...] = ()) -> Shard:
    places = torch.arange(first, first + count)
    return Shard(places.float()[:, None].expand(count, 3), places, broken, first + count + len(broken))


def test_what_is_put_comes_back_in_order(tmp_path: Path) -> None:
    put(tmp_path, 3, shard(3, 2, ((5, "why\nnot ü"),)))
    put(tmp_path, 0, shard(0, 3))
    (tmp_path / ".0123.safetensors").write_bytes(b"half of a shard that was being written when the power went")
    found = joined(shards(tmp_path))
    assert found.places.tolist() == [0, 1, 2, 3, 4] and found.broken == ((5, "why\nnot ü"),) and found.end == 6
    assert torch.equal(found.values, torch.arange(5.0)[:, None].expand(5, 3))


def test_a_gap_or_damage_is_named(tmp_path: Path) -> None:
    put(tmp_path, 0, shard(0, 2))
    put(tmp_path, 4, shard(4, 2))
    with pytest.raises(UserError, match="a shard from picture 2 on is missing"):
        shards(tmp_path)
    put(tmp_path, 2, shard(2, 2))
    path = tmp_path / "shard-000000002.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(UserError, match=r"shard-000000002\.safetensors' is damaged"):
        shards(tmp_path)


def test_numbers_stay_on_disk_until_they_are_looked_at(tmp_path: Path) -> None:
    def memory() -> int:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * 4096

    if not Path("/proc/self/statm").exists():
        pytest.skip("memory is read from /proc")
    big = Shard(torch.zeros(1000, 40_000), torch.arange(1000), (), 1000)
    put(tmp_path, 0, big)
    del big
    before = memory()
    (found,) = shards(tmp_path)
    assert float(found.values[500, 7]) == 0 and memory() - before < 20_000_000
    assert found.values.nbytes == 160_000_000


def test_a_shard_is_written_when_it_holds_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "PICTURES", 5)
    assert not enough([shard(0, 2), shard(2, 2)]) and enough([shard(0, 2), shard(2, 3)])
    monkeypatch.setattr(shelf, "BYTES", 48)
    assert enough([shard(0, 2), shard(2, 2)]) and not enough([shard(0, 2), shard(2, 1)])
