"""Koban: accounts (ncThird), contacts (ncContact), lists and tags of one demo tenant."""

from .app import Koban

__all__ = ["Koban"]
