//! What the configuration comes to once the addresses are known.

use std::time::Duration;

use ipnet::IpNet;

use super::onboarding::photo;
use super::onboarding::profile::Profile;
use crate::config::retention::Period;
use crate::http::cors::Origins;
use crate::lockout::Ladder;

/// See the module.
#[derive(Debug)]
pub struct Settings {
    /// Of addresses, tokens and identities.
    pub domain: String,
    /// Values of the header `Host` that are ours.
    pub allowed_hosts: Vec<String>,
    /// What people call the server.
    pub human_name: String,
    /// What people are told about it.
    pub human_description: String,
    /// How the outside reaches us, no trailing slash.
    pub public_url: String,
    /// Who may say for whom it asks.
    pub trusted_proxies: Vec<IpNet>,
    /// What becomes of those who fail too often.
    pub lockout: Ladder,
    /// Bytes of one attachment.
    pub attachment_bytes_max: usize,
    /// An application is complete as it is.
    pub auto_on_apply: bool,
    /// `ReadyForApproval` is taken without signatures too.
    pub legacy_ready: bool,
    /// How long an answer waits for a review.
    pub review_budget: Duration,
    /// How long an identity is good.
    pub validity: Period,
    /// What an application has to meet.
    pub profile: Profile,
    /// What files are called that show something known.
    pub photo_names: photo::Names,
    /// Pages that may use the API.
    pub cors_origins: Origins,
}

impl Settings {
    /// Whether the outside reaches us over TLS.
    pub fn uses_encryption(&self) -> bool {
        self.public_url.starts_with("https:")
    }
}
