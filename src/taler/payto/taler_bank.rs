//! Accounts at a Taler bank: a host, maybe a port and a path, and an account.
//!
//! Source: exchange `src/util/payto.c`, 2024-12.

/// `HOST[:PORT][/PATH]/ACCOUNT`, without a query.
pub(super) fn check(path: &str) -> Option<()> {
    let (place, account) = path.rsplit_once('/')?;
    let host = place.split('/').next()?;
    (is_host(host) && !account.is_empty()).then_some(())
}

/// Letters, digits, `-`, `_` and single dots, not beginning with `-`; then maybe a port.
pub(super) fn is_host(text: &str) -> bool {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !host.is_empty()
        && !host.starts_with('-')
        && !host.contains("..")
        && host.bytes().all(is_allowed)
        && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_and_an_account_are_needed() {
        for good in
            ["localhost/42", "Localhost:8082/User42", "bank.example/a/b/42", "my_bank.x/1", "h/a:b"]
        {
            assert!(check(good).is_some(), "{good}");
        }
        for wrong in [
            "",
            "localhost",
            "localhost/",
            "/42",
            "a..b/42",
            "-a/42",
            "host:/42",
            "host:x/42",
            "host:+1/42",
            "host:65536/42",
            "host:1:2/42",
            "user@host/42",
        ] {
            assert!(check(wrong).is_none(), "{wrong}");
        }
    }
}
