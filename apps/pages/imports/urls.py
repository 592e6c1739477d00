from django.urls import path

from apps.pages.imports import actions, downloads, draft, mappings, new, repairing, views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("new/", new.import_new, name="import_new"),
    path("new/upload/", new.upload_begin, name="upload_begin"),
    path("drafts/<str:token>/upload/", new.upload_piece, name="upload_piece"),
    path("drafts/<str:token>/uploaded/", new.upload_end, name="upload_end"),
    path("drafts/<str:token>/", draft.import_draft, name="import_draft"),
    path("drafts/<str:token>/trial/", repairing.draft_trial, name="draft_trial"),
    path("drafts/<str:token>/repair/", repairing.draft_repair, name="draft_repair"),
    path("drafts/<str:token>/rejects.csv", repairing.draft_rejects, name="draft_rejects"),
    path("drafts/<str:token>/lookup/", draft.import_lookup, name="import_lookup"),
    path("drafts/<str:token>/confirm/", draft.import_confirm, name="import_confirm"),
    path("drafts/<str:token>/discard/", draft.import_discard, name="import_discard"),
    path("drafts/<str:token>/mapping/", mappings.draft_mapping, name="draft_mapping"),
    path("mappings/", mappings.mappings, name="mappings"),
    path("mappings/<int:mapping_id>/", mappings.mapping, name="mapping"),
    path("mappings/<int:mapping_id>/remove/", mappings.mapping_remove, name="mapping_remove"),
    path("mappings/<int:mapping_id>/bring-back/", mappings.mapping_bring_back, name="mapping_bring_back"),
    path("mappings/<int:mapping_id>/v<int:number>.json", mappings.mapping_download, name="mapping_download"),
    path("recompute/", actions.recompute, name="recompute"),
    path("<int:import_id>/", views.import_page, name="import"),
    path("<int:import_id>/progress/", views.import_progress, name="import_progress"),
    path("<int:import_id>/undo/", actions.import_undo, name="import_undo"),
    path("<int:import_id>/redo/", actions.import_redo, name="import_redo"),
    path("<int:import_id>/trial/", actions.import_trial, name="import_trial"),
    path("<int:import_id>/again/", actions.import_rerun, name="import_rerun"),
    path("<int:import_id>/file/", downloads.import_file, name="import_file"),
    path("<int:import_id>/rejects.csv", downloads.import_rejects, name="import_rejects"),
    path("<int:import_id>/mapping.json", downloads.import_mapping, name="import_mapping"),
]
