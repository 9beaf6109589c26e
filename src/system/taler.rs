//! Wires the Taler exchange together: its key, its provider, its endpoints.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::web;
use anyhow::Context as _;
use kyc_events::taler::PAYMENT_TARGET;
use tokio::sync::{Semaphore, watch};
use zeroize::Zeroizing;

use super::listeners::{Routes, routes};
use crate::callbacks::egress::Policy;
use crate::clock::Clock;
use crate::config::taler::{BulkReview, OAuth2, Taler};
use crate::config::{Config, limits};
use crate::engine::turns::Turns;
use crate::engine::{Handle, Journal, ReadModels};
use crate::metrics::Metrics;
use crate::operator;
use crate::operator::sandbox_oauth::Simulated;
use crate::operator::taler::Desk;
use crate::review::Reviews;
use crate::taler::error::BulkCodes;
use crate::taler::kyc_bulk::Bulk;
use crate::taler::message::{BulkBinding, PublicKey, SigningKey};
use crate::taler::oauth2::sandbox::SandboxProvider;
use crate::taler::oauth2::{Provider, Urls};
use crate::taler::payment_target::PaymentTarget;
use crate::taler::review::DocumentReviews;
use crate::taler::service::Service;
use crate::taler::third_party::ThirdParty;
use crate::vault::{MasterKeys, Vault};

/// The exchange's own key.
pub struct Keys {
    signing: SigningKey,
}

impl Keys {
    /// Reads it, or generates it in the sandbox, once, beside the master key.
    pub fn load(config: &Config, master: &mut MasterKeys) -> anyhow::Result<Option<Self>> {
        let Some(taler) = &config.taler else { return Ok(None) };
        let text = match &taler.signing_key_file {
            Some(file) => std::fs::read_to_string(file).map(Zeroizing::new).with_context(|| {
                format!("taler.signing_key_file: cannot read {}", file.display())
            })?,
            None => master.generated::<32>("taler_ed25519", |_| {})?,
        };
        let signing = signing_key(text.trim());
        let signing = signing.context("taler.signing_key_file: not a seed of 32 bytes")?;
        Ok(Some(Self { signing }))
    }

    /// What clients check answers with.
    pub fn public(&self) -> PublicKey {
        self.signing.public_key()
    }
}

/// Hex, or Crockford base32.
fn signing_key(text: &str) -> Option<SigningKey> {
    let mut seed = Zeroizing::new([0; 32]);
    if hex::decode_to_slice(text, seed.as_mut_slice()).is_ok() {
        return Some(SigningKey::from_seed(&seed));
    }
    SigningKey::parse(text).ok()
}

/// What the exchange is made of.
pub struct Parts {
    /// The payment targets.
    pub targets: Handle<PaymentTarget>,
    /// Who may upload.
    pub third_parties: Handle<ThirdParty>,
    /// Where row numbers are taken.
    pub journal: Journal,
    /// The read models.
    pub models: ReadModels,
    /// Keys and seals.
    pub vault: Arc<Vault>,
    /// What time it is.
    pub clock: Clock,
    /// Which URLs are called.
    pub policy: Arc<Policy>,
    /// Where the public listener listens.
    pub public: SocketAddr,
    /// Where the operator's listener listens: the simulated provider is there.
    pub operator: SocketAddr,
    /// Set when the server stops.
    pub stopping: watch::Receiver<bool>,
    /// What is counted.
    pub metrics: Metrics,
}

/// The exchange, wired together.
pub struct Exchange {
    service: Service,
    bulk: Bulk,
    desk: Desk,
    /// The simulated provider, if it is simulated.
    simulated: Option<Simulated>,
}

/// Wires it together; `None` if it is not configured.
pub fn connect(
    config: &Config,
    keys: Option<Keys>,
    parts: Parts,
) -> anyhow::Result<Option<Exchange>> {
    let (Some(taler), Some(keys)) = (&config.taler, keys) else { return Ok(None) };
    let public_url: Arc<str> = config.server.public_url_at(parts.public).into();
    let provider = taler.oauth2.as_ref().map(|settings| provider(settings, &parts)).transpose()?;
    let service = Service {
        targets: parts.targets,
        journal: parts.journal,
        models: parts.models,
        vault: parts.vault,
        clock: parts.clock,
        key: Arc::new(keys.signing),
        provider: provider.map(Arc::new),
        public_url: Arc::clone(&public_url),
        reference_2021: taler.reference_2021,
        stopping: parts.stopping,
        waiting: Arc::new(Semaphore::new(limits::LONG_POLLS_MAX)),
        metrics: parts.metrics,
        starting: Turns::default(),
        proving: Turns::default(),
    };
    let desk = Desk { service: service.clone(), third_parties: parts.third_parties.clone() };
    let bulk = bulk(taler, &service, parts.third_parties);
    let simulated = is_simulated(taler).then(|| Simulated {
        provider: Arc::new(SandboxProvider::default()),
        redirects: format!("{public_url}/kyc-proof/").into(),
    });
    Ok(Some(Exchange { service, bulk, desk, simulated }))
}

impl Exchange {
    /// What everybody's listener serves.
    pub fn offered(&self) -> Routes {
        let (service, bulk) = (self.service.clone(), self.bulk.clone());
        routes(move |config| {
            config
                .app_data(web::Data::new(service.clone()))
                .app_data(web::Data::new(bulk.clone()))
                .configure(crate::taler::routes);
        })
    }

    /// What the operator's listener serves.
    pub fn desks(&self) -> Routes {
        let (desk, simulated) = (self.desk.clone(), self.simulated.clone());
        routes(move |config| {
            config.app_data(web::Data::new(desk.clone())).configure(operator::taler::routes);
            if let Some(simulated) = &simulated {
                config
                    .app_data(web::Data::new(simulated.clone()))
                    .configure(operator::sandbox_oauth::routes);
            }
        })
    }

    /// Documents in the operator's queue.
    pub fn reviews(&self) -> (&'static str, Arc<dyn Reviews>) {
        let Service { targets, models, vault, .. } = self.service.clone();
        (PAYMENT_TARGET, Arc::new(DocumentReviews { targets, models, vault }))
    }
}

fn bulk(taler: &Taler, service: &Service, third_parties: Handle<ThirdParty>) -> Bulk {
    let [bulk_signature_invalid, third_party_unknown, import_signature_invalid] = taler.bulk_codes;
    Bulk {
        service: service.clone(),
        third_parties,
        limit_bytes: taler.bulk_limit_bytes,
        is_reviewed: taler.bulk_review == BulkReview::Manual,
        binding: BulkBinding { layout: taler.bulk_binding, purpose: taler.bulk_purpose },
        codes: BulkCodes { bulk_signature_invalid, third_party_unknown, import_signature_invalid },
        room: Arc::new(Semaphore::new(limits::BULK_UPLOADS_MAX)),
    }
}

fn is_simulated(taler: &Taler) -> bool {
    taler.oauth2.as_ref().is_some_and(|oauth2| oauth2.urls.is_none())
}

fn provider(settings: &OAuth2, parts: &Parts) -> anyhow::Result<Provider> {
    if let Some(urls) = &settings.urls {
        let urls = Urls { authorize: &urls.authorize, token: &urls.token, info: &urls.info };
        return Ok(Provider::new(settings.clone(), &urls, &parts.policy)?);
    }
    // The simulated one is on a listener of ours, which is never called otherwise.
    let policy = Policy { own_listeners: vec![parts.public], ..(*parts.policy).clone() };
    let at = |what: &str| format!("http://{}/sandbox/oauth/{what}", parts.operator);
    let (authorize, token, info) = (at("authorize"), at("token"), at("info"));
    let urls = Urls { authorize: &authorize, token: &token, info: &info };
    Ok(Provider::new(settings.clone(), &urls, &policy)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn keys(file: &str) -> anyhow::Result<Option<Keys>> {
        let config = Config::load(Sources::of(file, &[], &[])).expect("valid");
        Keys::load(&config, &mut MasterKeys::for_tests())
    }

    #[test]
    fn a_key_is_read_in_hex_and_in_base32_and_generated_in_the_sandbox() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("key");
        let configured = format!("taler.signing_key_file = \"{}\"", file.display());
        let expected = "8GSJZ649T2PXMKZC01Y4ANNBE7MF14QVK9SQEC4E46ZHKCVG8AS0";
        for text in [
            "9TM70AKDTS57AWY9JK2J4TMBTMW6K62WHHGZWYDG0VM5ABPZKD40\n",
            "4ea8702a6dd64a7573c994c5226a8bd53869985c8c61fe79b006e8552edf9b48",
        ] {
            std::fs::write(&file, text).expect("written");
            let keys = keys(&configured).expect("read").expect("configured");
            assert_eq!(keys.public().to_string(), expected);
        }
        std::fs::write(&file, "not a key").expect("written");
        assert!(keys(&configured).is_err());
        assert!(keys("").expect("generated").is_some());
    }

    #[test]
    fn what_is_not_configured_has_no_key() {
        let outside = "sandbox.enabled = false\ndata.master_key_file = \"k\"";
        assert!(keys(outside).expect("none needed").is_none());
    }
}
