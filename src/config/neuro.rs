//! `[neuro]`: the Neuron Agent API.
//!
//! ```text
//! sandbox.enabled   a key given   Neuron
//! true              either        served; secret and key are generated
//! false             yes           served; secret, key, and domain or public URL have to be given
//! false             no            not configured
//! ```

mod keys;
mod profiles;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;

use super::error::Problem;
use super::limits;
use super::reader::Reader;
use super::retention::Period;
use super::stellar::{Domain, domain_of};
use super::value::{List, Setting as _, Whole, quoted};
use super::{Providers, Secret, Server};
use crate::http::cors::Origins;
use crate::lockout::Ladder;
use crate::neuro::onboarding::photo;
use crate::neuro::onboarding::profile::Profiles;
pub(super) use keys::KEYS;
use keys::{
    ALLOWED_HOSTS, ATTACHMENT_BYTES_MAX, AUTO_ON_APPLY, CORS_ORIGINS, DOMAIN, HUMAN_DESCRIPTION,
    HUMAN_NAME, LEGACY_READY, LOCKOUT, REVIEW_BUDGET_MS, SIGNING_KEY_FILE, TOKEN_SECRET, VALIDITY,
};
use values::Line;

/// Longest domain or host, bytes: a name of DNS, and a port.
const DOMAIN_BYTES_MAX: usize = 259;
/// Hosts that requests may name, at most.
const HOSTS_MAX: usize = 16;

/// How the Agent API is served.
#[derive(Debug, Clone)]
pub struct Neuro {
    /// Host and port; `None`: see [`Neuro::domain_at`]. `KYCD_NEURO__DOMAIN`.
    pub domain: Option<String>,
    /// Hosts that requests may name, in lower case; `None`: see [`Neuro::allowed_hosts_at`].
    /// `KYCD_NEURO__ALLOWED_HOSTS`.
    pub allowed_hosts: Option<Vec<String>>,
    /// What the domain is called. `KYCD_NEURO__HUMAN_NAME`.
    pub human_name: Option<String>,
    /// What the domain is. `KYCD_NEURO__HUMAN_DESCRIPTION`.
    pub human_description: Option<String>,
    /// Secret of the tokens; `None`: generated, in the sandbox only. `KYCD_NEURO__TOKEN_SECRET`.
    pub token_secret: Option<Secret>,
    /// The server's Ed25519 key; `None`: generated, in the sandbox only.
    /// `KYCD_NEURO__SIGNING_KEY_FILE`.
    pub signing_key_file: Option<PathBuf>,
    /// What applications have to meet. `KYCD_NEURO__DEFAULT_PROFILE`, `[neuro.profiles.NAME]`.
    pub profiles: Profiles,
    /// What files are called that show something known. `[neuro.photo_names]`.
    pub photo_names: photo::Names,
    /// Whether to apply starts the automatic review. `KYCD_NEURO__AUTO_ON_APPLY`.
    pub auto_on_apply: bool,
    /// Whether `ReadyForApproval` is also taken unsigned. `KYCD_NEURO__LEGACY_READY`.
    pub legacy_ready: bool,
    /// Bytes of one attachment, decoded. `KYCD_NEURO__ATTACHMENT_BYTES_MAX`.
    pub attachment_bytes_max: usize,
    /// How long an identity is good. `KYCD_NEURO__VALIDITY`.
    pub validity: Period,
    /// How long `ReadyForApproval` waits for the automatic review, ms. `KYCD_NEURO__REVIEW_BUDGET_MS`.
    pub review_budget_ms: u64,
    /// What wrong signatures lead to. `KYCD_NEURO__LOCKOUT`.
    pub lockout: Ladder,
    /// Pages that may use the API. `KYCD_NEURO__CORS_ORIGINS`.
    pub cors_origins: Origins,
}

impl Neuro {
    /// `None` when it is not configured. Its keys are checked all the same.
    pub(super) fn read(
        reader: &mut Reader,
        sandbox: bool,
        server: &Server,
        providers: &Providers,
    ) -> Option<Self> {
        type Host = Domain<DOMAIN_BYTES_MAX>;
        let domain = reader.optional::<Host>(&DOMAIN).map(|domain| domain.0);
        let allowed_hosts = reader.optional::<List<Host, 1, HOSTS_MAX>>(&ALLOWED_HOSTS);
        let neuro = Self {
            domain,
            allowed_hosts: allowed_hosts.map(|all| all.0.into_iter().map(|one| one.0).collect()),
            human_name: reader.optional::<Line>(&HUMAN_NAME).map(|line| line.0),
            human_description: reader.optional::<Line>(&HUMAN_DESCRIPTION).map(|line| line.0),
            token_secret: reader.optional(&TOKEN_SECRET),
            signing_key_file: reader.optional(&SIGNING_KEY_FILE),
            profiles: profiles::read(reader, sandbox),
            photo_names: profiles::read_photo_names(reader),
            auto_on_apply: reader.setting(&AUTO_ON_APPLY),
            legacy_ready: reader.setting(&LEGACY_READY),
            attachment_bytes_max: reader
                .setting::<Whole<1, { limits::DOCUMENT_BYTES_MAX as i64 }>>(&ATTACHMENT_BYTES_MAX)
                .0 as usize,
            validity: reader.setting(&VALIDITY),
            review_budget_ms: reader.setting::<Whole<0, 60_000>>(&REVIEW_BUDGET_MS).0 as u64,
            lockout: reader.setting(&LOCKOUT),
            cors_origins: reader.setting(&CORS_ORIGINS),
        };
        neuro.note_defaults(reader, server);
        let is_served = sandbox || reader.is_any_given(KEYS);
        if !is_served {
            return None;
        }
        if !sandbox {
            for key in [&TOKEN_SECRET, &SIGNING_KEY_FILE] {
                if !reader.is_given(key) {
                    reader.reject(key, Problem::NeededByNeuro);
                }
            }
            if !reader.is_given(&DOMAIN) && server.public_url.is_none() {
                reader.reject(&DOMAIN, Problem::DomainUnknown);
            }
        }
        profiles::check_providers(reader, &neuro.profiles, providers);
        Some(neuro)
    }

    fn note_defaults(&self, reader: &mut Reader, server: &Server) {
        let public_url = server.public_url_at(server.listen);
        reader.note_default(&DOMAIN, quoted(&self.domain_at(&public_url)));
        let hosts = self.allowed_hosts_at(&public_url, server.listen);
        let hosts = hosts.into_iter().map(Domain::<DOMAIN_BYTES_MAX>).collect();
        reader.note_default(&ALLOWED_HOSTS, List::<_, 1, HOSTS_MAX>(hosts).show());
    }

    /// The domain, once the real public URL is known: the configured one, else its host and port.
    pub fn domain_at(&self, public_url: &str) -> String {
        self.domain.clone().unwrap_or_else(|| domain_of(public_url))
    }

    /// Hosts that requests may name, in lower case, once it is known where this server listens.
    pub fn allowed_hosts_at(&self, public_url: &str, listening: SocketAddr) -> Vec<String> {
        if let Some(given) = &self.allowed_hosts {
            return given.clone();
        }
        let mut hosts = vec![self.domain_at(public_url)];
        for name in ["localhost", "127.0.0.1"] {
            let host = domain_of(&format!("http://{name}:{}", listening.port()));
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts
    }
}

#[cfg(test)]
mod tests;
