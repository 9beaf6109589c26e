//! `POST /backups`
//!
//! `{"dir": absolute path}` → 201 `{dir, size, root, origin, epoch}`. The server writes the
//! directory, on its own machine.

use std::path::PathBuf;

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use serde::Deserialize;
use serde_json::json;

use super::Console;
use super::problem::{self, Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    dir: PathBuf,
}

/// Makes a backup; answers when all of it is on disk.
pub async fn make(
    console: Data<Console>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let Wish { dir } = problem::parse(body)?;
    if !dir.is_absolute() {
        return Err(Problem::bad_request("dir is an absolute path"));
    }
    let (backups, now, to) = (console.backups.clone(), console.clock.now(), dir.clone());
    // On its own: a client that goes away does not leave half of one.
    let made = actix_web::rt::spawn(async move { backups.make(to, now).await });
    match made.await {
        Ok(Ok(made)) => {
            tracing::info!(size = made.size, epoch = made.epoch, "a backup was made");
            let (size, root) = (made.size, made.root);
            let (origin, epoch) = (made.origin, made.epoch);
            let answer = json!({
                "dir": dir, "size": size, "root": root, "origin": origin, "epoch": epoch
            });
            Ok(HttpResponse::Created().json(answer))
        }
        Ok(Err(error)) if error.is_refusal() => Err(Problem::conflict(error.to_string())),
        Ok(Err(error)) => {
            tracing::error!(%error, "a backup failed");
            Err(Problem::failed(format!("the backup failed: {error}")))
        }
        Err(_) => Err(Problem::unavailable()),
    }
}
