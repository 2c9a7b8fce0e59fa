"""Cirrus 2 as its public page describes it, and as its server framework behaves where the page is silent.

wire      what the framework does: query and body checks, the X-Fields mask, its errors
table     rows with sort orders and indexes that move with each write
dynamic   dynamic field definitions and values
store     one tenant: its tables, its fixed lists, the shapes in which records are read
writes    bodies of creates and updates turned into rows
lists     filters and sort orders of the lists
samples   records in which every documented field is filled
login     the token endpoint
app       routes, pages, replies, switches, and the helpers for tests in the same process
"""

from .app import Cirrus

__all__ = ["Cirrus"]
