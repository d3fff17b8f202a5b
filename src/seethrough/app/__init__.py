"""App: look inside a network by hand, in the browser."""
