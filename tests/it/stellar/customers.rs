//! What a customer gives, and how they stand.

use serde_json::{Value, json};

use super::events;
use super::wallet::{Wallet, anna, id_of, picture, server};

#[test]
fn all_three_encodings_register_a_customer() {
    let server = server("");
    let pairs =
        [("first_name", "Anna"), ("last_name", "Ruiz"), ("email_address", "anna@example.com")];
    let parts = pairs.map(|(name, text)| (name, text.as_bytes()));
    let path = "/kyc/customer/";
    let wallets = [1, 2, 3].map(|number| Wallet::new(number).signed_in(&server));
    let answers = [
        wallets[0].put(&server, &anna()),
        wallets[1].form(&server, "PUT", path, &pairs),
        wallets[2].multipart(&server, "PUT", path, &parts),
    ];
    for (wallet, answer) in wallets.iter().zip(&answers) {
        let id = id_of(answer);
        let customer = wallet.get(&server, &format!("/kyc/customer?id={id}")).json();
        assert_eq!(customer["id"], json!(id));
        assert_eq!(customer["status"], "ACCEPTED", "{customer}");
        assert_eq!(customer.get("fields"), None, "{customer}");
        assert_eq!(customer["provided_fields"]["first_name"]["status"], "ACCEPTED");
        assert_eq!(wallet.get(&server, "/kyc/customer").json(), customer);
    }
}

#[test]
fn values_merge_and_a_repetition_changes_nothing() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let half = json!({ "first_name": "Anna", "favourite_colour": ["blue"] });
    let id = id_of(&wallet.put(&server, &half));
    let customer = wallet.get(&server, "/kyc/customer").json();
    assert_eq!(customer["status"], "NEEDS_INFO");
    assert_eq!(customer["fields"].as_object().map(serde_json::Map::len), Some(2), "{customer}");
    assert_eq!(id_of(&wallet.put(&server, &anna())), id);
    let before = events(&server);
    assert_eq!(id_of(&wallet.put(&server, &anna())), id);
    let by_id = json!({ "id": id, "first_name": "Anna" });
    assert_eq!(id_of(&wallet.put(&server, &by_id)), id);
    assert_eq!(events(&server), before);
    let server = server.crash();
    assert_eq!(wallet.get(&server, "/kyc/customer").json()["status"], "ACCEPTED");
}

#[test]
fn each_type_has_a_status_of_its_own() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let id = id_of(&wallet.put(&server, &anna()));
    let path = format!("/kyc/customer?id={id}&type=sep12-review&lang=de");
    let customer = wallet.get(&server, &path).json();
    assert_eq!(customer["status"], "PROCESSING");
    assert_eq!(customer["fields"]["photo_id_front"]["type"], "binary");
    assert_eq!(customer["fields"]["photo_id_front"]["optional"], true);
    let photo = picture(100_000, 7);
    let parts: [(&str, &[u8]); 3] =
        [("photo_id_front", &photo), ("photo_id_back", &photo), ("type", b"sep12-review")];
    let answer = wallet.multipart(&server, "PUT", "/kyc/customer", &parts);
    assert_eq!(id_of(&answer), id);
    let customer = wallet.get(&server, &path).json();
    assert_eq!(customer["status"], "PROCESSING", "{customer}");
    assert_eq!(customer["message"], "Die Angaben werden geprüft.");
    assert_eq!(wallet.get(&server, "/kyc/customer").json()["status"], "ACCEPTED");
}

#[test]
fn what_is_not_good_is_refused_and_nothing_is_kept() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let bad: [Value; 8] = [
        json!({ "first_name": "Anna", "birth_date": "31.12.1990" }),
        json!({ "first_name": ["Anna"] }),
        json!({ "first_name": "Anna", "given_name": "Bert" }),
        json!({ "first_name": "Anna", "photo_id_front": "aGVsbG8=" }),
        json!({ "first_name": "Anna", "type": "nothing" }),
        json!({ "first_name": "Anna", "memo_type": "id" }),
        json!({ "first_name": "Anna", "email_address_verification": "123456" }),
        json!({ "id": 5 }),
    ];
    for body in bad {
        let answer = wallet.put(&server, &body);
        assert_eq!(answer.status, 400, "{body} {answer:?}");
        assert!(!answer.text.contains("Anna"), "{answer:?}");
    }
    for (kind, body, status) in [
        ("application/json", "[1]", 400),
        ("application/json", "{", 400),
        ("application/xml", "<a/>", 415),
        ("multipart/form-data", "x", 400),
        ("multipart/form-data; boundary=XX", "--XX\r\n", 400),
        ("application/x-www-form-urlencoded", "first_name=A&first_name=B", 400),
    ] {
        let answer = wallet.send(&server, "PUT", "/kyc/customer", kind, body.as_bytes());
        assert_eq!(answer.status, status, "{kind} {body} {answer:?}");
    }
    let large = vec![b'a'; 300_000];
    let answer = wallet.send(&server, "PUT", "/kyc/customer", "application/json", &large);
    assert_eq!(answer.status, 413, "{answer:?}");
    assert_eq!(wallet.get(&server, "/kyc/customer").json().get("id"), None);
}

#[test]
fn a_deployment_may_offer_no_callbacks_and_no_verification() {
    let server = server("[stellar]\ncallbacks = false\nverification = false\n");
    let wallet = Wallet::new(1).signed_in(&server);
    for path in ["/kyc/customer/callback", "/kyc/customer/verification"] {
        assert_eq!(wallet.json(&server, "PUT", path, &json!({})).status, 501, "{path}");
    }
}
