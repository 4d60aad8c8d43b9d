"""The official object-storage client by itself: what the command line does not reach, and refusals."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
from conftest import Official, Studio, found

PROLOGUE = """
import json, sys
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration
from baidubce.exception import BceHttpClientError, BceServerError
from baidubce.services.bos.bos_client import BosClient

def client(g, **changed):
    g = {**g, **changed}
    return BosClient(BceClientConfiguration(
        credentials=BceCredentials(g['accessKeyId'], g['secretAccessKey']), endpoint=g['endpoint'],
        security_token=g['sessionToken']))

def refused(call):
    try:
        call()
    except BceHttpClientError as e:
        e = e.last_error
        assert isinstance(e, BceServerError) and e.request_id, repr(e)
        return [e.status_code, e.code]

def told(value):
    print('IS', repr(value))
"""


@pytest.fixture
def grant(studio: Studio) -> dict[str, Any]:
    return studio.call("GET", "/llm/files/acl")


def run(official: Official, code: str, *grants: dict[str, Any]) -> Any:
    setting = "".join(f"g{i} = json.loads({json.dumps(g)!r})\n" for i, g in enumerate(grants))
    names = "b, k, c = g0['bucketName'], g0['fileKey'], client(g0)\n"
    text = official.python(PROLOGUE + setting + names + code)
    return ast.literal_eval(found(r"(?m)^IS (.*)$", text))


def test_object_is_put_looked_at_listed_and_deleted(
    official: Official, grant: dict[str, Any]
) -> None:
    code = """
c.put_object_from_string(b, k, 'hello')
head = c.get_object_meta_data(b, k).metadata
part = c.get_object_as_string(b, k, range=[1, 3])
keys = [o.key for o in c.list_all_objects(b, prefix=k)]
c.delete_object(b, k)
told([head.content_length, head.etag, part, keys == [k], refused(lambda: c.get_object(b, k))])
"""
    length, tag, part, listed, gone = run(official, code, grant)
    assert (int(length), tag) == (5, "5d41402abc4b2a76b9719d911017c592")
    assert (part, listed, gone) == (b"ell", True, [404, "NoSuchKey"])


def test_upload_in_parts_is_listed_given_up_and_refused(
    official: Official, grant: dict[str, Any]
) -> None:
    code = """
u = c.initiate_multipart_upload(b, k).upload_id
import io
def part(n, text):
    data = io.BytesIO(text.encode())
    return c.upload_part(b, k, u, n, len(text), data).metadata.etag
one, two = part(1, 'one'), part(2, 'two')
listed = [p.part_number for p in c.list_parts(b, k, u).parts]
done = lambda *parts: refused(lambda: c.complete_multipart_upload(
    b, k, u, [{'partNumber': n, 'eTag': t} for n, t in parts]))
wrong = [done((1, one)), done((2, two), (1, one)), done((1, two), (2, two)), done((1, one), (3, two))]
c.abort_multipart_upload(b, k, u)
told([listed, wrong, done((1, one), (2, two)), refused(lambda: c.get_object(b, k))])
"""
    listed, wrong, after, object_ = run(official, code, grant)
    assert listed == [1, 2]
    assert wrong == [[400, "InvalidPart"]] * 4
    assert after == [404, "NoSuchUpload"]
    assert object_ == [404, "NoSuchKey"]


def test_refusals_can_be_read(studio: Studio, official: Official, grant: dict[str, Any]) -> None:
    other = studio.call("GET", "/llm/files/acl")
    code = """
get = lambda c, k: refused(lambda: c.get_object(b, k))  # a PUT repeats 403 without its body in 0.9.64
put = lambda **more: refused(lambda: c.put_object_from_string(b, k, 'x', **more))
told([
    get(client(g0, secretAccessKey='wrong'), k),
    get(client(g0, accessKeyId='wrong'), k),
    get(client(g0, sessionToken='wrong'), k),
    get(c, g1['fileKey']),
    put(content_md5='AAAAAAAAAAAAAAAAAAAAAA=='),
    get(c, k),
])
"""
    assert run(official, code, grant, other) == [
        [403, "SignatureDoesNotMatch"],
        [403, "InvalidAccessKeyId"],
        [403, "AccessDenied"],
        [403, "AccessDenied"],
        [400, "BadDigest"],
        [404, "NoSuchKey"],
    ]
