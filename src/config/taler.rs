//! `[taler]`: the GNU Taler exchange's KYC.
//!
//! ```text
//! sandbox.enabled   a key given   Taler
//! true              either        served; keys are generated, the provider is simulated unless one is given
//! false             yes           served; the signing key has to be given, and for oauth2 the provider
//! false             no            not configured
//! ```

mod keys;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Secret;
use super::error::Problem;
use super::providers::CalledUrl;
use super::reader::Reader;
use super::value::{List, Positive, Raw, Setting, Whole, Wrong, quoted};
use crate::taler::message::BulkLayout;
pub(super) use keys::KEYS;
use keys::{
    ATTRIBUTE, AUTHORIZE_URL, BULK_BINDING, BULK_CODES, BULK_LIMIT_BYTES, BULK_PURPOSE,
    BULK_REVIEW, CLIENT_ID, CLIENT_SECRET, INFO_URL, KYC_MODE, POST_URL, REFERENCE_2021,
    SIGNING_KEY_FILE, STATUS, TIMEOUT_MS, TOKEN_URL, USER_ID,
};
pub use words::{BulkReview, KycMode};

/// The simulated provider's client, as in the exchange's own tests.
pub const SANDBOX_CLIENT_ID: &str = "taler-exchange";
/// Its secret.
pub const SANDBOX_CLIENT_SECRET: &str = "exchange-secret";
const SANDBOX_POST_URL: &str = "http://example.com/";

/// How the exchange's KYC is served.
#[derive(Debug, Clone)]
pub struct Taler {
    /// How accounts are legitimized; `None`: they are all good. `KYCD_TALER__KYC_MODE`.
    pub oauth2: Option<OAuth2>,
    /// Key that signs answers; `None`: generated, in the sandbox only. `KYCD_TALER__SIGNING_KEY_FILE`.
    pub signing_key_file: Option<PathBuf>,
    /// Bytes of one document of `kyc-bulk`. `KYCD_TALER__BULK_LIMIT_BYTES`.
    pub bulk_limit_bytes: u64,
    /// What becomes of such a document. `KYCD_TALER__BULK_REVIEW`.
    pub bulk_review: BulkReview,
    /// What third parties sign of the payto URI. `KYCD_TALER__BULK_BINDING`.
    pub bulk_binding: BulkLayout,
    /// The purpose number in it. `KYCD_TALER__BULK_PURPOSE`.
    pub bulk_purpose: u32,
    /// Error codes without a number yet: bulk signature, third party, import signature.
    /// `KYCD_TALER__BULK_CODES`.
    pub bulk_codes: [u32; 3],
    /// Answer as the reference server of 2021 did. `KYCD_TALER__REFERENCE_2021`.
    pub reference_2021: bool,
}

/// The OAuth 2.0 provider.
#[derive(Debug, Clone)]
pub struct OAuth2 {
    /// Its URLs; `None`: simulated, in the sandbox only.
    pub urls: Option<Urls>,
    /// Our name there. `KYCD_TALER__OAUTH2__CLIENT_ID`.
    pub client_id: String,
    /// Our secret there. `KYCD_TALER__OAUTH2__CLIENT_SECRET`.
    pub client_secret: Secret,
    /// Where users are sent when they are done. `KYCD_TALER__OAUTH2__POST_URL`.
    pub post_url: String,
    /// How long it may take, milliseconds. `KYCD_TALER__OAUTH2__TIMEOUT_MS`.
    pub timeout_ms: u64,
    /// JSON pointer to what must be `success`; empty: nothing. `KYCD_TALER__OAUTH2__STATUS`.
    pub status: String,
    /// JSON pointer to the user's id. `KYCD_TALER__OAUTH2__USER_ID`.
    pub user_id: String,
    /// JSON pointers to attributes, by our names; empty: all beside the user's id.
    pub attributes: BTreeMap<String, String>,
}

/// The provider's URLs, as written.
#[derive(Debug, Clone)]
pub struct Urls {
    /// Page for users. `KYCD_TALER__OAUTH2__AUTHORIZE_URL`.
    pub authorize: String,
    /// Codes for tokens. `KYCD_TALER__OAUTH2__TOKEN_URL`.
    pub token: String,
    /// Tokens for users. `KYCD_TALER__OAUTH2__INFO_URL`.
    pub info: String,
}

impl Taler {
    /// `None` when it is not configured. Its keys are checked all the same.
    pub(super) fn read(reader: &mut Reader, sandbox: bool) -> Option<Self> {
        let default = if sandbox { KycMode::OAuth2 } else { KycMode::None };
        let mode = reader.setting_or(&KYC_MODE, default);
        let oauth2 = OAuth2::read(reader, sandbox, mode);
        let taler = Self {
            oauth2: oauth2.filter(|_| mode == KycMode::OAuth2),
            signing_key_file: reader.optional(&SIGNING_KEY_FILE),
            bulk_limit_bytes: reader.setting::<Whole<1, { i64::MAX }>>(&BULK_LIMIT_BYTES).0 as u64,
            bulk_review: reader.setting(&BULK_REVIEW),
            bulk_binding: reader.setting(&BULK_BINDING),
            bulk_purpose: reader.setting::<Positive>(&BULK_PURPOSE).0 as u32,
            bulk_codes: codes(&reader.setting::<List<Positive, 3, 3>>(&BULK_CODES).0),
            reference_2021: reader.setting(&REFERENCE_2021),
        };
        let is_served = sandbox || KEYS.iter().any(|key| reader.is_given(key));
        if is_served && !sandbox && !reader.is_given(&SIGNING_KEY_FILE) {
            reader.reject(&SIGNING_KEY_FILE, Problem::NeededByTaler);
        }
        is_served.then_some(taler)
    }
}

fn codes(given: &[Positive]) -> [u32; 3] {
    let mut codes = [0; 3];
    for (code, given) in codes.iter_mut().zip(given) {
        *code = given.0 as u32;
    }
    codes
}

impl OAuth2 {
    fn read(reader: &mut Reader, sandbox: bool, mode: KycMode) -> Option<Self> {
        let [authorize, token, info] = [&AUTHORIZE_URL, &TOKEN_URL, &INFO_URL]
            .map(|key| reader.optional::<CalledUrl>(key).map(|url| url.0));
        let is_real = [&AUTHORIZE_URL, &TOKEN_URL, &INFO_URL].iter().any(|k| reader.is_given(k));
        let is_simulated = sandbox && !is_real;
        let mut text = |key, simulated: &str| {
            if is_simulated {
                return Some(reader.setting_or(key, Text(simulated.to_owned())).0);
            }
            reader.optional::<Text>(key).map(|text| text.0)
        };
        let client_id = text(&CLIENT_ID, SANDBOX_CLIENT_ID);
        let post_url = if is_simulated {
            Some(reader.setting_or(&POST_URL, CalledUrl(SANDBOX_POST_URL.to_owned())).0)
        } else {
            reader.optional::<CalledUrl>(&POST_URL).map(|url| url.0)
        };
        let given = reader.optional::<Shared>(&CLIENT_SECRET).map(|secret| secret.0);
        let simulated = is_simulated.then(|| Secret::new(SANDBOX_CLIENT_SECRET));
        let client_secret = given.or(simulated);
        let timeout_ms = reader.setting::<Positive>(&TIMEOUT_MS).0 as u64;
        let status = reader.setting::<Pointer>(&STATUS).0;
        let user_id = reader.setting::<Pointer>(&USER_ID).0;
        let attributes = reader.named::<Pointer, 1>(&ATTRIBUTE).into_iter();
        let attributes = attributes.map(|([name], pointer)| (name, pointer.0)).collect();
        if mode == KycMode::OAuth2 && !is_simulated {
            let needed =
                [&AUTHORIZE_URL, &TOKEN_URL, &INFO_URL, &CLIENT_ID, &CLIENT_SECRET, &POST_URL];
            for key in needed {
                if !reader.is_given(key) {
                    reader.reject(key, Problem::NeededByOAuth2);
                }
            }
        }
        let urls = match (authorize, token, info) {
            (Some(authorize), Some(token), Some(info)) => Some(Urls { authorize, token, info }),
            _ if is_simulated => None,
            _ => return None,
        };
        Some(Self {
            urls,
            client_id: client_id?,
            client_secret: client_secret?,
            post_url: post_url?,
            timeout_ms,
            status,
            user_id,
            attributes,
        })
    }
}

/// Text that is not blank.
struct Text(String);

impl Setting for Text {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let text = raw.text().filter(|text| !text.trim().is_empty());
        text.map(|text| Self(text.to_owned())).ok_or_else(|| raw.wrong("text that is not blank"))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

/// The same, never shown.
struct Shared(Secret);

impl Setting for Shared {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        Text::read(raw).map(|text| Self(Secret::new(&text.0))).map_err(Wrong::hide)
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

/// RFC 6901.
struct Pointer(String);

impl Setting for Pointer {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let text = raw.text().filter(|text| text.is_empty() || text.starts_with('/'));
        text.map(|text| Self(text.to_owned()))
            .ok_or_else(|| raw.wrong("a JSON pointer such as /data/id"))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigErrors, Sources};

    const OUTSIDE: &str = "sandbox.enabled = false\ndata.master_key_file = \"k\"\n";

    fn load(file: &str) -> Result<Config, ConfigErrors> {
        Config::load(Sources::of(file, &[], &[]))
    }

    fn taler(file: &str) -> Taler {
        load(file).expect("valid").taler.expect("configured")
    }

    #[test]
    fn the_sandbox_has_a_provider_of_its_own() {
        let oauth2 = taler("").oauth2.expect("on");
        assert!(oauth2.urls.is_none());
        assert_eq!(oauth2.client_id, "taler-exchange");
        assert_eq!(
            (oauth2.user_id.as_str(), oauth2.post_url.as_str()),
            ("/data/id", "http://example.com/")
        );
        assert!(taler("taler.kyc_mode = \"none\"").oauth2.is_none());
    }

    #[test]
    fn outside_the_sandbox_nothing_is_assumed() {
        assert!(load(OUTSIDE).expect("valid").taler.is_none());
        let errors = load(&format!("{OUTSIDE}taler.bulk_review = \"manual\"")).expect_err("a key");
        assert!(errors.to_string().contains("taler.signing_key_file"), "{errors}");
        let errors = load(&format!("{OUTSIDE}taler.kyc_mode = \"oauth2\"")).expect_err("seven");
        assert_eq!(errors.errors().len(), 7, "{errors}");
        let served = format!("{OUTSIDE}taler.signing_key_file = \"t\"");
        assert!(taler(&served).oauth2.is_none());
    }

    #[test]
    fn a_real_provider_is_given_whole_also_in_the_sandbox() {
        let errors =
            load("taler.oauth2.token_url = \"http://127.0.0.1:6666/t\"").expect_err("rest");
        assert_eq!(errors.errors().len(), 5, "{errors}");
        let whole = "[taler.oauth2]\nauthorize_url = \"https://p.example/a\"\ntoken_url = \"https://p.example/t\"\n\
             info_url = \"https://p.example/i\"\nclient_id = \"c\"\nclient_secret = \"hunter2\"\n\
             post_url = \"https://p.example/done\"\nuser_id = \"/sub\"\nstatus = \"\"\n\
             attributes.full_name = \"/name\"";
        let config = load(whole).expect("valid");
        let shown = format!("{config:?} {:?}", config.redacted());
        assert!(!shown.contains("hunter2"), "{shown}");
        let oauth2 = config.taler.and_then(|taler| taler.oauth2).expect("on");
        assert_eq!(oauth2.urls.expect("given").token, "https://p.example/t");
        assert_eq!(oauth2.attributes["full_name"], "/name");
        assert!(load(&whole.replace("\"/sub\"", "\"sub\"")).is_err());
    }

    #[test]
    fn numbers_that_are_provisional_can_be_set() {
        let taler =
            taler("[taler]\nbulk_codes = [1, 2, 3]\nbulk_purpose = 9\nbulk_binding = \"full32\"");
        assert_eq!(taler.bulk_codes, [1, 2, 3]);
        assert_eq!((taler.bulk_purpose, taler.bulk_binding), (9, BulkLayout::Full32));
        assert!(load("taler.bulk_codes = [1, 2]").is_err());
    }
}
