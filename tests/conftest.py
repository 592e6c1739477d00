"""What every test may use: the cast, and a way to give its goals a status."""

pytest_plugins = ["tests.cast", "tests.judged"]
