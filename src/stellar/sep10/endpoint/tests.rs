//! `/auth` as a wallet sees it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::test::TestRequest;
use actix_web::{App, test};
use kyc_events::Millis;
use serde_json::Value;

use super::*;
use crate::callbacks::egress::Policy;
use crate::clock::Clock;
use crate::stellar::sep10::challenge::testing::{NOW_S, cosigned, key, open, party, stranger};
use crate::stellar::sep10::client_domain::ClientDomains;
use crate::stellar::sep10::horizon::Horizon;
use crate::stellar::sep10::service::{FirstUse, Ledger, UsedChallenges};
use crate::stellar::sep10::token::Tokens;
use crate::stellar::sep10::{Room, stub};
use crate::stellar::signing_key::SigningKey;

const HOME: &str = "localhost:8080";

/// Used challenges in memory; `None`: cannot say.
#[derive(Default)]
struct Used(Mutex<Option<HashSet<[u8; 32]>>>, Mutex<Vec<Millis>>);

impl UsedChallenges for Used {
    fn consume(&self, challenge: [u8; 32], expires_at: Millis) -> FirstUse<'_> {
        self.1.lock().expect("no panic").push(expires_at);
        let first = self.0.lock().expect("no panic").as_mut().map(|used| used.insert(challenge));
        Box::pin(async move { first.ok_or_else(|| Unavailable("no log".to_owned())) })
    }
}

struct Fixture {
    used: Arc<Used>,
    service: Service,
    clock: Clock,
}

fn fixture() -> Fixture {
    let used = Arc::new(Used(Mutex::new(Some(HashSet::new())), Mutex::default()));
    let clock = Clock::standing_at(NOW_S as i64 * 1000);
    let party = party();
    let issuer = format!("http://{HOME}/auth");
    let policy = Policy::unguarded(Duration::from_secs(20));
    let service = Service {
        tokens: Arc::new(Tokens::new("secret", issuer, party.home_domains.clone())),
        party: Arc::new(party),
        ledger: Ledger::MasterKeyOnly,
        client_domains: ClientDomains::new(&policy, Room::default()).expect("usable"),
        used: used.clone(),
        clock: clock.clone(),
    };
    Fixture { used, service, clock }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().expect("text"))
}

impl Fixture {
    /// Status, headers, body; all answers are JSON and open to every origin.
    async fn call(&self, request: TestRequest) -> (u16, HeaderMap, Value) {
        let app = App::new().app_data(Data::new(self.service.clone())).configure(routes);
        let app = test::init_service(app).await;
        let answer = test::call_service(&app, request.to_request()).await;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        assert_eq!(header(&headers, "access-control-allow-origin"), "*");
        let body = test::read_body(answer).await;
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).expect("JSON")
        };
        if status >= 400 {
            let members = body.as_object().expect("an object");
            assert!(members.len() == 1 && members["error"].is_string(), "{body}");
        }
        (status, headers, body)
    }

    async fn get(&self, query: &str) -> (u16, Value) {
        let uri = format!("/auth{query}");
        let (status, _, body) = self.call(TestRequest::get().uri(&uri)).await;
        (status, body)
    }

    async fn challenge(&self, query: &str) -> String {
        let (status, body) = self.get(query).await;
        assert_eq!(status, 200, "{body}");
        body["transaction"].as_str().expect("text").to_owned()
    }

    async fn post(&self, kind: &str, body: &str) -> (u16, Value) {
        let request = TestRequest::post()
            .uri("/auth")
            .insert_header(("Content-Type", kind))
            .set_payload(body.to_owned());
        let (status, _, body) = self.call(request).await;
        (status, body)
    }

    async fn submit(&self, transaction: &str) -> (u16, Value) {
        let body = json!({ "transaction": transaction }).to_string();
        self.post("application/json", &body).await
    }

    /// Gets, signs and submits.
    async fn log_in(&self, query: &str, keys: &[&SigningKey]) -> (u16, Value) {
        let challenge = self.challenge(query).await;
        self.submit(&cosigned(&challenge, keys)).await
    }
}

fn account() -> String {
    key("client").account().text()
}

fn asking() -> String {
    format!("?account={}", account())
}

fn subject(fixture: &Fixture, answer: &Value) -> String {
    let token = answer["token"].as_str().expect("a token");
    let bearer = fixture.service.tokens.verify(token, NOW_S as i64).expect("good");
    bearer.caller.text()
}

#[actix_web::test]
async fn a_challenge_has_exactly_the_two_documented_members() {
    let fixture = fixture();
    let (status, headers, body) =
        fixture.call(TestRequest::get().uri(&format!("/auth{}", asking()))).await;
    assert_eq!(status, 200);
    assert_eq!(header(&headers, "content-type"), "application/json");
    let members: Vec<&String> = body.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["transaction", "network_passphrase"]);
    assert_eq!(body["network_passphrase"], "Test SDF Network ; September 2015");
    let again = fixture.challenge(&asking()).await;
    assert_ne!(body["transaction"], again, "each has a nonce of its own");
}

#[actix_web::test]
async fn a_signed_challenge_gives_a_token_by_json_and_by_form() {
    let fixture = fixture();
    let (status, answer) = fixture.log_in(&asking(), &[&key("client")]).await;
    assert_eq!((status, subject(&fixture, &answer)), (200, account()));
    assert_eq!(answer.as_object().expect("an object").len(), 1);

    let kinds =
        ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=UTF-8"];
    for kind in kinds {
        let challenge = fixture.challenge(&asking()).await;
        let signed = cosigned(&challenge, &[&key("client")]);
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("transaction", &signed)
            .finish();
        let (status, answer) = fixture.post(kind, &body).await;
        assert_eq!((status, subject(&fixture, &answer)), (200, account()), "{kind}");
    }
}

#[actix_web::test]
async fn a_form_whose_plus_signs_became_spaces_is_understood() {
    let fixture = fixture();
    loop {
        let challenge = fixture.challenge(&asking()).await;
        let signed = cosigned(&challenge, &[&key("client")]);
        if !signed.contains('+') {
            continue;
        }
        let kind = "application/x-www-form-urlencoded";
        let (status, _) = fixture.post(kind, &format!("transaction={signed}")).await;
        assert_eq!(status, 200);
        return;
    }
}

#[actix_web::test]
async fn memo_and_muxed_account_come_out_as_the_subject() {
    let fixture = fixture();
    let (_, answer) = fixture.log_in(&format!("{}&memo=42", asking()), &[&key("client")]).await;
    assert_eq!(subject(&fixture, &answer), format!("{}:42", account()));
    let muxed = Account::Muxed(key("client").account(), 1234).text();
    let (_, answer) = fixture.log_in(&format!("?account={muxed}"), &[&key("client")]).await;
    assert_eq!(subject(&fixture, &answer), muxed);
    let empty = format!("{}&memo=&home_domain=&client_domain=&lang=de", asking());
    let (_, answer) = fixture.log_in(&empty, &[&key("client")]).await;
    assert_eq!(subject(&fixture, &answer), account());
}

#[actix_web::test]
async fn a_challenge_is_refused_with_400_to_whoever_asks_wrongly() {
    let fixture = fixture();
    let (ok, muxed) = (asking(), Account::Muxed(key("client").account(), 1).text());
    let contract = Account::Contract([1; 32]).text();
    for query in [
        String::new(),
        "?".to_owned(),
        "?account=".to_owned(),
        "?account=GABC".to_owned(),
        format!("{ok}&account={}", account()),
        format!("?account={contract}"),
        format!("?account={muxed}&memo=1"),
        format!("{ok}&memo=x"),
        format!("{ok}&memo=-1"),
        format!("{ok}&memo=18446744073709551616"),
        format!("{ok}&home_domain=evil.example"),
        format!("{ok}&client_domain=https://wallet.example"),
    ] {
        assert_eq!(fixture.get(&query).await.0, 400, "{query}");
    }
}

#[actix_web::test]
async fn a_body_without_a_transaction_is_refused_with_400() {
    let fixture = fixture();
    let form = "application/x-www-form-urlencoded";
    for (kind, body) in [
        ("application/json", ""),
        ("application/json", "{}"),
        ("application/json", "[]"),
        ("application/json", r#"{"transaction":null}"#),
        ("application/json", r#"{"transaction":["AAAA"]}"#),
        ("application/json", r#"{"transaction":5}"#),
        ("application/json", r#"{"transaction":""}"#),
        ("application/json", r#"{"transaction":"x"}"#),
        (form, ""),
        (form, "other=1"),
        (form, "transaction="),
        (form, "transaction=a&transaction=b"),
        ("text/plain", "[object Object]"),
        ("", "{}"),
    ] {
        assert_eq!(fixture.post(kind, body).await.0, 400, "{kind} {body}");
    }
    let long = format!("transaction={}", "A".repeat(limits::CHALLENGE_CHARS_MAX + 1));
    assert_eq!(fixture.post(form, &long).await.0, 400);
    let longer = "A".repeat(limits::BODY_BYTES_MAX + 1);
    assert_eq!(fixture.post(form, &longer).await.0, 413);
}

#[actix_web::test]
async fn what_is_not_signed_by_both_is_refused_with_400() {
    let fixture = fixture();
    let (client, other) = (key("client"), stranger(1));
    for keys in [vec![], vec![&other], vec![&client, &client], vec![&client, &other]] {
        assert_eq!(fixture.log_in(&asking(), &keys).await.0, 400);
    }
    let tx = open(&fixture.challenge(&asking()).await).tx;
    let unsigned = crate::stellar::sep10::challenge::testing::sealed(tx, &[&client]);
    assert_eq!(fixture.submit(&unsigned).await.0, 400);
    assert_eq!(fixture.used.1.lock().expect("no panic").len(), 0, "none is burnt");
}

#[actix_web::test]
async fn a_challenge_gives_one_token_and_failures_do_not_burn_it() {
    let fixture = fixture();
    let challenge = fixture.challenge(&asking()).await;
    assert_eq!(fixture.submit(&challenge).await.0, 400);
    assert_eq!(fixture.submit(&cosigned(&challenge, &[&stranger(1)])).await.0, 400);
    let signed = cosigned(&challenge, &[&key("client")]);
    assert_eq!(fixture.submit(&signed).await.0, 200);
    let (status, body) = fixture.submit(&signed).await;
    assert_eq!((status, &body["error"]), (400, &json!("transaction was used already")));
    let kept_until = fixture.used.1.lock().expect("no panic").clone();
    assert_eq!(kept_until[0], (NOW_S as i64 + 901) * 1000);
}

#[actix_web::test]
async fn a_challenge_ends_after_900_seconds() {
    let fixture = fixture();
    let signed = cosigned(&fixture.challenge(&asking()).await, &[&key("client")]);
    let late = cosigned(&fixture.challenge(&asking()).await, &[&key("client")]);
    fixture.clock.advance(900_999);
    assert_eq!(fixture.submit(&signed).await.0, 200);
    fixture.clock.advance(1);
    assert_eq!(fixture.submit(&late).await.0, 400);
}

#[actix_web::test]
async fn while_uses_cannot_be_noted_nobody_gets_in() {
    let fixture = fixture();
    let signed = cosigned(&fixture.challenge(&asking()).await, &[&key("client")]);
    let kept = fixture.used.0.lock().expect("no panic").take();
    assert_eq!(fixture.submit(&signed).await.0, 503);
    *fixture.used.0.lock().expect("no panic") = kept;
    assert_eq!(fixture.submit(&signed).await.0, 200);
}

fn asks_horizon(fixture: &mut Fixture, address: std::net::SocketAddr) {
    let url = format!("http://{address}");
    let horizon = Horizon::new(&url, &Policy::default(), Room::default()).expect("usable");
    fixture.service.ledger = Ledger::Horizon(horizon);
}

#[actix_web::test]
async fn the_ledger_says_who_may_sign() {
    let mut fixture = fixture();
    let (client, other) = (key("client"), stranger(1));
    let described = json!({
        "account_id": account(), "thresholds": {"med_threshold": 1},
        "signers": [
            {"key": account(), "weight": 0, "type": "ed25519_public_key"},
            {"key": other.account().text(), "weight": 1, "type": "ed25519_public_key"}
        ]
    });
    for (keys, status) in [(vec![&client], 400), (vec![&other], 200)] {
        let (address, _seen) = stub::answering("200 OK", &described.to_string()).await;
        asks_horizon(&mut fixture, address);
        assert_eq!(fixture.log_in(&asking(), &keys).await.0, status);
    }
    let (address, _seen) = stub::answering("404 Not Found", "{}").await;
    asks_horizon(&mut fixture, address);
    assert_eq!(fixture.log_in(&asking(), &[&client]).await.0, 200);
}

#[actix_web::test]
async fn a_ledger_that_fails_lets_nobody_in_and_burns_nothing() {
    let mut fixture = fixture();
    let signed = cosigned(&fixture.challenge(&asking()).await, &[&key("client")]);
    let (address, _seen) = stub::answering("500 Internal Server Error", "{}").await;
    asks_horizon(&mut fixture, address);
    let body = json!({ "transaction": signed }).to_string();
    let request = TestRequest::post()
        .uri("/auth")
        .insert_header(("Content-Type", "application/json"))
        .set_payload(body);
    let (status, headers, body) = fixture.call(request).await;
    assert_eq!((status, &body["error"]), (503, &json!("service is unavailable")));
    assert!(headers.contains_key("retry-after"));
    asks_horizon(&mut fixture, stub::nobody().await);
    assert_eq!(fixture.submit(&signed).await.0, 503);
    fixture.service.ledger = Ledger::MasterKeyOnly;
    assert_eq!(fixture.submit(&signed).await.0, 200);
}

#[actix_web::test]
async fn the_ledger_is_not_asked_about_what_nobody_signed() {
    let mut fixture = fixture();
    let challenge = fixture.challenge(&asking()).await;
    asks_horizon(&mut fixture, stub::nobody().await);
    assert_eq!(fixture.submit(&challenge).await.0, 400);
    assert_eq!(fixture.submit("AAAA").await.0, 400);
}

#[actix_web::test]
async fn a_wallet_that_proves_its_domain_has_it_in_the_token() {
    let fixture = fixture();
    let wallet = key("client_domain");
    let file = format!("SIGNING_KEY = \"{}\"", wallet.account().text());
    let (address, _seen) = stub::answering("200 OK", &file).await;
    let query = format!("{}&client_domain={address}", asking());
    let challenge = fixture.challenge(&query).await;
    let half = cosigned(&challenge, &[&key("client")]);
    let (status, body) = fixture.submit(&half).await;
    let text = "transaction is not signed by the client domain";
    assert_eq!((status, &body["error"]), (400, &json!(text)));
    let (status, answer) = fixture.submit(&cosigned(&half, &[&wallet])).await;
    assert_eq!(status, 200, "{answer}");
    let token = answer["token"].as_str().expect("a token");
    let bearer = fixture.service.tokens.verify(token, NOW_S as i64).expect("good");
    assert_eq!(bearer.client_domain, Some(address.to_string()));
}

#[actix_web::test]
async fn a_domain_without_a_key_is_refused_with_400() {
    let fixture = fixture();
    let (address, _seen) = stub::answering("404 Not Found", "").await;
    for domain in [address, stub::nobody().await] {
        let query = format!("{}&client_domain={domain}", asking());
        assert_eq!(fixture.get(&query).await.0, 400, "{domain}");
    }
}

#[actix_web::test]
async fn preflights_and_wrong_methods_are_answered() {
    let fixture = fixture();
    let request = TestRequest::default().method(Method::OPTIONS).uri("/auth");
    let (status, headers, _) = fixture.call(request).await;
    assert_eq!(status, 204);
    assert_eq!(header(&headers, "access-control-allow-headers"), "Authorization, Content-Type");
    assert!(header(&headers, "access-control-allow-methods").contains("DELETE"));
    let (status, headers, _) = fixture.call(TestRequest::put().uri("/auth")).await;
    assert_eq!((status, header(&headers, "allow")), (405, "GET, POST, OPTIONS"));
}

#[actix_web::test]
async fn a_bearer_is_known_by_its_token_alone() {
    let fixture = fixture();
    let (_, answer) = fixture.log_in(&asking(), &[&key("client")]).await;
    let token = answer["token"].as_str().expect("a token");
    let ask = |values: &[String]| {
        let mut request = TestRequest::get();
        for value in values {
            request = request.append_header(("Authorization", value.as_str()));
        }
        fixture.service.bearer(request.to_http_request().headers())
    };
    for good in [format!("Bearer {token}"), format!("bearer  {token} ")] {
        assert_eq!(ask(&[good]).expect("good").caller.text(), account());
    }
    let good = format!("Bearer {token}");
    for bad in [
        vec![],
        vec![String::new()],
        vec![token.to_owned()],
        vec![format!("Basic {token}")],
        vec!["Bearer".to_owned()],
        vec![format!("{good}x")],
        vec![good.clone(), good.clone()],
    ] {
        let Err(refused) = ask(&bad) else { panic!("{bad:?}") };
        let answer = actix_web::ResponseError::error_response(&refused);
        assert_eq!(answer.status().as_u16(), 401, "{bad:?}");
        assert_eq!(header(answer.headers(), "www-authenticate"), "Bearer");
    }
}
