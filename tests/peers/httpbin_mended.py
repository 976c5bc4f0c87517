"""httpbin, but for one fault: where a digest is asked for with a query, such as `?require-cookie=1`, it adds bytes to a text, and
answers 500 to every client."""
from flask import request
from httpbin import app, helpers


class Decoded:
    """The request as the helpers expect it."""

    def __getattr__(self, name):
        value = getattr(request, name)
        return value.decode() if name == "query_string" else value


helpers.request = Decoded()
__all__ = ["app"]
