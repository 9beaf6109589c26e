//! `[stellar]`: the Stellar protocols, as far as SEP-1 and SEP-10 need it.
//!
//! ```text
//! sandbox.enabled   a key given   Stellar
//! true              either        served; what is not given is generated or simulated
//! false             yes           served; keys and passphrase have to be given
//! false             no            not configured
//! ```

use stellar_strkey::ed25519;
use url::Url;

pub(super) mod types;

use super::error::Problem;
use super::key::{Fallback, Key};
use super::providers::CalledUrl;
use super::reader::Reader;
use super::server::HttpUrl;
use super::value::{List, Positive, Raw, Setting, Wrong, quoted};
use super::{Providers, Secret, Server};
use crate::stellar::types::Types;

const HOME_DOMAIN: Key = Key::new(
    "stellar.home_domain",
    Fallback::Words("host and port of `server.public_url`"),
    "domain whose `stellar.toml` names this server, with its port unless that is the scheme's own; or a list of up to \
     16, the first being the default",
);
const WEB_AUTH_DOMAIN: Key = Key::new(
    "stellar.web_auth_domain",
    Fallback::Words("host and port of `server.public_url`"),
    "host, and port unless that is the scheme's own, of `/auth`",
);
const SIGNING_SEED: Key = Key::new(
    "stellar.signing_seed",
    Fallback::Words("generated in the sandbox; otherwise required"),
    "seed (`S…`) of the key that signs challenges and callbacks",
)
.secret();
const NETWORK_PASSPHRASE: Key = Key::new(
    "stellar.network_passphrase",
    Fallback::Words("sandbox: `Test SDF Network ; September 2015`; otherwise required"),
    "passphrase of the network whose transactions the challenges are",
);
const JWT_SECRET: Key = Key::new(
    "stellar.jwt_secret",
    Fallback::Words("generated in the sandbox; otherwise required"),
    "secret that tokens are signed with (HS256 over its UTF-8 bytes): 32 random bytes or more, and for nothing else",
)
.secret();
const HORIZON_URL: Key = Key::new(
    "stellar.horizon_url",
    Fallback::Words("unset"),
    "Horizon server that knows accounts' signers; may be in a private network",
);
const MASTER_KEY_ONLY: Key = Key::new(
    "stellar.master_key_only",
    Fallback::Words("sandbox without `stellar.horizon_url`: true; otherwise false"),
    "ask nobody about signers: only an account's own key gets in, even one whose power was taken away",
);

const CALLBACKS: Key = Key::new(
    "stellar.callbacks",
    Fallback::Toml("true"),
    "whether customers' status changes are told to a URL; otherwise `PUT /kyc/customer/callback` answers 501",
);
const CALLBACK_INTERVALS_S: Key = Key::new(
    "stellar.callback_intervals_s",
    Fallback::Toml("[5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]"),
    "seconds to wait after each failure of a callback, then it is a dead letter; at most 50",
);
const PLATFORM_CALLBACK_URL: Key = Key::new(
    "stellar.platform_callback_url",
    Fallback::Words("unset"),
    "where the anchor's platform is told that a transaction waits no longer",
);
const VERIFICATION: Key = Key::new(
    "stellar.verification",
    Fallback::Toml("true"),
    "whether codes prove that addresses and numbers are the customer's; otherwise `PUT /kyc/customer/verification` \
     answers 501 and no type may have `verify`",
);

pub(super) const KEYS: &[&Key] = &[
    &HOME_DOMAIN,
    &WEB_AUTH_DOMAIN,
    &SIGNING_SEED,
    &NETWORK_PASSPHRASE,
    &JWT_SECRET,
    &HORIZON_URL,
    &MASTER_KEY_ONLY,
    &CALLBACKS,
    &CALLBACK_INTERVALS_S,
    &PLATFORM_CALLBACK_URL,
    &VERIFICATION,
];

/// The network of the sandbox.
const TESTNET: &str = "Test SDF Network ; September 2015";
/// Longest passphrase, bytes.
const PASSPHRASE_BYTES_MAX: usize = 256;
/// Waits of the schedule, at most.
const INTERVALS_MAX: usize = 50;
/// Home domains, at most.
const HOME_DOMAINS_MAX: usize = 16;
/// Longest home domain, bytes: with ` auth` it has to fit into 64.
const HOME_DOMAIN_BYTES_MAX: usize = 59;
/// Longest web auth domain, bytes.
const WEB_AUTH_DOMAIN_BYTES_MAX: usize = 64;

/// How Stellar is served.
#[derive(Debug, Clone)]
pub struct Stellar {
    /// Home domains, the first being the default; empty: see [`Stellar::home_domains_at`].
    /// `KYCD_STELLAR__HOME_DOMAIN`.
    pub home_domains: Vec<String>,
    /// Host and port of `/auth`; `None`: see [`Stellar::web_auth_domain_at`]. `KYCD_STELLAR__WEB_AUTH_DOMAIN`.
    pub web_auth_domain: Option<String>,
    /// Seed of the key that signs challenges and callbacks; `None`: generated, in the sandbox only.
    /// `KYCD_STELLAR__SIGNING_SEED`.
    pub signing_seed: Option<Secret>,
    /// Passphrase of the network. `KYCD_STELLAR__NETWORK_PASSPHRASE`.
    pub network_passphrase: String,
    /// Secret of the tokens; `None`: generated, in the sandbox only. `KYCD_STELLAR__JWT_SECRET`.
    pub jwt_secret: Option<Secret>,
    /// Horizon server, no trailing slash; given unless `master_key_only`. `KYCD_STELLAR__HORIZON_URL`.
    pub horizon_url: Option<String>,
    /// Whether nobody is asked about signers. `KYCD_STELLAR__MASTER_KEY_ONLY`.
    pub master_key_only: bool,
    /// Whether clients may register callbacks. `KYCD_STELLAR__CALLBACKS`.
    pub callbacks: bool,
    /// Waits after each failure of a callback, in seconds; 0 to 50 entries, each positive.
    /// `KYCD_STELLAR__CALLBACK_INTERVALS_S`.
    pub callback_intervals_s: Vec<i64>,
    /// Where the anchor's platform is told of transactions, as written.
    /// `KYCD_STELLAR__PLATFORM_CALLBACK_URL`.
    pub platform_callback_url: Option<String>,
    /// Whether codes are sent and taken. `KYCD_STELLAR__VERIFICATION`.
    pub verification: bool,
    /// Types of SEP-12 customers. `KYCD_STELLAR__DEFAULT_TYPE`, `[stellar.types.NAME]`.
    pub types: Types,
}

impl Stellar {
    /// `None` when it is not configured. Its keys are checked all the same.
    pub(super) fn read(
        reader: &mut Reader,
        sandbox: bool,
        server: &Server,
        providers: &Providers,
    ) -> Option<Self> {
        let stellar = Self::read_keys(reader, sandbox, server);
        let is_served = sandbox || KEYS.iter().chain(types::KEYS).any(|key| reader.is_given(key));
        if !is_served {
            return None;
        }
        if !sandbox {
            for key in [&SIGNING_SEED, &NETWORK_PASSPHRASE, &JWT_SECRET] {
                if !reader.is_given(key) {
                    reader.reject(key, Problem::NeededByStellar);
                }
            }
        }
        if !(sandbox && stellar.verification) {
            for kind in stellar.types.all().filter(|one| !one.requirement.verified.is_empty()) {
                let section = format!("stellar.types.{}", kind.name);
                reader.reject_below(&section, Problem::NoSenderOfCodes);
            }
        }
        if !stellar.master_key_only && !reader.is_given(&HORIZON_URL) {
            reader.reject(&HORIZON_URL, Problem::SignersUnknown);
        }
        types::check_deciders(reader, &stellar.types, providers);
        Some(stellar)
    }

    fn read_keys(reader: &mut Reader, sandbox: bool, server: &Server) -> Self {
        let home_domains = reader.optional::<HomeDomains>(&HOME_DOMAIN);
        let web_auth_domain =
            reader.optional::<Domain<WEB_AUTH_DOMAIN_BYTES_MAX>>(&WEB_AUTH_DOMAIN);
        let own = quoted(&domain_of(&server.public_url_at(server.listen)));
        reader.note_default(&HOME_DOMAIN, own.clone());
        reader.note_default(&WEB_AUTH_DOMAIN, own);
        let network_passphrase = if sandbox {
            reader.setting_or(&NETWORK_PASSPHRASE, Passphrase(TESTNET.to_owned())).0
        } else {
            let given = reader.optional::<Passphrase>(&NETWORK_PASSPHRASE);
            given.map(|passphrase| passphrase.0).unwrap_or_default()
        };
        let horizon_url = reader.optional::<HttpUrl>(&HORIZON_URL).map(|url| url.0);
        let nobody_to_ask = sandbox && !reader.is_given(&HORIZON_URL);
        Self {
            home_domains: home_domains.map(|all| all.0).unwrap_or_default(),
            web_auth_domain: web_auth_domain.map(|domain| domain.0),
            signing_seed: reader.optional::<Seed>(&SIGNING_SEED).map(|seed| seed.0),
            network_passphrase,
            jwt_secret: reader.optional::<JwtSecret>(&JWT_SECRET).map(|secret| secret.0),
            horizon_url,
            master_key_only: reader.setting_or(&MASTER_KEY_ONLY, nobody_to_ask),
            callbacks: reader.setting(&CALLBACKS),
            callback_intervals_s: reader
                .setting::<List<Positive, 0, INTERVALS_MAX>>(&CALLBACK_INTERVALS_S)
                .0
                .into_iter()
                .map(|wait| wait.0)
                .collect(),
            platform_callback_url: reader
                .optional::<CalledUrl>(&PLATFORM_CALLBACK_URL)
                .map(|url| url.0),
            verification: reader.setting(&VERIFICATION),
            types: types::read(reader),
        }
    }

    /// Waits after each failure of a callback, in milliseconds.
    pub fn callback_schedule_ms(&self) -> Vec<i64> {
        self.callback_intervals_s.iter().map(|wait| wait * 1000).collect()
    }

    /// The home domains, once the real public URL is known: the configured ones, else its host and port.
    pub fn home_domains_at(&self, public_url: &str) -> Vec<String> {
        match self.home_domains.as_slice() {
            [] => vec![domain_of(public_url)],
            given => given.to_vec(),
        }
    }

    /// The web auth domain, likewise.
    pub fn web_auth_domain_at(&self, public_url: &str) -> String {
        self.web_auth_domain.clone().unwrap_or_else(|| domain_of(public_url))
    }
}

/// Host, and port unless it is the scheme's own.
pub(super) fn domain_of(url: &str) -> String {
    let parsed = Url::parse(url).ok();
    let host = parsed.as_ref().and_then(Url::host_str).unwrap_or_default();
    match parsed.as_ref().and_then(Url::port) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// A host, with a port or without, in lower case.
pub(super) struct Domain<const BYTES_MAX: usize>(pub String);

impl<const BYTES_MAX: usize> Setting for Domain<BYTES_MAX> {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        raw.text()
            .map(str::trim)
            .filter(|text| {
                !text.is_empty()
                    && text.len() <= BYTES_MAX
                    // Either scheme, so that no port is taken for the scheme's own and dropped.
                    && ["http", "https"].iter().any(|s| domain_of(&format!("{s}://{text}")) == *text)
            })
            .map(|text| Self(text.to_owned()))
            .ok_or_else(|| {
                raw.wrong(format!(
                    "a host name in lower case, with a port or without, of at most {BYTES_MAX} bytes"
                ))
            })
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

/// One domain, or a list.
struct HomeDomains(Vec<String>);

impl Setting for HomeDomains {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        type One = Domain<HOME_DOMAIN_BYTES_MAX>;
        let is_one = raw.text().is_some_and(|text| !text.contains(','));
        if is_one {
            return One::read(raw).map(|domain| Self(vec![domain.0]));
        }
        let all = List::<One, 1, HOME_DOMAINS_MAX>::read(raw)?;
        Ok(Self(all.0.into_iter().map(|domain| domain.0).collect()))
    }

    fn show(&self) -> String {
        match self.0.as_slice() {
            [one] => quoted(one),
            all => {
                format!("[{}]", all.iter().map(|one| quoted(one)).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// `S…`.
struct Seed(Secret);

impl Setting for Seed {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        raw.text()
            .filter(|text| ed25519::PrivateKey::from_string(text).is_ok())
            .map(|text| Self(Secret::new(text)))
            .ok_or_else(|| raw.wrong("a Stellar seed (S…, 56 characters)"))
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

/// Any text: it is used as it stands.
struct JwtSecret(Secret);

impl Setting for JwtSecret {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        raw.text()
            .filter(|text| !text.trim().is_empty())
            .map(|text| Self(Secret::new(text)))
            .ok_or_else(|| raw.wrong("text that is not blank"))
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

/// A network's passphrase.
struct Passphrase(String);

impl Setting for Passphrase {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        raw.text()
            .filter(|text| {
                (1..=PASSPHRASE_BYTES_MAX).contains(&text.len())
                    && !text.chars().any(char::is_control)
            })
            .map(|text| Self(text.to_owned()))
            .ok_or_else(|| raw.wrong(format!("text of at most {PASSPHRASE_BYTES_MAX} bytes")))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

#[cfg(test)]
mod tests;
