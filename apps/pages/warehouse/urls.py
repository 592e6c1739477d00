from django.urls import path

from apps.pages.warehouse import views

urlpatterns = [
    path("", views.warehouse, name="warehouse"),
    path("<int:warehouse_id>/", views.warehouse_table, name="warehouse_table"),
    path("<int:warehouse_id>/use/", views.warehouse_use, name="warehouse_use"),
    path("<int:warehouse_id>/look/", views.warehouse_look, name="warehouse_look"),
    path("<int:warehouse_id>/stop/", views.warehouse_stop, name="warehouse_stop"),
    path("<int:warehouse_id>/remove/", views.warehouse_remove, name="warehouse_remove"),
]
