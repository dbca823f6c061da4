"""Talks to a Trellis reserves service."""

from .operations import *  # noqa: F403
from .operations import Client
from .signing import Signer
from .transport import ApiError, UnreachableError, pages

__all__ = ["ApiError", "Client", "Signer", "UnreachableError", "pages"]
