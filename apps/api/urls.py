from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from apps.api import explanations, views

app_name = "api"
urlpatterns = [
    path("", views.RootView.as_view(), name="root"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("workspaces/", views.WorkspacesView.as_view(), name="workspaces"),
    path("workspaces/<slug:slug>/", views.WorkspaceView.as_view(), name="workspace"),
    path("kpis/", views.KpisView.as_view(), name="kpis"),
    path("kpis/<str:key>/rows/", explanations.KpiRowsView.as_view(), name="kpi_rows"),
    path("kpis/<str:key>/", views.KpiView.as_view(), name="kpi"),
    path("goals/", views.GoalsView.as_view(), name="goals"),
    path("goals/<int:goal_id>/", views.GoalView.as_view(), name="goal"),
    path("goals/<int:goal_id>/actuals/", views.ActualsView.as_view(), name="actuals"),
    path("imports/", views.ImportsView.as_view(), name="imports"),
    path("imports/<int:import_id>/", views.ImportView.as_view(), name="import"),
    path("<path:rest>/", views.NothingHereView.as_view(), name="nothing_here"),
]
