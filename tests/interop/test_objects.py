"""The official object-storage client by itself: what the command line does not reach, and refusals."""

from __future__ import annotations

import ast
import hashlib
import json
import pathlib
from typing import Any

import pytest
from conftest import BREAKS_MULTIPART, SIZES, Official, Studio, content, found

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


#: Uploads a file in parts; renamed after 0.9.64. Only the newer one says the CRC32 of the whole.
UPLOAD = "put_super_object_from_file" if BREAKS_MULTIPART else "put_super_obejct_from_file"


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


def round_trip(
    studio: Studio,
    official: Official,
    folder: pathlib.Path,
    cases: list[tuple[int, dict[str, int]]],
) -> None:
    """Sends files of these sizes in parts and reads them back, with the client's options."""
    grants, wanted = [], []
    for i, (size, _) in enumerate(cases):
        data = content(size, 40 + i)
        (folder / f"sent{i}").write_bytes(data)
        wanted.append(hashlib.sha256(data).hexdigest())
        grants.append(studio.call("GET", "/llm/files/acl"))
    code = f"""
all = []
for i, (g, options) in enumerate({[(g, o) for g, (_, o) in zip(grants, cases, strict=True)]!r}):
    c, k = client(g), g['fileKey']
    all.append(c.{UPLOAD}(b, k, {str(folder)!r} + '/sent%d' % i, **options))
    c.get_object_to_file(b, k, {str(folder)!r} + '/got%d' % i)
    all.append(int(c.get_object_meta_data(b, k).metadata.content_length))
told(all)
"""
    told = run(official, code, grants[0])
    assert told == [value for size, _ in cases for value in (True, size)]
    got = [
        hashlib.sha256((folder / f"got{i}").read_bytes()).hexdigest() for i in range(len(cases))
    ]
    assert got == wanted


def test_files_go_up_in_parts_and_come_down(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    default = [(size, {}) for size in SIZES]  # parts of 5 MiB
    small = [(size, {"chunk_size": 1, "thread_num": 3}) for size in SIZES]
    round_trip(studio, official, tmp_path, default + small)


@pytest.mark.long
def test_large_file_goes_up_in_parts_and_comes_down(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    round_trip(studio, official, tmp_path, [(200 << 20, {})])


@pytest.mark.skipif(not BREAKS_MULTIPART, reason="0.9.64 does not tell the CRC32 of the whole")
def test_wrong_crc_of_the_whole_is_refused(
    official: Official, grant: dict[str, Any], tmp_path: pathlib.Path
) -> None:
    (tmp_path / "f").write_bytes(content(2 << 20))
    code = f"""
told([
    refused(lambda: c.{UPLOAD}(b, k, {str(tmp_path / "f")!r}, chunk_size=1, content_crc32=1)),
    refused(lambda: c.get_object(b, k)),
    c.{UPLOAD}(b, k, {str(tmp_path / "f")!r}, chunk_size=1),
    len(c.get_object_as_string(b, k)),
])
"""
    assert run(official, code, grant) == [[400, "BadDigest"], [404, "NoSuchKey"], True, 2 << 20]


def test_refusals_can_be_read(studio: Studio, official: Official, grant: dict[str, Any]) -> None:
    other = studio.call("GET", "/llm/files/acl")
    code = """
get = lambda c, k: refused(lambda: c.get_object(b, k))  # a PUT repeats 403 without its body in 0.9.64
put = lambda **more: refused(lambda: c.put_object_from_string(b, k, 'x', **more))
all = [
    get(client(g0, secretAccessKey='wrong'), k),
    get(client(g0, accessKeyId='wrong'), k),
    get(client(g0, sessionToken='wrong'), k),
    get(c, g1['fileKey']),
    put(content_md5='AAAAAAAAAAAAAAAAAAAAAA=='),
    get(c, k),
]
import time
from baidubce import utils
now = utils.get_canonical_time
utils.get_canonical_time = lambda at=0: now(at or int(time.time()) - 1810)
all.append(get(c, k))
told(all)
"""
    assert run(official, code, grant, other) == [
        [403, "SignatureDoesNotMatch"],
        [403, "InvalidAccessKeyId"],
        [403, "AccessDenied"],
        [403, "AccessDenied"],
        [400, "BadDigest"],
        [404, "NoSuchKey"],
        [403, "RequestExpired"],
    ]


@pytest.mark.skipif(not BREAKS_MULTIPART, reason="0.9.64 sends no CRC32")
def test_wrong_crc_is_refused(official: Official, grant: dict[str, Any]) -> None:
    code = """
import io
u = c.initiate_multipart_upload(b, k).upload_id
told([
    refused(lambda: c.put_object_from_string(b, k, 'x', content_crc32='1')),
    refused(lambda: c.upload_part(b, k, u, 1, 1, io.BytesIO(b'x'), part_crc32=1)),
    refused(lambda: c.get_object(b, k)),
    len(c.list_parts(b, k, u).parts),
])
"""
    refused = [400, "BadDigest"]
    assert run(official, code, grant) == [refused, refused, [404, "NoSuchKey"], 0]


def test_file_of_an_object_that_was_not_completed_is_refused(
    studio: Studio, official: Official, grant: dict[str, Any]
) -> None:
    code = f"""
import io
from aistudio_sdk.requests import dataset
u = c.initiate_multipart_upload(b, k).upload_id
tag = c.upload_part(b, k, u, 1, 3, io.BytesIO(b'one')).metadata.etag
add = lambda: dataset.add_file({studio.token!r}, 'f.bin', k, b)
before = add()
c.complete_multipart_upload(b, k, u, [{{'partNumber': 1, 'eTag': tag}}])
told([before, add() > 0])
"""
    assert run(official, code, grant) == [None, True]
