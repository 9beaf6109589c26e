#!/usr/bin/env python3
"""A client of the Neuron Agent API, which shares no code with kycd, against a running server.

    python3 neuro_agent.py http://127.0.0.1:8080 http://127.0.0.1:8081 OPERATOR_TOKEN

It opens accounts, makes keys, applies for legal identities and follows them to the end: approved,
rejected, and decided by an operator; in JSON and in XML, with Ed25519 and with Ed448. What an identity
claims it verifies by its own serializer. Prints one line a journey and `ok`, ends with 0 if all went well.
"""

import base64
import calendar
import concurrent.futures
import copy
import hashlib
import hmac
import json
import random
import re
import secrets
import sys
import time
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ENVELOPE_NS = "https://waher.se/Schema/BrokerAgent.xsd"
IDENTITY_NS = "urn:nf:iot:leg:id:1.0"
KEY_NS = "urn:nf:iot:e2e:1.0"
REFERER = "https://kyc.example.org/apply"
XML_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
PNG = b"\x89PNG\r\n\x1a\n"


class Failed(Exception):
    """The server did something else than the protocol says."""


def shown(value):
    text = repr(value)
    return text if len(text) < 1500 else f"{text[:1500]}... ({len(text)} characters)"


def check(what, got, wanted):
    if got != wanted:
        raise Failed(f"{what}: {shown(wanted)} expected, {shown(got)} got")


def check_that(what, holds, got):
    if not holds:
        raise Failed(f"{what}: {shown(got)} got")


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    return base64.b64decode(text, validate=True)


def hmac_b64(key, text):
    return b64(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest())


def new_nonce():
    return b64(secrets.token_bytes(32))


# --- Values as the two formats write them -----------------------------------------------------------


def seconds_of(xml_date):
    check_that("an XML date", XML_DATE.fullmatch(xml_date), xml_date)
    return calendar.timegm(time.strptime(xml_date[:19], "%Y-%m-%dT%H:%M:%S"))


def json_value(name, value, kind):
    python = {"str": str, "int": int, "date": int, "bool": bool}[kind]
    check_that(f"the type of {name}, {kind} in JSON", type(value) is python, value)
    return value


def xml_value(name, text, kind):
    if kind == "date":
        return seconds_of(text)
    if kind == "bool":
        check_that(f"{name}, a boolean in XML", text in ("true", "false"), text)
        return text == "true"
    if kind == "int":
        check_that(f"{name}, a number in XML", re.fullmatch(r"-?\d+", text), text)
        return int(text)
    return text


@dataclass
class Node:
    """An element, whether it came as XML or as its projection to JSON."""

    name: str
    namespace: str
    attributes: dict
    children: list
    text: str = ""

    def all(self, name):
        return [child for child in self.children if child.name == name]

    def one(self, name):
        found = self.all(name)
        check(f"number of {name} in {self.name}", len(found), 1)
        return found[0]


def node_of_xml(element):
    namespace, _, name = element.tag[1:].rpartition("}")
    children = [node_of_xml(child) for child in element]
    return Node(name, namespace, dict(element.attrib), children, element.text or "")


def node_of_projection(data):
    check_that("a projected element", isinstance(data, dict), data)
    node = Node(data["__name"], data["__ns"], {}, [])
    for name, value in data.items():
        if name in ("__name", "__ns"):
            continue
        if name == "xmlns":
            check(f"xmlns of {node.name}", value, node.namespace)
        elif isinstance(value, str):
            node.attributes[name] = value
        else:
            node.children += projected_children(name, value)
    node.text = node.attributes.get("value", "")
    return node


def projected_children(name, value):
    if isinstance(value, list):
        check_that(f"{name}, a list of several", len(value) > 1, value)
    children = [node_of_projection(one) for one in (value if isinstance(value, list) else [value])]
    for child in children:
        check("name of a projected child", child.name, name)
    return children


# --- Identities, their canonical form and their signatures ------------------------------------------


@dataclass(frozen=True)
class PublicKey:
    algorithm: str
    raw: bytes

    def verifies(self, signature, data):
        kind = {"ed25519": Ed25519PublicKey, "ed448": Ed448PublicKey}[self.algorithm]
        try:
            kind.from_public_bytes(self.raw).verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass
class Identity:
    id: str
    key_name: str
    key_attributes: dict
    properties: list
    client_signature: str
    attachments: list
    status: dict
    server_signature: str
    references: dict

    @property
    def state(self):
        return self.status["state"]

    @property
    def key(self):
        return PublicKey(self.key_name, unb64(self.key_attributes["pub"]))


def read_identity(node):
    check("the identity element", (node.name, node.namespace), ("identity", IDENTITY_NS))
    (key,) = node.one("clientPublicKey").children
    check("namespace of the key", key.namespace, KEY_NS)
    identity = Identity(
        id=node.attributes["id"],
        key_name=key.name,
        key_attributes=key.attributes,
        properties=[(p.attributes["name"], p.attributes["value"]) for p in node.all("property")],
        client_signature=node.one("clientSignature").text,
        attachments=[a.attributes for a in node.all("attachment")],
        status=node.one("status").attributes,
        server_signature=node.one("serverSignature").text,
        references={r.attributes["attachmentId"]: r.attributes["url"]
                    for r in node.all("attachmentRef")},
    )
    check_dates(identity)
    return identity


def check_dates(identity):
    for name in ("created", "updated", "from", "to"):
        if name in identity.status:
            seconds_of(identity.status[name])
    for name in ("from", "to"):
        check_that(f"{name} of an identity, a day", identity.status[name].endswith("T00:00:00.000Z"),
                   identity.status[name])
    for attachment in identity.attachments:
        seconds_of(attachment["timestamp"])


def escape(text):
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&apos;")):
        text = text.replace(sign, entity)
    return unicodedata.normalize("NFC", text)


def start(name, attributes):
    return "<" + name + "".join(f' {key}="{escape(attributes[key])}"' for key in sorted(attributes))


def empty(name, attributes):
    return start(name, attributes) + "/>"


def canonical_claims(identity):
    key = empty(identity.key_name, {**identity.key_attributes, "xmlns": KEY_NS})
    properties = [empty("property", {"name": name, "value": value})
                  for name, value in identity.properties]
    return f"<clientPublicKey>{key}</clientPublicKey>" + "".join(properties)


def client_canonical(identity):
    return f"<identity>{canonical_claims(identity)}</identity>".encode()


def server_canonical(identity):
    attachments = [empty("attachment", attributes) for attributes in identity.attachments]
    return "".join([
        start("identity", {"id": identity.id}), ">",
        canonical_claims(identity),
        f"<clientSignature>{escape(identity.client_signature)}</clientSignature>",
        *attachments,
        empty("status", identity.status),
        "</identity>",
    ]).encode()


def client_signed(identity, key):
    return key.verifies(unb64(identity.client_signature), client_canonical(identity))


def server_signed(identity, key):
    return key.verifies(unb64(identity.server_signature), server_canonical(identity))


def changed(data):
    """The same bytes but for one bit in the middle."""
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def check_tampering_shows(identity, client_key, server_key):
    signature = unb64(identity.client_signature)
    check("a changed byte is seen in what the client signed",
          client_key.verifies(signature, changed(client_canonical(identity))), False)
    check("and in its signature",
          client_key.verifies(changed(signature), client_canonical(identity)), False)
    forged = copy.deepcopy(identity)
    forged.status["state"] = "Rejected" if identity.state == "Approved" else "Approved"
    check("a changed state is seen", server_signed(forged, server_key), False)
    forged = copy.deepcopy(identity)
    forged.properties[0] = (forged.properties[0][0], forged.properties[0][1] + "x")
    check("a changed claim is seen by both signatures",
          (client_signed(forged, client_key), server_signed(forged, server_key)), (False, False))


# --- Worked examples, which the client itself has to reproduce ---------------------------------------

WORKED_KEY = PublicKey("ed25519", unb64("0EqyMnQrtKs6E2i9RhXk5tAiSrcaAWuvhSCjMsl3hzc="))
WORKED_SERVER_KEY = PublicKey("ed25519", unb64("oJql9HpnWYAv+VX43C0qFKXJnSO+l/hkEn/5ODRVpPA="))
WORKED_S = "LEzL5+ROmT3M9fIfAd9rNxw4i3tcfcAiy3WYkc+9IUIoQ5HfaaiB30ULkmmwHR4kDdLLW6ImuZQN1/zI1BgbDA=="
WORKED = Identity(
    id="2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.neuron.example.org",
    key_name="ed25519",
    key_attributes={"pub": b64(WORKED_KEY.raw)},
    properties=[
        ("FIRST", "Alice"), ("LAST", "Ångström & Co"), ("PNR", "19900115-1234"), ("COUNTRY", "SE"),
        ("JID", "alice.kyc@neuron.example.org"), ("AGENT", REFERER),
    ],
    client_signature="ajJsrhzcZBx5NtQQndceNRf26CzJn2Z1AiAgaAWSIATUKnWy6J6y6e2WkhegBFbo"
                     "lsBAcnESqXIcHo7LYSbABg==",
    attachments=[{
        "contentType": "image/jpeg", "fileName": "ProfilePhoto.jpg", "s": WORKED_S,
        "id": "9f2c1a00-0000-4000-8000-000000000001@legal.neuron.example.org",
        "timestamp": "2026-09-25T10:12:00.000Z",
    }],
    status={
        "created": "2026-09-25T10:11:12.345Z", "from": "2026-09-25T00:00:00.000Z",
        "provider": "legal.neuron.example.org", "state": "Created",
        "to": "2028-09-25T00:00:00.000Z", "updated": "2026-09-25T10:12:00.001Z",
    },
    server_signature="iX2wUixdmb/ImFJBCZ0oSwT1kI9uCRlnU7paum9Yo9Ay+5qiVemsGh0jtmfYaYAV"
                     "7ueFvTLJW281igt7FnE1Dw==",
    references={},
)


def check_worked_signatures():
    for canonical, size, digest in (
        (client_canonical(WORKED), 435, "a9ada136d2c3099a1af897abcad7213a7e6761edb0621c3b1ecadb5f05cb3f3c"),
        (server_canonical(WORKED), 1081, "72d7d6d44120fddb74eefc1acc9f86bbf62b09662d78b7b0a5efd607f5d1ca1b"),
    ):
        check("a worked canonical form", (len(canonical), hashlib.sha256(canonical).hexdigest()),
              (size, digest))
    check("the worked client signature", client_signed(WORKED, WORKED_KEY), True)
    check("the worked server signature", server_signed(WORKED, WORKED_SERVER_KEY), True)
    photo = b"fake-image-bytes"
    check("the worked attachment", WORKED_KEY.verifies(unb64(WORKED_S), photo), True)
    check("a changed attachment", WORKED_KEY.verifies(unb64(WORKED_S), changed(photo)), False)
    check_tampering_shows(WORKED, WORKED_KEY, WORKED_SERVER_KEY)


def check_worked_requests():
    nonce = b64(bytes(range(32)))
    signer = Signer("alice.kyc", "neuron.example.org", "Tr0ub4dor&3",
                    "correct horse battery staple", "ed25519", "KycKey1")
    claims = [part for pair in WORKED.properties[:4] for part in pair]
    attachment = ["ZmFrZS1pbWFnZS1ieXRlcw==", "ProfilePhoto.jpg", "image/jpeg", WORKED.id]
    check("the worked key signature", signer.key_signature(),
          "vwpkdeRdABrJGKBD4UA542lMjlR9x85yda5jNHGBNN0=")
    for what, tail, wanted in (
        ("CreateKey", [], "wPljw+I+3ofWz4cPsnYiOTsmi/6cibxLPdDs12Y/ngM="),
        ("ApplyId", claims, "YBjoz4ye96aHNyc4Fa0ck5aPeSWl4wSX5uOYU7wsWK8="),
        ("AddIdAttachment", attachment, "do12YRZEPuo8oiFL1M6fQ8/MiSZtul7KYEyi13RDNvQ="),
        ("ReadyForApproval", [WORKED.id], "JL7Nc9uCA7jvfSvQoNyIBYjD8HMX60d7n3CS8TVgkOM="),
    ):
        check(f"the worked signature of {what}", signer.request_signature(nonce, tail), wanted)
    check("the worked signature of Login", login_signature("alice.kyc", signer.host, signer.password, nonce),
          "3tJcGuMbK6TK1WaLloo2NcQurfOJtQk8DXOM9ghSJl8=")
    person = {"userName": "alice.kyc", "eMail": "alice@example.org", "password": signer.password,
              "apiKey": "TestApiKey-0001", "nonce": nonce}
    for phone, wanted in (
        ("", "pSdZbG/lAaoVglFPm0tuFN4fRnFTYXI/jU1atbL9q2g="),
        ("+46700000000", "D9fMoboJ6fz6YaYJuvHM8H7bCaELOT4xK77zBeG0EmE="),
    ):
        found = create_signature({**person, "phoneNr": phone}, signer.host, "TestApiSecret-0001")
        check("the worked signature of Create", found, wanted)


# --- Signatures of requests -------------------------------------------------------------------------


def create_signature(values, host, secret):
    parts = [values["userName"], host, values["eMail"], values.get("phoneNr"), values["password"],
             values["apiKey"], values["nonce"]]
    return hmac_b64(secret, ":".join(part for part in parts if part))


def login_signature(user, host, password, nonce):
    return hmac_b64(password, f"{user}:{host}:{nonce}")


@dataclass
class Signer:
    """Signs what one account asks for with one of its keys."""

    user: str
    host: str
    password: str
    key_password: str
    algorithm: str
    key_id: str

    def s1(self):
        return f"{self.user}:{self.host}:{self.algorithm}:{KEY_NS}:{self.key_id}"

    def key_signature(self):
        return hmac_b64(self.key_password, self.s1())

    def request_signature(self, nonce, tail):
        return hmac_b64(self.password, ":".join([self.s1(), self.key_signature(), nonce, *tail]))

    def sign(self, *tail):
        nonce = new_nonce()
        return {"nonce": nonce, "keySignature": self.key_signature(),
                "requestSignature": self.request_signature(nonce, tail)}


# --- Shapes of requests and replies -----------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """XML names of a request and its reply, and the reply's scalars: `name:kind`, where `?` marks what
    may be absent and `!` what may be null in JSON and absent in XML."""

    request: str
    reply: str
    fields: str = ""


ALGORITHM = "localName:str namespace:str securityStrength:int safe:bool slow:bool pqc:bool score:int"
MESSAGE = "id:str? from:str to:str lang:str? type:str timestamp:date"
SESSION = "jwt:str expires:date"
SHAPES = {
    "Account/DomainInfo": Shape("", "DomainInfo",
                                "domain:str useEncryption:bool humanReadableName:str"
                                " humanReadableDescription:str"),
    "Account/Create": Shape("CreateAccount", "AccountCreated",
                            "created:date enabled:bool canRelay:bool jwt:str expires:date"),
    "Account/VerifyEMail": Shape("VerifyEMail", "EMailVerified", "eMail:str userName:str"),
    "Account/VerifyPhoneNr": Shape("VerifyPhoneNr", "PhoneNrVerified", "phoneNr:str userName:str"),
    "Account/ResendVerificationCodes": Shape("ResendVerificationCodes", "AckResponse"),
    "Account/Login": Shape("Login", "LoggedIn", SESSION),
    "Account/Refresh": Shape("Refresh", "LoggedIn", SESSION),
    "Account/Logout": Shape("Logout", "AckResponse"),
    "Account/Info": Shape("GetAccountInfo", "AccountInfo",
                          "userName:str created:date updated:date? eMail:str! eMailVerified:date!"
                          " phoneNr:str! phoneNrVerified:date!"),
    "Crypto/GetAlgorithms": Shape("GetAlgorithms", "AlgorithmsResult"),
    "Crypto/CreateKey": Shape("CreateKey", "Stored", "created:date updated:date"),
    "Crypto/GetPublicKey": Shape("GetPublicKey", "PublicKey", "key:str"),
    "Legal/ValidatePNr": Shape("ValidatePNr", "ValidatePNrResponse",
                               "countrySupported:bool isValid:bool? normalized:str?"),
    "Legal/GetApplicationAttributes": Shape("GetApplicationAttributes", "ApplicationAttributes",
                                            "peerReview:bool nrReviewers:int? nrPhotos:int? iso3166:bool?"),
    "Legal/ApplyId": Shape("ApplyId", "IdentityResponse"),
    "Legal/AddIdAttachment": Shape("AddIdAttachment", "IdentityResponse"),
    "Legal/ReadyForApproval": Shape("ReadyForApproval", "IdentityResponse"),
    "Legal/GetIdentity": Shape("GetIdentity", "IdentityResponse"),
    "Legal/GetIdentities": Shape("GetIdentities", "IdentitiesResponse"),
    "Xmpp/PopMessages": Shape("PopMessages", "MessagesResult"),
    "Xmpp/ClearMessages": Shape("ClearMessages", "AckResponse"),
}


def fields_of(spec):
    for word in spec.split():
        name, kind = word.split(":")
        yield name, kind.rstrip("?!"), kind[-1]


class JsonReply:
    def __init__(self, body, shape):
        self.root = json.loads(body)
        check_that("a JSON reply, an object", isinstance(self.root, dict), self.root)
        self.values = self.scalars(self.root, shape.fields)
        if shape.reply == "AckResponse":
            check("an empty reply", self.root, {})

    @staticmethod
    def scalars(holder, spec):
        values = {}
        for name, kind, mark in fields_of(spec):
            if mark == "?" and name not in holder:
                values[name] = None
                continue
            check_that(f"a reply with {name}", name in holder, holder)
            null = mark == "!" and holder[name] is None
            values[name] = None if null else json_value(name, holder[name], kind)
        return values

    def identity(self):
        return read_identity(node_of_projection(self.root["Identity"]))

    def identities(self):
        return [read_identity(node_of_projection(one)) for one in self.root["Identities"]]

    def algorithm(self):
        return self.scalars(self.root["Algorithm"], ALGORITHM)

    def algorithms(self):
        return [self.scalars(one, ALGORITHM) for one in self.root["Algorithms"]]

    def required(self):
        return self.root.get("Required", [])

    def messages(self):
        return [{**self.scalars(one, MESSAGE), "content": [node_of_projection(c) for c in one["Content"]]}
                for one in self.root["Messages"]]


class XmlReply:
    def __init__(self, body, shape):
        self.root = ET.fromstring(body)
        check("the root of an XML reply", self.root.tag, f"{{{ENVELOPE_NS}}}{shape.reply}")
        self.values = self.scalars(self.root, shape.fields)
        if shape.reply == "AckResponse":
            check("an empty reply", (dict(self.root.attrib), len(self.root)), ({}, 0))

    @staticmethod
    def scalars(element, spec):
        values = {}
        for name, kind, mark in fields_of(spec):
            text = element.get(name)
            check_that(f"a reply with {name}", text is not None or mark in "?!", element.attrib)
            values[name] = None if text is None else xml_value(name, text, kind)
        return values

    def part(self, path):
        return self.root.findall("/".join(f"{{{ENVELOPE_NS}}}{name}" for name in path.split("/")))

    def only(self, path):
        found = self.part(path)
        check(f"number of {path} in {self.root.tag}", len(found), 1)
        return found[0]

    def identity(self):
        check("number of elements in the reply", len(self.root), 1)
        return read_identity(node_of_xml(self.root[0]))

    def identities(self):
        return [read_identity(node_of_xml(one)) for one in self.only("Identities")]

    def algorithm(self):
        return self.scalars(self.only("Algorithm"), ALGORITHM)

    def algorithms(self):
        return [self.scalars(one, ALGORITHM) for one in self.part("Algorithms/Algorithm")]

    def required(self):
        return [item.text for item in self.part("Required/Item")]

    def messages(self):
        return [{**self.scalars(one, MESSAGE), "content": [node_of_xml(c) for c in one]}
                for one in self.part("Message")]


class Json:
    name, media, reply = "json", "application/json", JsonReply
    aliases = ("text/x-json", "application/ld+json")

    @staticmethod
    def encode(shape, values, properties):
        body = dict(values)
        if properties is not None:
            body["Properties"] = [{"name": name, "value": value} for name, value in properties]
        return json.dumps(body).encode()


class Xml:
    name, media, reply = "xml", "text/xml", XmlReply
    aliases = ("application/xml", "application/soap+xml")

    @staticmethod
    def encode(shape, values, properties):
        root = ET.Element(shape.request, {"xmlns": ENVELOPE_NS})
        for name, value in values.items():
            root.set(name, str(value))
        if properties is not None:
            holder = ET.SubElement(root, "Properties")
            for name, value in properties:
                ET.SubElement(holder, "Property", {"name": name, "value": value})
        return ET.tostring(root, encoding="utf-8")


def other(wire):
    return Xml if wire is Json else Json


# --- Transport --------------------------------------------------------------------------------------


@dataclass
class Answer:
    status: int
    headers: object
    body: bytes

    @property
    def media(self):
        return self.headers.get("Content-Type", "").split(";")[0].strip()


def http(method, url, headers, body=None):
    call = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(call, timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


def check_refusal(what, answer, statuses):
    got = (answer.status, answer.body.decode())
    check_that(f"{what}, refused with {' or '.join(map(str, statuses))}", answer.status in statuses, got)
    media = answer.headers.get("Content-Type", "").replace(" ", "").lower()
    check(f"{what}: type of an error", media, "text/plain;charset=utf-8")
    check_that(f"{what}: an error in words", len(got[1].split()) > 1, got)
    if answer.status == 401:
        challenge = answer.headers.get("WWW-Authenticate", "")
        check_that(f"{what}: challenge of a 401", challenge.startswith('Bearer realm="'), challenge)


class Operator:
    def __init__(self, base, token):
        self.base, self.token = base.rstrip("/"), token

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **bearer(self.token)}
        answer = http(method, self.base + path, headers, data)
        check_that(f"operator: {method} {path}", 200 <= answer.status < 300, (answer.status, answer.body))
        return json.loads(answer.body) if answer.body else None

    def api_key(self, quota):
        return self.ask("POST", "/neuro/api-keys", {"quota": quota})

    def code(self, to):
        codes = self.ask("GET", f"/sandbox/codes?to={urllib.parse.quote(to, safe='')}")
        check_that(f"a code for {to}", codes, codes)
        return codes[0]["code"]

    def decide(self, legal_id, state):
        path = f"/neuro/identities/{urllib.parse.quote(legal_id, safe='')}/state"
        self.ask("POST", path, {"state": state, "reason": "seen in person"})


class Server:
    def __init__(self, base, operator):
        self.base, self.operator = base.rstrip("/"), operator
        self.host = urllib.parse.urlsplit(self.base).netloc
        self.credentials = operator.api_key(quota=100)

    def send(self, resource, body, headers, method="POST"):
        return http(method, f"{self.base}/Agent/{resource}", headers, body)

    def domain_info(self, wire):
        answer = self.send("Account/DomainInfo", None, {"Accept": wire.media, "Accept-Language": "en"}, "GET")
        return read_reply("Account/DomainInfo", answer, wire).values


def read_reply(resource, answer, wire):
    check(f"status of {resource} ({answer.body[:200]!r})", answer.status, 200)
    check(f"type of the reply of {resource}", answer.media, wire.media)
    try:
        return wire.reply(answer.body, SHAPES[resource])
    except (ValueError, ET.ParseError) as error:
        raise Failed(f"the reply of {resource} does not parse: {error}: {shown(answer.body)}") from error


class Agent:
    """One account, in one format, with one key at most."""

    def __init__(self, server, wire, algorithm, phone=""):
        self.server, self.wire = server, wire
        self.user = f"agent.{secrets.token_hex(6)}"
        self.email = f"{self.user}@example.org"
        self.phone = phone
        self.password = secrets.token_urlsafe(18)
        self.signer = Signer(self.user, server.host, self.password, secrets.token_urlsafe(18),
                             algorithm, "KycKey1")
        self.token = None

    def send(self, resource, values=None, properties=None, sends=None, takes=None, token="own", **headers):
        sends, takes = sends or self.wire, takes or self.wire
        body = sends.encode(SHAPES[resource], values or {}, properties)
        token = self.token if token == "own" else token
        return self.server.send(resource, body, {
            "Content-Type": f"{sends.media}; charset=utf-8", "Accept": takes.media, **bearer(token), **headers})

    def call(self, resource, values=None, properties=None, **how):
        answer = self.send(resource, values, properties, **how)
        return read_reply(resource, answer, how.get("takes") or self.wire)

    def refused(self, status, resource, values=None, properties=None, **how):
        answer = self.send(resource, values, properties, **how)
        statuses = status if isinstance(status, tuple) else (status,)
        check_refusal(f"{resource} in {self.wire.name}", answer, statuses)
        return answer

    def create_values(self, **instead):
        key = self.server.credentials
        values = {"userName": self.user, "eMail": self.email, "phoneNr": self.phone,
                  "password": self.password, "apiKey": key["api_key"], "nonce": new_nonce(), "seconds": 3600,
                  **instead}
        values["signature"] = create_signature(values, self.server.host, key["secret"])
        return values

    def login_values(self, seconds=3600, **instead):
        nonce = instead.pop("nonce", new_nonce())
        values = {"userName": self.user, "nonce": nonce, "seconds": seconds,
                  "signature": login_signature(self.user, self.server.host, self.password, nonce)}
        return {**values, **instead}

    def create_key_values(self):
        signer = self.signer
        return {"localName": signer.algorithm, "namespace": KEY_NS, "id": signer.key_id, **signer.sign()}

    def signed(self, *tail, **values):
        return {"keyId": self.signer.key_id, **values, **self.signer.sign(*tail)}

    def application(self, properties):
        return self.signed(*[part for pair in properties for part in pair])

    def apply(self, properties):
        return self.call("Legal/ApplyId", self.application(properties), properties, Referer=REFERER).identity()

    def attachment_values(self, legal_id, name, media, data):
        text = b64(data)
        return self.signed(text, name, media, legal_id, legalId=legal_id, attachmentBase64=text,
                           attachmentFileName=name, attachmentContentType=media)

    def photo_values(self, legal_id):
        return self.attachment_values(legal_id, "ProfilePhoto.jpg", "image/jpeg", JPEG)

    def ready_values(self, legal_id, **other_signer):
        signer = replace(self.signer, **other_signer)
        return {"keyId": signer.key_id, "legalId": legal_id, **signer.sign(legal_id)}

    def identity(self, legal_id, **how):
        return self.call("Legal/GetIdentity", {"legalId": legal_id}, **how).identity()

    def identities(self, **range_):
        return [one.id for one in self.call("Legal/GetIdentities", range_).identities()]

    def public_key(self, key_id=None, **how):
        reply = self.call("Crypto/GetPublicKey", {"keyId": key_id} if key_id else {}, **how)
        return PublicKey(reply.algorithm()["localName"], unb64(reply.values["key"]))

    def settled(self, legal_id):
        """The identity once the automatic review has ended it, or the last seen after ten seconds."""
        for _ in range(50):
            identity = self.identity(legal_id)
            if identity.state != "Created":
                break
            time.sleep(0.2)
        return identity

    def messages(self, **limit):
        return self.call("Xmpp/PopMessages", limit).messages()

    def verify(self, legal_id):
        """Both signatures, from GetIdentity and GetPublicKey alone."""
        identity = self.identity(legal_id)
        own, servers = self.public_key(self.signer.key_id), self.public_key(token=None)
        check("the key of the identity", identity.key, own)
        check("the client's signature", client_signed(identity, own), True)
        check("the server's signature", server_signed(identity, servers), True)
        check_tampering_shows(identity, own, servers)
        check("the identity in the other format",
              self.identity(legal_id, takes=other(self.wire)), identity)
        return identity

    def download(self, identity, attachment, token):
        return http("GET", identity.references[attachment["id"]], bearer(token))


# --- Persons ----------------------------------------------------------------------------------------


def luhn_digit(digits):
    total = 0
    for index, digit in enumerate(digits):
        doubled = int(digit) * (2 if index % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


def personal_number():
    """A valid Swedish personal number, most likely nobody else's in this run."""
    day = f"{random.randint(1950, 1999)}{random.randint(1, 12):02}{random.randint(1, 28):02}"
    serial = f"{random.randint(1, 979):03}"
    return f"{day}-{serial}{luhn_digit(day[2:] + serial)}"


def person(**instead):
    claims = {"FIRST": "Zoe\u0301", "LAST": "O'Ångström <\"&\"> Co", "PNR": personal_number(),
              "COUNTRY": "SE", **instead}
    return [(name, value) for name, value in claims.items() if value is not None]


def normalized(properties):
    return [(name, unicodedata.normalize("NFC", value)) for name, value in properties]


# --- Steps of the journeys --------------------------------------------------------------------------


def about_now(what, seconds, offset=0):
    check_that(what, abs(seconds - time.time() - offset) < 60, seconds)


def check_session(values, seconds):
    about_now("when the token ends", values["expires"], seconds)
    parts = values["jwt"].split(".")
    check("parts of a token", len(parts), 3)
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    check("when the token itself says it ends", claims["exp"], values["expires"])


def check_info(agent, enabled):
    info = agent.call("Account/Info").values
    check("whose account", info["userName"], agent.user)
    about_now("when the account was made", info["created"])
    if enabled:
        check("its contacts", (info["eMail"], info["phoneNr"]), (agent.email, agent.phone))
        about_now("when the address was verified", info["eMailVerified"])
        check("whether the number was verified", info["phoneNrVerified"] is not None, bool(agent.phone))
    else:
        check("a disabled account's contacts", (info["eMail"], info["phoneNr"]), (None, None))
    check("in the other format", agent.call("Account/Info", takes=other(agent.wire)).values, info)
    check("and asked in it", agent.call("Account/Info", sends=other(agent.wire)).values, info)


def create(agent):
    values = agent.call("Account/Create", agent.create_values(), token=None).values
    check("a new account", (values["enabled"], values["canRelay"]), (False, False))
    about_now("when it was made", values["created"])
    check_session(values, 3600)
    agent.token = values["jwt"]


def nobodys_id(server):
    return f"00000000-0000-4000-8000-000000000000@legal.{server.host}"


def check_disabled(agent):
    check_info(agent, enabled=False)
    legal_id = nobodys_id(agent.server)
    claims = person()
    agent.refused(403, "Crypto/CreateKey", agent.create_key_values())
    agent.refused(403, "Legal/ApplyId", agent.application(claims), claims, Referer=REFERER)
    agent.refused(403, "Legal/AddIdAttachment", agent.photo_values(legal_id))
    agent.refused(403, "Legal/ReadyForApproval", agent.ready_values(legal_id))


def verify_email(agent):
    operator = agent.server.operator
    contacts = {"eMail": agent.email, **({"phoneNr": agent.phone} if agent.phone else {})}
    operator.code(agent.email)
    agent.call("Account/ResendVerificationCodes", contacts)
    code = operator.code(agent.email)
    wrong = ("1" if code[0] != "1" else "2") + code[1:]
    agent.refused((400, 403), "Account/VerifyEMail", {"eMail": agent.email, "code": wrong}, token=None)
    reply = agent.call("Account/VerifyEMail", {"eMail": agent.email, "code": code}, token=None)
    check("who verified the address", reply.values, {"eMail": agent.email, "userName": agent.user})


def verify_phone(agent):
    check_info(agent, enabled=False)
    code = agent.server.operator.code(agent.phone)
    # Some clients send a number, which has no leading zeros.
    code = int(code) if agent.wire is Json else code
    reply = agent.call("Account/VerifyPhoneNr", {"phoneNr": agent.phone, "code": code})
    check("who verified the number", reply.values, {"phoneNr": agent.phone, "userName": agent.user})


def login(agent):
    check_info(agent, enabled=True)
    values = agent.login_values(seconds=1800)
    reply = agent.call("Account/Login", values, token=None)
    check_session(reply.values, 1800)
    agent.refused(400, "Account/Login", values, token=None)
    agent.token = reply.values["jwt"]
    reply = agent.call("Account/Refresh", {"seconds": 900})
    check_session(reply.values, 900)
    agent.token = reply.values["jwt"]
    check_info(agent, enabled=True)


def open_account(server, wire, algorithm, phone=""):
    agent = Agent(server, wire, algorithm, phone)
    create(agent)
    check_disabled(agent)
    verify_email(agent)
    if phone:
        verify_phone(agent)
    login(agent)
    return agent


def make_key(agent):
    signer = agent.signer
    offered = {one["localName"]: one for one in agent.call("Crypto/GetAlgorithms").algorithms()}
    check_that(f"{signer.algorithm} among the algorithms", signer.algorithm in offered, list(offered))
    algorithm = offered[signer.algorithm]
    check("namespace and strength of the algorithm", (algorithm["namespace"], algorithm["securityStrength"]),
          (KEY_NS, {"ed25519": 128, "ed448": 224}[signer.algorithm]))
    check("safe, slow", (algorithm["safe"], algorithm["slow"]), (True, False))
    agent.refused(404, "Crypto/GetPublicKey", {"keyId": signer.key_id})
    stored = agent.call("Crypto/CreateKey", agent.create_key_values()).values
    about_now("when the key was made", stored["created"])
    agent.refused(400, "Crypto/CreateKey", agent.create_key_values())
    key = agent.public_key(signer.key_id)
    check("algorithm and length of the key", (key.algorithm, len(key.raw)),
          (signer.algorithm, {"ed25519": 32, "ed448": 57}[signer.algorithm]))
    check("the key in the other format", agent.public_key(signer.key_id, takes=other(agent.wire)), key)
    agent.refused(401, "Crypto/GetPublicKey", {"keyId": signer.key_id}, token=None)


def check_personal_numbers(agent):
    def validate(country, number):
        return agent.call("Legal/ValidatePNr", {"countryCode": country, "pnr": number}).values

    good = {"countrySupported": True, "isValid": True, "normalized": "19811228-9874"}
    check("a valid number", validate("SE", "19811228-9874"), good)
    check("a wrong check digit", validate("SE", "19811228-9873")["isValid"], False)
    check("a country nobody knows", validate("QQ", "1")["countrySupported"], False)


def prepare(server, wire, algorithm, phone=""):
    agent = open_account(server, wire, algorithm, phone)
    make_key(agent)
    check_personal_numbers(agent)
    required = agent.call("Legal/GetApplicationAttributes").required()
    check("attributes that are required", set(required) - {"FIRST", "LAST", "PNR", "COUNTRY"}, set())
    return agent


def apply(agent, claims):
    agent.refused(400, "Legal/ApplyId", agent.application(claims), claims)
    identity = agent.apply(claims)
    check("a new identity", (identity.state, identity.attachments), ("Created", []))
    check_that("its id", identity.id.endswith(f"@{identity.status['provider']}"), identity.id)
    domain = agent.server.domain_info(agent.wire)["domain"]
    check("its provider", identity.status["provider"], f"legal.{domain}")
    wanted = claims + [("JID", f"{agent.user}@{domain}"), ("AGENT", REFERER)]
    check("its properties", normalized(identity.properties), normalized(wanted))
    check("the identity by its id in capitals", agent.identity(identity.id.upper()), identity)
    agent.verify(identity.id)
    return identity


def attach(agent, legal_id, name, media, data):
    before = agent.identity(legal_id).attachments
    values = agent.attachment_values(legal_id, name, media, data)
    identity = agent.call("Legal/AddIdAttachment", values).identity()
    check("attachments from before", identity.attachments[:-1], before)
    attachment = identity.attachments[-1]
    check("the attachment", (attachment["fileName"], attachment["contentType"]), (name, media))
    check("members of an attachment", set(attachment),
          {"contentType", "fileName", "id", "s", "timestamp"})
    agent.verify(legal_id)
    check_download(agent, identity, attachment, data)


def check_download(agent, identity, attachment, data):
    answer = agent.download(identity, attachment, agent.token)
    check("the download", (answer.status, answer.media, answer.body), (200, attachment["contentType"], data))
    signature, key = unb64(attachment["s"]), agent.public_key(agent.signer.key_id)
    check("the signature of the download", key.verifies(signature, answer.body), True)
    check("of a changed one", key.verifies(signature, changed(answer.body)), False)
    check_refusal("a download without a token", agent.download(identity, attachment, None), (401,))


def ready(agent, legal_id):
    values = agent.ready_values(legal_id)
    identity = agent.call("Legal/ReadyForApproval", values).identity()
    check("whose reply it is", identity.id, legal_id)
    agent.refused(400, "Legal/ReadyForApproval", values)


def check_ended(agent, legal_id):
    agent.refused(403, "Legal/AddIdAttachment", agent.photo_values(legal_id))
    values = agent.ready_values(legal_id)
    agent.refused(403, "Legal/ReadyForApproval", values)
    agent.refused(400, "Legal/ReadyForApproval", values)


def contents(messages, name):
    return [node for message in messages for node in message["content"] if node.name == name]


def told_states(agent, messages, legal_id):
    """The states of an identity that the messages tell of, each with a good signature."""
    states, key = [], agent.public_key(token=None)
    for node in contents(messages, "identity"):
        identity = read_identity(node)
        if identity.id == legal_id:
            check("signature of an identity in a message", server_signed(identity, key), True)
            states.append(identity.state)
    return states


def client_messages(messages, legal_id):
    return [node for node in contents(messages, "clientMessage") if node.attributes["id"] == legal_id]


def check_reason(messages, legal_id):
    message = client_messages(messages, legal_id)[-1]
    check("whose mistake it was", message.attributes["type"], "Client")
    reasons = message.all("invalidClaim") + message.all("error")
    check_that("reasons of a rejection", any(one.attributes["message"] for one in reasons), message)


def leave(agent):
    agent.call("Xmpp/ClearMessages")
    check("messages after clearing", agent.messages(), [])
    agent.call("Account/Logout")
    answer = agent.refused(401, "Account/Info")
    check_that("what the challenge says", 'error="invalid_token"' in answer.headers["WWW-Authenticate"],
               answer.headers["WWW-Authenticate"])


# --- Journeys ---------------------------------------------------------------------------------------


def approved(server, wire, algorithm):
    agent = prepare(server, wire, algorithm)
    identity = apply(agent, person(EMAIL=agent.email))
    attach(agent, identity.id, "ProfilePhoto.jpg", "image/jpeg", JPEG + secrets.token_bytes(2000))
    attach(agent, identity.id, "IdCardFront.png", "image/png", PNG + secrets.token_bytes(3000))
    ready(agent, identity.id)
    check("how it ended", agent.settled(identity.id).state, "Approved")
    agent.verify(identity.id)
    messages = agent.messages()
    check("the last state told", told_states(agent, messages, identity.id)[-1:], ["Approved"])
    check("messages when they were read", agent.messages(), [])
    check_ended(agent, identity.id)
    check("the account's identities", agent.identities(), [identity.id])
    leave(agent)


def rejected(server, wire, algorithm):
    agent = prepare(server, wire, algorithm, phone=f"+4670{random.randint(0, 9999999):07}")
    ids = []
    for claims in (person(EMAIL="somebody.else@example.org"), person(PNR=None)):
        identity = apply(agent, claims)
        ids.insert(0, identity.id)
        ready(agent, identity.id)
        check("how it ended", agent.settled(identity.id).state, "Rejected")
        agent.verify(identity.id)
        messages = agent.messages()
        check("the last state told", told_states(agent, messages, identity.id)[-1:], ["Rejected"])
        check_reason(messages, identity.id)
        check_ended(agent, identity.id)
    check("identities, the newest first", agent.identities(), ids)
    check("the second of them", agent.identities(offset=1, maxCount=1), ids[1:])
    leave(agent)


def manual(server, wire, algorithm):
    agent = prepare(server, wire, algorithm)
    identity = apply(agent, person(SPORT="golf"))
    attach(agent, identity.id, "ProfilePhoto.jpg", "image/jpeg", JPEG + secrets.token_bytes(100))
    for _ in range(2):
        ready(agent, identity.id)
        time.sleep(0.2)
        check("how it stands", agent.identity(identity.id).state, "Created")
        messages = agent.messages(maxCount=1)
        codes = [node.attributes.get("code") for node in client_messages(messages, identity.id)]
        check("what the client is told", codes, ["ManualReview"])
    for state in ("Approved", "Obsoleted"):
        server.operator.decide(identity.id, state)
        check("what the operator made of it", agent.verify(identity.id).state, state)
        check("the states told", told_states(agent, agent.messages(), identity.id), [state])
        check_ended(agent, identity.id)
    leave(agent)


def strangers(server, wire, algorithm):
    """What others may not see, and what nobody may do who cannot sign for it."""
    owner, stranger = prepare(server, wire, algorithm), prepare(server, wire, algorithm)
    identity = apply(owner, person())
    identity = owner.call("Legal/AddIdAttachment", owner.photo_values(identity.id)).identity()
    stranger.refused(403, "Legal/GetIdentity", {"legalId": identity.id})
    stranger.refused(403, "Legal/ReadyForApproval", stranger.ready_values(identity.id))
    answer = stranger.download(identity, identity.attachments[0], stranger.token)
    check_refusal("another's attachment", answer, (403, 404))
    stranger.refused(404, "Legal/GetIdentity", {"legalId": nobodys_id(server)})
    owner.refused(404, "Legal/ReadyForApproval", owner.ready_values(identity.id, key_id="KeyNobodyMade"))
    wrong_signatures(owner, identity.id)
    once_only(owner)
    taken_name(owner)


def wrong_signatures(agent, legal_id):
    """Each is followed by a good one: too many in a row, and the server listens no more."""
    def good_login():
        agent.call("Account/Login", agent.login_values(), token=None)

    values = agent.login_values()
    agent.refused(403, "Account/Login", {**values, "signature": b64(bytes(32))}, token=None)
    agent.call("Account/Login", values, token=None)
    for wrong in ({"key_password": "another"}, {"password": "another"}):
        agent.refused(403, "Legal/ReadyForApproval", agent.ready_values(legal_id, **wrong))
        good_login()
    other_id = agent.apply(person()).id
    values = {**agent.ready_values(other_id), "legalId": legal_id}
    agent.refused(403, "Legal/ReadyForApproval", values)
    # What was not signed did not use up its nonce.
    agent.call("Legal/ReadyForApproval", {**values, "legalId": other_id})


def once_only(agent):
    """Of two requests with one nonce at the same time one is good."""
    values = agent.login_values()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(agent.send, "Account/Login", values, token=None) for _ in range(2)]
        found = sorted(call.result().status for call in calls)
    check("two logins with one nonce", found, [200, 400])


def taken_name(agent):
    values = agent.create_values(eMail="somebody.else@example.org", password="another password")
    answer = agent.refused(400, "Account/Create", values, token=None)
    check_that("another name is proposed", answer.headers.get("X-AlternativeName1"), answer.headers.items())


def wire_facts(server, wire, algorithm):
    agent = prepare(server, wire, algorithm)
    info = server.domain_info(wire)
    check("the domain in the other format", server.domain_info(other(wire)), info)
    check("whether the connection is encrypted", info["useEncryption"], server.base.startswith("https"))
    check_bad_values(agent)
    check_negotiation(agent)
    answer = agent.refused(401, "Account/Info", token=None)
    check_that("no error in the first challenge", "error=" not in answer.headers["WWW-Authenticate"],
               answer.headers["WWW-Authenticate"])
    agent.refused(401, "Account/Info", token="not.a.token")
    agent.call("Account/Info", {"unknown": "ignored"})


def check_bad_values(agent):
    agent.refused(400, "Account/Login", agent.login_values(seconds=3601), token=None)
    agent.refused(400, "Account/Login", agent.login_values(seconds=0), token=None)
    agent.refused(400, "Account/Login", agent.login_values(nonce="x" * 31), token=None)
    agent.refused(400, "Account/Login", {"userName": agent.user}, token=None)
    agent.call("Account/Login", agent.login_values(nonce=secrets.token_hex(16)), token=None)
    for name, value in (("AGENT", "https://elsewhere.example.org"), ("STATE", "Approved")):
        claims = person(**{name: value})
        agent.refused(400, "Legal/ApplyId", agent.application(claims), claims, Referer=REFERER)
    answer = agent.server.send("Account/Info", b"{<", {"Content-Type": agent.wire.media,
                                                       "Accept": agent.wire.media, **bearer(agent.token)})
    check_refusal("a body that does not parse", answer, (400,))


def check_negotiation(agent):
    send, token = agent.server.send, bearer(agent.token)
    body = agent.wire.encode(SHAPES["Account/Info"], {}, None)
    for accept in ({}, {"Accept": "*/*"}):
        answer = send("Account/Info", body, {"Content-Type": agent.wire.media, **accept, **token})
        read_reply("Account/Info", answer, agent.wire)
    for media in agent.wire.aliases:
        answer = send("Account/Info", body, {"Content-Type": media, "Accept": agent.wire.media, **token})
        read_reply("Account/Info", answer, agent.wire)
    answer = send("Account/Info", body, {"Content-Type": "image/png", "Accept": agent.wire.media, **token})
    check_refusal("a type the server cannot read", answer, (406,))
    answer = send("Account/Info", body, {"Content-Type": agent.wire.media, "Accept": "image/png", **token})
    check_refusal("a type the server cannot write", answer, (406,))
    answer = send("Account/Info", None, {"Accept": agent.wire.media, **token}, "GET")
    check_refusal("the wrong method", answer, (405,))
    check("the right one", answer.headers.get("Allow", "").replace(" ", "").split(",").count("POST"), 1)


JOURNEYS = (approved, rejected, manual, strangers, wire_facts)


def main():
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    check_worked_signatures()
    check_worked_requests()
    print("worked examples")
    server = Server(sys.argv[1], Operator(sys.argv[2], sys.argv[3]))
    for wire in (Json, Xml):
        for algorithm in ("ed25519", "ed448"):
            for journey in JOURNEYS:
                name = f"{journey.__name__} {wire.name} {algorithm}"
                try:
                    journey(server, wire, algorithm)
                except Failed as failure:
                    raise SystemExit(f"{name}: {failure}") from failure
                print(name, flush=True)
    print("ok")


if __name__ == "__main__":
    main()
