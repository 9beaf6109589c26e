//! kyc-bulk when the machine fails in the middle of it.

use serde_json::json;

use super::bank::{Bank, PAYTO, PDF, error, number_of, stored};
use crate::harness::Server;

#[test]
fn a_crash_between_document_and_event_is_as_if_nothing_had_come() {
    let server = Server::start("").crash_to("bulk.stored");
    let bank = Bank::new().admitted(&server);
    let answer = bank.upload(&server, PDF, PAYTO, "application/pdf");
    assert_eq!(answer.status, 0, "the process is gone: {answer:?}");
    assert_eq!(stored(&server).len(), 1, "the document was there already");
    let server = server.after_its_crash();
    assert!(stored(&server).is_empty(), "what no event names is swept");
    assert_eq!(bank.upload(&server, PDF, PAYTO, "application/pdf").status, 204);
    assert_eq!(bank.upload(&server, PDF, PAYTO, "application/pdf").status, 412);
    let server = server.crash();
    assert_eq!(stored(&server).len(), 1, "what an event names stays");
    assert_eq!(bank.upload(&server, PDF, PAYTO, "application/pdf").status, 412);
}

#[test]
fn a_vault_that_cannot_be_written_is_told_and_works_again_afterwards() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    let documents = server.dir.join("vault/documents");
    std::fs::write(&documents, "in the way").expect("written");
    let answer = bank.upload(&server, PDF, PAYTO, "application/pdf");
    assert_eq!((answer.status, error(&answer).1), (500, 52), "{answer:?}");
    std::fs::remove_file(&documents).expect("removed");
    assert_eq!(bank.upload(&server, PDF, PAYTO, "application/pdf").status, 204);
}

/// A file system of 1 MiB; gone when it is dropped.
struct Small(std::path::PathBuf);

impl Small {
    /// `None`: only root may mount one.
    fn at(dir: std::path::PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&dir).ok()?;
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(&dir)
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(dir))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_told_and_what_fits_is_taken() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    let Some(small) = Small::at(server.dir.join("vault/documents")) else {
        println!("skipped: a full disk needs root, to mount a small one");
        return;
    };
    let large = [PDF, &vec![b'x'; 2_000_000]].concat();
    let answer = bank.upload(&server, &large, PAYTO, "application/pdf");
    assert_eq!((answer.status, error(&answer).1), (500, 52), "{answer:?}");
    assert!(stored(&server).is_empty(), "no part of it is left");
    assert_eq!(bank.upload(&server, PDF, PAYTO, "application/pdf").status, 204);
    drop(small);
    assert_eq!(bank.upload(&server, &large, PAYTO, "application/pdf").status, 204);
}

#[test]
fn an_erasure_takes_uploads_along_and_a_hold_keeps_them() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    assert_eq!(bank.upload(&server, PDF, PAYTO, "application/pdf").status, 204);
    let subject = format!("/subjects/taler:{}", number_of(&server, PAYTO));
    let hold = json!({ "reason": "court order", "until": "2099-01-01T00:00:00Z" });
    assert_eq!(server.ask("POST", &format!("{subject}/hold"), &hold).status, 200);
    let why = json!({ "reason": "case 7" });
    let refused = server.ask("POST", &format!("{subject}/erase"), &why);
    assert_eq!((refused.status, stored(&server).len()), (409, 1), "{refused:?}");
    assert_eq!(server.ask("DELETE", &format!("{subject}/hold"), &why).status, 204);
    assert_eq!(server.ask("POST", &format!("{subject}/erase"), &why).status, 200);
    assert!(stored(&server).is_empty());
}
