"""What methods return: plain tensors and numbers that can draw, save and say themselves."""

from seethrough.results.guesses import Guess, Guesses
from seethrough.results.result import Result
from seethrough.results.store import load_result

__all__ = ["Guess", "Guesses", "Result", "load_result"]
