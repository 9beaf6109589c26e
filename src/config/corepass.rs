//! `[corepass]`: the `CorePass` protocol and, in `[corepass.sandbox]`, its simulated chain.
//!
//! ```text
//! chain     sandbox.enabled   CorePass
//! sandbox   true              served, its chain simulated
//! sandbox   false             not configured
//! rpc       either            served by a real chain (not in this version)
//! ```

use std::path::PathBuf;

use super::error::Problem;
use super::reader::Reader;
use super::server::is_loopback;
use super::value::{List, Positive};
use super::{Secret, Server};

mod keys;
mod words;

use keys::{
    API_KEY, BATCH_INTERVAL_MS, BLOCK_TIME_MS, CALLBACK_CONTENT_TYPE, CALLBACK_ENCODING, CHAIN,
    CONFIRMATIONS, DATA_TIMEOUT_S, NETWORK, NOTIFY_PENDING, SECP256K1_KEY_FILE, SIGNATURE_SCHEME,
    SIGNING_KEY_FILE, STATUS_INTERVALS_S,
};
pub(super) use keys::{CALLBACK_INTERVAL_UNIT, CALLBACK_INTERVALS, KEYS};
pub use words::{CallbackEncoding, Chain, ContentType, IntervalUnit, Network, SignatureScheme};

/// Waits of one schedule, at most.
const INTERVALS_MAX: usize = 50;

/// No single wait is longer: instants stay within the calendar.
const WAIT_YEARS_MAX: i64 = 1000;

const YEAR_MS: i64 = 365 * 86_400_000;

/// How `CorePass` is served.
#[derive(Debug, Clone)]
pub struct CorePass {
    /// Where identities are looked up and anchored. Default sandbox. `KYCD_COREPASS__CHAIN`.
    pub chain: Chain,
    /// Which network's Core IDs are accepted. Default devin. `KYCD_COREPASS__NETWORK`.
    pub network: Network,
    /// Ed448 key that signs callbacks; `None`: generated, in the sandbox only. `KYCD_COREPASS__SIGNING_KEY_FILE`.
    pub signing_key_file: Option<PathBuf>,
    /// How callbacks are signed. Default ed448. `KYCD_COREPASS__SIGNATURE_SCHEME`.
    pub signature_scheme: SignatureScheme,
    /// Key of the secp256k1 scheme; `None`: generated, in the sandbox only. `KYCD_COREPASS__SECP256K1_KEY_FILE`.
    pub secp256k1_key_file: Option<PathBuf>,
    /// Which bytes of a data callback are signed. Default doc-go. `KYCD_COREPASS__CALLBACK_ENCODING`.
    pub callback_encoding: CallbackEncoding,
    /// How a data callback travels. Default multipart. `KYCD_COREPASS__CALLBACK_CONTENT_TYPE`.
    pub callback_content_type: ContentType,
    /// Whether the status callback also tells of a pending transfer. Default true. `KYCD_COREPASS__NOTIFY_PENDING`.
    pub notify_pending: bool,
    /// Waits of the data and error callback after each failure, in `callback_interval_unit`; 1 to 50 entries, each
    /// positive. Default 1, 5, 10, 120, 124000. `KYCD_COREPASS__CALLBACK_INTERVALS`, else `NATS_CALLBACK_TOPICS`.
    pub callback_intervals: Vec<i64>,
    /// Unit of `callback_intervals`. Default minute. `KYCD_COREPASS__CALLBACK_INTERVAL_UNIT`, else
    /// `NATS_CALLBACK_DURATION`.
    pub callback_interval_unit: IntervalUnit,
    /// Waits of the status callback after each failure, in seconds; 0 to 50 entries, each positive. Default 5, 30,
    /// 120. `KYCD_COREPASS__STATUS_INTERVALS_S`.
    pub status_intervals_s: Vec<i64>,
    /// Bearer token the connector's clients must send; `None`: none is asked for. `KYCD_COREPASS__API_KEY`.
    pub api_key: Option<Secret>,
    /// How long an INITIATED order waits for the user's data, in seconds, positive. Default 86400.
    /// `KYCD_COREPASS__DATA_TIMEOUT_S`.
    pub data_timeout_s: i64,
    /// The simulated chain.
    pub sandbox: SimulatedChain,
}

/// How the simulated chain behaves. All positive.
#[derive(Debug, Clone)]
pub struct SimulatedChain {
    /// Time between two blocks, in ms. Default 7000. `KYCD_COREPASS__SANDBOX__BLOCK_TIME_MS`.
    pub block_time_ms: i64,
    /// Time between two batches of transactions, in ms. Default 60000. `KYCD_COREPASS__SANDBOX__BATCH_INTERVAL_MS`.
    pub batch_interval_ms: i64,
    /// Blocks until a transaction counts, its own included. Default 1. `KYCD_COREPASS__SANDBOX__CONFIRMATIONS`.
    pub confirmations: i64,
}

impl CorePass {
    /// `None` when it has no counterpart. Its keys are checked all the same.
    pub(super) fn read(reader: &mut Reader, sandbox: bool, server: &Server) -> Option<Self> {
        let corepass = Self::read_keys(reader);
        corepass.check_waits(reader);
        match corepass.chain {
            Chain::Sandbox => sandbox.then_some(corepass),
            Chain::Rpc => {
                reader.reject(&CHAIN, Problem::ChainUnsupported);
                corepass.check_beyond_sandbox(reader, server);
                Some(corepass)
            }
        }
    }

    fn read_keys(reader: &mut Reader) -> Self {
        let waits = |list: Vec<Positive>| list.into_iter().map(|wait| wait.0).collect();
        Self {
            chain: reader.setting(&CHAIN),
            network: reader.setting(&NETWORK),
            signing_key_file: reader.optional(&SIGNING_KEY_FILE),
            signature_scheme: reader.setting(&SIGNATURE_SCHEME),
            secp256k1_key_file: reader.optional(&SECP256K1_KEY_FILE),
            callback_encoding: reader.setting(&CALLBACK_ENCODING),
            callback_content_type: reader.setting(&CALLBACK_CONTENT_TYPE),
            notify_pending: reader.setting(&NOTIFY_PENDING),
            callback_intervals: waits(
                reader.setting::<List<Positive, 1, INTERVALS_MAX>>(&CALLBACK_INTERVALS).0,
            ),
            callback_interval_unit: reader.setting(&CALLBACK_INTERVAL_UNIT),
            status_intervals_s: waits(
                reader.setting::<List<Positive, 0, INTERVALS_MAX>>(&STATUS_INTERVALS_S).0,
            ),
            api_key: reader.optional(&API_KEY),
            data_timeout_s: reader.setting::<Positive>(&DATA_TIMEOUT_S).0,
            sandbox: SimulatedChain {
                block_time_ms: reader.setting::<Positive>(&BLOCK_TIME_MS).0,
                batch_interval_ms: reader.setting::<Positive>(&BATCH_INTERVAL_MS).0,
                confirmations: reader.setting::<Positive>(&CONFIRMATIONS).0,
            },
        }
    }

    fn check_waits(&self, reader: &mut Reader) {
        let waits = self.callback_schedule_ms();
        if let Some(at) = waits.iter().position(|wait_ms| *wait_ms > WAIT_YEARS_MAX * YEAR_MS) {
            let problem = Problem::WaitTooLong { entry: at + 1, years_max: WAIT_YEARS_MAX };
            reader.reject(&CALLBACK_INTERVALS, problem);
        }
    }

    /// What a real counterpart needs and a simulated one does not.
    fn check_beyond_sandbox(&self, reader: &mut Reader, server: &Server) {
        let key_file = match self.signature_scheme {
            SignatureScheme::Ed448 => &SIGNING_KEY_FILE,
            SignatureScheme::Secp256k1 => &SECP256K1_KEY_FILE,
        };
        if !reader.is_given(key_file) {
            reader.reject(key_file, Problem::SigningKeyMissing { scheme: self.signature_scheme });
        }
        let is_open = !is_loopback(server.listen) && !server.allow_unauthenticated;
        if is_open && !reader.is_given(&API_KEY) {
            reader.reject(&API_KEY, Problem::Unauthenticated { listen: server.listen });
        }
    }

    /// Waits of the data and error callback, in ms: the k-th is counted from the k-th failure, so there is one attempt
    /// more than there are waits.
    pub fn callback_schedule_ms(&self) -> Vec<i64> {
        self.callback_intervals
            .iter()
            .map(|wait| wait * self.callback_interval_unit.millis())
            .collect()
    }

    /// Waits of the status callback, in ms, counted likewise; after the last failure the status is skipped.
    pub fn status_schedule_ms(&self) -> Vec<i64> {
        self.status_intervals_s.iter().map(|wait| wait * IntervalUnit::Second.millis()).collect()
    }
}

#[cfg(test)]
mod tests;
