"""Part 2: which part of a digit its reading comes from."""

from torch import Tensor

from seethrough import see
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.digits import sentences
from seethrough.labs.digits.material import Material, code, drawn, examples, picked, readings
from seethrough.labs.digits.measures import inked
from seethrough.percent import percent
from seethrough.plots import sheet, show_image, show_map
from seethrough.report import Section, Table, picture
from seethrough.see.fill import Fill

BLOCK = 7
FILLS: tuple[Fill, Fill] = ("grey", "zero")
COVERED = 0.15
"""The share of the ink under a patch from which on it counts as lying on the digit."""


def occlusion(desk: Desk, here: Material) -> Job[Section]:
    """Make the section on occlusion."""
    order = drawn(here.test, 200, desk.seed + 2)
    right = (readings(desk.network, order.pixels).argmax(1) == order.labels).nonzero()[:10, 0].tolist()
    chosen = examples(here.test, [order.places[place] for place in right])
    stride = 3 if desk.quick else 1
    grids = []
    for place, fill in enumerate(FILLS):
        work = see.occlusion.job(
            desk.network,
            chosen.pixels,
            chosen.labels,
            block=BLOCK,
            stride=stride,
            fill=fill,
            on="probability",
            batch=64,
        )
        one, _ = yield from part_of(work, place, len(FILLS))
        assert one.grid is not None
        grids.append(one.grid)
    grid, black = grids
    clear = readings(desk.network, chosen.pixels).gather(1, chosen.labels[:, None])[:, 0]
    ink = inked(chosen.pixels, BLOCK, stride)
    on, off = ink >= COVERED, ink == 0
    # Below a half another class may be ahead; above it none can be.
    lost = grid < 0.5
    measured = {
        "uncovered": float(clear.mean()),
        "patch on the digit": _mean(grid, on),
        "patch off the digit": _mean(grid, off),
        "below a half, on the digit": _mean(lost.double(), on),
        "below a half, off the digit": _mean(lost.double(), off),
        "black patch on the digit": _mean(black, on),
        "black patch off the digit": _mean(black, off),
    }
    figure, panels = sheet(
        4, 5, cell=(2.35, 2.2), title=f"The probability of the digit by the place of a grey patch ({desk.network.name})"
    )
    for place, name in enumerate(chosen.names):
        row, column = place // 5 * 2, place % 5
        show_image(panels[row, column], chosen.pixels[place], f"{name}: {percent(float(clear[place]))}")
        lowest = f"lowest {percent(float(grid[place].min()))}"
        show_map(panels[row + 1, column], grid[place], title=lowest, limits=(0.0, 1.0), colorbar=column == 4)
    places = tuple(
        (
            chosen.places[place],
            name,
            percent(float(clear[place])),
            percent(float(grid[place].min())),
            percent(float(lost[place].double().mean())),
        )
        for place, name in enumerate(chosen.names)
    )
    head = ("test picture", "shows", "uncovered", "lowest", "places where it is below a half")
    return Section(
        "2.4 Occluding parts of the image",
        f"A grey patch of {BLOCK} x {BLOCK} pixels is laid on the picture, {stride} pixel{'s' if stride > 1 else ''} "
        "further each time. "
        "A grid has a cell for each place of the patch, at the patch's upper left corner: bright where the digit is "
        "still "
        "read, dark where it is not. Ten test pictures drawn by chance among those that are read rightly.",
        (
            picture(
                figure,
                "Ten digits, and under each a grid of its probability by the place of the patch",
                "Under each digit its probability by the patch's place, all on one scale from 0 (black) to 1 (bright).",
                code(
                    desk,
                    here,
                    picked(chosen),
                    f"labels = data.labels[{list(chosen.places)}]",
                    f'found = see.occlusion(network, pixels, labels, block={BLOCK}, stride={stride}, fill="grey", '
                    'on="probability")',
                    'found.save("occlusion.png")',
                    uses="see",
                ),
            ),
        ),
        (Table(head, places),),
        task="Cover ten random images with a grey patch, place by place, and plot the probability of the true class "
        "in a grid.",
        answer=sentences.occlusion(
            clear=measured["uncovered"],
            on_ink=measured["patch on the digit"],
            off_ink=measured["patch off the digit"],
            lost_on=measured["below a half, on the digit"],
            lost_off=measured["below a half, off the digit"],
            black_on=measured["black patch on the digit"],
            black_off=measured["black patch off the digit"],
            least=COVERED,
            block=BLOCK,
        ),
        numbers={
            **measured,
            "block": BLOCK,
            "stride": stride,
            "shows": chosen.names,
            "uncovered each": clear.tolist(),
            "lowest each": grid.amin((1, 2)).tolist(),
        },
        level=3,
    )


def _mean(values: Tensor, where: Tensor) -> float:
    return float(values[where].double().mean()) if bool(where.any()) else float("nan")
