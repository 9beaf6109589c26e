//! kyc-bulk: archives are looked into while they pass by.

use super::bank::{Bank, PAYTO, PDF, error, stored};
use crate::harness::Server;

/// An archive of stored entries.
fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let at = file.len() as u32;
        let (crc, size) = (crc(content), content.len() as u32);
        let fields = |with_comment: bool| {
            let mut bytes = Vec::new();
            if with_comment {
                bytes.extend(20_u16.to_le_bytes());
            }
            bytes.extend(20_u16.to_le_bytes());
            bytes.extend([0; 8]);
            bytes.extend(crc.to_le_bytes());
            bytes.extend(size.to_le_bytes());
            bytes.extend(size.to_le_bytes());
            bytes.extend((name.len() as u16).to_le_bytes());
            bytes.extend(0_u16.to_le_bytes());
            bytes
        };
        file.extend(b"PK\x03\x04");
        file.extend(fields(false));
        file.extend(name.as_bytes());
        file.extend(*content);
        directory.extend(b"PK\x01\x02");
        directory.extend(fields(true));
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (count, size, at) = (entries.len() as u16, directory.len() as u32, file.len() as u32);
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(size.to_le_bytes());
    file.extend(at.to_le_bytes());
    file.extend([0; 2]);
    file
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[test]
fn an_archive_of_documents_is_taken() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    let png: &[u8] = b"\x89PNG\r\n\x1a\n0123456789";
    let zip = archive(&[("passport.pdf", PDF), ("pages/front.png", png)]);
    let answer = bank.upload(&server, &zip, PAYTO, "application/zip");
    assert_eq!(answer.status, 204, "{answer:?}");
}

#[test]
fn an_archive_of_anything_else_is_not() {
    let server = Server::start("");
    let bank = Bank::new().admitted(&server);
    let nested = archive(&[("a.pdf", PDF)]);
    let mut cut = archive(&[("a.pdf", PDF)]);
    cut.pop();
    let bad = [
        ("a text", archive(&[("notes.txt", b"hello, this is text")])),
        ("outside", archive(&[("../a.pdf", PDF)])),
        ("absolute", archive(&[("/etc/a.pdf", PDF)])),
        ("nested", archive(&[("a.zip", &nested)])),
        ("twice", archive(&[("a.pdf", PDF), ("a.pdf", PDF)])),
        ("cut", cut),
        ("more behind it", [archive(&[("a.pdf", PDF)]), b"more".to_vec()].concat()),
        ("empty", archive(&[])),
        ("no archive", PDF.to_vec()),
    ];
    for (what, zip) in bad {
        let answer = bank.upload(&server, &zip, PAYTO, "application/zip");
        assert_eq!((answer.status, error(&answer).1), (400, 26), "{what}: {answer:?}");
    }
    assert!(stored(&server).is_empty());
}
