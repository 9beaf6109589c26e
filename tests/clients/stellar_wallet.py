#!/usr/bin/env python3
"""A wallet made of the Python stellar-sdk, which shares no code with kycd, against a running server.

    python3 stellar_wallet.py http://127.0.0.1:8080

It finds the server by stellar.toml (SEP-1), signs in (SEP-10) as a plain account, with a memo and
as a muxed account, registers a customer, asks for its status and deletes it (SEP-12). The SDK reads and
verifies the server's challenges by its own rules. Prints one line a step, ends with 0 if all went
well.
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

from stellar_sdk import Keypair, MuxedAccount, TransactionEnvelope
from stellar_sdk.sep import stellar_web_authentication as sep10

try:
    import tomllib
except ModuleNotFoundError:  # Python before 3.11
    import tomli as tomllib


def request(method, url, body=None, token=None):
    """Status and JSON (or text) of one exchange."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    call = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(call, timeout=20) as answer:
            status, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    try:
        return status, json.loads(text)
    except ValueError:
        return status, text


def expect(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: {wanted!r} expected, {found!r} found")
    print(f"ok  {what}")


class Wallet:
    """One account on one server."""

    def __init__(self, base, memo=None, muxed=None):
        self.base, self.memo = base, memo
        self.key = Keypair.random()
        self.account = self.key.public_key
        if muxed is not None:
            self.account = MuxedAccount(self.key.public_key, muxed).account_muxed
        status, text = request("GET", f"{base}/.well-known/stellar.toml")
        expect("stellar.toml is there", status, 200)
        self.toml = tomllib.loads(text)
        self.token = None

    def here(self, url):
        """The same URL at the address we were given: the name in the file may be another."""
        path = urllib.parse.urlsplit(url).path
        return self.base + path

    def sign_in(self):
        query = {"account": self.account}
        if self.memo is not None:
            query["memo"] = str(self.memo)
        auth = self.here(self.toml["WEB_AUTH_ENDPOINT"])
        status, answer = request("GET", f"{auth}?{urllib.parse.urlencode(query)}")
        expect("a challenge is given", status, 200)
        domain = urllib.parse.urlsplit(self.toml["WEB_AUTH_ENDPOINT"]).netloc
        read = sep10.read_challenge_transaction(
            answer["transaction"],
            self.toml["SIGNING_KEY"],
            domain,
            domain,
            self.toml["NETWORK_PASSPHRASE"],
        )
        expect("the SDK reads whom it is for", read.client_account_id, self.account)
        expect("and its memo", read.memo, self.memo)
        envelope = TransactionEnvelope.from_xdr(
            answer["transaction"], self.toml["NETWORK_PASSPHRASE"])
        envelope.sign(self.key)
        signed = envelope.to_xdr()
        sep10.verify_challenge_transaction_signed_by_client_master_key(
            signed, self.toml["SIGNING_KEY"], domain, domain, self.toml["NETWORK_PASSPHRASE"])
        status, answer = request("POST", auth, {"transaction": signed})
        expect("a token is given", status, 200)
        self.token = answer["token"]
        status, _ = request("POST", auth, {"transaction": signed})
        expect("a challenge is good once", status, 400)

    def kyc(self, method, path, body=None):
        return request(method, self.here(self.toml["KYC_SERVER"]) + path, body, self.token)


def journey(base, **who):
    wallet = Wallet(base, **who)
    wallet.sign_in()
    status, customer = wallet.kyc("GET", "/customer")
    expect("nobody is known yet", (status, customer["status"]), (200, "NEEDS_INFO"))
    values = {"first_name": "Jane", "last_name": "Doe", "email_address": "jane@example.com"}
    status, answer = wallet.kyc("PUT", "/customer", values)
    expect("the customer is stored", status, 202)
    status, customer = wallet.kyc("GET", f"/customer?id={answer['id']}")
    expect("and accepted", (status, customer["status"]), (200, "ACCEPTED"))
    callback = {"id": answer["id"], "url": f"{base}/nowhere"}
    status, _ = wallet.kyc("PUT", "/customer/callback", callback)
    expect("a callback on the server itself is refused", status, 400)
    return wallet, answer["id"]


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    base = sys.argv[1].rstrip("/")
    plain, first = journey(base)
    _, second = journey(base, memo=7)
    _, third = journey(base, muxed=8)
    expect("three customers", len({first, second, third}), 3)
    status, _ = plain.kyc("GET", f"/customer?id={second}")
    expect("another's customer is not there", status, 404)
    status, _ = plain.kyc("DELETE", f"/customer/{plain.account}")
    expect("the customer is deleted", status, 200)
    status, _ = plain.kyc("GET", f"/customer?id={first}")
    expect("and gone", status, 404)
    status, _ = plain.kyc("DELETE", f"/customer/{plain.account}")
    expect("once", status, 404)


if __name__ == "__main__":
    main()
