"""One Nicoka account in a small room: customers and contacts, written from the vendor's pages.

`app` holds the routes, `listing` the list queries, `checks` what a write may hold, `forms` what an answer
shows, `table` the rows, `catalogue` the fields and drop-down lists, `tokens` the login tokens.
"""

from .app import Nicoka

__all__ = ["Nicoka"]
