"""Cone: what a network says when a small part of a photo changes, recomputing only what can have changed."""

from seethrough.networks.cone.cone import Cone, cone_of

__all__ = ["Cone", "cone_of"]
