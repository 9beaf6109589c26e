//! Good archives, and every way to be a bad one.

use proptest::prelude::*;

use super::testing::{Item, PDF, PNG, archive, crc, write};
use super::*;

fn inspect(bytes: &[u8]) -> Result<Summary, Refusal> {
    inspect_within(bytes, Limits::default(), bytes.len().max(1))
}

fn inspect_within(bytes: &[u8], limits: Limits, chunk: usize) -> Result<Summary, Refusal> {
    let mut inspector = Inspector::with_limits(limits);
    for chunk in bytes.chunks(chunk) {
        inspector.push(chunk)?;
    }
    inspector.finish()
}

/// Bytes that hardly can be packed, and begin like a PNG image.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut noise = PNG.to_vec();
    noise.extend((0..bytes).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    }));
    noise
}

fn with(change: impl FnOnce(&mut Item)) -> Vec<u8> {
    let mut item = Item::new("b.png", &noise(100));
    change(&mut item);
    archive(&[Item::new("a.pdf", PDF), item])
}

#[test]
fn good_archives_are_taken_whatever_the_chunks() {
    let mut items = vec![
        Item::new("a.pdf", PDF),
        Item::stored("b.png", PNG),
        Item::stored("dir/", b""),
        Item::new("dir/c.png", &noise(100_000)),
    ];
    for (at, (descriptor, is_64)) in [
        (Some(true), false),
        (Some(false), false),
        (Some(true), true),
        (Some(false), true),
        (None, true),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("dir/{at}.png");
        items.push(Item { descriptor, is_64, ..Item::new(&name, &noise(at * 1000)) });
    }
    for count in [4, 6, 9] {
        let items = &items[..count];
        let bytes = archive(items);
        let expected = Summary {
            files: count - 1,
            bytes: items.iter().map(|item| item.content.len() as u64).sum(),
            archive_bytes: bytes.len() as u64,
        };
        for chunk in [1, 2, 3, 7, 64, 1000, 65_536, usize::MAX] {
            assert_eq!(inspect_within(&bytes, Limits::default(), chunk), Ok(expected), "{chunk}");
        }
    }
}

#[test]
fn archives_that_python_writes_are_taken() {
    for bytes in [
        &include_bytes!("../../../tests/fuzz/corpus/taler_zip/python-deflated")[..],
        include_bytes!("../../../tests/fuzz/corpus/taler_zip/python-stored"),
        include_bytes!("../../../tests/fuzz/corpus/taler_zip/python-streamed"),
        include_bytes!("../../../tests/fuzz/corpus/taler_zip/python-zip64"),
        include_bytes!("../../../tests/fuzz/corpus/taler_zip/python-comments"),
    ] {
        assert_eq!(inspect(bytes).map(|summary| summary.files), Ok(2));
    }
}

#[test]
fn an_archive_that_is_cut_off_anywhere_is_refused() {
    let bytes = with(|item| item.descriptor = Some(true));
    assert!(inspect(&bytes).is_ok());
    for end in 0..bytes.len() {
        assert_eq!(inspect(&bytes[..end]), Err(Refusal::CutOff), "{end}");
    }
}

#[test]
fn bytes_before_between_and_behind_are_refused() {
    let written = write(&[Item::new("a.pdf", PDF), Item::new("b.pdf", PDF)]);
    let insert = |at: usize| [&written.bytes[..at], b"MZ\x90\0", &written.bytes[at..]].concat();
    assert_eq!(inspect(&insert(0)), Err(Refusal::NotZip));
    assert_eq!(inspect(&insert(written.locals[1])), Err(Refusal::NotZip));
    assert_eq!(inspect(&insert(written.centrals[0])), Err(Refusal::NotZip));
    assert_eq!(inspect(&insert(written.end)), Err(Refusal::NotZip));
    assert_eq!(inspect(&insert(written.bytes.len())), Err(Refusal::Trailing));
    assert_eq!(inspect(&written.bytes.repeat(2)), Err(Refusal::Trailing));
    assert_eq!(inspect(b"%PDF-1.4"), Err(Refusal::NotZip));
    assert_eq!(inspect(b""), Err(Refusal::CutOff));
}

#[test]
fn once_refused_it_stays_refused() {
    let mut inspector = Inspector::new();
    assert_eq!(inspector.push(b"nope"), Err(Refusal::NotZip));
    assert_eq!(inspector.push(&archive(&[Item::new("a.pdf", PDF)])), Err(Refusal::NotZip));
    assert_eq!(inspector.finish(), Err(Refusal::NotZip));
}

#[test]
fn an_archive_without_a_file_is_refused() {
    assert_eq!(inspect(&archive(&[])), Err(Refusal::Empty));
    assert_eq!(inspect(&archive(&[Item::stored("dir/", b"")])), Err(Refusal::Empty));
}

#[test]
fn counts_sizes_and_ratio_are_bounded() {
    let limits = Limits { entries: 2, entry_bytes: 5000, bytes: 9000, ..Limits::default() };
    let refusal = |items: &[Item]| inspect_within(&archive(items), limits, 100).err();
    let item = |name: &str, bytes: usize| Item::new(name, &noise(bytes));
    assert_eq!(refusal(&[item("a", 4000), item("b", 4000)]), None);
    assert_eq!(refusal(&[item("a", 1), item("b", 1), item("c", 1)]), Some(Refusal::Entries));
    assert_eq!(refusal(&[item("a", 5000)]), Some(Refusal::EntryTooLarge));
    assert_eq!(refusal(&[item("a", 4900), item("b", 4900)]), Some(Refusal::TooLarge));
    let streamed = |name, bytes| Item { descriptor: Some(true), ..item(name, bytes) };
    assert_eq!(refusal(&[streamed("a", 5000)]), Some(Refusal::EntryTooLarge));
    assert_eq!(refusal(&[streamed("a", 4900), streamed("b", 4900)]), Some(Refusal::TooLarge));
}

#[test]
fn a_bomb_is_refused_early() {
    let content = [PNG, &vec![0; 1_000_000]].concat();
    let bomb = archive(&[Item::new("a.png", &content)]);
    assert!(bomb.len() < 2000);
    // By its header, before anything is unpacked.
    let mut inspector = Inspector::new();
    assert_eq!(inspector.push(&bomb[..40]), Err(Refusal::Ratio));
    let streamed = archive(&[Item { descriptor: Some(true), ..Item::new("a.png", &content) }]);
    assert_eq!(inspect(&streamed), Err(Refusal::Ratio));
    let limits = Limits { ratio_ahead_bytes: 1000, ..Limits::default() };
    let mut inspector = Inspector::with_limits(limits);
    assert_eq!(inspector.push(&streamed[..300]), Err(Refusal::Ratio));
}

#[test]
fn a_header_that_lies_about_lengths_is_refused() {
    let written = write(&[Item::new("a.png", &noise(1000))]);
    for (at, is_packed) in [(18, true), (22, false)] {
        for change in [1_u32, u32::MAX, 1000] {
            let mut bytes = written.bytes.clone();
            for start in [written.locals[0] + at, written.centrals[0] + at + 2] {
                let number = &mut bytes[start..start + 4];
                let said = u32::from_le_bytes(number.try_into().expect("four bytes"));
                number.copy_from_slice(&said.wrapping_add(change).to_le_bytes());
            }
            assert!(inspect(&bytes).is_err(), "{at} {is_packed} {change}");
        }
    }
}

#[test]
fn encryption_in_any_form_is_refused() {
    for flags in [1, 0x41, 0x2000] {
        assert_eq!(inspect(&with(|item| item.flags = flags)), Err(Refusal::Encrypted), "{flags}");
    }
    assert_eq!(inspect(&with(|item| item.method = 99)), Err(Refusal::Method));
    let mut bytes = archive(&[Item::new("a.pdf", PDF)]);
    let at = write(&[Item::new("a.pdf", PDF)]).centrals[0];
    bytes[at + 2..at + 4].copy_from_slice(b"\x06\x08");
    assert_eq!(inspect(&bytes), Err(Refusal::Encrypted));
}

#[test]
fn other_methods_and_flags_are_refused() {
    for method in [1, 6, 9, 12, 14, 20, 93, 95, 98, u16::MAX] {
        assert_eq!(inspect(&with(|item| item.method = method)), Err(Refusal::Method), "{method}");
    }
    for flag in [4, 5, 7, 8, 9, 10, 12, 14, 15] {
        let bytes = with(|item| item.flags = 1 << flag);
        assert_eq!(inspect(&bytes), Err(Refusal::Feature), "{flag}");
    }
    for flag in [1, 2, 11] {
        assert!(inspect(&with(|item| item.flags = 1 << flag)).is_ok(), "{flag}");
    }
    let written = write(&[Item::new("a.pdf", PDF)]);
    for at in [written.locals[0] + 4, written.centrals[0] + 6] {
        let mut bytes = written.bytes.clone();
        bytes[at] = 63;
        assert!(inspect(&bytes).is_ok());
        bytes[at] = 64;
        assert_eq!(inspect(&bytes), Err(Refusal::Feature));
    }
    let mut volumes = archive(&[Item::new("a.pdf", PDF)]);
    let end = volumes.len() - 22;
    volumes[end + 4] = 1;
    assert_eq!(inspect(&volumes), Err(Refusal::Feature));
    assert_eq!(inspect(b"PK00PK\x03\x04"), Err(Refusal::Feature));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in [
        "../a.pdf",
        "/a.pdf",
        "a/../../b.pdf",
        "a\\b.pdf",
        "..\\a.pdf",
        "C:\\a.pdf",
        "c:a.pdf",
        "a\0.pdf",
        "./a.pdf",
        "a//b.pdf",
        "",
    ] {
        let bytes = with(|item| item.name = name.as_bytes().to_vec());
        assert_eq!(inspect(&bytes), Err(Refusal::Name), "{name:?}");
    }
    let long = with(|item| item.name = vec![b'a'; limits::ZIP_NAME_BYTES_MAX + 1]);
    assert_eq!(inspect(&long), Err(Refusal::Name));
}

#[test]
fn a_second_name_is_judged_like_the_first() {
    let unicode = |name: &str| {
        let mut field = vec![0x75, 0x70];
        field.extend((name.len() as u16 + 5).to_le_bytes());
        field.push(1);
        field.extend(crc(b"b.png").to_le_bytes());
        field.extend(name.as_bytes());
        with(|item| item.extra = field)
    };
    assert!(inspect(&unicode("ä.png")).is_ok());
    assert!(inspect(&unicode("b.png")).is_ok());
    assert_eq!(inspect(&unicode("../b.png")), Err(Refusal::Name));
    assert_eq!(inspect(&unicode("b.png/")), Err(Refusal::Name));
    assert_eq!(inspect(&unicode("A.pdf")), Err(Refusal::Duplicate));
    let twice = with(|item| item.extra = [1, 0, 0, 0].repeat(2));
    assert_eq!(inspect(&twice), Err(Refusal::Mismatch));
    assert_eq!(inspect(&with(|item| item.extra = vec![1, 2, 9, 0, 1])), Err(Refusal::Mismatch));
}

#[test]
fn two_entries_of_one_name_are_refused() {
    for name in ["a.pdf", "A.PDF"] {
        let bytes = with(|item| item.name = name.as_bytes().to_vec());
        assert_eq!(inspect(&bytes), Err(Refusal::Duplicate));
    }
    let bytes = archive(&[Item::new("a", PDF), Item::stored("a/", b"")]);
    assert_eq!(inspect(&bytes), Err(Refusal::Duplicate));
}

#[test]
fn links_and_special_files_are_refused() {
    let with_mode = |mode: u32| inspect(&with(|item| item.attributes = mode << 16));
    assert!(with_mode(0o100_644).is_ok());
    for mode in [0o120_777, 0o060_644, 0o020_644, 0o010_644, 0o140_644, 0o040_755] {
        assert_eq!(with_mode(mode), Err(Refusal::Special), "{mode:o}");
    }
    assert_eq!(inspect(&with(|item| item.attributes = 0x400)), Err(Refusal::Special));
    let folder = Item { attributes: 0o100_644 << 16, ..Item::stored("dir/", b"") };
    assert_eq!(inspect(&archive(&[Item::new("a", PDF), folder])), Err(Refusal::Special));
}

#[test]
fn folders_have_no_content() {
    let bytes = archive(&[Item::new("dir/", PDF)]);
    assert_eq!(inspect(&bytes), Err(Refusal::Folder));
}

#[test]
fn only_media_are_inside() {
    let content = |content: &[u8]| inspect(&archive(&[Item::new("a.pdf", content)]));
    for good in [PDF, PNG, b"ID3\x04", b"RIFF....AVI LIST", b"\xff\xd8\xff\xe0"] {
        assert!(content(good).is_ok());
    }
    for wrong in [&b""[..], b"hello", b"MZ\x90", b"<html>", b"#!/bin/sh"] {
        assert_eq!(content(wrong), Err(Refusal::Content));
    }
    let tar = [&[b'a'; 257][..], b"ustar\0"].concat();
    let inner = archive(&[Item::new("a.pdf", PDF)]);
    for archive in [&inner[..], b"\x1f\x8b\x08", b"Rar!\x1a\x07\0", b"7z\xbc\xaf\x27\x1c", &tar] {
        assert_eq!(content(archive), Err(Refusal::Nested));
    }
}

#[test]
fn stored_content_needs_its_length_ahead() {
    for with_signature in [true, false] {
        let bytes = with(|item| {
            item.method = 0;
            item.descriptor = Some(with_signature);
        });
        assert_eq!(inspect(&bytes), Err(Refusal::LengthUnknown));
    }
}

#[test]
fn one_bit_of_content_or_checksum_is_noticed() {
    let items =
        [Item::stored("a.pdf", PDF), Item { descriptor: Some(true), ..Item::new("b", PNG) }];
    let written = write(&items);
    let start = written.locals[0] + 30 + 5;
    for bit in start * 8..(start + PDF.len()) * 8 {
        let mut bytes = written.bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(inspect(&bytes), Err(Refusal::Checksum | Refusal::Content)), "{bit}");
    }
    for bit in written.centrals[0] * 8 - 128..written.centrals[0] * 8 {
        let mut bytes = written.bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(inspect(&bytes).is_err(), "{bit}");
    }
}

#[test]
fn the_directory_must_say_what_the_entries_say() {
    let written = write(&[Item::new("a.pdf", PDF), Item::new("b.png", PNG)]);
    let central = written.centrals[0];
    // Flags, method, checksum, lengths, place, name.
    for at in [8, 10, 16, 20, 24, 42, 46] {
        let mut bytes = written.bytes.clone();
        bytes[central + at] ^= 2;
        assert!(inspect(&bytes).is_err(), "{at}");
    }
    // Count, length and place of the directory.
    for at in [8, 10, 12, 16] {
        let mut bytes = written.bytes.clone();
        bytes[written.end + at] ^= 1;
        assert!(inspect(&bytes).is_err(), "{at}");
    }
    let [first, second] = [written.centrals[0], written.centrals[1]];
    let part = |from: usize, to: usize| written.bytes[from..to].to_vec();
    let (a, b) = (part(first, second), part(second, written.end));
    let whole = |directory: &[Vec<u8>]| {
        [part(0, first), directory.concat(), part(written.end, written.bytes.len())].concat()
    };
    assert!(inspect(&whole(&[a.clone(), b.clone()])).is_ok());
    assert!(inspect(&whole(&[b.clone(), a.clone()])).is_ok());
    // Two names for one place, and a place that none names.
    assert_eq!(inspect(&whole(&[a.clone(), a.clone()])), Err(Refusal::Mismatch));
    assert_eq!(inspect(&whole(&[a])), Err(Refusal::Mismatch));
    assert_eq!(inspect(&whole(&[])), Err(Refusal::Mismatch));
}

#[test]
fn an_end_inside_the_comment_is_refused() {
    let mut bytes = archive(&[Item::new("a.pdf", PDF)]);
    let length = bytes.len() - 2;
    let mut fake = vec![b'x'; 3];
    fake.extend(b"PK\x05\x06");
    fake.extend([0; 18]);
    bytes[length..].copy_from_slice(&(fake.len() as u16).to_le_bytes());
    let good = [&bytes[..], &vec![b'x'; fake.len()]].concat();
    assert!(inspect(&good).is_ok());
    assert_eq!(inspect(&[bytes, fake].concat()), Err(Refusal::Mismatch));
}

proptest! {
    #[test]
    fn whatever_was_written_is_taken_in_any_chunks(
        files in proptest::collection::vec(
            (any::<bool>(), proptest::option::of(any::<bool>()), any::<bool>(), 0..5000_usize), 1..8),
        chunk in 1..6000_usize,
    ) {
        let items: Vec<Item> = files.iter().enumerate().map(|(at, (stored, descriptor, is_64, bytes))| {
            let item = Item::new(&format!("{at}.png"), &noise(*bytes));
            let (method, descriptor) = if *stored { (0, None) } else { (8, *descriptor) };
            Item { method, descriptor, is_64: *is_64, ..item }
        }).collect();
        let found = inspect_within(&archive(&items), Limits::default(), chunk);
        prop_assert_eq!(found.map(|summary| summary.files), Ok(items.len()));
    }

    #[test]
    fn any_other_byte_is_judged_alike_in_any_chunks(
        at in any::<prop::sample::Index>(), flip in 1..=255_u8, chunk in 1..50_usize,
    ) {
        let mut bytes = with(|item| item.descriptor = Some(true));
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let whole = inspect(&bytes);
        let in_chunks = inspect_within(&bytes, Limits::default(), chunk);
        prop_assert_eq!(whole.is_ok(), in_chunks.is_ok());
    }

    #[test]
    fn any_bytes_are_judged_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = inspect(&[b"PK\x03\x04", &bytes[..]].concat());
    }
}
