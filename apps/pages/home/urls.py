from django.urls import path

from apps.pages.home import health, views

urlpatterns = [
    path("healthz", health.health, name="health"),
    path("", views.start, name="start"),
    path("w/<slug:slug>/", views.home, name="home"),
    path("w/<slug:slug>/runs/", views.runs, name="runs"),
    path("w/<slug:slug>/recomputing/", views.recomputing, name="recomputing"),
]
