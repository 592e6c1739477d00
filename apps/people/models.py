"""Workspaces, the people in them, and which team each belonged to on any day."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from apps.common.fiscal import FiscalYear
from apps.people.roles import Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can sign in, known by e-mail address; what they may do hangs on their Member rows."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open Django's admin.")
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


class Workspace(models.Model):
    """One organisation. Every other row belongs to exactly one workspace and is never shown to another."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    currency = models.CharField(max_length=3, default="USD", help_text="ISO 4217")
    timezone = models.CharField(max_length=64, default="UTC", help_text="IANA name; periods begin at its midnight")
    fiscal_year_start = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(12)], help_text="month, 1 to 12"
    )
    weekmask = models.CharField(max_length=7, default="1111100", help_text="working days, Monday first")
    # how the fiscal year is cut (common.fiscal): by months, or by weeks with its end on or near a weekday
    year_pattern = models.CharField(
        max_length=5,
        default="month",
        choices=[(each, each) for each in ("month", "4-4-5", "4-5-4", "5-4-4", "13x4")],
    )
    year_end_rule = models.CharField(max_length=7, default="last", choices=[("last", "last"), ("nearest", "nearest")])
    year_end_weekday = models.PositiveSmallIntegerField(default=5, help_text="0 is Monday")
    year_named_after = models.CharField(max_length=5, default="end", choices=[("start", "start"), ("end", "end")])
    week_start = models.PositiveSmallIntegerField(default=0, help_text="0 is Monday; 0 gives ISO weeks")
    holidays_of = models.CharField(max_length=10, blank=True, help_text="country, or country and region: DE-BY")
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def fiscal(self) -> FiscalYear:
        """How its year is cut into quarters, months or periods, and weeks."""
        return FiscalYear(
            start_month=self.fiscal_year_start,
            pattern=self.year_pattern,
            rule=self.year_end_rule,
            weekday=self.year_end_weekday,
            named_after=self.year_named_after,
            week_start=self.week_start,
        )


class Holiday(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["workspace", "day"], name="one_holiday_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class ExchangeRate(models.Model):
    """What one unit of a foreign currency is worth in the workspace's currency, from a day on until the next rate.

    A corrected or removed rate stays, with the time until which it was what was known: numbers as of an earlier day
    are computed with it again.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="exchange_rates")
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    valid_from = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=10)
    source = models.CharField(max_length=120, blank=True)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["currency", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "currency", "valid_from"],
                condition=Q(known_to__isnull=True),
                name="one_rate_a_currency_and_day",
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="a_rate_is_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} from {self.valid_from}"

    @property
    def told(self) -> str:
        """The rate without needless zeros."""
        return f"{self.rate.normalize():f}"


class Team(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("workspace", Lower("name"), name="team_name_once_in_a_workspace"),
        ]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A person of a workspace. `user` is empty for people who own numbers but do not sign in.

    `aliases` are the other names under which imported data knows them (`J. Doe`, a CRM id).
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="members")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    aliases: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    joined_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True, help_text="first day away")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="one_member_a_user_and_workspace"),
        ]

    def __str__(self) -> str:
        return self.name


class Resolution(models.Model):
    """What was said, once, about a text in the data that meant no member. Taken back, it stays with its time.

    `key` is the text as it is compared (common.texts). What makes the text mean somebody is that member's name or
    alias; this row remembers who said so and when, and which texts are no person at all.
    """

    class Kind(models.TextChoices):
        MEMBER = "member", "Is a member"
        NEW = "new", "New person"
        NOBODY = "nobody", "Not a person"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="resolutions")
    text = models.CharField(max_length=300, help_text="as the data writes it")
    key = models.CharField(max_length=300)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    member = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "key"], condition=Q(undone_at__isnull=True), name="a_text_is_resolved_once"
            ),
        ]

    def __str__(self) -> str:
        return "an e-mail address" if "@" in self.text else self.text  # the audit trail keeps no addresses


class Membership(models.Model):
    """Member of a team from one day until (not including) another: history is never rewritten by a transfer."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="first day not in the team")

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="membership_ends_after_start",
            ),
            models.UniqueConstraint(fields=["member"], condition=Q(ends_on__isnull=True), name="one_open_membership"),
        ]

    def __str__(self) -> str:
        return f"{self.member} in {self.team} from {self.starts_on}"


class Absence(models.Model):
    """Days on which a person is away; flows they are asked for may be pro-rated by it."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="absences")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="first day back")
    note = models.CharField(max_length=120, blank=True)
    entered_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    entered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="absence_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.member} away from {self.starts_on}"


class Invitation(models.Model):
    """A promise of a place. Only a digest of the token is kept.

    `member` is set when somebody the workspace already knows from its data is invited to sign in.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"invitation for {self.workspace}"


class ApiToken(models.Model):
    """Lets a program act as one member. Only a digest is kept; the token is shown once."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name
