//! Who may sign for an account, as the ledger has it: `GET {horizon}/accounts/{G…}`.
//!
//! 200 says who, 404 says that there is no such account, and everything else says nothing: then
//! nobody gets in. Taking a failure for "no such account" would let a key in that was demoted.

use hyper::StatusCode;
use hyper::header::{ACCEPT, HeaderValue};
use serde::Deserialize;
use url::Url;

use super::challenge::Authority;
use super::{Room, Unavailable};
use crate::callbacks::egress::{
    AllowEntry, BuildError, Client, Policy, Request, Target, UrlRefused,
};
use crate::config::limits;
use crate::stellar::account::AccountKey;

/// A Horizon server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Horizon {
    client: Client,
    url: String,
    room: Room,
}

/// Why this Horizon server cannot be asked at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Its URL is not taken.
    #[error(transparent)]
    Url(#[from] UrlRefused),
    /// The extra roots.
    #[error(transparent)]
    Roots(#[from] BuildError),
}

#[derive(Deserialize)]
struct Described {
    account_id: String,
    thresholds: Thresholds,
    signers: Vec<Signer>,
}

#[derive(Deserialize)]
struct Thresholds {
    med_threshold: u32,
}

#[derive(Deserialize)]
struct Signer {
    key: String,
    weight: u32,
    #[serde(rename = "type")]
    kind: String,
}

impl Horizon {
    /// At `url`, without a trailing slash. The operator chose it, so unlike a URL from outside it
    /// may be plain http and in a private network.
    pub fn new(url: &str, policy: &Policy, room: Room) -> Result<Self, Unusable> {
        let mut policy =
            Policy { response_bytes_max: limits::HORIZON_ANSWER_BYTES_MAX, ..policy.clone() };
        if let Ok(url) = Url::parse(url) {
            policy.allow_http |= url.scheme() == "http";
            let entry = url.host_str().and_then(|host| host.parse::<AllowEntry>().ok());
            policy.allow_addresses.extend(entry);
        }
        Target::parse(url, &policy, true)?;
        Ok(Self { client: Client::new(policy)?, url: url.to_owned(), room })
    }

    /// Who may sign for `account`.
    pub async fn authority(&self, account: &AccountKey) -> Result<Authority, Unavailable> {
        let _place = self.room.take()?;
        let account = account.text();
        let url = format!("{}/accounts/{account}", self.url);
        let target = Target::parse(&url, self.client.policy(), true)
            .map_err(|error| Unavailable(format!("horizon: {error}")))?;
        let mut request = Request::get(target);
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let response = self
            .client
            .send(&request, None)
            .await
            .map_err(|error| Unavailable(format!("horizon: {error}")))?;
        match response.status {
            StatusCode::NOT_FOUND => Ok(Authority::MasterKey),
            StatusCode::OK if response.truncated => {
                Err(Unavailable("horizon: the answer is too long".to_owned()))
            }
            StatusCode::OK => read(&account, &response.body),
            status => Err(Unavailable(format!("horizon: status {}", status.as_u16()))),
        }
    }
}

fn read(account: &str, body: &[u8]) -> Result<Authority, Unavailable> {
    let unreadable = || Unavailable("horizon: the answer is no account's description".to_owned());
    let described: Described = serde_json::from_slice(body).map_err(|_| unreadable())?;
    if described.account_id != account {
        return Err(Unavailable("horizon: the answer is about another account".to_owned()));
    }
    let mut signers = Vec::new();
    for signer in described.signers {
        // Hashes and transactions sign too, but no challenge.
        if signer.kind == "ed25519_public_key" {
            signers.push((signer.key.parse().map_err(|_| unreadable())?, signer.weight));
        }
    }
    Ok(Authority::Signers { medium_threshold: described.thresholds.med_threshold, signers })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::stellar::sep10::stub;

    const KEY: AccountKey = AccountKey([9; 32]);

    fn described() -> Value {
        json!({
            "id": KEY.text(), "account_id": KEY.text(), "sequence": "1",
            "thresholds": {"low_threshold": 1, "med_threshold": 2, "high_threshold": 3},
            "signers": [
                {"weight": 1, "key": KEY.text(), "type": "ed25519_public_key"},
                {"weight": 0, "key": AccountKey([1; 32]).text(), "type": "ed25519_public_key"},
                {"weight": 5, "key": "TABC", "type": "preauth_tx"},
                {"weight": 5, "key": "XABC", "type": "sha256_hash"},
                {"weight": 5, "key": "PABC", "type": "ed25519_signed_payload"},
                {"weight": 5, "key": "?", "type": "something new"}
            ]
        })
    }

    async fn asked(status: &str, body: &str) -> Result<Authority, Unavailable> {
        let (address, seen) = stub::answering(status, body).await;
        let policy = Policy { timeout: Duration::from_secs(20), ..Policy::default() };
        let url = format!("http://{address}/net");
        let horizon = Horizon::new(&url, &policy, Room::default()).expect("usable");
        let answer = horizon.authority(&KEY).await;
        let seen = seen.await.expect("a request");
        assert!(
            seen.starts_with(&format!("GET /net/accounts/{} HTTP/1.1\r\n", KEY.text())),
            "{seen}"
        );
        answer
    }

    #[tokio::test]
    async fn an_account_is_described_by_its_ed25519_signers_and_its_medium_threshold() {
        let expected = Authority::Signers {
            medium_threshold: 2,
            signers: vec![(KEY, 1), (AccountKey([1; 32]), 0)],
        };
        assert_eq!(asked("200 OK", &described().to_string()).await, Ok(expected));
    }

    #[tokio::test]
    async fn an_account_that_does_not_exist_has_its_own_key_only() {
        assert_eq!(asked("404 Not Found", "{}").await, Ok(Authority::MasterKey));
    }

    #[tokio::test]
    async fn every_other_answer_says_nothing() {
        let good = described().to_string();
        for status in [
            "500 Internal Server Error",
            "503 Service Unavailable",
            "429 Too Many Requests",
            "400 Bad Request",
            "401 Unauthorized",
            "410 Gone",
            "204 No Content",
            "301 Moved Permanently",
        ] {
            asked(status, &good).await.expect_err(status);
        }
    }

    #[tokio::test]
    async fn an_unreadable_description_says_nothing() {
        let without = |path: &str| {
            let mut value = described();
            value.as_object_mut().expect("an object").remove(path);
            value.to_string()
        };
        let with = |path: &str, new: Value| {
            let mut value = described();
            *value.pointer_mut(path).expect("a place") = new;
            value.to_string()
        };
        for body in [
            String::new(),
            "null".to_owned(),
            "<html>".to_owned(),
            without("thresholds"),
            without("signers"),
            without("account_id"),
            with("/account_id", json!(AccountKey([1; 32]).text())),
            with("/thresholds/med_threshold", json!(-1)),
            with("/thresholds/med_threshold", json!("2")),
            with("/signers/0/weight", json!(1.5)),
            with("/signers/0/key", json!("G")),
            described().to_string()[..100].to_owned(),
        ] {
            asked("200 OK", &body).await.expect_err(&body);
        }
    }

    #[tokio::test]
    async fn a_large_account_is_read_and_an_endless_one_is_not() {
        let mut value = described();
        value["balances"] = json!("x".repeat(limits::HORIZON_ANSWER_BYTES_MAX - 2_000));
        asked("200 OK", &value.to_string()).await.expect("read");
        value["balances"] = json!("x".repeat(limits::HORIZON_ANSWER_BYTES_MAX));
        asked("200 OK", &value.to_string()).await.expect_err("too long");
    }

    #[tokio::test]
    async fn nobody_there_says_nothing() {
        let url = format!("http://{}", stub::nobody().await);
        let horizon = Horizon::new(&url, &Policy::default(), Room::default()).expect("usable");
        let error = horizon.authority(&KEY).await.expect_err("nobody there");
        assert!(!error.0.contains(&KEY.text()), "{error}");
    }

    #[tokio::test]
    async fn without_room_nothing_is_asked() {
        let room = Room::default();
        let places: Vec<_> = std::iter::from_fn(|| room.take().ok()).collect();
        assert_eq!(places.len(), limits::STELLAR_LOOKUPS_MAX);
        let url = "https://horizon.example";
        let horizon = Horizon::new(url, &Policy::default(), room.clone()).expect("usable");
        horizon.authority(&KEY).await.expect_err("no room");
    }

    #[test]
    fn a_url_that_is_none_is_refused_at_once() {
        for url in ["", "ftp://horizon.example", "https://me:secret@horizon.example"] {
            Horizon::new(url, &Policy::default(), Room::default()).expect_err(url);
        }
    }
}
