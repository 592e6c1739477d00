"""How a piece of background work ends early."""


class LeaseLost(Exception):
    """Another worker has this run now, because this one was silent for too long. Nothing may be committed any more."""
