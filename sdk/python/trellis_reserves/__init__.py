"""Talks to a Trellis reserves service."""

from .operations import *  # noqa: F403
from .operations import Client
from .signing import Signer
from .transport import ApiError, UnreachableError, pages
from .trust import UntrustedError

__all__ = ["ApiError", "Client", "Signer", "UnreachableError", "UntrustedError", "pages"]
