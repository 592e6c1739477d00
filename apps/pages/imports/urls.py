from django.urls import path

from apps.pages.imports import actions, downloads, new, views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("new/", new.import_new, name="import_new"),
    path("recompute/", actions.recompute, name="recompute"),
    path("<int:import_id>/", views.import_page, name="import"),
    path("<int:import_id>/progress/", views.import_progress, name="import_progress"),
    path("<int:import_id>/undo/", actions.import_undo, name="import_undo"),
    path("<int:import_id>/redo/", actions.import_redo, name="import_redo"),
    path("<int:import_id>/rejects.csv", downloads.import_rejects, name="import_rejects"),
    path("<int:import_id>/mapping.json", downloads.import_mapping, name="import_mapping"),
]
