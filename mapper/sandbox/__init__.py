"""The vendors as small WSGI applications, as strict and as odd as their documents say.

Written from the vendors' documents, never from the connector files: a simulator that shares the client's mistake
proves nothing.
"""
