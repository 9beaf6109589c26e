//! The file of a client's domain: no bytes panic, and the key that is found stands in it.

use kycd::stellar::sep10::client_domain::read;

/// Whether there is a key.
pub fn check(bytes: &[u8]) -> bool {
    let Ok(key) = read(bytes) else { return false };
    let text = String::from_utf8_lossy(bytes);
    assert!(text.contains("SIGNING_KEY") || text.contains('\\'), "a key from nowhere");
    assert!(text.contains(&key.text()) || text.contains('\\'));
    true
}
