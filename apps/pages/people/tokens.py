"""API tokens: made by members for their own programs, shown once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.people.attempts import attempt
from apps.pages.people.forms import TokenForm
from apps.people import queries, services
from apps.people.roles import Permission


@workspace_view(Permission.SEE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("secret", "made")
def tokens(request: WorkspaceRequest) -> HttpResponse:
    """The answer to the form is the only page that ever shows the token: no redirect, nothing stores it."""
    form = TokenForm(request.POST or None)
    made: list[str] = []

    def make(data: dict[str, str]) -> None:
        _, secret = services.create_token(member=request.member, name=data["name"])
        made.append(secret)

    if request.method == "POST" and attempt(form, make):
        form = TokenForm()
    context = {
        "form": form,
        "secret": made[0] if made else None,
        "tokens": queries.tokens_seen_by(request.member),
    }
    return render(request, "pages/people/tokens.html", context, status=422 if form.errors else 200)


@workspace_view(Permission.SEE_WORKSPACE)
@require_POST
def token_revoke(request: WorkspaceRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(queries.tokens_seen_by(request.member), pk=token_id)
    services.revoke_token(token=token, by=request.member, now=timezone.now())
    messages.success(request, f"The token {token.name} is revoked; programs that use it are refused from now on.")
    return redirect("pages:tokens", request.workspace.slug)
