"""Talks to a Trellis reserves service."""

from .operations import *  # noqa: F403
from .operations import Client
from .transport import ApiError, pages

__all__ = ["ApiError", "Client", "pages"]
