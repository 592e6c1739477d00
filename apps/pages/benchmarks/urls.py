from django.urls import path

from apps.pages.benchmarks import peers, views

urlpatterns = [
    path("", views.benchmarks, name="benchmarks"),
    path("new/", views.benchmark_new, name="benchmark_new"),
    path("import/", views.benchmarks_import, name="benchmarks_import"),
    path("<int:benchmark_id>/remove/", views.benchmark_remove, name="benchmark_remove"),
    path("<int:benchmark_id>/restore/", views.benchmark_restore, name="benchmark_restore"),
    path("<str:key>/compared/", views.benchmark_compared, name="benchmark_compared"),
    path("<str:key>/peers/", peers.peers, name="benchmark_peers"),
]
