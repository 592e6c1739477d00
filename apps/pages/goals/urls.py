from django.urls import path

from apps.pages.goals import actions, board, page, phasing, views

urlpatterns = [
    path("", board.board, name="board"),
    path("new/", views.goal_new, name="goal_new"),
    path("hint/", views.goal_hint, name="goal_hint"),
    path("<int:goal_id>/", page.goal, name="goal"),
    path("<int:goal_id>/rows/", page.goal_rows, name="goal_rows"),
    path("<int:goal_id>/edit/", views.goal_edit, name="goal_edit"),
    path("<int:goal_id>/target/", actions.goal_target, name="goal_target"),
    path("<int:goal_id>/benchmark/", actions.goal_benchmark, name="goal_benchmark"),
    path("<int:goal_id>/phasing/", phasing.goal_phasing, name="goal_phasing"),
    path("phasings/", phasing.phasings, name="phasings"),
    path("phasings/<int:table_id>/remove/", phasing.phasing_remove, name="phasing_remove"),
    path("<int:goal_id>/close/", actions.goal_close, name="goal_close"),
    path("<int:goal_id>/reopen/", actions.goal_reopen, name="goal_reopen"),
]
