from django.urls import path

from apps.pages.plans import changes, saying, uploading, views

urlpatterns = [
    path("", views.plans, name="plans"),
    path("new/", views.plan_new, name="plan_new"),
    path("<int:plan_id>/", views.plan, name="plan"),
    path("<int:plan_id>/cells/", changes.plan_cells, name="plan_cells"),
    path("<int:plan_id>/change/", changes.plan_change, name="plan_change"),
    path("<int:plan_id>/stage/", changes.plan_stage, name="plan_stage"),
    path("<int:plan_id>/copy/", changes.plan_copy, name="plan_copy"),
    path("<int:plan_id>/say/", saying.plan_say, name="plan_say"),
    path("<int:plan_id>/file/", uploading.plan_file, name="plan_file"),
]
