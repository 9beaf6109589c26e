//! `[providers.NAME]`: verification providers, of all protocols.
//!
//! ```toml
//! [providers.acme]
//! url = "https://checks.acme.example/kyc"        # where requests go
//! secret = "whsec_…"                             # Standard Webhooks, both ways
//! ```

use std::collections::BTreeMap;

use url::Url;

use super::Secret;
use super::error::Problem;
use super::key::{Fallback, Key};
use super::reader::Reader;
use super::value::{Raw, Setting, Wrong, quoted};
use crate::signing::webhook;

const URL: Key = Key::new(
    "providers.NAME.url",
    Fallback::Words("needed for each provider"),
    "where a verification provider is asked to check somebody",
);
const SECRET: Key = Key::new(
    "providers.NAME.secret",
    Fallback::Words("needed for each provider"),
    "secret shared with it (Standard Webhooks, `whsec_…`): signs what it is asked and what it answers",
)
.secret();

pub(super) const KEYS: &[&Key] = &[&URL, &SECRET];

/// One verification provider.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Where it is asked, as written. `KYCD_PROVIDERS__NAME__URL`.
    pub url: String,
    /// What signs questions and answers. `KYCD_PROVIDERS__NAME__SECRET`.
    pub secret: webhook::Secret,
}

/// Providers by name.
pub type Providers = BTreeMap<String, Provider>;

pub(super) fn read(reader: &mut Reader) -> Providers {
    let urls = reader.named::<CalledUrl, 1>(&URL);
    let mut secrets: BTreeMap<String, Shared> =
        reader.named::<Shared, 1>(&SECRET).into_iter().map(|([name], one)| (name, one)).collect();
    let mut providers = Providers::new();
    for ([name], url) in urls {
        let given = format!("providers.{name}");
        if !is_name(&name) {
            reader.reject_below(&given, Problem::ProviderName);
        }
        match secrets.remove(&name) {
            Some(secret) => {
                providers.insert(name, Provider { url: url.0, secret: secret.0 });
            }
            None => reader.reject_below(&given, Problem::ProviderHalf { missing: "secret" }),
        }
    }
    for name in secrets.into_keys() {
        let problem = Problem::ProviderHalf { missing: "url" };
        reader.reject_below(&format!("providers.{name}"), problem);
    }
    providers
}

/// The name stands in a path and in the log.
fn is_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(good)
}

/// A URL that is called as it stands.
pub(super) struct CalledUrl(pub String);

impl Setting for CalledUrl {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let wrong = || raw.wrong("an http or https URL without user or fragment");
        let url: Url = raw.parse().ok_or_else(wrong)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong().hide());
        }
        let is_good = matches!(url.scheme(), "http" | "https") && url.fragment().is_none();
        let text = raw.text().filter(|_| is_good).ok_or_else(wrong)?;
        Ok(Self(text.trim().to_owned()))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

/// `whsec_…`.
struct Shared(webhook::Secret);

impl Setting for Shared {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let secret = raw.text().and_then(|text| webhook::Secret::parse(text.trim()).ok());
        secret.map(Self).ok_or_else(|| raw.wrong("`whsec_` and 24 to 64 bytes in base64"))
    }

    fn show(&self) -> String {
        Secret::new("").show()
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Sources};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn errors(file: &str) -> String {
        Config::load(Sources::of(file, &[], &[])).expect_err("wrong").to_string()
    }

    #[test]
    fn providers_have_a_url_and_a_secret_that_is_not_shown() {
        let url = "https://acme.example/kyc?tenant=7";
        let file = format!("[providers.acme]\nurl = \"{url}\"\nsecret = \"{SECRET}\"");
        let env = [
            ("KYCD_PROVIDERS__OTHER__URL", "http://10.0.0.7:9000/"),
            ("KYCD_PROVIDERS__OTHER__SECRET", SECRET),
        ];
        let config = Config::load(Sources::of(&file, &env, &[])).expect("valid");
        let names: Vec<&String> = config.providers.keys().collect();
        assert_eq!(names, ["acme", "other"]);
        assert_eq!(config.providers["acme"].url, url);
        let shown = format!("{config:?} {:?}", config.redacted());
        assert!(!shown.contains(&SECRET[6..]) && shown.contains("tenant=7"), "{shown}");
    }

    #[test]
    fn half_a_provider_is_a_mistake() {
        let url = "providers.acme.url = \"https://acme.example\"";
        assert!(errors(url).contains("providers.acme: needs a secret"), "{}", errors(url));
        let secret = format!("providers.acme.secret = \"{SECRET}\"");
        assert!(errors(&secret).contains("providers.acme: needs a url"), "{}", errors(&secret));
        let both = format!("{url}\nproviders.acme.secret = \"hunter2\"");
        assert!(!errors(&both).contains("hunter2"), "{}", errors(&both));
        for wrong in
            ["ftp://acme.example", "acme", "https://me:hunter2@acme.example", "https://a/#b"]
        {
            let file = format!("providers.acme.url = \"{wrong}\"\n{secret}");
            let said = errors(&file);
            assert!(said.contains("providers.acme.url: ") && !said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn a_type_decided_by_a_provider_that_is_not_there_is_a_mistake() {
        let file = "[stellar.types.mine]\nrequired = [\"city\"]\ndecided_by = \"provider:acme\"";
        let said = errors(file);
        assert!(said.contains("stellar.types.mine: there is no provider \"acme\""), "{said}");
    }
}
