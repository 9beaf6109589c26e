//! One text for all spellings of one account.
//!
//! ```text
//! all            nothing from the first ? on
//! iban           scheme and method lower, no BIC, the IBAN upper
//! x-taler-bank   all lower up to the end of the host and its port
//! bitcoin        scheme and method lower
//! upi, ilp       all lower
//! others         as they are
//! ```
//!
//! Source: `TALER_payto_normalize`, 2024-12.

use super::{SCHEME, iban, parts};

/// Of a URI that was checked.
pub(super) fn form(uri: &str) -> String {
    let uri = uri.split('?').next().unwrap_or_default();
    let Ok((method, path)) = parts(uri) else {
        // A wallet's of 2021.
        return uri.to_owned();
    };
    let method = method.to_ascii_lowercase();
    match method.as_str() {
        "iban" => {
            let iban = iban::of_path(path).unwrap_or(path).to_ascii_uppercase();
            format!("{SCHEME}iban/{iban}")
        }
        "x-taler-bank" => {
            let (host, account) = path.split_once('/').unwrap_or((path, ""));
            format!("{SCHEME}x-taler-bank/{}/{account}", host.to_ascii_lowercase())
        }
        "bitcoin" => format!("{SCHEME}bitcoin/{path}"),
        "upi" | "ilp" => uri.to_ascii_lowercase(),
        _ => uri.to_owned(),
    }
}
