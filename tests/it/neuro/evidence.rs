//! What the log says of accounts and identities, to whom, and until when.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::client::{ALL, ApiKey, Client, Member, borrowed, claims};
use super::{DOMAIN, configuration, events, server};
use crate::harness::{Answer, Server, call};

const USER: &str = "Alice.Secret";
const NUMBER: &str = "19811228-9874";
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89 her face";
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Everything that would tell who somebody is, or lets them in.
const SECRETS: [&str; 10] = [
    "alice.secret",
    "@example.org",
    "account password",
    "correct horse",
    "KycKey1",
    "\"Alice\"",
    "ngstr",
    "19811228",
    "ProfilePhoto",
    "her face",
];

fn is_free(text: &str) {
    let text = text.to_lowercase();
    for secret in SECRETS {
        assert!(!text.contains(&secret.to_lowercase()), "{secret} in {text}");
    }
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn named(what: &str) -> String {
    format!("/subjects/neuro:{USER}/{what}")
}

fn erase(server: &Server) -> Answer {
    server.ask("POST", &named("erase"), &json!({ "reason": "request 7" }))
}

/// Applies with a photo; answers the identity's id, and the attachment's.
fn apply(server: &Server, client: &Client) -> (String, String) {
    let id = client.apply(server, &borrowed(&claims(client, NUMBER)));
    let photo = client.attachment(&id, PNG, "ProfilePhoto.png", "image/png");
    let attached = client.good(server, "Legal/AddIdAttachment", &photo).json();
    let url = attached["Identity"]["attachmentRef"]["url"].as_str().expect("a URL").to_owned();
    (id, url.rsplit_once('/').expect("a path").1.to_owned())
}

/// Somebody whose identity is approved, and who was not told yet; its id, and the attachment's.
fn approved(server: &Server) -> (Client, String, String) {
    let client = Client::ready(server, USER, ALL[0]);
    let (id, file) = apply(server, &client);
    assert_eq!(client.ready_for_approval(server, &id), "Approved");
    (client, id, file)
}

/// Somebody who takes the name when it is free again, for the `times`th time; with nonces of their
/// own, which are good once for ever.
fn newcomer(times: usize) -> Client {
    let client = Client::new(USER, ALL[0]);
    for _ in 0..100 * times {
        client.nonce();
    }
    client
}

/// The same, with an account that is enabled, a token and a key.
fn again(server: &Server, times: usize) -> Client {
    let mut client = newcomer(times);
    client.create(server, &ApiKey::make(server, 1));
    client.verify(server);
    client.login(server);
    client.create_key(server);
    client
}

fn attachment(server: &Server, client: &Client, file: &str) -> u16 {
    let (host, bearer) =
        (format!("Host: {DOMAIN}"), format!("Authorization: Bearer {}", client.token));
    let path = format!("/Attachments/{file}");
    call(&server.public, "GET", &path, &[&host, &bearer], b"").status
}

fn identity(server: &Server, client: &Client, id: &str) -> u16 {
    client.post(server, "Legal/GetIdentity", &vec![("legalId", id.into())]).status
}

/// Says that everything was sent, to a server that may not live to answer.
fn last_words(server: &Server, client: &Client, id: &str) -> u16 {
    let text = |member: &Member| match member {
        Member::Text(text) => json!(text),
        Member::Whole(_) | Member::Pairs(_) => panic!("a text"),
    };
    let members = client.ready_request(id);
    let body: serde_json::Map<String, Value> =
        members.iter().map(|(name, member)| ((*name).to_owned(), text(member))).collect();
    let (host, bearer) =
        (format!("Host: {DOMAIN}"), format!("Authorization: Bearer {}", client.token));
    let (path, body) = ("/Agent/Legal/ReadyForApproval", Value::Object(body).to_string());
    call(&server.public, "POST", path, &[&host, &bearer], body.as_bytes()).status
}

/// Attachments on disk.
fn attachments(server: &Server) -> usize {
    let folders = std::fs::read_dir(server.dir.join("vault/documents"));
    folders.map_or(0, |folders| {
        folders.flatten().filter_map(|dir| std::fs::read_dir(dir.path()).ok()).flatten().count()
    })
}

/// Nobody of this name is there.
fn is_nobody(server: &Server, client: &Client) {
    let info = client.post(server, "Account/Info", &vec![]);
    assert_eq!(info.status, 401, "{info:?}");
    let login = client.post(server, "Account/Login", &client.login_request());
    assert_eq!(login.status, 403, "{login:?}");
    let codes = server.ask("GET", &format!("/sandbox/codes?to={}", client.e_mail), &Value::Null);
    assert_eq!(codes.json(), json!([]));
}

/// Whoever has the name now has nothing of whoever had it before.
fn has_nothing_of(server: &Server, new: &Client, id: &str, file: &str) {
    assert!([403, 404].contains(&identity(server, new, id)));
    assert!([403, 404].contains(&attachment(server, new, file)));
    let all = new.good(server, "Legal/GetIdentities", &vec![]).json();
    assert_eq!(all["Identities"], json!([]), "{all}");
    assert_eq!(new.pop(server), []);
    let ready = new.post(server, "Legal/ReadyForApproval", &new.ready_request(id));
    assert!([403, 404].contains(&ready.status), "{ready:?}");
}

/// What happened to the person, by name, and each only once in a row.
fn told(timeline: &Value) -> Vec<String> {
    let entries = timeline["entries"].as_array().expect("a list").iter();
    let mut names: Vec<_> =
        entries.filter_map(|entry| entry["event"].as_str()).map(str::to_owned).collect();
    names.dedup();
    names
}

const HISTORY: [&str; 13] = [
    "neuro.AccountCreated",
    "neuro.VerificationRequested",
    "neuro.ContactVerified",
    "neuro.AccountEnabled",
    "neuro.KeyCreated",
    "neuro.IdentityApplied",
    "neuro.AttachmentAdded",
    "neuro.MarkedReady",
    "neuro.ReviewStarted",
    "neuro.ClaimAssessed",
    "neuro.PhotoAssessed",
    "neuro.ReviewConcluded",
    "neuro.IdentityApproved",
];

#[test]
fn a_timeline_tells_what_happened_and_hides_who_it_was() {
    let server = server("");
    let (client, _, _) = approved(&server);
    let timeline = server.ask("GET", &named("timeline"), &Value::Null);
    assert_eq!(timeline.status, 200, "{timeline:?}");
    is_free(&timeline.text);
    assert_eq!(told(&timeline.json()), HISTORY);
    assert_eq!(client.pop(&server).len(), 1);
    // The case of letters does not count.
    let name = format!("neuro:{}", USER.to_lowercase());
    let replay = server.command(&["replay", "--subject", &name, "--json"]);
    is_free(&replay);
    let replay = json_of(&replay);
    assert_eq!(told(&replay), [&HISTORY[..], &["neuro.MessagesPopped"]].concat());
    let status = |timeline: &Value| {
        let states = timeline["states"].as_object().expect("states");
        let mut identities = states.iter().filter(|(name, _)| name.starts_with("neuro.identity-"));
        identities.next().map(|(_, state)| state["status"].clone())
    };
    assert_eq!(status(&replay), Some(json!("approved")));
    let entries = replay["entries"].as_array().expect("a list");
    let ready = entries.iter().find(|entry| entry["event"] == "neuro.MarkedReady");
    let position = ready.expect("a run")["position"].to_string();
    let then = ["replay", "--subject", &name, "--json", "--position", &position];
    assert_eq!(status(&json_of(&server.command(&then))), Some(json!("created")));
    is_free(&server.command(&["events", "list", "--json"]));
    is_free(&server.ask("GET", "/metrics", &Value::Null).text);
}

#[test]
fn who_it_was_is_opened_for_a_reason_until_they_are_erased() {
    let server = server("");
    approved(&server);
    let name = format!("neuro:{USER}");
    let open = ["replay", "--subject", &name, "--unseal", "--reason", "case 7", "--json"];
    let opened = server.command(&open);
    for open in [USER, "@example.org", "KycKey1", "Alice", "Ångström", NUMBER, "ProfilePhoto.png"]
    {
        assert!(opened.contains(open), "{open} in {opened}");
    }
    for never in ["account password", "correct horse", "her face"] {
        assert!(!opened.contains(never), "{never} in {opened}");
    }
    let log = server.command(&["events", "list", "--json"]);
    assert!(log.contains("subject.DataUnsealed"), "on record");
    is_free(&log);
    server.command(&["erase", "--subject", &name, "--reason", "request 8", "--by", "desk"]);
    is_free(&server.run_to_end(&open));
    let timeline = server.command(&["replay", "--subject", &name, "--json"]);
    for erased in ["neuro.AccountErased", "neuro.IdentityErased"] {
        assert!(timeline.contains(erased), "{timeline}");
    }
    is_free(&timeline);
}

#[test]
fn the_log_is_clean_and_the_read_models_are_what_it_makes_of_them() {
    let server = server("");
    let (client, id, file) = approved(&server);
    assert!(server.command(&["audit"]).starts_with("clean"));
    let rebuilt = json_of(&server.command(&["rebuild", "--json"]));
    let rows = rebuilt.as_array().expect("a list");
    for name in ["neuro_accounts", "neuro_inbox", "neuro_work"] {
        assert!(rows.iter().any(|row| row["name"] == name), "{name} in {rebuilt}");
    }
    assert!(rows.iter().all(|row| row["equal"] == true), "{rebuilt}");
    assert_eq!((identity(&server, &client, &id), attachment(&server, &client, &file)), (200, 200));
    assert_eq!(client.pop(&server).len(), 1, "rebuilt as it was");
    let server = server.crash();
    assert_eq!(client.pop(&server), []);
}

#[test]
fn neither_a_bundle_nor_a_backup_says_who_it_was() {
    let server = server("");
    approved(&server);
    let beside = |name: &str| server.dir.with_file_name(name);
    let (tar, backup) = (beside("b.tar"), beside("backup"));
    server.command(&["backup", backup.to_str().expect("text")]);
    server.command(&["export", "--bundle", tar.to_str().expect("text"), "--events"]);
    let bundle = String::from_utf8_lossy(&std::fs::read(&tar).expect("a bundle")).into_owned();
    assert!(bundle.contains("neuro.IdentityApproved"));
    is_free(&bundle);
    let mut left = vec![backup, server.dir.join("vault"), server.dir.join("log")];
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
            if entry.path().is_dir() {
                left.push(entry.path());
            } else {
                let bytes = std::fs::read(entry.path()).expect("a file");
                is_free(&String::from_utf8_lossy(&bytes));
            }
        }
    }
    let dir = crate::bundle::unpack(&tar);
    let Some(()) = crate::verifier::python() else { return };
    assert!(crate::bundle::verify(dir.path()).status.success());
}

/// The data directory as it was backed up, instead of the one that is there.
fn restore(home: &Path, how: &[&str]) {
    std::fs::rename(home.join("data"), home.join("lost")).expect("moved");
    let restored = Command::new(env!("CARGO_BIN_EXE_kycd"))
        .current_dir(home)
        .args(["restore", "backup", "--data", "data"])
        .args(how)
        .output()
        .expect("kycd runs");
    assert!(restored.status.success(), "{restored:?}");
}

#[test]
fn a_backup_is_a_server_again_with_passwords_keys_and_attachments() {
    let server = server("");
    let (mut client, id, file) = approved(&server);
    let backup = server.dir.with_file_name("backup");
    server.command(&["backup", backup.to_str().expect("text")]);
    let server = server.restart_after(|home| restore(home, &["--accept-resurrection"]));
    client.login(&server);
    assert_eq!(client.state(&server, &id), "Approved");
    assert_eq!(attachment(&server, &client, &file), 200);
    assert_eq!(client.pop(&server).len(), 1);
    let id = client.apply(&server, &[("FIRST", "A")]);
    assert_eq!(client.state(&server, &id), "Created", "signed with the same key");
}

#[test]
fn who_was_erased_after_the_backup_is_erased_again() {
    let server = server("");
    let (client, id, file) = approved(&server);
    let backup = server.dir.with_file_name("backup");
    server.command(&["backup", backup.to_str().expect("text")]);
    assert_eq!(erase(&server).status, 200);
    let list = server.command(&["erase", "--list", "--json"]);
    is_free(&list);
    std::fs::write(server.dir.with_file_name("erasures.json"), list).expect("written");
    let server = server.restart_after(|home| restore(home, &["--erasures", "erasures.json"]));
    server.wait(0, "the erasure", |server| events(server, "subject.SubjectErased") == 1);
    is_nobody(&server, &client);
    assert_eq!(attachments(&server), 0);
    let new = again(&server, 1);
    has_nothing_of(&server, &new, &id, &file);
}

#[test]
fn who_is_erased_is_nobody_and_the_name_is_free_again() {
    let server = server("");
    let (client, id, file) = approved(&server);
    assert_eq!(attachments(&server), 1);
    let answer = erase(&server);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(attachments(&server), 0);
    is_nobody(&server, &client);
    assert_eq!(attachment(&server, &client, &file), 401);
    let server = server.crash();
    is_nobody(&server, &client);
    let new = again(&server, 1);
    has_nothing_of(&server, &new, &id, &file);
    // Nor does the person stand in the way of their own number.
    let (own, picture) = apply(&server, &new);
    assert_eq!(new.ready_for_approval(&server, &own), "Approved");
    assert_eq!(new.pop(&server).len(), 1);
    assert_eq!(attachment(&server, &new, &picture), 200);
    let server = server.crash();
    assert_eq!(identity(&server, &new, &own), 200);
    assert_eq!(erase(&server).status, 200);
    is_nobody(&server, &new);
    let third = again(&server, 2);
    for (old, picture) in [(&id, &file), (&own, &picture)] {
        has_nothing_of(&server, &third, old, picture);
    }
    server.command(&["audit"]);
}

/// The secret of an API key is nobody's: it is kept.
#[test]
fn an_erased_account_counts_against_the_quota_and_the_api_key_is_still_good() {
    let server = server("");
    let api_key = ApiKey::make(&server, 2);
    Client::new(USER, ALL[0]).create(&server, &api_key);
    assert_eq!(erase(&server).status, 200);
    let server = server.crash();
    newcomer(1).create(&server, &api_key);
    let third = Client::new("third", ALL[0]);
    let full = third.post(&server, "Account/Create", &third.registration(&api_key));
    assert_eq!(full.status, 403, "{full:?}");
}

#[test]
fn a_token_of_somebody_who_was_erased_is_not_one_of_who_has_the_name_next() {
    let server = server("");
    let (old, _, _) = approved(&server);
    assert_eq!(erase(&server).status, 200);
    let new = again(&server, 1);
    let (id, file) = apply(&server, &new);
    let info = old.post(&server, "Account/Info", &vec![]);
    assert_eq!(info.status, 401, "{info:?}");
    assert_eq!((identity(&server, &old, &id), attachment(&server, &old, &file)), (401, 401));
    assert_eq!((identity(&server, &new, &id), attachment(&server, &new, &file)), (200, 200));
}

#[test]
fn a_hold_keeps_a_person_until_it_is_lifted() {
    let server = server("");
    let (client, id, file) = approved(&server);
    let until = json!({ "reason": "court order", "until": "2100-01-01T00:00:00Z" });
    assert_eq!(server.ask("POST", &named("hold"), &until).status, 200);
    assert_eq!(erase(&server).status, 409);
    assert_eq!(client.state(&server, &id), "Approved");
    let server = server.crash();
    assert_eq!(erase(&server).status, 409);
    assert_eq!(attachment(&server, &client, &file), 200);
    let lifted = server.ask("DELETE", &named("hold"), &json!({ "reason": "over" }));
    assert_eq!(lifted.status, 204, "{lifted:?}");
    assert_eq!(erase(&server).status, 200);
    is_nobody(&server, &client);
    assert_eq!(attachments(&server), 0);
}

#[test]
fn a_reason_that_names_the_person_is_not_kept_for_ever() {
    let server = server("");
    approved(&server);
    let bad = json!({ "reason": format!("{USER} asked for it") });
    assert_eq!(server.ask("POST", &named("erase"), &bad).status, 400);
    for nobody in ["neuro:nobody", "neuro:a%20b", "neuro:"] {
        let path = format!("/subjects/{nobody}/timeline");
        let answer = server.ask("GET", &path, &Value::Null);
        assert!([400, 404].contains(&answer.status), "{nobody} {answer:?}");
    }
}

#[test]
fn by_command_like_any_other_subject() {
    let server = server("");
    let (client, _, _) = approved(&server);
    let name = format!("neuro:{USER}");
    let whose = ["--subject", &name, "--reason", "case 7", "--by", "desk"];
    let on = |command: &[&'static str]| [command, &whose[..]].concat();
    server.command(&on(&["hold", "set", "--until", "2100-01-01T00:00:00Z"]));
    assert!(server.failing_command(&on(&["erase"])).contains("legal hold"));
    server.command(&on(&["hold", "release"]));
    server.command(&on(&["erase"]));
    let listed = json_of(&server.command(&["erase", "--list", "--json"]));
    assert_eq!(listed[0]["generation"], 0, "{listed}");
    is_nobody(&server, &client);
}

#[test]
fn who_is_due_is_listed_by_the_retention_of_the_protocol() {
    let server = server("[retention]\nneuro = \"30 days\"\n");
    let mut client = Client::ready(&server, USER, ALL[0]);
    let due = |server: &Server| server.ask("GET", "/retention/due", &Value::Null).json();
    server.advance(29 * DAY_MS);
    assert_eq!(due(&server), json!([]));
    client.login(&server);
    apply(&server, &client);
    server.advance(29 * DAY_MS);
    assert_eq!(due(&server), json!([]), "it counts from the last change");
    server.advance(2 * DAY_MS);
    let listed = due(&server);
    assert_eq!((&listed[0]["protocol"], &listed[1]), (&json!("neuro"), &Value::Null), "{listed}");
    is_free(&listed.to_string());
    let name = listed[0]["subject"].as_str().expect("a name");
    server.command(&["erase", "--subject", name, "--reason", "retention is over"]);
    assert_eq!(due(&server), json!([]));
    let login = client.post(&server, "Account/Login", &client.login_request());
    assert_eq!(login.status, 403, "{login:?}");
    assert_eq!(attachments(&server), 0);
}

#[test]
fn what_is_attested_is_kept_as_long_as_it_is_good_and_then_for_the_retention() {
    let more = "validity = \"60 days\"\n[retention]\nneuro = \"30 days\"\n";
    let server = Server::start(&configuration(more));
    let (_, id, _) = approved(&server);
    let due = |server: &Server| {
        server.ask("GET", "/retention/due", &Value::Null).json().as_array().expect("a list").len()
    };
    server.advance(89 * DAY_MS);
    assert_eq!(due(&server), 0);
    let server = server.crash();
    server.advance(2 * DAY_MS);
    assert_eq!(due(&server), 1);
    // What is withdrawn attests nothing: then the last change counts.
    let path = format!("/neuro/identities/{id}/state");
    let body = json!({ "state": "Obsoleted", "reason": "asked for" });
    assert_eq!(server.ask("POST", &path, &body).status, 200);
    assert_eq!(due(&server), 0);
    server.advance(31 * DAY_MS);
    assert_eq!(due(&server), 1);
}

#[test]
fn an_erasure_goes_on_after_a_crash_at_any_step() {
    for step in ["erasure.requested", "erasure.closed", "erasure.condemned", "erasure.shredded"] {
        let server = server("");
        let (client, id, file) = approved(&server);
        let server = server.crash_to(step);
        assert_eq!(erase(&server).status, 0, "{step}: the server is gone");
        let server = server.after_its_crash();
        server.wait(0, "the erasure", |server| events(server, "subject.SubjectErased") == 1);
        is_nobody(&server, &client);
        assert_eq!(attachments(&server), 0, "{step}");
        let new = again(&server, 1);
        has_nothing_of(&server, &new, &id, &file);
        server.command(&["audit"]);
    }
}

#[test]
fn who_is_erased_while_an_operator_has_their_application_is_in_no_queue_any_more() {
    let server = server("");
    let client = Client::ready(&server, USER, ALL[0]);
    let mut odd = claims(&client, NUMBER);
    odd.push(("SPORT", "golf".to_owned()));
    let id = client.apply(&server, &borrowed(&odd));
    assert_eq!(client.ready_for_approval(&server, &id), "Created");
    let open = || server.ask("GET", "/review?state=open", &Value::Null).json();
    let queue = open();
    is_free(&queue.to_string());
    let review = queue[0]["id"].as_str().expect("a review").to_owned();
    assert_eq!(erase(&server).status, 200);
    assert_eq!(open(), json!([]));
    let path = format!("/review/{review}/accept");
    assert_eq!(server.ask("POST", &path, &json!({ "by": "desk" })).status, 404);
    let path = format!("/neuro/identities/{id}/state");
    let body = json!({ "state": "Approved", "reason": "too late" });
    assert_eq!(server.ask("POST", &path, &body).status, 404);
    assert_eq!(events(&server, "neuro.IdentityApproved"), 0);
}

#[test]
fn a_review_goes_on_after_a_crash_with_one_outcome_and_one_message() {
    let server = server("");
    let client = Client::ready(&server, USER, ALL[0]);
    let (id, _) = apply(&server, &client);
    let server = server.crash_to("neuro.review_started");
    assert_eq!(last_words(&server, &client, &id), 0, "the server is gone");
    let server = server.after_its_crash();
    server.wait(0, "the outcome", |server| events(server, "neuro.IdentityApproved") == 1);
    assert_eq!(client.state(&server, &id), "Approved");
    for once in ["neuro.MarkedReady", "neuro.ReviewConcluded", "neuro.IdentityApproved"] {
        assert_eq!(events(&server, once), 1, "{once}");
    }
    let messages = client.pop(&server);
    let names: Vec<_> = messages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["identity"], "{messages:?}");
    let server = server.crash();
    assert_eq!(client.pop(&server), []);
    assert_eq!(events(&server, "neuro.ReviewConcluded"), 1);
    assert!(server.command(&["audit"]).starts_with("clean"));
}
