"""What every test may use: the cast (tests/cast.py)."""

pytest_plugins = ["tests.cast"]
