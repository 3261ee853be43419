"""The application for a WSGI server: `granian --interface wsgi alerts.wsgi:app`."""

from alerts.app import create_app

app = create_app(steady=True)
