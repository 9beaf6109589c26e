//! Whole journeys: the decision is the same whatever the encoding.

use serde_json::{Value, json};

use super::client::{ALL, ApiKey, Client, Member, borrowed, claims};
use super::{DOMAIN, header, server};
use crate::harness::{Server, call};

const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
/// Numbers that can be.
const NUMBERS: [&str; 4] = ["19811228-9874", "19121212-1212", "19900101-0017", "19640823-3234"];

#[test]
fn an_account_is_enabled_by_its_codes_in_every_encoding() {
    let server = server("");
    let api_key = ApiKey::make(&server, 10);
    for (number, formats) in ALL.into_iter().enumerate() {
        let mut client = Client::new(&format!("account{number}"), formats);
        let created = client.create(&server, &api_key);
        assert_eq!(client.scalar(&created, "enabled"), "false", "{created:?}");
        let info = client.good(&server, "Account/Info", &vec![]);
        assert_eq!(client.scalar(&info, "userName"), client.user);
        assert!(!info.text.contains("@example.org"), "not before it is enabled: {info:?}");
        let early = client.post(&server, "Account/Login", &client.login_request());
        assert_eq!(early.status, 403, "{early:?}");
        let wrong = vec![("eMail", client.e_mail.clone().into()), ("code", "000000x".into())];
        assert_eq!(client.post(&server, "Account/VerifyEMail", &wrong).status, 403);
        client.good(&server, "Account/ResendVerificationCodes", &vec![]);
        let verified = client.verify(&server);
        assert_eq!(client.scalar(&verified, "userName"), client.user);
        let info = client.good(&server, "Account/Info", &vec![]);
        assert_eq!(client.scalar(&info, "eMail"), client.e_mail);
        client.login(&server);
        let again = client.good(&server, "Account/Refresh", &vec![("seconds", 60.into())]);
        let new = client.scalar(&again, "jwt");
        let old = std::mem::replace(&mut client.token, new);
        client.good(&server, "Account/Logout", &vec![]);
        assert_eq!(client.post(&server, "Account/Info", &vec![]).status, 401, "logged out");
        client.token = old;
        client.good(&server, "Account/Info", &vec![]);
        client.good(&server, "Crypto/GetAlgorithms", &vec![]);
        client.good(&server, "Legal/GetApplicationAttributes", &vec![]);
        let number = vec![("countryCode", "SE".into()), ("pnr", "811228-9874".into())];
        let number = client.good(&server, "Legal/ValidatePNr", &number);
        assert_eq!(client.scalar(&number, "normalized"), "19811228-9874");
    }
}

#[test]
fn an_identity_is_approved_in_every_encoding() {
    let server = server("");
    for (number, formats) in ALL.into_iter().enumerate() {
        let mut client = Client::new(&format!("good{number}"), formats);
        client.algorithm = if number % 2 == 0 { "ed25519" } else { "ed448" };
        client.create(&server, &ApiKey::make(&server, 1));
        client.verify(&server);
        client.login(&server);
        client.create_key(&server);
        let key = vec![("keyId", client.key_id.clone().into())];
        let own = client.good(&server, "Crypto/GetPublicKey", &key);
        let servers = client.good(&server, "Crypto/GetPublicKey", &vec![]);
        assert_ne!(client.scalar(&own, "key"), client.scalar(&servers, "key"));
        let claims = claims(&client, NUMBERS[number]);
        let id = client.apply(&server, &borrowed(&claims));
        assert!(id.ends_with(&format!("@legal.{DOMAIN}")), "{id}");
        let photo = client.attachment(&id, PNG, "ProfilePhoto.png", "image/png");
        let attached = client.good(&server, "Legal/AddIdAttachment", &photo);
        assert_eq!(client.state_in(&attached), "Created");
        assert_eq!(client.ready_for_approval(&server, &id), "Approved", "{formats:?}");
        assert_eq!(client.state(&server, &id), "Approved");
        let all = client.good(&server, "Legal/GetIdentities", &vec![("maxCount", 5.into())]);
        assert!(all.text.contains(&id), "{all:?}");
        let messages = client.pop(&server);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert_eq!(messages[0].0, "identity");
        assert!(messages[0].1.contains("Approved"), "{messages:?}");
        assert_eq!(client.pop(&server), [], "taken");
        let again = client.post(&server, "Legal/ReadyForApproval", &client.ready_request(&id));
        assert_eq!(again.status, 403, "{again:?}");
    }
}

#[test]
fn an_identity_is_rejected_or_left_to_an_operator_in_every_encoding() {
    let server = server("");
    for (number, formats) in ALL.into_iter().enumerate() {
        let client = Client::ready(&server, &format!("bad{number}"), formats);
        let mut wrong = claims(&client, NUMBERS[number]);
        wrong[4].1 = "mallory@example.org".to_owned();
        let id = client.apply(&server, &borrowed(&wrong));
        assert_eq!(client.ready_for_approval(&server, &id), "Rejected");
        let messages = client.pop(&server);
        let names: Vec<_> = messages.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["clientMessage", "identity"], "{messages:?}");
        assert!(messages[0].1.contains("EMailOrPhoneInvalid"), "{messages:?}");
        let mut odd = claims(&client, NUMBERS[number]);
        odd.push(("SPORT", "golf".to_owned()));
        let id = client.apply(&server, &borrowed(&odd));
        assert_eq!(client.ready_for_approval(&server, &id), "Created");
        let messages = client.pop(&server);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].1.contains("ManualReview"), "{messages:?}");
        let open = server.ask("GET", "/review?state=open", &Value::Null).json();
        let review = open[0]["id"].as_str().expect("a review").to_owned();
        let accept = json!({ "by": "desk" });
        let decided = server.ask("POST", &format!("/review/{review}/accept"), &accept);
        assert!(decided.status < 300, "{decided:?}");
        assert_eq!(client.state(&server, &id), "Approved");
        let messages = client.pop(&server);
        assert_eq!(messages.len(), 1, "{messages:?}");
        let path = format!("/neuro/identities/{id}/state");
        let body = json!({ "state": "Obsoleted", "reason": "Somebody else's papers" });
        assert_eq!(server.ask("POST", &path, &body).status, 200);
        assert_eq!(client.state(&server, &id), "Obsoleted");
        let messages = client.pop(&server);
        assert!(
            messages[0].1.contains("Somebody else&apos;s papers")
                || messages[0].1.contains("Somebody else's papers"),
            "{messages:?}"
        );
        let back = json!({ "state": "Approved", "reason": "a mistake" });
        assert_eq!(server.ask("POST", &path, &back).status, 409);
    }
}

#[test]
fn properties_keep_their_order_and_the_server_adds_its_own() {
    let server = server("");
    let client = Client::ready(&server, "order", ALL[0]);
    let properties =
        [("SPORT", "golf"), ("LAST", "B"), ("FIRST", "A"), ("COUNTRY", "SE"), ("ADDR", "Å 1")];
    let id = client.apply(&server, &properties);
    let shown = client.good(&server, "Legal/GetIdentity", &vec![("legalId", id.into())]).json();
    let names = shown["Identity"]["property"].as_array().expect("a list").iter();
    let names: Vec<_> = names.map(|one| one["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["SPORT", "LAST", "FIRST", "COUNTRY", "ADDR", "JID", "AGENT"]);
    let last = &shown["Identity"]["property"][6];
    assert_eq!(last["value"], "https://app.example/apply");
    assert!(shown["Identity"]["attachment"].is_null());
}

#[test]
fn one_attachment_is_an_object_and_two_are_a_list_and_only_the_owner_has_them() {
    let server = server("");
    let client = Client::ready(&server, "owner", ALL[0]);
    let other = Client::ready(&server, "other", ALL[0]);
    let id = client.apply(&server, &[("FIRST", "A")]);
    let one = client.attachment(&id, PNG, "Passport.png", "image/png");
    let one = client.good(&server, "Legal/AddIdAttachment", &one).json();
    assert!(one["Identity"]["attachment"].is_object(), "{one}");
    let two = client.attachment(&id, b"%PDF-1.7 x", "letter.pdf", "application/pdf");
    let two = client.good(&server, "Legal/AddIdAttachment", &two).json();
    assert_eq!(two["Identity"]["attachment"].as_array().map(Vec::len), Some(2), "{two}");
    let reference = &two["Identity"]["attachmentRef"][1];
    let url = reference["url"].as_str().expect("a URL");
    let path = url.split_once("/Attachments/").expect("a path").1;
    let get = |token: &str| {
        let (host, bearer) = (format!("Host: {DOMAIN}"), format!("Authorization: Bearer {token}"));
        let path = format!("/Attachments/{path}");
        call(&server.public, "GET", &path, &[&host, &bearer], b"")
    };
    let mine = get(&client.token);
    assert_eq!((mine.status, mine.text.as_str()), (200, "%PDF-1.7 x"), "{mine:?}");
    assert_eq!(header(&mine, "Content-Type"), "application/pdf");
    assert_eq!(header(&mine, "X-Content-Type-Options"), "nosniff");
    assert_eq!(get(&other.token).status, 403);
    let foreign = other.post(&server, "Legal/GetIdentity", &vec![("legalId", id.into())]);
    assert_eq!(foreign.status, 403, "{foreign:?}");
}

#[test]
fn the_sandbox_may_review_at_once_and_take_the_form_of_old_clients() {
    let at_once = server("auto_on_apply = true\n");
    let client = Client::ready(&at_once, "quick", ALL[0]);
    let claims_ = claims(&client, NUMBERS[0]);
    let answer = client.good(&at_once, "Legal/ApplyId", &client.application(&borrowed(&claims_)));
    assert_eq!(client.state_in(&answer), "Approved");
    drop(at_once);
    let bare = |id: &str| -> Vec<(&'static str, Member)> { vec![("legalId", id.into())] };
    let new = server("");
    let client = Client::ready(&new, "new", ALL[3]);
    let id = client.apply(&new, &[("FIRST", "A")]);
    assert_eq!(client.post(&new, "Legal/ReadyForApproval", &bare(&id)).status, 400);
    drop(new);
    let old = server("legacy_ready = true\n");
    for formats in [ALL[0], ALL[3]] {
        let client = Client::ready(
            &old,
            &format!("old{formats:?}").replace(['(', ')', ',', ' '], ""),
            formats,
        );
        let id = client.apply(&old, &[("FIRST", "A")]);
        let done = client.good(&old, "Legal/ReadyForApproval", &bare(&id));
        let empty = done.text == "{}" || done.text.contains("<AckResponse");
        assert!(empty, "{done:?}");
        assert_eq!(client.state(&old, &id), "Rejected", "nothing required was there");
    }
}

#[test]
fn the_same_person_gets_one_identity() {
    let server = server("");
    let one = Client::ready(&server, "first", ALL[0]);
    let two = Client::ready(&server, "second", ALL[0]);
    let apply = |client: &Client, number| {
        let claims = claims(client, number);
        let id = client.apply(&server, &borrowed(&claims));
        client.ready_for_approval(&server, &id)
    };
    assert_eq!(apply(&one, "19811228-9874"), "Approved");
    assert_eq!(apply(&two, "811228-9874"), "Rejected", "however the number is written");
    assert!(two.pop(&server)[0].1.contains("DuplicateApplication"));
    assert_eq!(apply(&one, "19811228-9874"), "Approved", "one's own other identity is no other");
}

/// An account outlives a crash with its key and identity.
#[test]
fn nothing_is_lost_in_a_crash() {
    let server = server("");
    let mut client = Client::ready(&server, "lasting", ALL[2]);
    let id = client.apply(&server, &[("FIRST", "A")]);
    let server: Server = server.crash();
    client.good(&server, "Account/Info", &vec![]);
    client.login(&server);
    assert_eq!(client.state(&server, &id), "Created");
    let photo = client.attachment(&id, PNG, "Passport.png", "image/png");
    client.good(&server, "Legal/AddIdAttachment", &photo);
    server.command(&["audit"]);
}
