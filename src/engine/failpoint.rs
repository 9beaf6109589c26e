//! Places where a test may end the process as a power cut would, or hold up a task while another
//! one runs. Nothing of it is in a release.

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

/// Waits here, if a test asked for it by `KYCD_REQUIRE_HOLD_AT=<name>:<file>`, as long as the file
/// exists; that somebody waits is written into it.
#[cfg(debug_assertions)]
pub async fn hold(name: &str) {
    const LOOK: std::time::Duration = std::time::Duration::from_millis(10);
    let Ok(asked) = std::env::var("KYCD_REQUIRE_HOLD_AT") else { return };
    let Some(("", file)) = asked.strip_prefix(name).and_then(|rest| rest.split_once(':')) else {
        return;
    };
    let file = std::path::Path::new(file);
    while file.exists() {
        // What cannot be written is waited for in vain by the test, which says so.
        let _ = std::fs::OpenOptions::new().write(true).open(file).and_then(|mut file| {
            use std::io::Write as _;
            file.write_all(b"held")
        });
        tokio::time::sleep(LOOK).await;
    }
}

/// Does nothing.
#[cfg(not(debug_assertions))]
#[expect(clippy::unused_async, reason = "as it is where tests run")]
pub async fn hold(_: &str) {}
