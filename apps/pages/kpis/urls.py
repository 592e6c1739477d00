from django.urls import path

from apps.pages.kpis import guide, rows, settling, views
from apps.pages.kpis.change import views as change
from apps.pages.kpis.own import builder
from apps.pages.kpis.own import views as own

urlpatterns = [
    path("own/", own.own_kpis, name="kpis_own"),
    path("own/new/", builder.own_kpi_new, name="kpi_own_new"),
    path("own/preview/", builder.own_kpi_preview, name="kpi_own_preview"),
    path("own/<str:key>/", own.own_kpi, name="kpi_own"),
    path("own/<str:key>/edit/", builder.own_kpi_edit, name="kpi_own_edit"),
    path("own/<str:key>/withdraw/", own.own_kpi_withdraw, name="kpi_own_withdraw"),
    path("own/<str:key>/archive/", own.own_kpi_archive, name="kpi_own_archive"),
    path("own/<str:key>/restore/", own.own_kpi_restore, name="kpi_own_restore"),
    path("", views.kpis, name="kpis"),
    path("choose/", guide.kpis_choose, name="kpis_choose"),
    path("<str:key>/", views.kpi, name="kpi"),
    path("<str:key>/rows/", rows.kpi_rows, name="kpi_rows"),
    path("<str:key>/change/<str:part>/", change.kpi_change, name="kpi_change"),
    path("<str:key>/signals/", change.kpi_signal, name="kpi_signal"),
    path("<str:key>/signals/<int:judged_id>/undo/", change.kpi_signal_undo, name="kpi_signal_undo"),
    path("<str:key>/variant/", settling.kpi_variant, name="kpi_variant"),
    path("<str:key>/numbers/<str:asked>/", settling.kpi_number, name="kpi_number"),
    path("<str:key>/numbers/<int:number_id>/withdraw/", settling.kpi_number_withdraw, name="kpi_number_withdraw"),
]
