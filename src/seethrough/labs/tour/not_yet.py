"""What the lecture shows and the product does not do yet, by name and slide."""

from seethrough.jobs import Job, Step
from seethrough.labs.desk import Desk
from seethrough.labs.document import Part, Sections
from seethrough.labs.tour.lecture import BUILT, TECHNIQUES
from seethrough.report import Section, Table

NAME = "not-yet"


def missing(desk: Desk) -> Job[Sections]:
    """Return the list of what is not built."""
    left = [one for one in TECHNIQUES if one.part is None]
    yield Step(1, 1)
    return (
        Section(
            "Not yet",
            f"The lecture has {len(TECHNIQUES)} techniques by this count. {len(BUILT)} have a figure above; these "
            f"{len(left)} have none yet.",
            tables=(
                Table(
                    ("slide", "technique", "what comes nearest, or what it would take"),
                    tuple((one.slide, one.name, one.task) for one in left),
                    "Not yet built.",
                ),
            ),
            numbers={"not yet": [one.key for one in left], "built": [one.key for one in BUILT]},
        ),
    )


PART = Part(NAME, "Not yet", missing)
