//! Addresses and numbers are proved by codes.

use serde_json::{Value, json};

use super::wallet::{Wallet, anna, id_of, server};
use crate::harness::Server;

const TYPE: &str = "[stellar.types.proved]\nrequired = [\"first_name\", \"last_name\", \
                    \"email_address\"]\nverify = [\"email_address\"]\n";

fn proved() -> Value {
    let mut body = anna();
    body["type"] = json!("proved");
    body
}

fn code(server: &Server) -> String {
    let shown = server.ask("GET", "/sandbox/codes?to=anna@example.com", &Value::Null);
    assert_eq!(shown.status, 200, "{shown:?}");
    let shown = shown.json();
    assert_eq!(shown[0]["to"], "anna@example.com");
    assert_eq!(shown[0]["channel"], "email");
    assert!(shown[0]["at"].is_string());
    shown[0]["code"].as_str().expect("a code").to_owned()
}

#[test]
fn the_right_code_verifies_by_either_endpoint() {
    for is_old in [false, true] {
        let server = server(TYPE);
        let wallet = Wallet::new(1).signed_in(&server);
        let id = id_of(&wallet.put(&server, &proved()));
        let path = "/kyc/customer?type=proved";
        let customer = wallet.get(&server, path).json();
        assert_eq!(customer["status"], "NEEDS_INFO", "{customer}");
        let email = &customer["provided_fields"]["email_address"];
        assert_eq!(email["status"], "VERIFICATION_REQUIRED");
        let give = |code: &str| {
            let body = json!({ "id": id, "type": "proved", "email_address_verification": code });
            let path = if is_old { "/kyc/customer/verification" } else { "/kyc/customer" };
            wallet.json(&server, "PUT", path, &body)
        };
        let right = code(&server);
        let wrong = if right == "000000" { "000001" } else { "000000" };
        let refused = give(wrong);
        assert_eq!(refused.status, 400, "{refused:?}");
        let taken = give(&right);
        assert_eq!(taken.status, if is_old { 200 } else { 202 }, "{taken:?}");
        let customer = wallet.get(&server, path).json();
        assert_eq!(customer["status"], "ACCEPTED", "{customer}");
        assert!(!is_old || taken.json() == customer, "{taken:?}");
    }
}

#[test]
fn codes_are_only_where_they_belong() {
    let server = server(TYPE);
    let wallet = Wallet::new(1).signed_in(&server);
    let id = id_of(&wallet.put(&server, &proved()));
    for body in [
        json!({ "email_address_verification": "123456" }),
        json!({ "id": 5, "email_address_verification": "123456" }),
        json!({ "id": id, "first_name": "Anna" }),
        json!({ "id": id }),
    ] {
        let answer = wallet.json(&server, "PUT", "/kyc/customer/verification", &body);
        assert_eq!(answer.status, 400, "{body} {answer:?}");
    }
    let nobody = server.ask("GET", "/sandbox/codes?to=bert@example.com", &Value::Null);
    assert_eq!(nobody.json(), json!([]));
}
