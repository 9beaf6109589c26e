//! Erases again, in what was restored, whom the lost part of the log had erased.

use std::path::Path;

use anyhow::Context as _;
use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::client::{Operator, subject_path};
use crate::config::Config;
use crate::system::System;

/// One row of `kycd erase --list --json`.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    subject: String,
    position: u64,
}

/// The list.
pub struct Listed(Vec<Row>);

impl Listed {
    /// Reads it.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let what = || format!("{}: not what `kycd erase --list --json` prints", file.display());
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let rows: Vec<Row> = serde_json::from_str(&text).with_context(what)?;
        let is_tag = |row: &Row| row.subject.starts_with("tag:");
        anyhow::ensure!(rows.iter().all(is_tag), what());
        Ok(Self(rows))
    }

    /// The erasures that a backup of this size has not.
    pub fn since(self, size: u64) -> Vec<Row> {
        let mut rows = self.0;
        rows.retain(|row| row.position >= size);
        rows.sort_by_key(|row| row.position);
        rows
    }
}

/// What became of the people on the list.
#[derive(Default)]
pub struct Done {
    /// They are erased.
    pub erased: Vec<String>,
    /// They will be when a transaction has been sent.
    pub erasing: Vec<String>,
    /// The backup knows nothing of them, or nothing any more.
    pub unknown: Vec<String>,
}

/// Starts the engine quietly, erases them, checks that the log says so after its first `size`
/// records, and stops it.
pub async fn repeat(config: &Config, rows: &[Row], size: u64) -> anyhow::Result<Done> {
    let system = System::start_quietly(config).await?;
    let erased = erase_all(&system, rows, size).await;
    system.stop().await;
    erased
}

async fn erase_all(system: &System, rows: &[Row], size: u64) -> anyhow::Result<Done> {
    let operator = Operator::at(format!("http://{}", system.operator), system.token.clone())?;
    let mut done = Done::default();
    for Row { subject, position } in rows {
        let subject = subject.clone();
        if done.erased.contains(&subject) || done.erasing.contains(&subject) {
            continue;
        }
        match erase(&operator, &subject, *position).await? {
            None => done.unknown.push(subject),
            Some(true) => done.erased.push(subject),
            Some(false) => done.erasing.push(subject),
        }
    }
    let path = format!("/erasures?since={size}");
    let listed: Vec<Row> =
        serde_json::from_value(operator.call(Method::GET, &path, &Value::Null).await?)?;
    for subject in &done.erased {
        let is_erased = listed.iter().any(|row| row.subject == *subject);
        anyhow::ensure!(is_erased, "{subject} was to be erased, the log does not say so");
    }
    Ok(done)
}

/// Erases one person; whether it is done, `None` if there is nothing to erase. A hold that still
/// stands in the backup was lifted before the person was erased.
async fn erase(operator: &Operator, subject: &str, position: u64) -> anyhow::Result<Option<bool>> {
    let reason = format!("erased after the backup, position {position}");
    let body = json!({ "reason": reason, "by": "restore" });
    let path = subject_path(subject, "erase");
    let (mut status, mut answer) = operator.ask(Method::POST, &path, &body).await?;
    if status == 409 {
        let lifted = operator.ask(Method::DELETE, &subject_path(subject, "hold"), &body).await?;
        anyhow::ensure!((200..300).contains(&lifted.0), "{subject}: {}", lifted.1);
        (status, answer) = operator.ask(Method::POST, &path, &body).await?;
    }
    match status {
        200 => Ok(Some(true)),
        202 => Ok(Some(false)),
        404 => Ok(None),
        _ => anyhow::bail!("{subject} was not erased: {answer}"),
    }
}
