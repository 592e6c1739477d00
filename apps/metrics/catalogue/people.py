"""What the list of employees says: who stays and who leaves. Groups only, never a person.

An employee is there from the day of hire until, not including, the day of leaving.
"""

from dataclasses import replace

from apps.metrics.catalogue.formulas import count, level, number_of
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.rows import RowsOf, first_known

employees = RowsOf("employees")

staff = employees.hired_on.known.called("employed")
until_they_leave = employees.left_on.when(employees.left_on.known)
heads = level(None, since=employees.hired_on, until=until_they_leave, where=staff)
# Where nothing is said about working hours, an employee works full time.
full_time = level(
    first_known(employees.fte, 1).called("fte"), since=employees.hired_on, until=until_they_leave, where=staff
)
left = employees.left_on.known.called("leaving")

GROUPS_ONLY = ("workspace", "team")

employee_retention_rate = Kpi(
    key="employee_retention_rate",
    name="Employee retention rate",
    synonyms=("staff retention", "retention of employees"),
    sentence="Of the employees at the start of the period, the share who are still there at its end.",
    formula=number_of("id", having=[heads.at_start >= 1, heads >= 1]).called("employees kept")
    / number_of("id", having=[heads.at_start >= 1]).called("employees at the start"),
    dated_by=employees.hired_on,
    kind=Kind.RECOUNT,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.EMPLOYEE,
    counter_metric="employee_satisfaction",
    min_n=20,
    scopes=GROUPS_ONLY,
    mistakes=(
        "Heads at the end over heads at the start: hiring hides the leaving, and it can exceed 100 %.",
        "One less turnover: turnover also counts who was hired and left within the period.",
        "All who ever left over all who were ever there: without a period it only falls.",
    ),
    authority="SHRM: employees of the start still employed at the end, over employees of the start; hires of the "
    "period play no part.",
)

employee_turnover_rate = Kpi(
    key="employee_turnover_rate",
    name="Employee turnover rate",
    synonyms=("staff turnover", "attrition", "labour turnover"),
    sentence="The employees who left in the period over the mean of the heads at its start and end.",
    formula=count(left) / ((heads.at_start + heads) / 2),
    dated_by=employees.left_on,
    kind=Kind.COMPOSITE,
    unit=Unit.PERCENT,
    direction=Direction.DOWN,
    category=Category.EMPLOYEE,
    counter_metric="sales_productivity",
    scopes=GROUPS_ONLY,
    mistakes=(
        "A month's rate beside a year's: it is not brought to a year.",
        "Retention as one less turnover: who came and left within the period counts here and not there.",
        "Dismissals and resignations in one number: the variant `employees_voluntary` has the latter.",
        "Who moves to another team leaves the team, not the company: the list has one team for each employee.",
    ),
    authority="Textbook: leavers over average headcount, the average of the two ends of the period.",
)

employee_turnover_rate_voluntary = replace(
    employee_turnover_rate,
    variant="employees_voluntary",
    sentence="The employees who left in the period of their own will over the mean of the heads at its start and end.",
    formula=count((left & (employees.leave_kind == "voluntary")).called("resigning")) / ((heads.at_start + heads) / 2),
    mistakes=(
        "A month's rate beside a year's: it is not brought to a year.",
        "Leavers without a kind of leaving are not counted.",
        "Resignations that were asked for.",
    ),
)

KPIS = (employee_retention_rate, employee_turnover_rate, employee_turnover_rate_voluntary)
