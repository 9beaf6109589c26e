//! An account of the exchange, as whoever knows its payto URI sees it.

use std::collections::HashMap;

use kycd::taler::crockford;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};
use url::Url;

use super::get;
use crate::harness::{Answer, Server, call};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub number: u64,
    /// 103 characters.
    pub h_payto: String,
    pub hash: [u8; 64],
}

/// Where the holder of an account is sent.
pub struct Way {
    pub url: Url,
    pub query: HashMap<String, String>,
}

impl Way {
    /// Out of a `kyc_url`.
    pub fn of(kyc_url: &Value) -> Self {
        let url = Url::parse(kyc_url.as_str().expect("a text")).expect("a URL");
        let query = url.query_pairs().into_owned().collect();
        Self { url, query }
    }

    /// What comes back with the holder.
    pub fn state(&self) -> &str {
        &self.query["state"]
    }
}

impl Account {
    /// Told by the operator; a known one is found again.
    pub fn register(server: &Server, payto: &str) -> Self {
        let answer = server.ask("POST", "/taler/payment-targets", &json!({ "payto_uri": payto }));
        assert!([200, 201].contains(&answer.status), "{answer:?}");
        let answer = answer.json();
        let account = Self::known(payto, answer["payment_target_uuid"].as_u64().expect("a number"));
        assert_eq!(answer["h_payto"], account.h_payto);
        account
    }

    /// With a number that is known.
    pub fn known(payto: &str, number: u64) -> Self {
        let hash: [u8; 64] = Sha512::digest([payto.as_bytes(), b"\0"].concat()).into();
        Self { number, h_payto: crockford::encode(&hash), hash }
    }

    /// The hash since 2022, 52 characters.
    pub fn short(&self) -> String {
        crockford::encode(&self.hash[..32])
    }

    /// With this behind the hash in the query.
    pub fn check(&self, server: &Server, more: &str) -> Answer {
        get(server, &self.path(more))
    }

    pub fn path(&self, more: &str) -> String {
        format!("/kyc-check/{}?h_payto={}{more}", self.number, self.h_payto)
    }

    /// Where the holder is sent.
    pub fn way(&self, server: &Server) -> Way {
        let answer = self.check(server, "");
        assert_eq!(answer.status, 202, "{answer:?}");
        Way::of(&answer.json()["kyc_url"])
    }

    /// The holder comes back with this query.
    pub fn proof(&self, server: &Server, query: &str) -> Answer {
        get(server, &format!("/kyc-proof/{}?{query}", self.number))
    }

    /// The same with the state as it is now.
    pub fn code(&self, server: &Server, code: &str) -> Answer {
        let way = self.way(server);
        self.proof(server, &format!("code={code}&state={}", way.state()))
    }

    /// The same in a browser.
    pub fn browser(&self, server: &Server, query: &str) -> Answer {
        let path = format!("/kyc-proof/{}?{query}", self.number);
        call(&server.public, "GET", &path, &["Accept: text/html,*/*;q=0.8"], b"")
    }

    /// The holder proves who they are.
    pub fn prove(&self, server: &Server) {
        let answer = self.code(server, "pass");
        assert_eq!(answer.status, 302, "{answer:?}");
    }
}
