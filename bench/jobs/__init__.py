"""The jobs of the bench: each a function that is given a network and returns a Pair, what to run beside what."""
