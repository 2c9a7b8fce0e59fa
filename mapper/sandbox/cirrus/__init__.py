"""Cirrus 2 as its public page describes it, and as its server framework behaves where the page is silent.

wire      what the framework does: query and body checks, the X-Fields mask, its errors
table     rows with sort orders and indexes that move with each write
dynamic   dynamic field definitions and values
facts     the 233 operations, the shapes and what hangs together with what, read from the files beside
models    what a body may hold, by the types of the page
store     one tenant: its tables, its fixed lists, the shapes in which accounts and contacts are read
present   the shapes in which everything else is read
writes    bodies of creates and updates of accounts and contacts turned into rows
lists     filters and sort orders of the lists of accounts and contacts
build     rows, lists and writes of everything else, made from the facts
desk      lists, reads, creates, updates, and how they are answered
keyed     what stands at a path of several ids: budgets, connections, links, relations
oddities  the operations that are like no other
samples   records in which every documented field is filled
login     the token endpoint
app       routes, switches, and the helpers for tests in the same process
"""

from .app import Cirrus

__all__ = ["Cirrus"]
