from django.urls import path

from apps.pages.goals import actions, approving, board, forecast, now_urls, page, phasing, splitting, tree, views

urlpatterns = [
    path("", board.board, name="board"),
    path("new/", views.goal_new, name="goal_new"),
    path("hint/", views.goal_hint, name="goal_hint"),
    *now_urls.urlpatterns,
    path("calibration/", forecast.calibration, name="calibration"),
    path("<int:goal_id>/", page.goal, name="goal"),
    path("<int:goal_id>/call/", forecast.goal_call, name="goal_call"),
    path("<int:goal_id>/rows/", page.goal_rows, name="goal_rows"),
    path("<int:goal_id>/smart/", views.goal_smart, name="goal_smart"),
    path("<int:goal_id>/edit/", views.goal_edit, name="goal_edit"),
    path("<int:goal_id>/target/", approving.goal_target, name="goal_target"),
    path("<int:goal_id>/target/<int:version_id>/", approving.target_decide, name="target_decide"),
    path("<int:goal_id>/days-away/", approving.goal_prorate, name="goal_prorate"),
    path("<int:goal_id>/hand-over/", approving.goal_hand_over, name="goal_hand_over"),
    path("<int:goal_id>/split/", splitting.goal_split, name="goal_split"),
    path("<int:goal_id>/split/undo/", splitting.goal_split_undo, name="goal_split_undo"),
    path("<int:goal_id>/parent/", tree.goal_parent, name="goal_parent"),
    path("<int:goal_id>/gap/", tree.goal_gap, name="goal_gap"),
    path("tree/", tree.goal_tree, name="goal_tree"),
    path("<int:goal_id>/benchmark/", actions.goal_benchmark, name="goal_benchmark"),
    path("<int:goal_id>/phasing/", phasing.goal_phasing, name="goal_phasing"),
    path("phasings/", phasing.phasings, name="phasings"),
    path("phasings/<int:table_id>/remove/", phasing.phasing_remove, name="phasing_remove"),
    path("<int:goal_id>/close/", actions.goal_close, name="goal_close"),
    path("<int:goal_id>/reopen/", actions.goal_reopen, name="goal_reopen"),
]
