//! The documentation's own requests get the documented answers.

use serde_json::{Value, json};

use crate::harness::{Server, now_s, root};

fn sample(name: &str) -> Value {
    let file = root().join("fixtures/corepass").join(name);
    let text = std::fs::read_to_string(file).expect("a sample");
    serde_json::from_str(&text).expect("JSON")
}

fn verify(server: &Server, user: &Value, items: &[&str]) {
    let infos: Vec<_> = items
        .iter()
        .map(|item| json!({ "fieldID": item, "fieldValue": "x", "pepper": "00" }))
        .collect();
    let body = json!({ "user": user, "infos": infos });
    assert_eq!(server.ask("POST", "/sandbox/corepass/vault", &body).status, 204);
}

#[test]
fn verified_answers_as_documented() {
    let server = Server::start("");
    let request = sample("verified.request.json");
    let path = "/api/v1/blockchain/verified";
    assert_eq!(server.post(path, &request).json(), sample("verified.response.none.json"));
    verify(&server, &request["user"], &["SH_EMAIL"]);
    assert_eq!(server.post(path, &request).json(), sample("verified.response.json"));
}

#[test]
fn qrcode_answers_as_documented() {
    let server = Server::start("");
    let mut request = sample("qrcode.request.json");
    let path = "/api/v1/kyc/qrcode";
    let refusals = sample("qrcode.refusals.json");
    let old = server.post(path, &request);
    assert_eq!((old.status, json!(old.text)), (400, refusals["bodies"][0].clone()));
    request["expiration"] = json!(now_s() + 600);
    // As in the sample without a scheme, but at hosts that are nobody's.
    request["callback"] = json!("localhost:1/data");
    request["statusCallback"] = json!("localhost:1/status");
    let unverified = server.post(path, &request);
    assert_eq!((unverified.status, json!(unverified.text)), (400, refusals["bodies"][1].clone()));
    verify(&server, &request["user"], &["SH_DriverLicense_DocumentNumber"]);
    let first = server.post(path, &request).json();
    let again = server.post(path, &request).json();
    for (answer, documented) in
        [(&first, "qrcode.response.json"), (&again, "qrcode.response.again.json")]
    {
        let members = |value: &Value| -> Vec<String> {
            value.as_object().expect("an object").keys().cloned().collect()
        };
        assert_eq!(members(answer), members(&sample(documented)));
        assert_eq!(answer["expiration"], request["expiration"]);
    }
    assert_eq!(again["alreadySent"], json!(true));
    assert_eq!((&again["qrcode"], &again["link"]), (&first["qrcode"], &first["link"]));
}

#[test]
fn statuses_answer_as_documented() {
    let server = Server::start("");
    for (path, name) in [
        ("/api/v1/kyc/status", "status.request.json"),
        ("/api/v1/kyc/all-statuses", "all-statuses.request.json"),
    ] {
        let request = sample(name);
        let none = server.post(path, &request);
        assert_eq!(none.status, 404);
        assert_eq!(none.text, "no request found for this user and items");
        let item = request["items"][0].as_str().expect("an item");
        verify(&server, &request["user"], &[item]);
        let mut order = request.clone();
        order["callback"] = json!("localhost:1/data");
        order["expiration"] = json!(now_s() + 600);
        assert_eq!(server.post("/api/v1/kyc/qrcode", &order).status, 200);
        let answer = server.post(path, &request).json();
        let newest =
            if answer.get("AllStatuses").is_some() { &answer["AllStatuses"][0] } else { &answer };
        assert_eq!(newest["status"], "PENDING");
        assert!(newest["created_at"].as_i64().is_some_and(|at| (now_s() - at).abs() < 60));
        assert!(newest.get("tx_hash").is_none());
    }
}
