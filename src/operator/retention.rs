//! `GET /retention/due`
//!
//! Who may, or must, be forgotten now: everything of them ended longer ago than the protocol's
//! retention, and no legal hold stands. Nobody is erased by this list.

use actix_web::web::{Data, Json};
use kyc_events::sealed::Tag;
use kyc_projections::subjects::{self, Subjects};
use serde::Serialize;

use super::Console;
use super::problem::Problem;
use super::subjects::instant;
use crate::config::limits;
use crate::config::retention::Rule;

/// One person.
#[derive(Serialize)]
pub struct Row {
    subject: String,
    protocol: &'static str,
    ended_at: String,
    due_at: String,
}

/// The list, longest due first.
pub async fn due(console: Data<Console>) -> Result<Json<Vec<Row>>, Problem> {
    if !console.models.wait_for_all().await {
        return Err(Problem::unavailable());
    }
    let now = console.clock.now();
    let retention = console.retention;
    let until = retention.due_until(now);
    let rows = console.models.of::<Subjects>().query(|rows| {
        let ended = subjects::due(rows, until, now, limits::LIST_MAX).into_iter();
        let due = ended.filter_map(|(tag, row)| {
            let streams = subjects::streams(rows, tag, row.generation);
            let Rule { protocol, keep, .. } = retention.rule(&streams, now)?;
            let ended_at = row.ended_at.filter(|ended_at| *ended_at <= keep.before(now))?;
            let (subject, due_at) = (name(tag), instant(keep.after(ended_at)));
            Some(Row { subject, protocol, ended_at: instant(ended_at), due_at })
        });
        due.collect()
    });
    Ok(Json(rows))
}

fn name(tag: Tag) -> String {
    format!("tag:{}", tag.to_hex())
}
