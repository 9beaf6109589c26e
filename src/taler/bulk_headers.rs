//! The headers of `POST /kyc-bulk/{extern_pub}`: all that is judged before a byte of the body is
//! read.
//!
//! | header | value |
//! |---|---|
//! | `Content-Length` | bytes, at least 1 |
//! | `Taler-Extern-Signature` | signature, 103 characters |
//! | `Taler-Customer-Payto` | whose document it is |
//! | `If-Not-Match` | SHA-512 of the body, 103 characters, maybe in quotes |
//! | `Content-Type` | PDF, audio, image, video or ZIP; parameters are kept |
//!
//! `If-None-Match` is taken where `If-Not-Match` is missing: it is what libraries know. A body of
//! unknown length is refused, and one in another coding, since it would be open what is hashed.
//!
//! Source: Taler docs, `core/exchange/post-kyc-bulk-EXTERN_PUB` (vIMPORT). It documents one code
//! for every 400, so a missing header is malformed too.

use super::crockford;
use super::error::{Code, ErrorDetail};
use super::message::Signature;
use super::payto::Payto;
use crate::config::limits;
use crate::media_type::Declared;

/// What the headers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkHeaders {
    /// The third party's, over hash and customer; not verified.
    pub signature: Signature,
    /// Whose document it is, as it was sent.
    pub payto: Payto,
    /// SHA-512 that the body is claimed to have.
    pub h_body: [u8; 64],
    /// Length of the body: from 1 to the limit.
    pub body_bytes: u64,
    /// What the body is claimed to be.
    pub declared: Declared,
    /// The same as it was sent, at most [`limits::CONTENT_TYPE_BYTES_MAX`] bytes of ASCII.
    pub content_type: String,
}

/// Why nothing of the body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// 411.
    #[error("no Content-Length")]
    LengthRequired,
    /// 413; the client may try smaller archives.
    #[error("the body is larger than is taken")]
    TooLarge,
    /// 400; the header's name.
    #[error("{0} is missing or malformed")]
    Malformed(&'static str),
}

impl From<Refused> for ErrorDetail {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::LengthRequired => Self::length_required(),
            Refused::TooLarge => Code::UploadExceedsLimit.into(),
            Refused::Malformed(name) => Self::parameter_malformed(name),
        }
    }
}

const CONTENT_LENGTH: &str = "Content-Length";
const CONTENT_ENCODING: &str = "Content-Encoding";
const CONTENT_TYPE: &str = "Content-Type";
const SIGNATURE: &str = "Taler-Extern-Signature";
const PAYTO: &str = "Taler-Customer-Payto";
const HASH: &str = "If-Not-Match";
const HASH_ALIAS: &str = "If-None-Match";

impl BulkHeaders {
    /// Reads them through `get`, which gives a header's value by its name in any case. The length
    /// is judged before all others.
    pub fn parse<'a>(
        get: impl Fn(&str) -> Option<&'a [u8]>,
        body_bytes_max: u64,
    ) -> Result<Self, Refused> {
        let body_bytes = length(&get, body_bytes_max)?;
        let is_coded = get(CONTENT_ENCODING).is_some_and(|coding| coding != b"identity");
        if is_coded {
            return Err(Refused::Malformed(CONTENT_ENCODING));
        }
        let needed = |name| get(name).ok_or(Refused::Malformed(name));
        let signature = Signature::parse(needed(SIGNATURE)?);
        let signature = signature.map_err(|_| Refused::Malformed(SIGNATURE))?;
        let payto = std::str::from_utf8(needed(PAYTO)?).ok().map(Payto::parse);
        let payto = payto.and_then(Result::ok).ok_or(Refused::Malformed(PAYTO))?;
        let hash = get(HASH).or_else(|| get(HASH_ALIAS)).ok_or(Refused::Malformed(HASH))?;
        let h_body = crockford::decode(unquoted(hash)).map_err(|_| Refused::Malformed(HASH))?;
        let (declared, content_type) =
            get(CONTENT_TYPE).and_then(media_type).ok_or(Refused::Malformed(CONTENT_TYPE))?;
        Ok(Self { signature, payto, h_body, body_bytes, declared, content_type })
    }
}

fn length<'a>(
    get: &impl Fn(&str) -> Option<&'a [u8]>,
    body_bytes_max: u64,
) -> Result<u64, Refused> {
    if get("Transfer-Encoding").is_some() {
        return Err(Refused::LengthRequired);
    }
    let text = get(CONTENT_LENGTH).ok_or(Refused::LengthRequired)?;
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(Refused::Malformed(CONTENT_LENGTH));
    }
    // What does not fit is beyond every limit.
    let bytes = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    match bytes.unwrap_or(u64::MAX) {
        0 => Err(Refused::Malformed(CONTENT_LENGTH)),
        bytes if bytes > body_bytes_max => Err(Refused::TooLarge),
        bytes => Ok(bytes),
    }
}

/// Without the quotes around it, if there are some.
fn unquoted(value: &[u8]) -> &[u8] {
    let inside = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    inside.unwrap_or(value)
}

fn media_type(value: &[u8]) -> Option<(Declared, String)> {
    let is_good = value.len() <= limits::CONTENT_TYPE_BYTES_MAX
        && value.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    let text = std::str::from_utf8(value).ok().filter(|_| is_good)?;
    Some((Declared::parse(text)?, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media_type::Family;
    use crate::taler::message::{BulkBinding, PublicKey};
    use crate::taler::testing::{self, text};

    type Headers = Vec<(&'static str, String)>;

    /// Those of the vector.
    fn good() -> Headers {
        let vectors = testing::list("signatures");
        let vector = vectors.iter().find(|vector| vector["layout"] == "full64");
        let vector = vector.expect("a vector of kyc-bulk");
        let value = |name: &str| text(vector, name).to_owned();
        vec![
            ("content-length", "16".to_owned()),
            ("taler-extern-signature", value("signature")),
            ("taler-customer-payto", value("payto")),
            ("if-not-match", value("h_body")),
            ("content-type", "application/pdf".to_owned()),
        ]
    }

    fn parse(headers: &Headers) -> Result<BulkHeaders, Refused> {
        let get = |name: &str| {
            let mut found = headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
            found.next().map(|(_, value)| value.as_bytes())
        };
        BulkHeaders::parse(get, 1000)
    }

    /// With one header's value replaced, or the header added.
    fn with(name: &'static str, value: &str) -> Result<BulkHeaders, Refused> {
        let mut headers = good();
        headers.retain(|(other, _)| *other != name);
        headers.push((name, value.to_owned()));
        parse(&headers)
    }

    #[test]
    fn the_vector_is_read_and_its_signature_is_good() {
        let headers = parse(&good()).expect("a vector");
        assert_eq!((headers.body_bytes, headers.declared.family()), (16, Family::Pdf));
        let message = BulkBinding::default().message(&headers.h_body, &headers.payto);
        let key = PublicKey::parse(testing::PUBLIC_KEY).expect("a key");
        assert!(key.verifies(&message, &headers.signature));
        assert!(!format!("{headers:?}").contains("John"));
    }

    #[test]
    fn each_header_is_needed() {
        for (at, name) in [
            (1, "Taler-Extern-Signature"),
            (2, "Taler-Customer-Payto"),
            (3, "If-Not-Match"),
            (4, "Content-Type"),
        ] {
            let mut headers = good();
            headers.remove(at);
            assert_eq!(parse(&headers), Err(Refused::Malformed(name)));
            let detail = ErrorDetail::from(Refused::Malformed(name));
            assert_eq!((detail.status, detail.code.number()), (400, 26));
            assert_eq!(detail.detail.as_deref(), Some(name));
        }
    }

    #[test]
    fn the_length_is_judged_first() {
        let length = |value: &str| {
            let headers = vec![("content-length", value.to_owned())];
            parse(&headers).expect_err("nothing but a length")
        };
        let malformed = Refused::Malformed("Content-Length");
        for (value, refused) in [
            ("1001", Refused::TooLarge),
            ("99999999999999999999999999", Refused::TooLarge),
            ("0", malformed),
            ("", malformed),
            ("+5", malformed),
            ("-5", malformed),
            ("5, 5", malformed),
            ("0x5", malformed),
            ("1000", Refused::Malformed("Taler-Extern-Signature")),
            ("0001", Refused::Malformed("Taler-Extern-Signature")),
        ] {
            assert_eq!(length(value), refused, "{value}");
        }
        assert_eq!(parse(&Vec::new()), Err(Refused::LengthRequired));
        assert_eq!(with("transfer-encoding", "chunked"), Err(Refused::LengthRequired));
        assert_eq!(ErrorDetail::from(Refused::LengthRequired).status, 411);
        assert_eq!(ErrorDetail::from(Refused::TooLarge).code.number(), 32);
        assert_eq!(ErrorDetail::from(Refused::TooLarge).status, 413);
    }

    #[test]
    fn the_hash_may_be_quoted_and_under_its_usual_name() {
        let hash = good()[3].1.clone();
        let expected = parse(&good()).expect("good").h_body;
        for value in [hash.clone(), format!("\"{hash}\""), hash.to_lowercase()] {
            assert_eq!(with("if-not-match", &value).map(|headers| headers.h_body), Ok(expected));
            let mut headers = good();
            headers[3] = ("if-none-match", value);
            assert_eq!(parse(&headers).map(|headers| headers.h_body), Ok(expected));
        }
        for wrong in [format!("\"{hash}"), format!("W/\"{hash}\""), "*".to_owned(), String::new()] {
            assert_eq!(with("if-not-match", &wrong), Err(Refused::Malformed("If-Not-Match")));
        }
        // The documented name counts where both are there.
        assert_eq!(with("if-none-match", "*").map(|headers| headers.h_body), Ok(expected));
    }

    #[test]
    fn other_values_are_refused_by_name() {
        for (name, value, refused) in [
            ("taler-extern-signature", "0000", "Taler-Extern-Signature"),
            ("taler-customer-payto", "https://example.com", "Taler-Customer-Payto"),
            ("taler-customer-payto", "payto://iban/DE0", "Taler-Customer-Payto"),
            ("taler-customer-payto", "payto://x/ä", "Taler-Customer-Payto"),
            ("content-type", "text/html", "Content-Type"),
            ("content-type", "image/png; x=\u{1}", "Content-Type"),
            ("content-encoding", "gzip", "Content-Encoding"),
        ] {
            assert_eq!(with(name, value), Err(Refused::Malformed(refused)), "{value}");
        }
        let long = format!("image/png; x={}", "y".repeat(limits::CONTENT_TYPE_BYTES_MAX));
        assert_eq!(with("content-type", &long), Err(Refused::Malformed("Content-Type")));
        let headers = with("content-type", "image/png; charset=x").expect("with a parameter");
        assert_eq!(headers.content_type, "image/png; charset=x");
        assert!(with("content-encoding", "identity").is_ok());
    }
}
