//! Wires the Agent API together: its keys, its endpoints, its reviews.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use anyhow::Context as _;
use kyc_events::neuro::IDENTITY;
use zeroize::Zeroizing;

use super::listeners::{Routes, routes};
use crate::callbacks::egress::Policy;
use crate::clock::Clock;
use crate::config::{Config, limits};
use crate::engine::turns::Turns;
use crate::engine::{Handle, Journal, ReadModels};
use crate::lockout::Lockout;
use crate::neuro::account::Account;
use crate::neuro::api_key::ApiKey;
use crate::neuro::callback::NeuroRenderer;
use crate::neuro::identity::Identity;
use crate::neuro::jwt::Tokens;
use crate::neuro::key::{Algorithm, PrivateKey, SEED_BYTES_MAX};
use crate::neuro::onboarding::Pipeline;
use crate::neuro::pnr;
use crate::neuro::review::IdentityReviews;
use crate::neuro::reviewer::Reviewer;
use crate::neuro::service::Service;
use crate::neuro::settings::Settings;
use crate::operator;
use crate::operator::neuro::Desk;
use crate::providers::{Decides, NeuroDecisions};
use crate::review::Reviews;
use crate::vault::{MasterKeys, Vault};

/// The server's own keys.
pub struct Keys {
    signing: PrivateKey,
    token_secret: Zeroizing<String>,
}

impl Keys {
    /// Takes them from the configuration, or generates them in the sandbox, once, beside the master
    /// key: tokens and signatures outlive a restart.
    pub fn load(config: &Config, master: &mut MasterKeys) -> anyhow::Result<Option<Self>> {
        let Some(neuro) = &config.neuro else { return Ok(None) };
        let text = match &neuro.signing_key_file {
            Some(file) => std::fs::read_to_string(file).map(Zeroizing::new).with_context(|| {
                format!("neuro.signing_key_file: cannot read {}", file.display())
            })?,
            None => master.generated::<32>("neuro_ed25519", |_| {})?,
        };
        let mut seed = Zeroizing::new([0; SEED_BYTES_MAX]);
        let (ours, _) = seed.split_at_mut(32);
        hex::decode_to_slice(text.trim(), ours)
            .context("neuro.signing_key_file: not a seed of 64 hex digits")?;
        let signing = PrivateKey::generate(Algorithm::Ed25519, &seed);
        let token_secret = match &neuro.token_secret {
            Some(secret) => Zeroizing::new(secret.expose().to_owned()),
            None => master.generated::<32>("neuro_jwt", |_| {})?,
        };
        Ok(Some(Self { signing, token_secret }))
    }
}

/// What the Agent API is made of.
pub struct Parts {
    /// The accounts.
    pub accounts: Handle<Account>,
    /// The identities.
    pub identities: Handle<Identity>,
    /// What accounts are made with.
    pub api_keys: Handle<ApiKey>,
    /// Who failed too often.
    pub lockouts: Handle<Lockout>,
    /// Where nonces are used up.
    pub journal: Journal,
    /// The read models.
    pub models: ReadModels,
    /// Keys, secrets and documents.
    pub vault: Arc<Vault>,
    /// What time it is.
    pub clock: Clock,
    /// Which URLs are called.
    pub policy: Arc<Policy>,
    /// Where the public listener listens.
    pub public: SocketAddr,
}

/// The Agent API, wired together.
pub struct Agent {
    /// What the endpoints use.
    pub service: Service,
    renderer: NeuroRenderer,
}

/// Wires it together; `None` if it is not configured.
pub fn connect(config: &Config, keys: Option<Keys>, parts: Parts) -> Option<Agent> {
    let (Some(neuro), Some(keys)) = (&config.neuro, keys) else { return None };
    let public_url = config.server.public_url_at(parts.public);
    let domain = neuro.domain_at(&public_url);
    let settings = Arc::new(Settings {
        allowed_hosts: neuro.allowed_hosts_at(&public_url, parts.public),
        human_name: neuro.human_name.clone().unwrap_or_else(|| domain.clone()),
        human_description: neuro.human_description.clone().unwrap_or_default(),
        public_url,
        trusted_proxies: config.server.trusted_proxies.clone(),
        lockout: neuro.lockout.clone(),
        attachment_bytes_max: neuro.attachment_bytes_max,
        auto_on_apply: neuro.auto_on_apply,
        legacy_ready: neuro.legacy_ready,
        review_budget: Duration::from_millis(neuro.review_budget_ms),
        validity: neuro.validity,
        profile: neuro.profiles.default().clone(),
        photo_names: neuro.photo_names.clone(),
        cors_origins: neuro.cors_origins.clone(),
        domain: domain.clone(),
    });
    let pipeline = Pipeline::new(&settings.profile, &domain, pnr::can_be);
    let reviewer = Reviewer {
        accounts: parts.accounts.clone(),
        identities: parts.identities.clone(),
        models: parts.models.clone(),
        vault: Arc::clone(&parts.vault),
        clock: parts.clock.clone(),
        pipeline: Arc::new(pipeline),
        settings: Arc::clone(&settings),
        turns: Turns::default(),
    };
    let renderer = NeuroRenderer {
        identities: parts.identities.clone(),
        models: parts.models.clone(),
        vault: Arc::clone(&parts.vault),
        clock: parts.clock.clone(),
        policy: parts.policy,
        schedule_ms: limits::PROVIDER_INTERVALS_MS.to_vec(),
        providers: Arc::new(config.providers.clone()),
    };
    let service = Service {
        accounts: parts.accounts,
        identities: parts.identities,
        api_keys: parts.api_keys,
        lockouts: parts.lockouts,
        journal: parts.journal,
        models: parts.models,
        vault: parts.vault,
        clock: parts.clock,
        tokens: Arc::new(Tokens::new(keys.token_secret.as_bytes(), domain)),
        key: Arc::new(keys.signing),
        settings,
        reviewer,
    };
    Some(Agent { service, renderer })
}

impl Agent {
    /// What everybody's listener serves.
    pub fn offered(&self) -> Routes {
        let service = self.service.clone();
        routes(move |config| {
            config.app_data(web::Data::new(service.clone())).configure(crate::neuro::routes);
        })
    }

    /// What the operator's listener serves.
    pub fn desks(&self) -> Routes {
        let desk = Desk(self.service.clone());
        routes(move |config| {
            config.app_data(web::Data::new(desk.clone())).configure(operator::neuro::routes);
        })
    }

    /// Has applications looked at.
    pub fn reviewer(&self) -> Reviewer {
        self.service.reviewer.clone()
    }

    /// Applications in the operator's queue.
    pub fn reviews(&self) -> (&'static str, Arc<dyn Reviews>) {
        (IDENTITY, Arc::new(IdentityReviews(self.service.clone())))
    }

    /// What providers are told.
    pub fn renderer(&self) -> NeuroRenderer {
        self.renderer.clone()
    }

    /// Who takes what providers answer.
    pub fn decisions(&self) -> (&'static str, Arc<dyn Decides>) {
        (IDENTITY, Arc::new(NeuroDecisions(self.service.identities.clone())))
    }
}
