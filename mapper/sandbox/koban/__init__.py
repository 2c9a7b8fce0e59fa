"""Koban: every object of the API in one demo tenant, its lists, tags and subscriptions."""

from .app import Koban

__all__ = ["Koban"]
