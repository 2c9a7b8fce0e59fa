"""One Nicoka account in a small room: the CRM and what stands around it, written from the vendor's pages.

`app` holds the routes and the switches, `desk` answers about records, `others` about what the CRM refers to,
`activities` decorates the list of activities, `listing` holds the list queries, `checks` what a write may hold,
`filling` what the server makes of it, `forms` what an answer shows, `account` what there is, `table` the rows,
`catalogue` the fields and drop-down lists, `tokens` the login tokens.
"""

from .app import Nicoka

__all__ = ["Nicoka"]
