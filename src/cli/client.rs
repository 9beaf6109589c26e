//! Talks to a running server's operator listener, or starts the engine for one command.

use std::path::Path;
use std::time::Duration;

use hyper::Method;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde_json::Value;

use crate::callbacks::egress::{Client, Policy, Request, Target};
use crate::config::Config;
use crate::system::System;
use crate::system::files::{self, LockError};

const WITHIN: Duration = Duration::from_secs(30);

/// An operator's listener and its token.
pub struct Operator {
    client: Client,
    base: String,
    token: String,
}

impl Operator {
    /// At this address.
    pub fn at(base: String, token: String) -> anyhow::Result<Self> {
        Self::patient(WITHIN, base, token)
    }

    fn patient(within: Duration, base: String, token: String) -> anyhow::Result<Self> {
        Ok(Self { client: Client::new(Policy::unguarded(within))?, base, token })
    }

    fn of_running(within: Duration, dir: &Path) -> anyhow::Result<Self> {
        let read = |name: &str| std::fs::read_to_string(dir.join(name));
        let address = read("operator.addr")?;
        let base = format!("http://{}", address.trim());
        Self::patient(within, base, read("operator.token")?.trim().to_owned())
    }

    /// One call; an answer that is not 2xx is an error with its detail.
    pub async fn call(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, body) = self.ask(method, path, body).await?;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        let detail = body["detail"].as_str().or_else(|| body["title"].as_str());
        anyhow::bail!("{}", detail.map_or_else(|| status.to_string(), str::to_owned))
    }

    /// One call; the status and what came with it, `null` if it is no JSON.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<(u16, Value)> {
        let target = Target::parse(&format!("{}{path}", self.base), self.client.policy(), false)?;
        let mut request = Request::get(target);
        request.method = method;
        if !body.is_null() {
            request.body = body.to_string().into();
            request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token))?;
        request.headers.insert(AUTHORIZATION, bearer);
        let response = self.client.send(&request, None).await?;
        let body: Value = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        Ok((response.status.as_u16(), body))
    }
}

/// Path of something about a subject.
pub fn subject_path(subject: &str, what: &str) -> String {
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'.' | b'_' | b'~');
    let id: String = subject
        .bytes()
        .map(|b| if safe(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    format!("/subjects/{id}/{what}")
}

/// Whether a server owns the data directory.
pub fn is_served(config: &Config) -> anyhow::Result<bool> {
    let dir = config.data.dir.as_path();
    anyhow::ensure!(dir.is_dir(), "there is no data directory {}", dir.display());
    match files::lock(dir) {
        Ok(_) => Ok(false),
        Err(LockError::Owned(_)) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Calls the server that owns the data directory; if none does, starts the engine for this
/// call, quietly: nothing is sent and nothing moves on.
pub async fn call(
    config: &Config,
    method: Method,
    path: &str,
    body: &Value,
) -> anyhow::Result<Value> {
    call_within(WITHIN, config, method, path, body).await
}

/// The same for what takes longer.
pub async fn call_within(
    within: Duration,
    config: &Config,
    method: Method,
    path: &str,
    body: &Value,
) -> anyhow::Result<Value> {
    if is_served(config)? {
        return Operator::of_running(within, &config.data.dir)?.call(method, path, body).await;
    }
    let system = System::start_quietly(&unserved(config)).await?;
    let base = format!("http://{}", system.operator);
    let answer =
        Operator::patient(within, base, system.token.clone())?.call(method, path, body).await;
    system.stop().await;
    answer
}

/// The same configuration on ports that are free.
pub fn unserved(config: &Config) -> Config {
    let mut config = config.clone();
    config.server.listen.set_port(0);
    config.operator.listen.set_port(0);
    config
}
