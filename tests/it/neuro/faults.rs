//! Each error of the API, replays, two at once, and XML that is meant to hurt.

use serde_json::{Value, json};

use super::client::{ALL, ApiKey, Client, Member, Members, borrowed, claims, hmac};
use super::{DOMAIN, ask, header, server};
use crate::harness::{Answer, Server};

fn set(members: &mut Members, name: &str, value: impl Into<Member>) {
    let place = members.iter_mut().find(|(known, _)| *known == name).expect("a member");
    place.1 = value.into();
}

fn without(members: &Members, name: &str) -> Members {
    members.iter().filter(|(known, _)| *known != name).cloned().collect()
}

fn is(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(answer.text.contains(words), "{words:?} in {answer:?}");
}

#[test]
fn each_member_is_needed_and_looked_at_in_both_encodings() {
    let server = server("");
    let api_key = ApiKey::make(&server, 5);
    for formats in [ALL[0], ALL[3]] {
        let client = Client::new(&format!("m{:?}", formats.0), formats);
        let good = client.registration(&api_key);
        for name in ["userName", "eMail", "password", "apiKey", "nonce", "signature", "seconds"] {
            is(&client.post(&server, "Account/Create", &without(&good, name)), 400, name);
        }
        for (name, bad) in [
            ("userName", Member::from("a:b")),
            ("eMail", "nobody".into()),
            ("phoneNr", "0700".into()),
            ("nonce", "a".repeat(31).into()),
            ("nonce", "a".repeat(257).into()),
            ("signature", "AAAA".into()),
            ("seconds", 0.into()),
            ("seconds", 3601.into()),
        ] {
            let mut members = good.clone();
            set(&mut members, name, bad);
            is(&client.post(&server, "Account/Create", &members), 400, name);
        }
    }
}

#[test]
fn a_nonce_is_good_once_for_ever_and_only_who_signs_uses_it_up() {
    let server = server("");
    let client = Client::ready(&server, "nonces", ALL[0]);
    let login = client.login_request();
    let mut forged = login.clone();
    set(&mut forged, "signature", hmac("guess", "x"));
    is(&client.post(&server, "Account/Login", &forged), 403, "not valid");
    client.good(&server, "Account/Login", &login);
    is(&client.post(&server, "Account/Login", &login), 400, "nonce");
    let id = client.apply(&server, &[("FIRST", "A")]);
    let ready = client.ready_request(&id);
    client.good(&server, "Legal/ReadyForApproval", &ready);
    let server = server.crash();
    is(&client.post(&server, "Legal/ReadyForApproval", &ready), 400, "nonce");
    is(&client.post(&server, "Account/Login", &login), 400, "nonce");
    // A request that fails after its signature was checked has used its nonce.
    let late = client.ready_request(&id);
    is(&client.post(&server, "Legal/ReadyForApproval", &late), 403, "Rejected");
    is(&client.post(&server, "Legal/ReadyForApproval", &late), 400, "nonce");
}

/// Texts that are signed are rows of parts with colons between them.
#[test]
fn a_signed_request_cannot_be_sent_as_another() {
    let server = server("");
    let client = Client::ready(&server, "parts", ALL[0]);
    let id = client.apply(&server, &[("FIRST", "A")]);
    let ready = client.ready_request(&id);
    let text = |name: &str| {
        let found = ready.iter().find(|(known, _)| *known == name).expect("a member");
        let Member::Text(text) = &found.1 else { panic!("a text") };
        text.clone()
    };
    let (nonce, key_signature) = (text("nonce"), text("keySignature"));
    let scope = ["ed25519", "urn:nf:iot:e2e:1.0", "KycKey1", &key_signature, &nonce, &id].join(":");
    let login = vec![
        ("userName", client.user.clone().into()),
        ("nonce", scope.into()),
        ("signature", text("requestSignature").into()),
        ("seconds", 60.into()),
    ];
    is(&client.post(&server, "Account/Login", &login), 400, "nonce");
    let mut shifted = client.application(&[("FIRST", "A"), ("LAST", "B")]);
    let Some(Member::Text(nonce)) =
        shifted.iter().find(|(name, _)| *name == "nonce").map(|(_, member)| member.clone())
    else {
        panic!("a nonce")
    };
    set(&mut shifted, "nonce", format!("{nonce}:FIRST:A"));
    set(&mut shifted, "Properties", Member::Pairs(vec![("LAST".to_owned(), "B".to_owned())]));
    is(&client.post(&server, "Legal/ApplyId", &shifted), 400, "nonce");
}

#[test]
fn of_two_identical_requests_at_once_one_gets_through() {
    let server = server("");
    let client = Client::ready(&server, "twice", ALL[0]);
    let application = client.application(&[("FIRST", "A")]);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let send = || {
            // Clients count their nonces in a cell: each thread has a client of its own.
            let mut other = Client::new("twice", ALL[0]);
            other.token.clone_from(&client.token);
            let (server, application) = (&server, application.clone());
            scope.spawn(move || other.post(server, "Legal/ApplyId", &application).status)
        };
        let all: Vec<_> = (0..4).map(|_| send()).collect();
        all.into_iter().map(|one| one.join().expect("ends")).collect()
    });
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((count(200), count(400)), (1, 3), "{statuses:?}");
    let all = client.good(&server, "Legal/GetIdentities", &vec![]);
    assert_eq!(all.json()["Identities"].as_array().map(Vec::len), Some(1), "{all:?}");
}

#[test]
fn of_many_who_take_messages_or_a_name_at_once_each_is_served_once() {
    let server = server("");
    let client = Client::ready(&server, "popped", ALL[0]);
    for number in ["19811228-9874", "19121212-1212", "19900101-0017"] {
        let claims = claims(&client, number);
        let id = client.apply(&server, &borrowed(&claims));
        assert_eq!(client.ready_for_approval(&server, &id), "Approved");
    }
    let token = client.token.clone();
    let told: usize = std::thread::scope(|scope| {
        let pop = || {
            let (server, token) = (&server, token.clone());
            scope.spawn(move || {
                let mut one = Client::new("popped", ALL[0]);
                one.token = token;
                one.pop(server).len()
            })
        };
        let all: Vec<_> = (0..4).map(|_| pop()).collect();
        all.into_iter().map(|one| one.join().expect("ends")).sum()
    });
    assert_eq!(told, 3, "each message once");
    let api_key = ApiKey::make(&server, 10);
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let create = |number: usize| {
            let (server, api_key) = (&server, &api_key);
            scope.spawn(move || {
                let mut one = Client::new("wanted", ALL[0]);
                one.password = format!("password {number}");
                for _ in 0..number {
                    one.nonce();
                }
                let request = one.registration(api_key);
                one.post(server, "Account/Create", &request).status
            })
        };
        let all: Vec<_> = (0..4).map(create).collect();
        all.into_iter().map(|one| one.join().expect("ends")).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400]);
    let keys = server.ask("GET", "/neuro/api-keys", &Value::Null).json();
    let counted = keys.as_array().expect("a list").iter();
    let counted: u64 = counted.filter_map(|key| key["accounts"].as_u64()).sum();
    assert_eq!(counted, 2, "the name counts once: {keys}");
}

#[test]
fn wrong_keys_and_passwords_do_nothing() {
    let server = server("lockout = []\n");
    let client = Client::ready(&server, "wrong", ALL[0]);
    let id = client.apply(&server, &[("FIRST", "A")]);
    let mut stranger = Client::new("wrong", ALL[0]);
    stranger.token.clone_from(&client.token);
    stranger.password = "another".to_owned();
    is(&stranger.post(&server, "Legal/ReadyForApproval", &stranger.ready_request(&id)), 403, "");
    let mut forgetful = Client::new("wrong", ALL[0]);
    forgetful.token.clone_from(&client.token);
    forgetful.key_password = "another".to_owned();
    is(&forgetful.post(&server, "Legal/ReadyForApproval", &forgetful.ready_request(&id)), 403, "");
    let mut keyless = Client::new("wrong", ALL[0]);
    keyless.token.clone_from(&client.token);
    keyless.key_id = "Nothing".to_owned();
    let request = keyless.ready_request(&id);
    is(&keyless.post(&server, "Legal/ReadyForApproval", &request), 404, "key");
    assert_eq!(client.state(&server, &id), "Created", "nothing came of it");
    // Another key of the account did not sign the application.
    let mut other = Client::new("wrong", ALL[0]);
    other.token.clone_from(&client.token);
    other.key_id = "Key2".to_owned();
    other.nonce();
    for _ in 0..40 {
        other.nonce();
    }
    other.create_key(&server);
    is(
        &other.post(&server, "Legal/ReadyForApproval", &other.ready_request(&id)),
        403,
        "another key",
    );
    let mut again = other.signed("id", &[]);
    again.push(("localName", "ed25519".into()));
    again.push(("namespace", "urn:nf:iot:e2e:1.0".into()));
    is(&other.post(&server, "Crypto/CreateKey", &again), 400, "exists");
    let mut unknown = other.signed("id", &[]);
    set(&mut unknown, "id", "Key3");
    unknown.push(("localName", "rsa".into()));
    unknown.push(("namespace", "urn:nf:iot:e2e:1.0".into()));
    is(&other.post(&server, "Crypto/CreateKey", &unknown), 400, "algorithm");
}

#[test]
fn a_foreign_or_unknown_identity_is_not_touched() {
    let server = server("");
    let (mine, theirs) =
        (Client::ready(&server, "mine", ALL[0]), Client::ready(&server, "theirs", ALL[0]));
    let id = theirs.apply(&server, &[("FIRST", "A")]);
    is(&mine.post(&server, "Legal/ReadyForApproval", &mine.ready_request(&id)), 403, "not yours");
    let photo = mine.attachment(&id, b"x", "a.png", "image/png");
    is(&mine.post(&server, "Legal/AddIdAttachment", &photo), 403, "not yours");
    for unknown in [
        "2b7d0c7e-95a1-4d0e-9a6f-0c1d2e3f4a5b@legal.neuron.example".to_owned(),
        id.replace("neuron.example", "other.example"),
    ] {
        let request = mine.ready_request(&unknown);
        is(&mine.post(&server, "Legal/ReadyForApproval", &request), 404, "no such identity");
    }
    is(&mine.post(&server, "Legal/GetIdentity", &vec![("legalId", "x".into())]), 400, "legalId");
}

#[test]
fn applications_need_properties_of_the_clients_own_and_a_page() {
    let server = server("");
    let client = Client::ready(&server, "props", ALL[0]);
    let long = "x".repeat(2_049);
    for properties in [
        &[][..],
        &[("AGENT", "https://a.example")],
        &[("STATE", "Approved")],
        &[("FIRST", "A"), ("first", "B")],
        &[("FIRST", "a\u{7}b")],
        &[("FIRST", &long)],
        &[("JID", "mallory@neuron.example")],
    ] {
        let answer = client.post(&server, "Legal/ApplyId", &client.application(properties));
        assert_eq!(answer.status, 400, "{properties:?} {answer:?}");
        assert!(!answer.text.contains("mallory"), "{answer:?}");
    }
    let many: Vec<_> = (0..101).map(|number| (format!("P{number}"), "x".to_owned())).collect();
    let many: Vec<_> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    is(&client.post(&server, "Legal/ApplyId", &client.application(&many)), 400, "Properties");
    let bearer = format!("Authorization: Bearer {}", client.token);
    for referer in ["", "Referer: /apply", "Referer: ftp://a.example/", "Referer: https://u:p@/"] {
        let headers: Vec<&str> =
            [bearer.as_str(), referer].into_iter().filter(|header| !header.is_empty()).collect();
        let body = json!({
            "keyId": "KycKey1", "nonce": "n".repeat(40), "Properties": [{ "name": "A", "value": "b" }],
            "keySignature": hmac("a", "b"), "requestSignature": hmac("a", "b"),
        });
        let answer = ask(&server, "POST", "/Agent/Legal/ApplyId", &headers, &body.to_string());
        is(&answer, 400, "Referer");
    }
}

#[test]
fn attachments_are_bounded_and_come_before_the_decision() {
    let server = server("attachment_bytes_max = 1000\n");
    for formats in [ALL[0], ALL[3]] {
        let client = Client::ready(&server, &format!("att{:?}", formats.0), formats);
        let id = client.apply(&server, &[("FIRST", "A")]);
        let post = |bytes: &[u8], name: &str, kind: &str| {
            let members = client.attachment(&id, bytes, name, kind);
            client.post(&server, "Legal/AddIdAttachment", &members)
        };
        assert_eq!(post(&[b'x'; 1000], "a.png", "image/png").status, 200);
        assert_eq!(post(&[b'x'; 1001], "a.png", "image/png").status, 413);
        assert_eq!(post(&vec![b'x'; 400_000], "a.png", "image/png").status, 413);
        for name in ["a<b.png", "a&b.png", "a\"b.png", "a'b.png", "a\u{1f}b.png"] {
            assert_eq!(post(b"x", name, "image/png").status, 400, "{name:?}");
        }
        assert_eq!(post(b"x", "a.png", "image/<png").status, 400);
        let mut bad = client.attachment(&id, b"x", "a.png", "image/png");
        set(&mut bad, "attachmentBase64", "no base64");
        assert_eq!(client.post(&server, "Legal/AddIdAttachment", &bad).status, 400);
        assert_eq!(client.ready_for_approval(&server, &id), "Rejected");
        is(&post(b"x", "a.png", "image/png"), 403, "Rejected");
    }
}

#[test]
fn a_taken_name_comes_with_others_and_the_same_password_logs_in() {
    let server = server("");
    let api_key = ApiKey::make(&server, 10);
    let mut client = Client::new("taken", ALL[0]);
    client.create(&server, &api_key);
    client.verify(&server);
    let mut other = Client::new("Taken", ALL[0]);
    other.password = "another".to_owned();
    let refused = other.post(&server, "Account/Create", &other.registration(&api_key));
    is(&refused, 400, "taken");
    assert_eq!(header(&refused, "X-AlternativeName1"), "Taken1", "{refused:?}");
    assert!(!header(&refused, "X-AlternativeName2").is_empty(), "{refused:?}");
    client.nonce();
    let again = client.good(&server, "Account/Create", &client.registration(&api_key));
    assert_eq!(again.json()["enabled"], true, "{again:?}");
    let keys = server.ask("GET", "/neuro/api-keys", &Value::Null).json();
    assert_eq!(keys[0]["accounts"], 1, "{keys}");
}

#[test]
fn codes_are_for_who_has_them_and_wear_out() {
    let server = server("lockout = []\n");
    let mut client = Client::new("codes", ALL[0]);
    client.create(&server, &ApiKey::make(&server, 1));
    let give = |code: &str| {
        let members = vec![("eMail", client.e_mail.clone().into()), ("code", code.into())];
        client.post(&server, "Account/VerifyEMail", &members).text
    };
    let code = client.code(&server);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let mut tries = 0;
    while give(wrong).contains("not valid") {
        tries += 1;
        assert!(tries < 20);
    }
    assert!(give(&code).contains("Too many wrong codes"), "worn out");
    server.advance(3_000_000);
    client.good(&server, "Account/ResendVerificationCodes", &vec![]);
    assert_ne!(client.code(&server), code);
    // As a number it has no zeros at its front.
    let number: u64 = client.code(&server).parse().expect("digits");
    let members = vec![("eMail", client.e_mail.clone().into()), ("code", number.into())];
    client.good(&server, "Account/VerifyEMail", &members);
    let nobody = vec![("eMail", "nobody@example.org".into()), ("code", "1".into())];
    let unknown = client.post(&server, "Account/VerifyEMail", &nobody);
    is(&unknown, 403, "The code is not valid.");
    let other = vec![("eMail", "nobody@example.org".into())];
    is(&client.post(&server, "Account/ResendVerificationCodes", &other), 400, "account");
    // Neither does a code that is known by now say whose address it is for ever.
    let known = vec![("eMail", client.e_mail.clone().into()), ("code", number.into())];
    client.good(&server, "Account/VerifyEMail", &known);
    server.advance(3_600_000);
    is(&client.post(&server, "Account/VerifyEMail", &known), 403, "The code is not valid.");
}

#[test]
fn an_old_token_opens_nothing_of_who_has_the_name_now() {
    let server = server("");
    let old = Client::ready(&server, "shared", ALL[0]);
    let erase = json!({ "reason": "request 7" });
    assert_eq!(server.ask("POST", "/subjects/neuro:shared/erase", &erase).status, 200);
    is(&old.post(&server, "Account/Info", &vec![]), 401, "user is not valid");
    let mut new = Client::new("shared", ALL[0]);
    new.password = "another".to_owned();
    // Nonces are remembered by name, whoever has it.
    for _ in 0..40 {
        new.nonce();
    }
    new.create(&server, &ApiKey::make(&server, 1));
    new.verify(&server);
    is(&old.post(&server, "Account/Info", &vec![]), 401, "user is not valid");
    new.good(&server, "Account/Info", &vec![]);
}

#[test]
fn tokens_end() {
    let server = server("");
    let mut client = Client::ready(&server, "tokens", ALL[0]);
    let mut request = client.login_request();
    set(&mut request, "seconds", 10);
    let short = client.good(&server, "Account/Login", &request);
    client.token = client.scalar(&short, "jwt");
    client.good(&server, "Account/Info", &vec![]);
    server.advance(11_000);
    let late = client.post(&server, "Account/Info", &vec![]);
    is(&late, 401, "expired");
    assert!(header(&late, "WWW-Authenticate").contains("expired"), "{late:?}");
    let server = server.crash();
    is(&client.post(&server, "Account/Info", &vec![]), 401, "expired");
}

impl From<i32> for Member {
    fn from(number: i32) -> Self {
        Self::Whole(u64::try_from(number).expect("positive"))
    }
}

const NAMESPACE: &str = "https://waher.se/Schema/BrokerAgent.xsd";

#[test]
fn xml_that_is_meant_to_hurt_is_refused() {
    let server = server("");
    let deep = format!("{}{}", "<a>".repeat(1_000), "</a>".repeat(1_000));
    let many =
        |count: u32, one: &dyn Fn(u32) -> String| (0..count).map(one).collect::<Vec<_>>().concat();
    let attributes = many(5_000, &|number| format!(" a{number}=\"\""));
    let namespaces = many(2_000, &|number| format!(" xmlns:a{number}=\"urn:{number}\""));
    let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><Login>&b;</Login>";
    let entity = "<!DOCTYPE l [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><Login>&f;</Login>";
    for bomb in [
        laughs.to_owned(),
        entity.to_owned(),
        deep.clone(),
        format!("<Login xmlns=\"{NAMESPACE}\">{deep}</Login>"),
        format!("<Login xmlns=\"{NAMESPACE}\"{attributes}/>"),
        format!("<Login xmlns=\"{NAMESPACE}\"{namespaces}/>"),
        format!("<Login xmlns=\"{NAMESPACE}\" userName=\"&nothing;\"/>"),
        format!("<Login xmlns=\"{NAMESPACE}\" userName=\"a\" userName=\"b\"/>"),
        "<Login xmlns=\"urn:other\"/>".to_owned(),
    ] {
        let headers = ["Content-Type: text/xml"];
        let answer = ask(&server, "POST", "/Agent/Account/Login", &headers, &bomb);
        assert_eq!(answer.status, 400, "{} {answer:?}", &bomb[..bomb.len().min(80)]);
        assert!(!answer.text.contains("root:"), "{answer:?}");
    }
    let large = format!("<Login xmlns=\"{NAMESPACE}\" a=\"{}\"/>", "x".repeat(2_000_000));
    let headers = ["Content-Type: text/xml"];
    let answer = ask(&server, "POST", "/Agent/Account/Login", &headers, &large);
    assert_eq!(answer.status, 413, "{}", answer.head);
    let nested = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let json = format!("{{\"userName\": {nested}}}");
    assert_eq!(ask(&server, "POST", "/Agent/Account/Login", &[], &json).status, 400);
}

/// Nothing of what people send or the server keeps for them is in the log.
#[test]
fn nothing_personal_and_no_secret_is_in_the_log_or_in_metrics() {
    let server = server("");
    let client = Client::ready(&server, "private.person", ALL[0]);
    let claims = claims(&client, "19811228-9874");
    let id = client.apply(&server, &borrowed(&claims));
    let photo = client.attachment(&id, b"\x89PNG\r\n\x1a\n0000", "Passport.png", "image/png");
    client.good(&server, "Legal/AddIdAttachment", &photo);
    client.ready_for_approval(&server, &id);
    client.pop(&server);
    let scope = [&client.user, DOMAIN, "ed25519", "urn:nf:iot:e2e:1.0", &client.key_id].join(":");
    let key_signature = hmac(&client.key_password, &scope);
    let log = server.command(&["events", "list", "--json"]);
    let metrics = server.ask("GET", "/metrics", &Value::Null).text;
    for secret in [
        client.user.as_str(),
        &client.password,
        &client.e_mail,
        &key_signature,
        "Ångström",
        "19811228",
        "Passport.png",
        "KycKey1",
    ] {
        assert!(!log.contains(secret), "{secret}");
        assert!(!metrics.contains(secret), "{secret}");
    }
    assert!(files_are_free_of(&server, &client.password), "no file holds the password");
    assert!(files_are_free_of(&server, &key_signature), "no file holds a key signature");
}

fn files_are_free_of(server: &Server, secret: &str) -> bool {
    fn look(dir: &std::path::Path, secret: &[u8]) -> bool {
        std::fs::read_dir(dir).expect("a directory").flatten().all(|entry| {
            let path = entry.path();
            if path.is_dir() {
                return look(&path, secret);
            }
            let bytes = std::fs::read(&path).unwrap_or_default();
            !bytes.windows(secret.len()).any(|window| window == secret)
        })
    }
    look(&server.dir, secret.as_bytes())
}
