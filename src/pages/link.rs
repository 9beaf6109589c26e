//! Signed links to a person's page. Whoever has one may see how the person stands, and send what
//! is missing; nothing more, and not for ever.
//!
//! ```text
//! token     base64url( claim ‖ HMAC-SHA256(claim) )
//! claim     version 1 │ purpose │ 0 │ expires_at_s, 8 bytes │ lang, 2 │ subject │ 0 │ kind
//! ```
//!
//! The MAC is made under the look-up key, which lives outside the data directory, in a domain of
//! its own.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::lang::Lang;
use crate::vault::Vault;

const VERSION: u8 = 1;
const MAC_BYTES: usize = 32;
const TOKEN_CHARS_MAX: usize = 600;

/// What a link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which protocol's page: a link of one is none of another.
    pub purpose: &'static str,
    /// The person, by the protocol's id.
    pub subject: String,
    /// What the person is judged as; empty: the page decides.
    pub kind: String,
    /// Language of the page, unless another is chosen there.
    pub lang: Lang,
    /// The link is good until then, seconds since 1970.
    pub expires_at_s: i64,
}

/// Why a link leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// 404: not made here.
    #[error("not a link of this server")]
    Forged,
    /// 410.
    #[error("the link has expired")]
    Expired,
}

/// Makes and reads links. Cheap to clone.
#[derive(Clone)]
pub struct Links(Arc<Vault>);

impl Links {
    /// Under the keys of this vault.
    pub fn new(vault: Arc<Vault>) -> Self {
        Self(vault)
    }

    /// The token of a link.
    pub fn sign(&self, claim: &Claim) -> String {
        let mut bytes = encode(claim);
        let mac = self.mac("page link", &bytes);
        bytes.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What the token of a link to a page of `purpose` says.
    pub fn read(&self, purpose: &'static str, token: &str, now_s: i64) -> Result<Claim, BadLink> {
        if token.len() > TOKEN_CHARS_MAX {
            return Err(BadLink::Forged);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| BadLink::Forged)?;
        let end = bytes.len().checked_sub(MAC_BYTES).ok_or(BadLink::Forged)?;
        let (claim, mac) = bytes.split_at(end);
        if !is_same(&self.mac("page link", claim), mac) {
            return Err(BadLink::Forged);
        }
        let claim = decode(purpose, claim).ok_or(BadLink::Forged)?;
        if claim.expires_at_s <= now_s { Err(BadLink::Expired) } else { Ok(claim) }
    }

    /// What a form on the page of this token has to carry.
    pub fn form_secret(&self, token: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac("page form", token.as_bytes()))
    }

    /// Whether a form carries it.
    pub fn is_form_secret(&self, token: &str, given: &str) -> bool {
        is_same(self.form_secret(token).as_bytes(), given.as_bytes())
    }

    fn mac(&self, domain: &str, bytes: &[u8]) -> [u8; MAC_BYTES] {
        self.0.pseudonym(domain, bytes).0
    }
}

fn encode(claim: &Claim) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(claim.purpose.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(&claim.expires_at_s.to_be_bytes());
    bytes.extend_from_slice(claim.lang.code().as_bytes());
    bytes.extend_from_slice(claim.subject.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(claim.kind.as_bytes());
    bytes
}

fn decode(purpose: &'static str, bytes: &[u8]) -> Option<Claim> {
    let rest = bytes.strip_prefix(&[VERSION])?.strip_prefix(purpose.as_bytes())?;
    let (expires_at, rest) = rest.strip_prefix(&[0])?.split_first_chunk::<8>()?;
    let (lang, rest) = rest.split_first_chunk::<2>()?;
    let lang = Lang::of(std::str::from_utf8(lang).ok()?)?;
    let (subject, kind) = std::str::from_utf8(rest).ok()?.split_once('\0')?;
    Some(Claim {
        purpose,
        subject: subject.to_owned(),
        kind: kind.to_owned(),
        lang,
        expires_at_s: i64::from_be_bytes(*expires_at),
    })
}

/// Compares in a time that does not tell where they differ.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differ = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && std::hint::black_box(differ) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::MasterKeys;

    fn links() -> (tempfile::TempDir, Links) {
        let dir = tempfile::tempdir().expect("a directory");
        let vault = Vault::open(dir.path(), MasterKeys::for_tests()).expect("opens");
        (dir, Links::new(vault))
    }

    fn claim() -> Claim {
        Claim {
            purpose: "stellar",
            subject: "4711".to_owned(),
            kind: "sep6".to_owned(),
            lang: Lang::De,
            expires_at_s: 1_000,
        }
    }

    #[test]
    fn a_link_says_what_was_signed_until_it_expires() {
        let (_dir, links) = links();
        let token = links.sign(&claim());
        assert_eq!(links.read("stellar", &token, 999), Ok(claim()));
        assert_eq!(links.read("stellar", &token, 1_000), Err(BadLink::Expired));
        let everyone = Claim { kind: String::new(), ..claim() };
        assert_eq!(links.read("stellar", &links.sign(&everyone), 0), Ok(everyone));
    }

    #[test]
    fn a_link_with_any_bit_changed_is_forged() {
        let (_dir, links) = links();
        let token = links.sign(&claim());
        let bytes = URL_SAFE_NO_PAD.decode(&token).expect("base64");
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(links.read("stellar", &changed, 0), Err(BadLink::Forged), "bit {bit}");
        }
        for other in ["", "x", "====", &token[1..], &token[..token.len() - 1], &token.repeat(9)] {
            assert_eq!(links.read("stellar", other, 0), Err(BadLink::Forged), "{other}");
        }
    }

    #[test]
    fn a_link_of_one_protocol_is_none_of_another() {
        let (_dir, links) = links();
        let token = links.sign(&claim());
        for other in ["taler", "stella", "stellar2", ""] {
            let other: &'static str = other;
            assert_eq!(links.read(other, &token, 0), Err(BadLink::Forged), "{other}");
        }
    }

    #[test]
    fn a_forms_secret_belongs_to_one_link_and_is_not_its_signature() {
        let (_dir, links) = links();
        let (one, other) = (links.sign(&claim()), links.sign(&Claim { lang: Lang::En, ..claim() }));
        let secret = links.form_secret(&one);
        assert!(links.is_form_secret(&one, &secret));
        assert!(!links.is_form_secret(&other, &secret));
        assert!(!links.is_form_secret(&one, "") && !one.contains(&secret));
    }
}
