"""Small networks to train from scratch: a function a file; `build` makes them by name."""
