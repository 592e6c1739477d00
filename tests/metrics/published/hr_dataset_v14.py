"""Employees with the days they came and left, and how content they are."""

from tests.metrics.published import Edition, Load, Other, ask

FILE = ("HRDataset_v14.csv",)
MEAN = ("employee_satisfaction", "surveys_mean")
EDITIONS = (
    Edition(
        "hr",
        "hr_dataset_v14",
        (Load("hr_employees", FILE), Load("hr_surveys", FILE)),
        (
            ask("employee_satisfaction", "total", *MEAN, "EmpSatisfaction 1-5"),
            ask("employee_satisfaction", "team", *MEAN, by="team"),
            ask("employee_satisfaction", "owner", *MEAN, by="owner"),
            ask(
                "employee_retention_rate", "year", "employee_retention_rate",
                grain="year", period="2011-01-01..2019-01-01", scale=100,
            ),
            ask(
                "employee_retention_rate", "quarter", "employee_retention_rate",
                grain="quarter", period="2011-01-01..2019-01-01", scale=100,
            ),
        ),
    ),
)  # fmt: skip
_NO_PERIOD = (
    "all who ever left over all who were ever there: no period, so it only falls; ours follows those of a start"
)
_FEW = "fewer than five answers: they could be told who gave them, so there is no value"
OTHERS = (
    Other("employee_satisfaction", "team", _FEW, ("Executive Office",)),
    Other(
        "employee_satisfaction",
        "team",
        "the next smallest, or a difference would tell the smallest",
        ("Admin Offices",),
    ),
    Other("employee_satisfaction", "owner", _FEW, ("Board of Directors", "Debra Houlihan", "Eric Dougall")),
    Other("employee_retention_rate", "total", _NO_PERIOD),
    Other("employee_retention_rate", "team", _NO_PERIOD),
)
