"""Watched folders, and buckets of a real S3 server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from apps.common.errors import Refusal
from apps.datasets.sources.fetch import fetch
from apps.datasets.sources.kinds import Found, Nothing
from tests.sources.conftest import DEALS, MORE, Ask, drop


def test_each_file_of_a_folder_comes_once_oldest_first(ask: Ask) -> None:
    asked = ask("folder", {"folder": "crm", "pattern": "*.csv"})
    folder = asked.root / "crm"
    folder.mkdir()
    drop(folder, "b.csv", DEALS, age=300)
    drop(folder, "a.csv", MORE, age=200)
    drop(folder, "copy-of-b.csv", DEALS, age=100)
    for other in ("notes.txt", ".hidden.csv", "half.csv.part", "~lock.csv"):
        drop(folder, other)
    names, state, more = [], {}, True
    while more:
        answer = fetch(ask("folder", asked.config, state=state))
        state, more = answer.state, isinstance(answer, Found)
        names += [answer.name] if isinstance(answer, Found) else []
    assert names == ["b.csv", "a.csv"]


def test_a_file_that_is_still_written_waits(ask: Ask) -> None:
    asked = ask("folder", {"folder": ""})
    path = drop(asked.root, "deals.csv", age=1)
    answer = fetch(asked)
    assert isinstance(answer, Nothing)
    assert answer.soon
    drop(asked.root, path.name, age=60)
    assert isinstance(fetch(asked), Found)


def test_a_changed_file_comes_again(ask: Ask) -> None:
    asked = ask("folder", {"folder": ""})
    drop(asked.root, "deals.csv", DEALS, age=300)
    first = fetch(asked)
    drop(asked.root, "deals.csv", MORE, age=100)
    assert isinstance(fetch(ask("folder", {"folder": ""}, state=first.state)), Found)


@pytest.mark.parametrize("outside", ["../secret", "crm/../../secret", "link"])
def test_nothing_outside_of_the_folder_is_read(ask: Ask, tmp_path: Path, outside: str) -> None:
    asked = ask("folder", {"folder": outside})
    secret = tmp_path / "secret"
    secret.mkdir()
    drop(secret, "passwords.csv")
    (asked.root / "link").symlink_to(secret)
    with pytest.raises(Refusal, match="must lie inside"):
        fetch(asked)


def test_a_file_that_links_outside_is_left_alone(ask: Ask, tmp_path: Path) -> None:
    asked = ask("folder", {"folder": ""})
    (asked.root / "link.csv").symlink_to(drop(tmp_path, "passwords.csv"))
    assert isinstance(fetch(asked), Nothing)


def test_a_missing_folder_is_a_sentence(ask: Ask) -> None:
    with pytest.raises(Refusal, match="“crm” is not there"):
        fetch(ask("folder", {"folder": "crm"}))


KEYS = {"access_key": "AKIAEXAMPLE", "secret_key": "wJalrXUtnFEMI"}


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    client = boto3.client(
        "s3", endpoint_url=s3_server, region_name="us-east-1",
        aws_access_key_id=KEYS["access_key"], aws_secret_access_key=KEYS["secret_key"],
    )  # fmt: skip
    name = f"exports-{abs(hash(request.node.name)) % 10**8}"
    client.create_bucket(Bucket=name)
    yield lambda key, text: client.put_object(Bucket=name, Key=key, Body=text.encode()) and name
    client.close()


def config_of(server: str, bucket: str, **more: str) -> dict[str, str]:
    return {"endpoint": server, "bucket": bucket, "prefix": "nightly/", "pattern": "*.csv", **more}


def test_the_newest_object_of_a_bucket_comes_once(ask: Ask, s3_server: str, bucket: Any) -> None:
    bucket("nightly/1.csv", DEALS)
    bucket("other/3.csv", DEALS)
    name = bucket("nightly/2.csv", MORE)
    first = fetch(ask("s3", config_of(s3_server, name), secret=KEYS))
    assert isinstance(first, Found)
    assert (first.name, first.path.read_text(), first.more) == ("2.csv", MORE, False)
    assert isinstance(fetch(ask("s3", config_of(s3_server, name), secret=KEYS, state=first.state)), Nothing)


def test_every_new_object_of_a_bucket_comes_where_that_is_wanted(ask: Ask, s3_server: str, bucket: Any) -> None:
    bucket("nightly/1.csv", DEALS)
    config = config_of(s3_server, bucket("nightly/2.csv", MORE), which="every")
    first = fetch(ask("s3", config, secret=KEYS))
    assert isinstance(first, Found)
    assert first.more
    second = fetch(ask("s3", config, secret=KEYS, state=first.state))
    assert isinstance(second, Found)
    assert [first.name, second.name] == ["1.csv", "2.csv"]
    assert isinstance(fetch(ask("s3", config, secret=KEYS, state=second.state)), Nothing)


def test_a_bucket_that_is_not_there_or_lies_inside_is_a_sentence(ask: Ask, s3_server: str) -> None:
    with pytest.raises(Refusal, match="no such bucket"):
        fetch(ask("s3", config_of(s3_server, "nowhere"), secret=KEYS))
    with pytest.raises(Refusal, match="private network"):
        fetch(ask("s3", config_of(s3_server, "nowhere"), secret=KEYS, allow_private=False))
    with pytest.raises(Refusal, match="cannot be reached"):
        fetch(ask("s3", config_of("http://127.0.0.1:1", "nowhere"), secret=KEYS))
