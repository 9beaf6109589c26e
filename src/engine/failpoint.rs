//! Places where a test may end the process as a power cut would. Nothing of it is in a release.

/// Ends the process here, without any cleaning up, if a test asked for it by
/// `KYCD_REQUIRE_CRASH_AT=<name>`.
#[cfg(debug_assertions)]
pub fn pass(name: &str) {
    use std::sync::OnceLock;
    static ASKED: OnceLock<Option<String>> = OnceLock::new();
    let asked = ASKED.get_or_init(|| std::env::var("KYCD_REQUIRE_CRASH_AT").ok());
    if asked.as_deref() == Some(name) {
        std::process::abort();
    }
}

/// Does nothing.
#[cfg(not(debug_assertions))]
#[inline]
pub fn pass(_: &str) {}
