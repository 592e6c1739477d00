"""Credentials at rest."""

import pytest
from pytest_django.fixtures import Settings

from apps.common.errors import Refusal
from apps.datasets.sources.secrets import decrypt, encrypt, hide

GIVEN = {"password": "hunter2-hunter2"}


def test_credentials_come_back_and_are_not_to_be_read_in_between() -> None:
    kept = encrypt(GIVEN)
    assert decrypt(kept) == GIVEN
    assert "hunter2" not in kept
    assert encrypt({"password": ""}) == ""


def test_after_a_change_of_the_key_the_earlier_one_still_opens(settings: Settings) -> None:
    kept = encrypt(GIVEN)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert decrypt(kept) == GIVEN


def test_without_the_earlier_key_a_sentence_asks_for_them_again(settings: Settings) -> None:
    kept = encrypt(GIVEN)
    settings.SECRET_KEY = "another"
    with pytest.raises(Refusal, match="Enter them again"):
        decrypt(kept)


def test_a_sentence_of_a_library_is_shown_without_credentials() -> None:
    told = "connection to postgresql://ana:hunter2@db/x failed; token=abcdef"
    assert hide(told, ["abcdef"]) == "connection to postgresql://[secret]@db/x failed; token=[secret]"
