from django.urls import path

from apps.pages.sources import actions, views

urlpatterns = [
    path("", views.sources, name="sources"),
    path("new/<str:kind>/", views.source_new, name="source_new"),
    path("<int:source_id>/", views.source, name="source"),
    path("<int:source_id>/edit/", views.source_edit, name="source_edit"),
    path("<int:source_id>/fetch/", actions.source_fetch, name="source_fetch"),
    path("<int:source_id>/pause/", actions.source_pause, name="source_pause"),
    path("<int:source_id>/resume/", actions.source_resume, name="source_resume"),
    path("<int:source_id>/remove/", actions.source_remove, name="source_remove"),
    path("<int:source_id>/restore/", actions.source_restore, name="source_restore"),
]
