#!/usr/bin/env python3
"""Verifies callbacks as a receiver would, sharing no code with the connector.

Input: one JSON object a line, from standard input or from the files named.

    {"public_key": "<114 hex, the key to pin>",
     "kind":       "status" | "data" | "error",
     "encoding":   "doc-go" | "wire",            ignored for status, which is always wire
     "content_type": "<of the request>",
     "body":       "<the raw body in base64>",
     "now":        <unix seconds>}               optional: checks the deadline as well

Output: "ok" or "bad: <reason>" a line. Exit status 1 if any line was bad or there was none.

Source of the rules: CorePass documentation, Authorization (KYC-transfer), version CP v. 1.
The message is hashed with SHA3-256; the signature is base64 of Ed448 (114 bytes) and the public
key (57 bytes). Multipart bodies have a part for each member and the part "payload", which holds
the whole object as JSON; that layout is the connector's own.
"""

import argparse
import base64
import binascii
import email.message
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey

DEADLINE_SECONDS = 180

# Members in the order in which they are signed.
STATUS = ("user", "fields", "status", "expiration", "deadline", "tx_hash")
DATA = ("user", "infos", "deadline", "expiration")
ERROR = ("user", "items", "error", "deadline", "expiration")
INFO = ("fieldID", "fieldValue", "pepper")
MEMBERS = {"status": STATUS, "data": DATA, "error": ERROR}


class Bad(Exception):
    """The reason why a callback is not to be believed."""


def require(condition, reason):
    if not condition:
        raise Bad(reason)


# --- the signed message --------------------------------------------------------------------------


def go_string(text):
    """A JSON string as encoding/json of Go writes it (up to 1.21, HTML escaping on)."""
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    out = []
    for char in text:
        code = ord(char)
        if char in short:
            out.append(short[char])
        elif code < 0x20 or char in "<>&" or code in (0x2028, 0x2029):
            out.append(f"\\u{code:04x}")
        elif 0xD800 <= code <= 0xDFFF:
            out.append("\\ufffd")
        else:
            out.append(char)
    return '"' + "".join(out) + '"'


def go_value(value):
    if isinstance(value, str):
        return go_string(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(go_value(item) for item in value) + "]"
    return go_object((name, value[name]) for name in INFO)


def go_object(members):
    return "{" + ",".join(go_string(name) + ":" + go_value(value) for name, value in members) + "}"


def signed_message(kind, encoding, body):
    present = [(name, body[name]) for name in MEMBERS[kind] if name in body]
    if kind == "status" or encoding == "wire":
        return go_object(present).encode()
    require(encoding == "doc-go", f"unknown encoding {encoding!r}")
    return (go_object((name.capitalize(), value) for name, value in present) + "\n").encode()


# --- the body ------------------------------------------------------------------------------------


def unique(pairs):
    members = dict(pairs)
    require(len(members) == len(pairs), "a member appears twice")
    return members


def parse_json(data, what):
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=unique)
    except ValueError as error:
        raise Bad(f"{what} is not JSON: {error}") from None


def header(value):
    message = email.message.Message()
    message["content-type"] = value
    return message


def multipart(data, boundary):
    """The parts by name. Strict: no preamble, no epilogue, no nesting, no transfer encodings."""
    delimiter = b"\r\n--" + boundary.encode("ascii")
    first, *parts, end = (b"\r\n" + data).split(delimiter)
    require(first == b"" and end in (b"--", b"--\r\n"), "multipart body is not well formed")
    found = []
    for part in parts:
        require(part.startswith(b"\r\n"), "multipart body is not well formed")
        head, separator, content = part[2:].partition(b"\r\n\r\n")
        require(separator, "a part has no header")
        headers = email.message_from_bytes(head + b"\r\n\r\n")
        require(headers.get_content_disposition() == "form-data", "a part is not form data")
        require("content-transfer-encoding" not in headers, "a part has a transfer encoding")
        name = headers.get_param("name", header="content-disposition")
        require(isinstance(name, str), "a part has no name")
        found.append((name, content))
    return unique(found)


def parse_body(content_type, data):
    content = header(content_type)
    if content.get_content_type() == "application/json":
        return parse_json(data, "body")
    form = content.get_content_type() == "multipart/form-data"
    require(form, f"unknown content type {content_type!r}")
    boundary = content.get_boundary()
    require(boundary, "content type has no boundary")
    parts = multipart(data, boundary)
    require("payload" in parts, "part payload is missing")
    body = parse_json(parts.pop("payload"), "part payload")
    require(isinstance(body, dict), "part payload is not an object")
    require(parts.keys() == body.keys(), "parts and payload have different members")
    for name, data in parts.items():
        if isinstance(body[name], str):
            same = data == body[name].encode("utf-8", "surrogatepass")
        else:
            same = parse_json(data, f"part {name}") == body[name]
        require(same, f"part {name} differs from payload")
    return body


def check_shape(kind, body):
    require(kind in MEMBERS, f"unknown kind {kind!r}")
    require(isinstance(body, dict), "body is not an object")
    optional = {"tx_hash"} if kind == "status" else set()
    expected = {*MEMBERS[kind], "signature"}
    missing = expected - optional - body.keys()
    require(not missing, f"missing members: {', '.join(sorted(missing))}")
    require(body.keys() <= expected, f"unknown members: {sorted(body.keys() - expected)}")
    for name, value in body.items():
        if name in ("deadline", "expiration"):
            fits = isinstance(value, int) and not isinstance(value, bool)
        elif name == "infos":
            fits = isinstance(value, list) and all(map(is_info, value))
        elif name in ("fields", "items"):
            fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
        else:
            fits = isinstance(value, str)
        require(fits, f"member {name} has the wrong type")


def is_info(value):
    return (
        isinstance(value, dict)
        and value.keys() == set(INFO)
        and all(isinstance(member, str) for member in value.values())
    )


# --- the signature -------------------------------------------------------------------------------


def check_signature(message, signature, pinned, hash_name="sha3_256"):
    try:
        attached = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raise Bad("signature is not base64") from None
    require(len(attached) == 171, f"signature is {len(attached)} bytes long, not 171")
    require(attached[114:].hex() == pinned.lower(), "signature is by another key")
    try:
        key = Ed448PublicKey.from_public_bytes(attached[114:])
        key.verify(attached[:114], hashlib.new(hash_name, message).digest())
    except (InvalidSignature, ValueError):
        raise Bad("signature does not verify") from None


def check(case):
    body = parse_body(case["content_type"], base64.b64decode(case["body"], validate=True))
    check_shape(case["kind"], body)
    message = signed_message(case["kind"], case.get("encoding"), body)
    check_signature(message, body["signature"], case["public_key"])
    if "now" in case:
        left = body["deadline"] - case["now"]
        require(0 <= left <= DEADLINE_SECONDS, f"deadline is {left} seconds away")


def verdict(line):
    try:
        check(json.loads(line))
    except Bad as bad:
        return f"bad: {bad}"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"bad: input line: {error!r}"
    return "ok"


# --- self-test -----------------------------------------------------------------------------------


def compact(body):
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def as_multipart(body):
    parts = [(name, v if isinstance(v, str) else compact(v)) for name, v in body.items()]
    parts.append(("payload", compact(body)))
    text = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts
    )
    return text + "--b--\r\n"


def run_case(key, kind, encoding, body, as_parts=False):
    text = as_multipart(body) if as_parts else compact(body)
    content_type = "multipart/form-data; boundary=b" if as_parts else "application/json"
    return verdict(
        json.dumps(
            {
                "public_key": key,
                "kind": kind,
                "encoding": encoding,
                "content_type": content_type,
                "body": base64.b64encode(text.encode()).decode(),
            }
        )
    )


def verifies(message, signature, key, hash_name="sha3_256"):
    try:
        check_signature(message, signature, key, hash_name)
    except Bad:
        return False
    return True


def self_test(vectors):
    """Yields (what, whether it held)."""
    for name, field_id in vectors["field_ids"].items():
        yield f"id of {name}", hashlib.sha3_256(name.encode()).hexdigest() == field_id

    signer = vectors["signer"]["public_key"]
    for case in vectors["published"]:
        key, body, message = case["public_key"], case["wire_body"], case["message"].encode()
        rebuilt = signed_message("status", "wire", body)
        signature = body["signature"]
        yield "published message", rebuilt == message
        yield "published hash", hashlib.sha3_256(message).hexdigest() == case["sha3_256"]
        yield "published sample", run_case(key, "status", "wire", body) == "ok"
        yield "as multipart", run_case(key, "status", "wire", body, as_parts=True) == "ok"
        yield "newline is noticed", not verifies(message + b"\n", signature, key)
        yield "SHA-256 is noticed", not verifies(message, signature, key, "sha256")
        yield "other key is noticed", "another key" in run_case(signer, "status", "wire", body)
        for member, value in (("status", "CONFIRMED"), ("deadline", body["deadline"] + 1)):
            changed = run_case(key, "status", "wire", {**body, member: value})
            yield f"changed {member} is noticed", changed == "bad: signature does not verify"
        cut = run_case(key, "status", "wire", {**body, "signature": signature[:-4]})
        yield "short signature is noticed", cut == "bad: signature is 168 bytes long, not 171"

    for case in vectors["made"]:
        kind, encoding = case["kind"].split("_")[0], "wire"
        if case["kind"].endswith("doc_go"):
            encoding = "doc-go"
        signed = json.loads(case["message"])
        body = {name.lower(): value for name, value in signed.items()}
        body["signature"] = case["signature"]
        message = signed_message(kind, encoding, body)
        yield f"{case['kind']} message", message == case["message"].encode()
        yield f"{case['kind']} hash", hashlib.sha3_256(message).hexdigest() == case["sha3_256"]
        for as_parts in (False, True):
            yield case["kind"], run_case(signer, kind, encoding, body, as_parts) == "ok"
            other = {"doc-go": "wire", "wire": "doc-go"}[encoding]
            if kind != "status":
                crossed = run_case(signer, kind, other, body, as_parts)
                yield "other encoding is noticed", crossed == "bad: signature does not verify"
        yield "extra member is noticed", "unknown" in run_case(
            signer, kind, encoding, {**body, "extra": 1}
        )

    text = '<&>\u2028\u2029\b\f\n\x00\x1f"\\é/\x7f'
    expected = '"\\u003c\\u0026\\u003e\\u2028\\u2029\\u0008\\u000c\\n\\u0000\\u001f\\"\\\\é/\x7f"'
    yield "escapes of Go", go_string(text) == expected


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="files of input lines; standard input if none")
    parser.add_argument("--self-test", action="store_true", help="check the verifier itself")
    parser.add_argument("--vectors", metavar="FILE", help="vectors.json for --self-test")
    options = parser.parse_args()

    if options.self_test:
        if not options.vectors:
            parser.error("--self-test needs --vectors FILE")
        with open(options.vectors, encoding="utf-8") as file:
            results = list(self_test(json.load(file)))
        failed = [what for what, held in results if not held]
        for what in failed:
            print(f"bad: {what}")
        print(f"{len(results) - len(failed)} of {len(results)} checks held")
        return 1 if failed else 0

    lines = []
    for name in options.files:
        with open(name, encoding="utf-8") as file:
            lines.extend(file)
    if not options.files:
        lines.extend(sys.stdin)
    verdicts = [verdict(line) for line in lines if line.strip()]
    for text in verdicts:
        print(text)
    if not verdicts:
        print("bad: no input", file=sys.stderr)
    return 0 if verdicts and all(text == "ok" for text in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
