"""One small class per address. Each asks one query of the room below and shows what it answers."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers as fields
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import BaseThrottle, UserRateThrottle

from apps.api import pushing, serializers
from apps.api.authentication import member_of, today_of
from apps.api.errors import answer
from apps.api.filters import GoalFilter
from apps.common.errors import Refusal
from apps.datasets.models import Import
from apps.datasets.queries import import_for, imports_of
from apps.goals.models import Actual, Goal
from apps.goals.queries import visible_goals, with_standing
from apps.metrics.catalogue import Definitions, Kpi
from apps.metrics.queries import definitions_of
from apps.metrics.readiness import readiness_of
from apps.people.models import Member, Workspace
from apps.people.permissions import can
from apps.people.roles import Permission
from apps.refresh.services import request_import


class PushThrottle(UserRateThrottle):
    """A push starts work: fewer of them than of questions (PUSH_RATE)."""

    scope = "push"


class MemberView(GenericAPIView[Any]):
    """Every address: somebody is signed in, and their role holds the permission the address asks for."""

    needs = Permission.SEE_WORKSPACE
    needs_to_write = Permission.MANAGE_WORKSPACE
    filter_backends: Sequence[Any] = ()

    def get_exception_handler(self) -> Any:
        return answer

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        reads = request.method in SAFE_METHODS
        if not can(self.member, self.needs if reads else self.needs_to_write):
            do = "read this" if reads else "do this"
            raise PermissionDenied(f"The role {self.member.get_role_display()} may not {do}.")

    @property
    def member(self) -> Member:
        return member_of(self.request)

    @property
    def today(self) -> date:
        return today_of(self.request)


class RootView(MemberView):
    """Where everything is, and as whom this token reads."""

    lists = ("workspaces", "kpis", "goals", "imports")
    answers = ("workspace", "member", "role", *lists)

    @extend_schema(responses=inline_serializer("Root", dict.fromkeys(answers, fields.CharField())))
    def get(self, request: Request) -> Response:
        links = {name: reverse(f"api:{name}", request=request) for name in self.lists}
        who = {"workspace": self.member.workspace.slug, "member": self.member.name, "role": self.member.role}
        return Response({**who, **links})


class WorkspacesView(MemberView, ListAPIView[Workspace]):
    """The workspaces this token can read: the one it was made in."""

    queryset = Workspace.objects.none()
    serializer_class = serializers.WorkspaceSerializer

    def get_queryset(self) -> QuerySet[Workspace]:
        return Workspace.objects.filter(pk=self.member.workspace_id).order_by("slug")


class WorkspaceView(MemberView, RetrieveAPIView[Workspace]):
    queryset = Workspace.objects.none()
    serializer_class = serializers.WorkspaceSerializer
    lookup_field = "slug"

    def get_object(self) -> Workspace:
        if self.kwargs["slug"] != self.member.workspace.slug:
            raise NotFound(f"There is no workspace {self.kwargs['slug']} for you.")
        return self.member.workspace


class KpiDoor(MemberView):
    """What the workspace says about KPIs: its own, the variants it takes, and what its data lacks."""

    @cached_property
    def definitions(self) -> Definitions:
        return definitions_of(self.member.workspace)

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if getattr(self, "swagger_fake_view", False):  # the description is made without anybody signed in
            return context
        return context | {"definitions": self.definitions, "readiness": readiness_of(self.member.workspace)}


class KpisView(KpiDoor):
    """Every KPI of the workspace once, in the variant it stands for here."""

    serializer_class = serializers.KpiSerializer

    @extend_schema(operation_id="kpis_list", responses=serializers.KpiSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.definitions.all())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


@extend_schema(parameters=[OpenApiParameter("variant", str, description="default: the one the workspace takes")])
class KpiView(KpiDoor, RetrieveAPIView[Any]):
    """The definition of one KPI: what it means and exactly how it is computed."""

    serializer_class = serializers.KpiDetailSerializer

    def get_object(self) -> Kpi:
        try:
            return self.definitions.get(self.kwargs["key"], self.request.query_params.get("variant") or None)
        except Refusal as unknown:
            raise NotFound(unknown.sentence) from None


class GoalsView(MemberView, ListAPIView[Goal]):
    """The goals this member sees on the pages, with their newest actual."""

    queryset = Goal.objects.none()
    serializer_class = serializers.GoalSerializer
    filterset_class = GoalFilter
    filter_backends = (DjangoFilterBackend,)

    def get_queryset(self) -> QuerySet[Goal]:
        return with_standing(visible_goals(self.member, self.today)).order_by("ends_on", "id")


class GoalView(MemberView, RetrieveAPIView[Goal]):
    queryset = Goal.objects.none()
    serializer_class = serializers.GoalDetailSerializer

    def get_object(self) -> Goal:
        goal = _goal(self.member, self.kwargs["goal_id"], self.today)
        prefetch_related_objects([goal], "targets__set_by", "targets__decided_by", "benchmarks")
        return goal


class ActualsView(MemberView, ListAPIView[Actual]):
    """Every actual that was ever stored for the goal, newest first."""

    queryset = Actual.objects.none()
    serializer_class = serializers.ActualSerializer

    def get_queryset(self) -> QuerySet[Actual]:
        return _goal(self.member, self.kwargs["goal_id"], self.today).actuals.order_by("-id")


class ImportsView(MemberView, ListAPIView[Import]):
    """Imports, newest first; and the way to push a new one."""

    needs = Permission.SEE_IMPORTS
    needs_to_write = Permission.IMPORT_DATA
    parser_classes = (pushing.RowsParser, MultiPartParser)
    queryset = Import.objects.none()
    serializer_class = serializers.ImportSerializer

    def get_queryset(self) -> QuerySet[Import]:
        return imports_of(self.member.workspace).select_related("dataset", "created_by").order_by("-id")

    def get_throttles(self) -> list[BaseThrottle]:
        more = [PushThrottle()] if self.request.method == "POST" else []
        return [*super().get_throttles(), *more]

    @extend_schema(
        operation_id="imports_push",
        request={"application/json": pushing.PushSerializer, "multipart/form-data": pushing.PushSerializer},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key", str, OpenApiParameter.HEADER, description="the same push again gives the same import"
            )
        ],
        responses={202: serializers.PushedSerializer, 200: serializers.PushedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Take in rows or a file. The import runs in the background; `address` tells how it goes on."""
        pushing.check_size(request.META.get("CONTENT_LENGTH", ""))
        form = pushing.PushSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        push = pushing.read(form.validated_data, self.member.workspace)
        batch, is_new = pushing.receive(push, key=request.headers.get("Idempotency-Key", ""), by=self.member)
        request_import(batch=batch, by=self.member)
        address = reverse("api:import", args=[batch.pk], request=request)
        answer = serializers.PushedSerializer(batch, context={"address": address})
        return Response(answer.data, status=202 if is_new else 200, headers={"Location": address})


class ImportView(MemberView, RetrieveAPIView[Import]):
    needs = Permission.SEE_IMPORTS
    queryset = Import.objects.none()
    serializer_class = serializers.ImportDetailSerializer

    def get_object(self) -> Import:
        try:
            return import_for(self.member.workspace, self.kwargs["import_id"])
        except Import.DoesNotExist:
            raise NotFound(f"There is no import {self.kwargs['import_id']} here.") from None


class NothingHereView(MemberView):
    """Any other address, so that a typing mistake is answered in JSON too."""

    @extend_schema(exclude=True)
    def get(self, request: Request, rest: str) -> Response:
        raise NotFound(f"There is nothing at {rest}. /api/v1/ lists what there is.")


def _goal(member: Member, goal_id: int, today: date) -> Goal:
    try:
        return with_standing(visible_goals(member, today)).get(pk=goal_id)
    except Goal.DoesNotExist:
        raise NotFound(f"There is no goal {goal_id} that you can see.") from None
