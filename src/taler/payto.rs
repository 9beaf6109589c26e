//! `payto://` URIs: whose account it is, and the hashes that stand for it.
//!
//! ```text
//! payto://iban/[BIC/]IBAN?receiver-name=…
//! payto://x-taler-bank/HOST[:PORT][/PATH]/ACCOUNT?receiver-name=…
//! payto://taler-reserve[-http]/HOST[/PATH]/RESERVE_PUB       a wallet, since 2024
//! taler[+http]://reserve/HOST[/PATH]/RESERVE_PUB             a wallet, in 2021
//! payto://METHOD/…                                           others are not looked into
//!
//! full hash         SHA-512( URI as it was given ‖ NUL )        64 bytes; since 2022 the first 32
//! normalized hash   SHA-512( normalized URI ‖ NUL )             the first 32 bytes
//! ```
//!
//! A URI is kept as it was given: another spelling has another full hash.
//!
//! Source: RFC 8905; exchange `src/util/payto.c`, 2021-10 and 2024-12.

mod iban;
mod normal;
mod taler_bank;

use std::fmt;

use sha2::{Digest as _, Sha512};

use super::message::PublicKey;
use crate::config::limits;

/// What every one begins with, in any case.
const SCHEME: &str = "payto://";
/// What a wallet's of 2021 begin with.
const WALLETS_2021: [&str; 2] = ["taler://reserve/", "taler+http://reserve/"];
/// What is allowed beside letters and digits.
const MARKS: &[u8] = b"/:$&?!-_.,;=*+%~@()[]";

/// A valid URI of an account or wallet. Personal data: Debug output hides it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Payto(String);

/// Why a text is no URI of an account. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Longer than [`limits::PAYTO_BYTES_MAX`].
    #[error("longer than {} bytes", limits::PAYTO_BYTES_MAX)]
    TooLong,
    /// It begins otherwise.
    #[error("it does not begin with payto://")]
    Scheme,
    /// A character that must be escaped.
    #[error("a character that is not allowed")]
    Character,
    /// No method with a slash behind it.
    #[error("no method before a slash")]
    Method,
    /// Other than one or two segments, or not an IBAN.
    #[error("not an IBAN")]
    Iban,
    /// Host, port or account of `x-taler-bank`.
    #[error("not a host and an account")]
    TalerBank,
    /// `receiver-name` is missing.
    #[error("no receiver-name")]
    ReceiverName,
    /// A wallet's URI without a host or with another key.
    #[error("not a host and a reserve's key")]
    Wallet,
}

/// The base URL is none of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not http:// or https:// and a host")]
pub struct InvalidExchange;

impl Payto {
    /// By the rules of 2024: an IBAN and `x-taler-bank` name their receiver.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        check(text, true)?;
        Ok(Self(text.to_owned()))
    }

    /// By the rules of 2021: `x-taler-bank` may leave the receiver's name out, and the wallets'
    /// URIs of that time are taken.
    pub fn parse_2021(text: &str) -> Result<Self, Invalid> {
        if let Some(rest) = WALLETS_2021.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            check_text(text)?;
            let (host, key) = rest.rsplit_once('/').ok_or(Invalid::Wallet)?;
            let host = host.split('/').next().unwrap_or_default();
            let is_good = taler_bank::is_host(host) && PublicKey::parse(key).is_ok();
            return if is_good { Ok(Self(text.to_owned())) } else { Err(Invalid::Wallet) };
        }
        check(text, false)?;
        Ok(Self(text.to_owned()))
    }

    /// A wallet of the exchange at this base URL, as of 2024.
    pub fn wallet(exchange: &str, reserve: &PublicKey) -> Result<Self, InvalidExchange> {
        let (is_plain, place) = place(exchange)?;
        let method = if is_plain { "taler-reserve-http" } else { "taler-reserve" };
        Self::parse(&format!("payto://{method}/{place}/{reserve}")).map_err(|_| InvalidExchange)
    }

    /// A wallet of the exchange at this base URL, as in 2021.
    pub fn wallet_2021(exchange: &str, reserve: &PublicKey) -> Result<Self, InvalidExchange> {
        let (is_plain, place) = place(exchange)?;
        let prefix = WALLETS_2021[usize::from(is_plain)];
        Self::parse_2021(&format!("{prefix}{place}/{reserve}")).map_err(|_| InvalidExchange)
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of the URI as it was given, with NUL; all 64 bytes, of which the first 32 stand for it
    /// since 2022.
    pub fn full_hash(&self) -> [u8; 64] {
        hash_with_nul(&self.0)
    }

    /// The same without NUL: only an alternative reading of kyc-bulk wants it.
    pub fn full_hash_without_nul(&self) -> [u8; 64] {
        Sha512::digest(self.0.as_bytes()).into()
    }

    /// One text for all spellings of one account, without the query.
    pub fn normalized(&self) -> String {
        normal::form(&self.0)
    }

    /// Of [`Self::normalized`], with NUL; the first 32 bytes.
    pub fn normalized_hash(&self) -> [u8; 32] {
        first_half(&hash_with_nul(&self.normalized()))
    }
}

/// The first 32 of 64 bytes.
pub(super) fn first_half(hash: &[u8; 64]) -> [u8; 32] {
    let mut half = [0; 32];
    half.copy_from_slice(&hash[..32]);
    half
}

fn hash_with_nul(text: &str) -> [u8; 64] {
    Sha512::new().chain_update(text.as_bytes()).chain_update([0]).finalize().into()
}

/// Method and what follows its slash, query and all.
fn parts(text: &str) -> Result<(&str, &str), Invalid> {
    let (scheme, rest) = text.split_at_checked(SCHEME.len()).ok_or(Invalid::Scheme)?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(Invalid::Scheme);
    }
    let (method, rest) = rest.split_once('/').ok_or(Invalid::Method)?;
    if method.is_empty() || method.contains('?') {
        Err(Invalid::Method)
    } else {
        Ok((method, rest))
    }
}

fn check(text: &str, is_receiver_needed: bool) -> Result<(), Invalid> {
    check_text(text)?;
    let (method, rest) = parts(text)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let is_iban = method.eq_ignore_ascii_case("iban");
    let is_taler_bank = method.eq_ignore_ascii_case("x-taler-bank");
    if is_iban {
        iban::of_path(path).filter(|iban| iban::is_valid(iban)).ok_or(Invalid::Iban)?;
    } else if is_taler_bank {
        taler_bank::check(path).ok_or(Invalid::TalerBank)?;
    }
    let is_receiver_needed = is_iban || is_taler_bank && is_receiver_needed;
    if is_receiver_needed && !query.split('&').any(|pair| pair.starts_with("receiver-name=")) {
        return Err(Invalid::ReceiverName);
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), Invalid> {
    if text.len() > limits::PAYTO_BYTES_MAX {
        return Err(Invalid::TooLong);
    }
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || MARKS.contains(&byte);
    if text.bytes().all(is_allowed) { Ok(()) } else { Err(Invalid::Character) }
}

/// Whether an exchange speaks plain HTTP, and its host and path without the last slash.
fn place(exchange: &str) -> Result<(bool, &str), InvalidExchange> {
    let (is_plain, place) = match (exchange.strip_prefix("https://"), exchange) {
        (Some(place), _) => (false, place),
        (None, other) => (true, other.strip_prefix("http://").ok_or(InvalidExchange)?),
    };
    let place = place.strip_suffix('/').unwrap_or(place);
    let host = place.split('/').next().unwrap_or_default();
    let is_good = taler_bank::is_host(host) && !place.contains('?');
    if is_good { Ok((is_plain, place)) } else { Err(InvalidExchange) }
}

impl fmt::Debug for Payto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payto(…)")
    }
}

#[cfg(test)]
mod tests;
