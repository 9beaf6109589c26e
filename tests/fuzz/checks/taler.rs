//! What holds for whatever Taler's readers are given. Each check says what became of the input, so
//! that seeds that have gone stale are noticed.

use kycd::config::limits;
use kycd::media_type::MediaType;
use kycd::taler::bulk_headers::{BulkHeaders, Refused};
use kycd::taler::crockford;
use kycd::taler::h_payto::HPayto;
use kycd::taler::payto::Payto;
use kycd::taler::zip::{Inspector, Refusal, Summary};

/// Largest body in these checks.
const BODY_BYTES_MAX: u64 = 1 << 30;

/// What is decoded is what its canonical text decodes to, and that is its own canonical text.
pub fn crockford(bytes: &[u8]) -> Result<(), &'static str> {
    let mut taken = Err("neither length");
    if let Ok(value) = crockford::decode::<32>(bytes) {
        same_value(bytes, &value);
        taken = Ok(());
    }
    if let Ok(value) = crockford::decode::<64>(bytes) {
        same_value(bytes, &value);
        taken = Ok(());
    }
    if let Ok(hash) = HPayto::parse(bytes) {
        assert_eq!(HPayto::parse(hash.to_string()), Ok(hash));
        assert!(taken.is_ok());
    }
    let written = crockford::encode(bytes);
    let mut read = vec![0; bytes.len()];
    crockford::decode_into(written.as_bytes(), &mut read).expect("it was just written");
    assert_eq!(read, bytes);
    taken
}

fn same_value<const N: usize>(text: &[u8], value: &[u8; N]) {
    let canonical = crockford::encode(value);
    assert_eq!(canonical.len(), text.len());
    assert_eq!(crockford::decode::<N>(&canonical).as_ref(), Ok(value));
    let spelled = text.iter().zip(canonical.bytes()).rev().skip(1).all(|(given, letter)| {
        let given = given.to_ascii_uppercase();
        given == letter
            || matches!((given, letter), (b'O', b'0') | (b'I' | b'L', b'1') | (b'U', b'V'))
    });
    assert!(spelled, "all but the last character");
}

/// What is taken is kept as it is, has a normal form that is its own, and a hash that is known.
pub fn payto(bytes: &[u8]) -> Result<(), &'static str> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Err("not text") };
    let today = Payto::parse(text);
    let Ok(payto) = Payto::parse_2021(text) else {
        assert!(today.is_err(), "the rules of 2021 take more");
        return Err("refused");
    };
    assert_eq!(payto.as_str(), text);
    assert!(today.is_err() || today == Ok(payto.clone()));
    let normal = payto.normalized();
    assert!(normal.len() <= text.len() && !normal.contains('?'));
    let named = format!("{normal}?receiver-name=x");
    if normal.starts_with("payto://") && named.len() <= limits::PAYTO_BYTES_MAX {
        let again = Payto::parse_2021(&named);
        let again = again.expect("a normal form is valid but for the name");
        assert_eq!(again.normalized(), normal);
        assert_eq!(again.normalized_hash(), payto.normalized_hash());
    }
    let hash = payto.full_hash();
    assert!(HPayto::Full64(hash).is_of(&hash));
    if today.is_ok() { Ok(()) } else { Err("only in 2021") }
}

/// `name: value` by line. What is taken is read the same from what it says.
pub fn bulk_headers(bytes: &[u8]) -> Result<(), &'static str> {
    let lines: Vec<(&[u8], &[u8])> = bytes.split(|byte| *byte == b'\n').filter_map(pair).collect();
    let get = |name: &str| {
        let mut found =
            lines.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()));
        found.next().map(|(_, value)| *value)
    };
    let headers = match BulkHeaders::parse(get, BODY_BYTES_MAX) {
        Ok(headers) => headers,
        Err(Refused::LengthRequired) => return Err("length"),
        Err(Refused::TooLarge) => return Err("too large"),
        Err(Refused::Malformed(name)) => return Err(name),
    };
    assert!((1..=BODY_BYTES_MAX).contains(&headers.body_bytes));
    assert!(headers.content_type.to_ascii_lowercase().contains(headers.declared.essence()));
    let written = [
        ("Content-Length", headers.body_bytes.to_string()),
        ("Taler-Extern-Signature", headers.signature.to_string()),
        ("Taler-Customer-Payto", headers.payto.as_str().to_owned()),
        ("If-None-Match", format!("\"{}\"", crockford::encode(&headers.h_body))),
        ("Content-Type", headers.content_type.clone()),
    ];
    let get = |name: &str| {
        let found = written.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| value.as_bytes())
    };
    assert_eq!(BulkHeaders::parse(get, BODY_BYTES_MAX), Ok(headers));
    Ok(())
}

fn pair(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    Some((&line[..colon], line[colon + 1..].trim_ascii()))
}

/// The chunks make no difference, and what is taken keeps the bounds and cannot be longer.
pub fn zip(bytes: &[u8]) -> Result<(), Refusal> {
    let whole = inspect(bytes, usize::MAX);
    for chunk in [1, 13] {
        // Which fault comes first may differ, and how far ahead of its packed bytes content is.
        let in_chunks = inspect(bytes, chunk);
        let is_same = whole.is_ok() == in_chunks.is_ok();
        assert!(
            is_same || [whole, in_chunks].contains(&Err(Refusal::Ratio)),
            "{whole:?} {in_chunks:?}"
        );
    }
    let summary = whole?;
    assert_eq!(summary.archive_bytes, bytes.len() as u64);
    assert!(summary.files >= 1 && summary.bytes <= 100 * summary.archive_bytes);
    assert_eq!(MediaType::of(bytes), Some(MediaType::Zip));
    let and_more = [bytes, b"x"].concat();
    assert_eq!(inspect(&and_more, usize::MAX), Err(Refusal::Trailing));
    assert!(inspect(&bytes[..bytes.len() - 1], usize::MAX).is_err());
    Ok(())
}

fn inspect(bytes: &[u8], chunk: usize) -> Result<Summary, Refusal> {
    let mut inspector = Inspector::new();
    for chunk in bytes.chunks(chunk) {
        inspector.push(chunk)?;
    }
    inspector.finish()
}
