//! Folds read models from zero, beside whoever uses them, and compares.

use std::path::Path;

use kyc_events::Position;
use kyc_events::log::EventReader;
use kyc_projections::catalog::Entry;
use kyc_projections::fold::{Progress, advance};
use kyc_projections::{Fold, FoldError, Store};
use serde::Serialize;

use crate::config::limits;

/// What a read model in use says it came to.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Which.
    pub entry: &'static Entry,
    /// The first record that is not folded in.
    pub position: Position,
    /// Digest of its rows, hex.
    pub digest: String,
}

/// The same, folded from zero.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Which.
    pub name: &'static str,
    /// The first record that is not folded in.
    pub position: u64,
    /// Digest of the rows in use, hex.
    pub live: String,
    /// Digest of the rows folded from zero, hex.
    pub rebuilt: String,
    /// Whether they are the same.
    pub equal: bool,
}

/// Folds each of them from zero, in a store of its own in `dir`, to the position it claims.
pub fn compare(
    log: &dyn EventReader,
    claims: &[Claimed],
    dir: &Path,
    progress: Progress<'_>,
) -> Result<Vec<Compared>, FoldError> {
    let store = Store::open(dir, limits::PROJECTION_CACHE_BYTES)?;
    let mut folds = Vec::with_capacity(claims.len());
    for claim in claims {
        folds.push(Fold::fresh(&store, claim.entry)?);
    }
    // Together as far as the slowest is, then each for itself.
    let together = claims.iter().map(|claim| claim.position).min().unwrap_or_default();
    advance(&mut folds, log, together, progress)?;
    let mut compared = Vec::with_capacity(claims.len());
    for (claim, fold) in claims.iter().zip(folds.iter_mut()) {
        advance(std::slice::from_mut(fold), log, claim.position, progress)?;
        let rebuilt = hex::encode(fold.outcome().digest);
        compared.push(Compared {
            name: claim.entry.name,
            position: claim.position.0,
            equal: rebuilt == claim.digest && fold.position() == claim.position,
            live: claim.digest.clone(),
            rebuilt,
        });
    }
    Ok(compared)
}
