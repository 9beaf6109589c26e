//! Who may speak of whom.

use serde_json::json;

use super::wallet::{Wallet, anna, id_of, server};

#[test]
fn somebody_elses_id_is_as_unknown_as_one_that_never_was() {
    let server = server("");
    let owner = Wallet::new(1).signed_in(&server);
    let id = id_of(&owner.put(&server, &anna()));
    let never = "01234567-89ab-8def-8123-456789abcdef";
    let stranger = Wallet::new(2).signed_in(&server);
    let neighbour = Wallet::new(1).with_memo(7).signed_in(&server);
    let muxed = Wallet::new(1).muxed(9).signed_in(&server);
    for wallet in [&stranger, &neighbour, &muxed] {
        let answers = |id: &str| {
            let url = "https://wallet.example/kyc";
            let verify = json!({ "id": id, "email_address_verification": "123456" });
            [
                wallet.get(&server, &format!("/kyc/customer?id={id}")),
                wallet.put(&server, &json!({ "id": id, "first_name": "Eve" })),
                wallet.json(
                    &server,
                    "PUT",
                    "/kyc/customer/callback",
                    &json!({ "id": id, "url": url }),
                ),
                wallet.json(&server, "PUT", "/kyc/customer/verification", &verify),
            ]
            .map(|answer| (answer.status, answer.text))
        };
        assert_eq!(answers(&id), answers(never));
        assert!(answers(&id).iter().all(|(status, _)| *status == 404), "{:?}", answers(&id));
        let files = wallet.get(&server, &format!("/kyc/customer/files?customer_id={id}"));
        assert_eq!(files.json(), json!({ "files": [] }));
        let path = format!("/kyc/customer/{}", owner.account());
        let deleted = wallet.send(&server, "DELETE", &path, "", b"");
        assert_eq!(deleted.status, 404, "{deleted:?}");
        let named = wallet.put(&server, &json!({ "account": Wallet::new(3).account() }));
        assert_eq!(named.status, 403, "{named:?}");
    }
    assert_eq!(owner.get(&server, "/kyc/customer").json()["id"], json!(id));
}

#[test]
fn memos_tell_the_customers_of_one_account_apart() {
    let server = server("");
    let anchor = Wallet::new(1).signed_in(&server);
    let put = |memo: &str| {
        let mut body = anna();
        body["memo"] = json!(memo);
        id_of(&anchor.put(&server, &body))
    };
    let (one, two) = (put("1"), put("2"));
    assert_ne!(one, two);
    assert_eq!(put("1"), one);
    // Reached by their own token too, in either notation.
    for wallet in [Wallet::new(1).with_memo(1), Wallet::new(1).muxed(1)] {
        let wallet = wallet.signed_in(&server);
        assert_eq!(wallet.get(&server, "/kyc/customer").json()["id"], json!(one));
        let by_id = wallet.get(&server, &format!("/kyc/customer?id={two}"));
        assert_eq!(by_id.status, 404, "{by_id:?}");
        let other = wallet.get(&server, "/kyc/customer?memo=2");
        assert_eq!(other.status, 403, "{other:?}");
    }
    let by_id = anchor.get(&server, &format!("/kyc/customer?id={two}"));
    assert_eq!(by_id.json()["id"], json!(two));
    let own = anchor.get(&server, "/kyc/customer");
    assert_eq!(own.json().get("id"), None, "without a memo it is nobody of them");
    let both = anchor.get(&server, &format!("/kyc/customer?id={one}&memo=1"));
    assert_eq!(both.status, 400, "{both:?}");
    for (memo, kind) in [("x", "id"), ("", "id"), ("AA==", "hash"), ("1", "nothing")] {
        let path = format!("/kyc/customer?memo={memo}&memo_type={kind}");
        assert_eq!(anchor.get(&server, &path).status, 400, "{path}");
    }
}

#[test]
fn a_transaction_leads_its_customer_to_itself_and_nobody_else() {
    let server = server("");
    let owner = Wallet::new(1).signed_in(&server);
    let id = id_of(&owner.put(&server, &anna()));
    let other = id_of(&owner.put(&server, &json!({ "memo": "3", "first_name": "Bert" })));
    let wish = json!({ "id": "t1", "kind": "sep6", "customer": id, "role": "sep6" });
    let made = server.ask("POST", "/transactions", &wish);
    assert_eq!(made.status, 201, "{made:?}");
    let get = |wallet: &Wallet, transaction: &str, more: &str| {
        let path = format!("/kyc/customer?transaction_id={transaction}&type=sep6{more}");
        let answer = wallet.get(&server, &path);
        (answer.status, answer.text)
    };
    let put = |wallet: &Wallet, transaction: &str| {
        let body = json!({ "transaction_id": transaction, "type": "sep6", "city": "Bern" });
        let answer = wallet.put(&server, &body);
        (answer.status, answer.text)
    };
    let callback = |wallet: &Wallet, transaction: &str| {
        let url = "https://wallet.example/kyc";
        let body = json!({ "transaction_id": transaction, "type": "sep6", "url": url });
        let answer = wallet.json(&server, "PUT", "/kyc/customer/callback", &body);
        (answer.status, answer.text)
    };
    assert!(get(&owner, "t1", "").1.contains(&id));
    assert_eq!(put(&owner, "t1").0, 202);
    assert_eq!(callback(&owner, "t1").0, 200);
    assert_eq!(get(&owner, "t1", &format!("&id={id}")).0, 200);
    assert_eq!(
        get(&owner, "t1", &format!("&id={other}")).0,
        404,
        "two that do not belong together"
    );
    let strangers = [
        Wallet::new(2).signed_in(&server),
        Wallet::new(1).with_memo(7).signed_in(&server),
        Wallet::new(1).muxed(9).signed_in(&server),
    ];
    for wallet in &strangers {
        assert_eq!(get(wallet, "t1", "").0, 404);
        assert_eq!(get(wallet, "t1", ""), get(wallet, "never", ""));
        assert_eq!(put(wallet, "t1").0, 404);
        assert_eq!(put(wallet, "t1"), put(wallet, "never"));
        assert_eq!(callback(wallet, "t1").0, 404);
        assert_eq!(callback(wallet, "t1"), callback(wallet, "never"));
    }
}

#[test]
fn a_transaction_that_is_not_there_leads_to_nobody() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let get = |query: &str| wallet.get(&server, &format!("/kyc/customer?{query}")).status;
    assert_eq!(get("transaction_id=t1"), 400, "a type belongs to it");
    assert_eq!(get("transaction_id=t1&type=sep6"), 404);
}
