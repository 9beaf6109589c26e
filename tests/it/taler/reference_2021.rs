//! The exchange of November 2021, with `taler.reference_2021 = true`: the list of its own suite to the
//! letter, where it differs from the documentation.

use std::net::TcpListener;

use serde_json::json;

use super::account::Way;
use super::provider::{Provider, Reply, configuration};
use super::{Account, JOHN, events, header, is_error};
use crate::harness::Server;

const AS_IT_WAS: &str = "[taler]\nreference_2021 = true\n";

#[test]
fn t21_the_list_to_the_letter() {
    let server = Server::start(AS_IT_WAS);
    let account = Account::register(&server, "payto://x-taler-bank/localhost/42");
    let before = account.check(&server, "&timeout_ms=0");
    assert_eq!(before.status, 202, "T21-2 {before:?}");
    let way = Way::of(&before.json()["kyc_url"]);
    for name in ["state", "code_challenge", "code_challenge_method"] {
        assert!(!way.query.contains_key(name), "{}", way.url);
    }
    let down = json!({ "kind": "down", "times": 1 });
    assert_eq!(server.ask("POST", "/sandbox/oauth/outcome", &down).status, 204);
    is_error(&account.proof(&server, "code=bad&state=state"), 502, 1926, None);
    is_error(&account.proof(&server, "code=bad&state=state"), 403, 1928, None);
    let page = account.browser(&server, "code=bad&state=state");
    assert_eq!((page.status, header(&page, "Content-Type")), (403, "text/html; charset=utf-8"));
    assert_eq!(account.check(&server, "").status, 202);
    let pass = account.proof(&server, "code=pass&state=state");
    assert_eq!((pass.status, header(&pass, "Location")), (303, "http://example.com/"), "T21-5");
    assert_eq!(account.check(&server, "").status, 200, "T21-6");
    assert_eq!(account.proof(&server, "code=pass&state=state").status, 303, "again");
}

#[test]
fn t21_3_nobody_listens_at_the_providers_port() {
    let closed =
        TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let provider = configuration(&format!("http://{closed}"), "");
    let server = Server::start(&format!("{AS_IT_WAS}{provider}"));
    let account = Account::register(&server, JOHN);
    is_error(&account.proof(&server, "code=bad&state=state"), 502, 1926, None);
}

#[test]
fn t21_7_a_wallet_without_a_check_before() {
    let server = Server::start(AS_IT_WAS);
    let body = json!({
        "reserve_pub": "8GSJZ649T2PXMKZC01Y4ANNBE7MF14QVK9SQEC4E46ZHKCVG8AS0",
        "reserve_sig": "TZ9TB6S3XRZ0BXQYF99ENFZFHD69D125XB9WBVB8CCKTG8CVNT9A31XHMJRK313WV7Z3K840R039KFD3ZD5TS3GYNWGD3XQ20A5WA0G",
    });
    let number = server.post("/kyc-wallet", &body).json()["payment_target_uuid"].clone();
    let uri = format!(
        "taler+http://reserve/{}/8GSJZ649T2PXMKZC01Y4ANNBE7MF14QVK9SQEC4E46ZHKCVG8AS0",
        server.public
    );
    let account = Account::known(&uri, number.as_u64().expect("a number"));
    assert_eq!(account.proof(&server, "code=pass").status, 303, "no state, nobody sent there");
    assert_eq!(account.check(&server, "").status, 200);
    assert_eq!(events(&server, "ProcessStarted"), 1);
}

#[test]
fn what_is_unknown_is_unauthorised_and_late_is_broken() {
    let provider = Provider::start();
    let config = configuration(&provider.url, "timeout_ms = 1000");
    let server = Server::start(&format!("{AS_IT_WAS}{config}"));
    let account = Account::register(&server, JOHN);
    let nobody = Account { number: 99, ..account.clone() };
    is_error(&nobody.check(&server, ""), 401, 1930, Some("h_payto"));
    provider.token([Reply::Hang]);
    is_error(&account.proof(&server, "code=x"), 502, 1926, None);
    is_error(&account.proof(&server, "state=x"), 400, 26, Some("code"));
    assert_eq!(account.proof(&server, "code=x&state=anything").status, 303);
    let asked = provider.codes();
    assert!(asked.iter().all(|one| !one.form.contains_key("code_verifier")), "{asked:?}");
}
