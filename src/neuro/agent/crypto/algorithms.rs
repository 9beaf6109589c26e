//! `POST /Agent/Crypto/GetAlgorithms`: what keys can be made for.

use super::described;
use crate::neuro::agent::Call;
use crate::neuro::error::Error;
use crate::neuro::key::Algorithm;
use crate::neuro::service::Service;
use crate::neuro::wire::Reply;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    service.account(call.bearer()?).await?;
    let all = Algorithm::ALL.into_iter().map(described).collect();
    Ok(Reply::new("AlgorithmsResult").many("Algorithms", all))
}
