"""The RQ worker's entry point: `alerts worker` and `python worker.py` are the same."""

from alerts.jobs.worker import run

if __name__ == "__main__":
    run()
