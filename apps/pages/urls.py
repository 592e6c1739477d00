"""Every page. What belongs to a workspace lives under /w/<slug>/, behind the door in access.py."""

from django.urls import include, path

from apps.pages.goals.thresholds import thresholds

app_name = "pages"
urlpatterns = [
    path("", include("apps.pages.home.urls")),
    path("w/<slug:slug>/goals/", include("apps.pages.goals.urls")),
    path("w/<slug:slug>/plans/", include("apps.pages.plans.urls")),
    path("w/<slug:slug>/kpis/", include("apps.pages.kpis.urls")),
    path("w/<slug:slug>/benchmarks/", include("apps.pages.benchmarks.urls")),
    path("w/<slug:slug>/imports/", include("apps.pages.imports.urls")),
    path("w/<slug:slug>/sources/", include("apps.pages.sources.urls")),
    path("w/<slug:slug>/warehouse/", include("apps.pages.warehouse.urls")),
    path("w/<slug:slug>/settings/thresholds/", thresholds, name="thresholds"),
    path("", include("apps.pages.people.urls")),
]
