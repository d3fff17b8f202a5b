"""Classifiers one can look into, and what is read from outside to build them."""
