//! Values of SEP-9 (`name`, a line feed, the value): no value panics, and what is taken is its own
//! normal form.

use kycd::stellar::sep9::{Entry, entry};

const FILE_BYTES_MAX: usize = 10_000;

/// Whether the value is taken.
pub fn check(bytes: &[u8]) -> bool {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (name, sent) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let field = match entry(name) {
        Some(Entry::Value(field)) => field,
        Some(Entry::Code(field)) => {
            return entry(&format!("{}_verification", field.name)).is_none();
        }
        Some(Entry::File(field)) => {
            assert!(field.is_binary());
            return false;
        }
        None => return false,
    };
    if let Ok(media) = field.read_file(sent, FILE_BYTES_MAX) {
        assert!(field.is_binary() && sent.len() <= FILE_BYTES_MAX && !media.name().is_empty());
        return true;
    }
    let Ok(sent) = std::str::from_utf8(sent) else { return false };
    match field.read(sent) {
        Ok(normal) => {
            assert_eq!(field.read(&normal).as_ref(), Ok(&normal), "{}", field.name);
            true
        }
        Err(invalid) => {
            assert!(!invalid.expected.is_empty());
            false
        }
    }
}
