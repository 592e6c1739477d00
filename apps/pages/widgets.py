"""Form controls that several rooms of the pages use."""

from django import forms


class DayInput(forms.DateInput):
    """The browser's own date picker; it reads and writes days as 2026-03-31 whatever it shows."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")
