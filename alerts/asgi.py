"""The application for an ASGI server, as `alerts web` serves it: `granian --interface asginl alerts.asgi:app`."""

import gc
import sys

from alerts.app import create_app
from alerts.web.front import in_front_of

sys.setswitchinterval(0.0002)
"""Seconds: a page that is made on a thread gets its turns beside an event loop that is never out of work."""

app = in_front_of(create_app(steady=True))

gc.freeze()  # what stands for as long as the process does is not looked through again: that took 100 ms at a time
