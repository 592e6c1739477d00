from django.urls import path

from apps.pages.goals import kudos, leaderboards, people_now, what_if

urlpatterns = [
    path("team/", people_now.team_now, name="goal_team"),
    path("leaderboards/", leaderboards.leaderboards, name="goal_leaderboards"),
    path("leaderboards/switch/", leaderboards.leaderboard_switch, name="leaderboard_switch"),
    path("leaderboards/me/", leaderboards.leaderboard_me, name="leaderboard_me"),
    path("<int:goal_id>/what-if/", what_if.goal_what_if, name="goal_what_if"),
    path("<int:goal_id>/kudos/", kudos.goal_kudos, name="goal_kudos"),
]
