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
fn a_deployment_may_offer_no_callbacks_or_no_verification() {
    let statuses = |setting: &str| {
        let server = server(&format!("[stellar]\n{setting} = false\n"));
        let wallet = Wallet::new(1).signed_in(&server);
        let nobody = Wallet::new(1);
        ["callback", "verification"].map(|name| {
            let path = format!("/kyc/customer/{name}");
            let unknown = nobody.json(&server, "PUT", &path, &json!({}));
            assert_eq!(unknown.status, 401, "who asks comes first");
            wallet.json(&server, "PUT", &path, &json!({})).status
        })
    };
    assert_eq!(statuses("callbacks"), [501, 400]);
    assert_eq!(statuses("verification"), [400, 501]);
    let server = server("[stellar]\nverification = false\n");
    let wallet = Wallet::new(1).signed_in(&server);
    let code = wallet.put(&server, &json!({ "email_address_verification": "123456" }));
    assert_eq!(code.status, 501, "codes in a PUT neither");
}

#[test]
fn every_endpoint_takes_all_three_encodings() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let id = id_of(&wallet.put(&server, &anna()));
    let send = |method: &str, path: &str, pairs: &[(&str, &str)]| {
        let object: serde_json::Map<_, _> =
            pairs.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
        let parts: Vec<_> = pairs.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        let answers = [
            wallet.json(&server, method, path, &Value::Object(object)),
            wallet.form(&server, method, path, pairs),
            wallet.multipart(&server, method, path, &parts),
        ];
        answers.map(|answer| (answer.status, answer.json()))
    };
    let callback = [("id", id.as_str()), ("url", "https://wallet.example/kyc")];
    let taken = send("PUT", "/kyc/customer/callback", &callback);
    assert!(taken.iter().all(|one| *one == (200, json!({ "success": true }))), "{taken:?}");
    let code = [("id", id.as_str()), ("email_address_verification", "123456")];
    let refused = send("PUT", "/kyc/customer/verification", &code);
    assert!(refused.iter().all(|one| one.0 == 400 && *one == refused[0]), "{refused:?}");
    let put = send("PUT", "/kyc/customer", &[("id", &id), ("city", "Bern")]);
    assert!(put.iter().all(|one| *one == (202, json!({ "id": id }))), "{put:?}");
    let path = format!("/kyc/customer/{}", wallet.account());
    let nobody = send("DELETE", &path, &[("memo", "7"), ("memo_type", "id")]);
    assert!(nobody.iter().all(|one| one.0 == 404), "{nobody:?}");
    let bad = send("DELETE", &path, &[("memo", "x"), ("memo_type", "id")]);
    assert!(bad.iter().all(|one| one.0 == 400), "{bad:?}");
}

#[test]
fn descriptions_and_choices_come_in_the_language_asked_for() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let fields = |lang: &str| {
        wallet.get(&server, &format!("/kyc/customer?lang={lang}")).json()["fields"].clone()
    };
    assert_eq!(fields("en")["email_address"]["description"], "E-mail address");
    assert_eq!(fields("de")["email_address"]["description"], "E-Mail-Adresse");
    assert_eq!(fields("DE-at"), fields("de"));
    assert_eq!(fields("xx"), fields("en"));
    assert_eq!(fields(""), fields("en"));
}
