from django.urls import path

from apps.pages.kpis import rows, views

urlpatterns = [
    path("", views.kpis, name="kpis"),
    path("<str:key>/", views.kpi, name="kpi"),
    path("<str:key>/rows/", rows.kpi_rows, name="kpi_rows"),
]
