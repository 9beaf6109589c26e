//! kyc-bulk: what is taken, what is not, and in which order that is judged.

use std::io::Write;
use std::net::TcpStream;

use kycd::taler::crockford::encode;
use serde_json::json;
use sha2::{Digest, Sha512};

use super::bank::{Bank, PAYTO, PDF, error, number_of, send, stored};
use crate::harness::{PATIENCE, Server};

type Headers = Vec<(&'static str, String)>;

fn without(headers: &Headers, name: &str) -> Headers {
    headers.iter().filter(|(known, _)| *known != name).cloned().collect()
}

fn with(headers: &Headers, name: &'static str, value: &str) -> Headers {
    let mut changed = without(headers, name);
    changed.push((name, value.to_owned()));
    changed
}

#[test]
fn the_published_vector_is_taken_once_for_each_customer() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    let headers = bank.headers(PDF, PAYTO, "application/pdf");
    assert_eq!(
        headers[0].1,
        "56FAE2XPBMFR6R8SX7ZBNZSRGESNVPVAA451H5KH4G3JEBBZF8JHNJQPDMN56GRK4ZG96JNAXAS4FN579MWZS0AECCV8FKBRPFP7030"
    );
    let first = send(&server, &bank.path(), &headers, PDF);
    assert_eq!((first.status, first.text.as_str()), (204, ""));
    let again = send(&server, &bank.path(), &headers, PDF);
    assert_eq!((again.status, again.text.as_str()), (412, ""));
    let other = "payto://iban/DE75512108001245126199?receiver-name=Jane%20Doe";
    assert_eq!(bank.upload(&server, PDF, other, "application/pdf").status, 204);
    let [one, two] = &stored(&server)[..] else { panic!("{:?}", stored(&server)) };
    for file in [one, two] {
        let bytes = std::fs::read(file).expect("a file");
        assert!(!bytes.windows(5).any(|five| five == b"hello"), "it is sealed");
    }
}

#[test]
fn who_may_upload_is_asked_first() {
    let server = Server::start("");
    let bank = Bank::new();
    let headers = bank.headers(PDF, PAYTO, "application/pdf");
    for key in ["x", "8GSJZ649T2PXMKZC01Y4ANNBE7MF14QVK9SQEC4E46ZHKCVG8AS", "8*"] {
        let answer = send(&server, &format!("/kyc-bulk/{key}"), &Headers::new(), b"");
        assert_eq!(error(&answer), (400, 26, "extern_pub".to_owned()), "{key}");
    }
    let unknown = send(&server, &bank.path(), &Headers::new(), b"");
    assert_eq!((unknown.status, error(&unknown).1), (404, 1971));
    assert!(unknown.text.contains("TALER_EC_EXCHANGE_KYC_IMPORT_3RD_PARTY_UNKNOWN"));
    let bank = bank.admitted(&server);
    assert_eq!(send(&server, &bank.path(), &headers, PDF).status, 204);
    let gone = format!("/taler/third-parties/{}?by=desk", bank.key());
    assert_eq!(server.ask("DELETE", &gone, &json!(null)).status, 204);
    assert_eq!(server.ask("DELETE", &gone, &json!(null)).status, 404);
    assert_eq!(send(&server, &bank.path(), &headers, PDF).status, 404);
    assert_eq!(server.ask("GET", "/taler/third-parties", &json!(null)).json(), json!([]));
}

#[test]
fn each_header_is_needed_and_each_is_judged() {
    let server = Server::start("[taler]\nbulk_limit_bytes = 1000\n");
    let bank = Bank::new().admitted(&server);
    let good = bank.headers(PDF, PAYTO, "application/pdf");
    for name in ["Taler-Extern-Signature", "Taler-Customer-Payto", "If-Not-Match", "Content-Type"] {
        let answer = send(&server, &bank.path(), &without(&good, name), PDF);
        assert_eq!(error(&answer), (400, 26, name.to_owned()));
    }
    let answer = send(&server, &bank.path(), &without(&good, "Content-Length"), b"");
    assert_eq!(error(&answer), (411, 25, "Content-Length".to_owned()));
    let chunked = with(&without(&good, "Content-Length"), "Transfer-Encoding", "chunked");
    let answer = send(&server, &bank.path(), &chunked, b"10\r\n%PDF-1.4\n%hello\n\r\n0\r\n\r\n");
    assert_eq!(answer.status, 411);
    let coded = with(&good, "Content-Encoding", "gzip");
    assert_eq!(error(&send(&server, &bank.path(), &coded, PDF)).2, "Content-Encoding");
    let bad = [
        ("Taler-Extern-Signature", "x"),
        ("Taler-Customer-Payto", "payto://iban/DE75512108001245126198?receiver-name=X"),
        ("If-Not-Match", "x"),
        ("Content-Type", "text/html"),
        ("Content-Type", "application/x-executable"),
    ];
    for (name, value) in bad {
        let answer = send(&server, &bank.path(), &with(&good, name, value), PDF);
        assert_eq!(error(&answer), (400, 26, name.to_owned()), "{value}");
    }
    let empty = bank.headers(b"", PAYTO, "application/pdf");
    assert_eq!(error(&send(&server, &bank.path(), &empty, b"")).2, "Content-Length");
    let large = with(&good, "Content-Length", "1001");
    // Nothing of the body is sent: the answer does not wait for it.
    let answer = send(&server, &bank.path(), &large, b"");
    assert_eq!((answer.status, error(&answer).1), (413, 32));
    assert!(stored(&server).is_empty());
}

#[test]
fn the_signature_binds_key_document_and_customer() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    let good = bank.headers(PDF, PAYTO, "application/pdf");
    let hash = Sha512::digest(PDF);
    let other_key = Bank::other(7).sign(&hash, PAYTO);
    let other_body = bank.sign(&Sha512::digest(b"%PDF-other"), PAYTO);
    let other_payto = bank.sign(&hash, "payto://iban/DE75512108001245126199?receiver-name=X");
    for signature in [other_key, other_body, other_payto] {
        let headers = with(&good, "Taler-Extern-Signature", &signature);
        let answer = send(&server, &bank.path(), &headers, PDF);
        assert_eq!((answer.status, error(&answer).1), (403, 1970));
        assert!(answer.text.contains("TALER_EC_KYC_BULK_SIGNATURE_INVALID"), "{answer:?}");
    }
    let timeline = server.ask("GET", "/subjects/taler:1/timeline", &json!(null));
    assert_eq!(timeline.status, 404, "nobody is known by a signature that is not good");
}

#[test]
fn a_body_is_what_was_signed_and_what_it_is_called() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    let good = bank.headers(PDF, PAYTO, "application/pdf");
    let answer = send(&server, &bank.path(), &good, b"%PDF-1.4\n%hellO\n");
    assert_eq!(error(&answer), (400, 26, "If-Not-Match".to_owned()));
    let image = bank.upload(&server, PDF, PAYTO, "image/png");
    assert_eq!(error(&image), (400, 26, "Content-Type".to_owned()));
    assert!(stored(&server).is_empty(), "nothing is left of it");
    let png = b"\x89PNG\r\n\x1a\n0123456789";
    let answer = bank.upload(&server, png, PAYTO, "image/png; charset=x");
    assert_eq!(answer.status, 204, "{answer:?}");
    let quoted = with(&good, "If-Not-Match", &format!("\"{}\"", encode(&Sha512::digest(PDF))));
    assert_eq!(send(&server, &bank.path(), &quoted, PDF).status, 204);
    let standard: Headers = without(&good, "If-Not-Match");
    let standard = with(&standard, "If-None-Match", &encode(&Sha512::digest(PDF)));
    assert_eq!(send(&server, &bank.path(), &standard, PDF).status, 412);
}

#[test]
fn of_two_at_once_one_is_stored() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    let body = [PDF, &vec![b'x'; 300_000]].concat();
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let upload = || bank.upload(&server, &body, PAYTO, "application/pdf").status;
        let all: Vec<_> = (0..4).map(|_| scope.spawn(upload)).collect();
        all.into_iter().map(|one| one.join().expect("no panic")).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 412, 412, 412]);
    assert_eq!(stored(&server).len(), 1);
}

#[test]
fn who_is_still_sending_sees_the_answer() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    let headers = with(&bank.headers(PDF, PAYTO, "text/html"), "Content-Length", "4000000");
    let answer = send(&server, &bank.path(), &headers, &vec![b'x'; 4_000_000]);
    assert_eq!(error(&answer), (400, 26, "Content-Type".to_owned()));
    assert!(answer.head.contains("connection: close"), "{answer:?}");
}

#[test]
fn a_body_that_ends_early_leaves_nothing() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    let headers = bank.headers(&vec![b'x'; 500_000], PAYTO, "application/pdf");
    let mut stream = TcpStream::connect(&server.public).expect("connects");
    let mut head = format!("POST {} HTTP/1.1\r\nHost: x\r\n", bank.path());
    for (name, value) in headers {
        head = format!("{head}{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n%PDF-1.4").as_bytes()).expect("writes");
    stream.write_all(&vec![b'x'; 200_000]).expect("writes");
    let started = std::time::Instant::now();
    while stored(&server).is_empty() {
        assert!(started.elapsed() < PATIENCE, "it never began");
    }
    drop(stream);
    while !stored(&server).is_empty() {
        assert!(started.elapsed() < PATIENCE, "a draft is left");
    }
}

#[test]
fn an_upload_belongs_to_its_payment_target_and_goes_with_it() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    assert_eq!(bank.upload(&server, PDF, PAYTO, "application/pdf").status, 204);
    let number = number_of(&server, PAYTO);
    let subject = format!("/subjects/taler:{number}");
    let timeline = server.ask("GET", &format!("{subject}/timeline"), &json!(null)).text;
    assert!(timeline.contains("taler.DocumentUploaded"), "{timeline}");
    assert!(!timeline.contains("DE7551"), "{timeline}");
    let why = json!({ "reason": "case 7" });
    let open = server.ask("POST", &format!("{subject}/unseal"), &why).text;
    assert!(open.contains("DE75512108001245126199"), "{open}");
    assert_eq!(server.ask("POST", &format!("{subject}/erase"), &why).status, 200);
    assert!(stored(&server).is_empty());
    let again = bank.upload(&server, PDF, PAYTO, "application/pdf");
    assert_eq!(again.status, 204, "after the erasure nobody knows it");
    assert_ne!(number_of(&server, PAYTO), number);
}

#[test]
fn other_layouts_purposes_and_codes_can_be_configured() {
    let server = Server::start(
        "[taler]\nbulk_binding = \"full32\"\nbulk_purpose = 99\nbulk_codes = [1, 2, 3]\n",
    );
    let bank = Bank::new();
    let answer = bank.upload(&server, PDF, PAYTO, "application/pdf");
    assert_eq!((answer.status, error(&answer).1), (404, 2));
    let bank = bank.admitted(&server);
    let answer = bank.upload(&server, PDF, PAYTO, "application/pdf");
    assert_eq!((answer.status, error(&answer).1), (403, 1));
    let (hash, payto) = (Sha512::digest(PDF), Sha512::digest([PAYTO.as_bytes(), &[0]].concat()));
    let message = [&104_u32.to_be_bytes()[..], &99_u32.to_be_bytes(), &hash, &payto[..32]].concat();
    let signature = {
        use ed25519_dalek::Signer as _;
        encode(&bank.0.sign(&message).to_bytes())
    };
    let headers = bank.headers(PDF, PAYTO, "application/pdf");
    let headers = with(&headers, "Taler-Extern-Signature", &signature);
    assert_eq!(send(&server, &bank.path(), &headers, PDF).status, 204);
}
