"""Objects of an S3-compatible bucket: the newest, or every new one, below a prefix."""

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Any, cast

import boto3
import urllib3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from apps.common.errors import Refusal
from apps.datasets.sources import guard
from apps.datasets.sources.kinds import Answer, Asked, Found, Nothing
from apps.datasets.sources.newest import Seen, after, waiting

CHUNK = 1024 * 1024
LISTED = 100_000  # objects below one prefix
TIMEOUT = urllib3.Timeout(connect=10, read=60)
_ANSWERS = {
    "NoSuchBucket": "There is no such bucket.",
    "NoSuchKey": "The object is gone.",
    "AccessDenied": "These keys may not read the bucket.",
    "InvalidAccessKeyId": "The access key is not known there.",
    "SignatureDoesNotMatch": "The secret key does not fit the access key.",
}


def fetch(asked: Asked) -> Answer:
    config, state = asked.config, dict(asked.state)
    bucket = str(config.get("bucket", ""))
    with _client(asked) as client:
        every = config.get("which") == "every"
        left = waiting(_objects(client, bucket, asked), state, every=every)
        if not left:
            return Nothing("No new object in the bucket.", state)
        file = left[0]
        if file.size > asked.limit:
            raise Refusal(f"“{file.name}” is larger than {asked.limit // 1024**2} MB.")
        path, size = asked.folder / "fetched", 0
        body = client.get_object(Bucket=bucket, Key=file.name)["Body"]
        with path.open("wb") as target:
            for chunk in body.iter_chunks(CHUNK):
                size += len(chunk)
                if size > asked.limit:
                    raise Refusal(f"“{file.name}” is larger than {asked.limit // 1024**2} MB.")
                target.write(chunk)
                asked.progress("Fetching", size, max(file.size, size))
    name = PurePosixPath(file.name).name
    return Found(path, name, after(state, file), more=len(left) > 1)


@contextmanager
def _client(asked: Asked) -> Iterator[Any]:
    """A client whose requests go through the guard; the sentences of its library are put into ours."""
    endpoint = str(asked.config.get("endpoint") or "") or None
    if endpoint:
        guard.check_url(endpoint)
    manager = guard.pool(allow_private=asked.allow_private)
    client = boto3.session.Session(
        aws_access_key_id=asked.secret.get("access_key") or "none",
        aws_secret_access_key=asked.secret.get("secret_key") or "none",
        region_name=str(asked.config.get("region") or "us-east-1"),
    ).client(
        "s3",
        endpoint_url=endpoint,
        config=Config(retries={"total_max_attempts": 2}, s3={"addressing_style": "path" if endpoint else "auto"}),
    )

    def send(request: Any, **_: Any) -> AWSResponse:
        answer = manager.urlopen(
            request.method,
            request.url,
            body=request.body,
            headers={name: _text(value) for name, value in request.headers.items()},
            timeout=TIMEOUT,
            preload_content=False,
            decode_content=False,
            redirect=False,
        )
        response = AWSResponse(request.url, answer.status, cast("Any", answer.headers), answer)
        if not request.stream_output:
            response.content  # noqa: B018 (read now, so that the connection is free)
        return response

    client.meta.events.register("before-send.s3", cast("Any", send))
    try:
        yield client
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise Refusal(_ANSWERS.get(code, f"The bucket answers with an error ({code or 'unknown'}).")) from None
    except (BotoCoreError, urllib3.exceptions.HTTPError):
        raise Refusal("The bucket cannot be reached: check its endpoint.") from None
    finally:
        client.close()
        manager.clear()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _objects(client: Any, bucket: str, asked: Asked) -> Iterator[Seen]:
    prefix, pattern = str(asked.config.get("prefix") or ""), str(asked.config.get("pattern") or "*")
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, PaginationConfig={"MaxItems": LISTED}
    )
    for page in pages:
        for each in page.get("Contents", []):
            name = each["Key"]
            if not name.endswith("/") and fnmatch(PurePosixPath(name).name, pattern):
                yield Seen(name, each["LastModified"].timestamp(), each["ETag"], each["Size"])
