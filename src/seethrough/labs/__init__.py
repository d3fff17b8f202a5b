"""Documents made end to end: the inspection of a photo, and the assignments of courses."""
