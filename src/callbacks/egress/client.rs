//! The client: one request, one connection, one deadline.

use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::TlsConnector;

use super::deadline::Deadline;
use super::dial;
use super::error::{BuildError, SendError};
use super::exchange::exchange;
use super::message::{Request, Response};
use super::policy::Policy;
use super::target::{Target, UrlRefused};
use super::tls;

/// Sends requests under one [`Policy`]. Cheap to clone; clones share policy and roots.
#[derive(Clone)]
pub struct Client {
    policy: Arc<Policy>,
    tls: TlsConnector,
}

impl Client {
    /// Fails when the extra roots of `policy` are no certificates.
    pub fn new(policy: Policy) -> Result<Self, BuildError> {
        let tls = tls::connector(policy.extra_roots_pem.as_deref())?;
        Ok(Self { policy: Arc::new(policy), tls })
    }

    /// The policy this client sends under.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Judges a target by this client's policy without touching the network. [`Client::send`] does
    /// so itself.
    pub fn check(&self, target: &Target) -> Result<(), UrlRefused> {
        target.check(&self.policy)
    }

    /// Sends `request` and reads the answer. Everything, from the name look-up to the last byte of
    /// the body, has to be over within `deadline`, or the policy's timeout when that is `None`.
    /// Dropping the future closes the connection.
    pub async fn send(
        &self,
        request: &Request,
        deadline: Option<Duration>,
    ) -> Result<Response, SendError> {
        let target = &request.target;
        self.check(target)?;
        let deadline = Deadline::after(deadline.unwrap_or(self.policy.timeout));
        let body_bytes_max = self.policy.response_bytes_max;
        let tcp = dial::connect(&self.policy, target, deadline).await?;
        if target.is_https() {
            let tls = tls::handshake(&self.tls, target.server_name()?, tcp, deadline).await?;
            exchange(tls, request, body_bytes_max, deadline).await
        } else {
            exchange(tcp, request, body_bytes_max, deadline).await
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("timeout", &self.policy.timeout).finish_non_exhaustive()
    }
}
