//! Files: sealed on disk, used once they are uploaded, gone if nothing refers to them.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::wallet::{Wallet, anna, id_of, picture, server};
use crate::harness::Server;

fn stored(server: &Server) -> Vec<PathBuf> {
    let Ok(folders) = std::fs::read_dir(server.dir.join("vault/documents")) else { return vec![] };
    let files = folders.flatten().filter_map(|dir| std::fs::read_dir(dir.path()).ok()).flatten();
    files.flatten().map(|file| file.path()).collect()
}

fn upload(server: &Server, wallet: &Wallet, bytes: &[u8]) -> Value {
    let answer = wallet.multipart(server, "POST", "/kyc/customer/files", &[("file", bytes)]);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[test]
fn an_uploaded_file_becomes_a_value_by_its_id() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let photo = picture(200_000, 7);
    let file = upload(&server, &wallet, &photo);
    assert_eq!(file["content_type"], "image/png");
    assert_eq!((&file["size"], &file["customer_id"]), (&json!(200_000), &Value::Null));
    assert!(file["expires_at"].is_string(), "{file}");
    let name = file["file_id"].as_str().expect("a text");
    let path = format!("/kyc/customer/files?file_id={name}");
    assert_eq!(wallet.get(&server, &path).json()["files"][0], file);
    let mut body = anna();
    body["photo_id_front_file_id"] = json!(name);
    let id = id_of(&wallet.put(&server, &body));
    let bound = wallet.get(&server, &path).json();
    assert_eq!(bound["files"][0]["customer_id"], json!(id));
    assert_eq!(bound["files"][0].get("expires_at"), None);
    let all = wallet.get(&server, &format!("/kyc/customer/files?customer_id={id}")).json();
    assert_eq!(all, bound);
    let [on_disk] = &stored(&server)[..] else { panic!("{:?}", stored(&server)) };
    let bytes = std::fs::read(on_disk).expect("a file");
    assert!(!bytes.windows(16).any(|window| window == &photo[1_000..1_016]), "it is sealed");
    let stranger = Wallet::new(2).signed_in(&server);
    assert_eq!(stranger.get(&server, &path).json(), json!({ "files": [] }));
    let theirs = stranger.put(&server, &body);
    assert_eq!(theirs.status, 400, "{theirs:?}");
}

#[test]
fn the_same_file_again_is_not_stored_twice() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let photo = picture(70_000, 7);
    let parts: [(&str, &[u8]); 2] = [("photo_id_front", &photo), ("first_name", b"Anna")];
    for _ in 0..2 {
        id_of(&wallet.multipart(&server, "PUT", "/kyc/customer", &parts));
        assert_eq!(stored(&server).len(), 1);
    }
}

#[test]
fn what_is_no_file_or_too_large_is_refused() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let path = "/kyc/customer/files";
    let large = picture(10 * 1024 * 1024 + 1, 7);
    for (parts, status) in [
        (&[("file", &large[..])], 413),
        (&[("file", &b"<svg/>"[..])], 400),
        (&[("other", &b"x"[..])], 400),
    ] {
        let answer = wallet.multipart(&server, "POST", path, parts);
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    assert_eq!(wallet.get(&server, path).status, 400, "of whom?");
    let unknown = wallet.put(&server, &json!({ "photo_id_front_file_id": "file_x" }));
    assert_eq!(unknown.status, 400, "{unknown:?}");
    assert_eq!(stored(&server).len(), 0);
}

#[test]
fn a_file_that_nothing_refers_to_in_time_is_dropped() {
    let server = server("");
    let wallet = Wallet::new(1).signed_in(&server);
    let file = upload(&server, &wallet, &picture(100, 7));
    let name = file["file_id"].as_str().expect("a text");
    server.advance(23 * 3600 * 1000);
    let wallet = wallet.signed_in(&server);
    server.advance(3600 * 1000);
    let path = format!("/kyc/customer/files?file_id={name}");
    assert_eq!(wallet.get(&server, &path).json(), json!({ "files": [] }));
    let late = wallet.put(&server, &json!({ "photo_id_front_file_id": name }));
    assert_eq!(late.status, 400, "{late:?}");
    upload(&server, &wallet, &picture(100, 8));
    server.wait(0, "the removal", |server| stored(server).len() == 1);
}

#[test]
fn a_crash_between_upload_and_commit_leaves_nothing() {
    let server = server("").crash_to("document.stored");
    let wallet = Wallet::new(1).signed_in(&server);
    let photo = picture(70_000, 7);
    let parts: [(&str, &[u8]); 2] = [("photo_id_front", &photo), ("first_name", b"Anna")];
    let answer = wallet.multipart(&server, "PUT", "/kyc/customer", &parts);
    assert_eq!(answer.status, 0, "the server is gone");
    assert_eq!(stored(&server).len(), 1, "it came as far as that");
    let server = server.after_its_crash();
    assert_eq!(stored(&server).len(), 0);
    assert_eq!(wallet.get(&server, "/kyc/customer").json().get("id"), None);
    id_of(&wallet.multipart(&server, "PUT", "/kyc/customer", &parts));
    let server = server.crash();
    assert_eq!(stored(&server).len(), 1, "what is referred to stays");
}
