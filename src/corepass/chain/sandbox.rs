//! A simulated chain: a KYC vault, a transmitter, and blocks that follow the clock.
//!
//! Its own state lives in `sandbox/chain.sqlite` and survives `kill -9`. Nothing runs in the
//! background: a transaction that came in at `t` is in the block after `t`, so receipts are
//! computed when asked for. It keeps fingerprints and hashes, no personal data.

use std::path::Path;
use std::sync::Mutex;

use kyc_events::corepass::{Info, Stage};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::transaction::{self, Call};
use super::{Chain, ChainError, ChainRequest, Receipt, SignedTransaction};
use crate::clock::Clock;
use crate::corepass::core_id::CoreId;
use crate::corepass::field::Field;
use crate::signing::ed448::PrivateKey;
use crate::signing::sha3_256;

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultStage {
    /// The initiate transaction.
    Initiate,
    /// The confirm transaction.
    Confirm,
    /// The comparison of the data.
    Valid,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The chain does not take the transaction.
    BroadcastError,
    /// It is mined and reverts.
    #[serde(rename = "receipt_0")]
    Receipt0,
    /// It is never mined; a view call does not answer.
    Timeout,
    /// The data does not match its fingerprint.
    InvalidField,
}

/// A fault to be injected.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Where.
    pub stage: FaultStage,
    /// What.
    pub kind: FaultKind,
    /// How often; 0 takes it back.
    pub times: u32,
}

/// The simulated chain.
pub struct SandboxChain {
    db: Mutex<Connection>,
    clock: Clock,
    key: PrivateKey,
    network_id: u64,
    block_time_ms: i64,
}

/// Address of the simulated transmitter contract.
const TRANSMITTER: [u8; 22] = [0xab; 22];

impl SandboxChain {
    /// Opens (or makes) the chain's state in `dir`. `key` signs its transactions.
    pub fn open(
        dir: &Path,
        clock: Clock,
        key: PrivateKey,
        network_id: u64,
        block_time_ms: i64,
    ) -> Result<Self, ChainError> {
        std::fs::create_dir_all(dir).map_err(failed)?;
        let db = Connection::open(dir.join("chain.sqlite")).map_err(failed)?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS vault (
                 field BLOB PRIMARY KEY, fingerprint BLOB NOT NULL
             ) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS transactions (
                 hash TEXT PRIMARY KEY, nonce INTEGER NOT NULL UNIQUE, sent_at INTEGER NOT NULL,
                 mined INTEGER NOT NULL, success INTEGER NOT NULL, transmissions TEXT NOT NULL
             );
             CREATE TABLE IF NOT EXISTS transmissions (number INTEGER PRIMARY KEY, hash TEXT);
             CREATE TABLE IF NOT EXISTS faults (
                 stage TEXT, kind TEXT, times INTEGER NOT NULL, PRIMARY KEY (stage, kind)
             );",
        )
        .map_err(failed)?;
        Ok(Self { db: Mutex::new(db), clock, key, network_id, block_time_ms })
    }

    /// Puts data into a user's simulated KYC vault: from now on these items are verified.
    pub fn put(&self, user: &CoreId, infos: &[Info]) -> Result<(), ChainError> {
        let mut db = self.lock();
        let transaction = db.transaction().map_err(failed)?;
        for info in infos {
            let Some(field) = Field::from_name(&info.field_id) else { continue };
            transaction
                .execute(
                    "INSERT OR REPLACE INTO vault (field, fingerprint) VALUES (?1, ?2)",
                    params![place(&user.raw(), &field.id()), fingerprint(info)],
                )
                .map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    /// Injects a fault.
    pub fn fault(&self, fault: Fault) -> Result<(), ChainError> {
        self.lock()
            .execute(
                "INSERT OR REPLACE INTO faults (stage, kind, times) VALUES (?1, ?2, ?3)",
                params![word(fault.stage), word(fault.kind), fault.times],
            )
            .map(drop)
            .map_err(failed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Chain for SandboxChain {
    fn verified(&self, user: &CoreId, fields: &[Field]) -> Result<Vec<bool>, ChainError> {
        let db = self.lock();
        fields.iter().map(|field| Ok(stored(&db, &user.raw(), &field.id())?.is_some())).collect()
    }

    fn valid(&self, user: &CoreId, infos: &[Info]) -> Result<Vec<bool>, ChainError> {
        let db = self.lock();
        for kind in [FaultKind::Timeout, FaultKind::BroadcastError] {
            if strikes(&db, FaultStage::Valid, kind)? {
                return Err(ChainError("simulated timeout of a view call".to_owned()));
            }
        }
        let invalid = strikes(&db, FaultStage::Valid, FaultKind::InvalidField)?;
        infos
            .iter()
            .map(|info| {
                let Some(field) = Field::from_name(&info.field_id) else { return Ok(false) };
                let stored = stored(&db, &user.raw(), &field.id())?;
                Ok(!invalid && stored.is_some_and(|stored| stored == fingerprint(info)))
            })
            .collect()
    }

    fn sign(
        &self,
        stage: Stage,
        nonce: u64,
        requests: &[ChainRequest],
    ) -> Result<SignedTransaction, ChainError> {
        let raw =
            transaction::signed(&self.key, self.network_id, &TRANSMITTER, nonce, stage, requests);
        let tx_hash = transaction::hash(&raw);
        Ok(SignedTransaction { raw, tx_hash })
    }

    fn broadcast(&self, raw: &[u8]) -> Result<(), ChainError> {
        let error = |text: &str| ChainError(text.to_owned());
        let (nonce, call) =
            transaction::read(raw).ok_or_else(|| error("rlp: not a transaction"))?;
        let hash = transaction::hash(raw);
        let mut db = self.lock();
        let db = db.transaction().map_err(failed)?;
        let known: Option<String> = db
            .query_row("SELECT hash FROM transactions WHERE nonce = ?1", [nonce as i64], |row| {
                row.get(0)
            })
            .optional()
            .map_err(failed)?;
        match known {
            Some(known) if known == hash => return Ok(()),
            Some(_) => return Err(error("nonce too low")),
            None => {}
        }
        let stage = match call {
            Call::Initiate(_) => FaultStage::Initiate,
            Call::Confirm(_) => FaultStage::Confirm,
        };
        if strikes(&db, stage, FaultKind::BroadcastError)? {
            db.commit().map_err(failed)?;
            return Err(error("simulated: transaction underpriced"));
        }
        let mined = !strikes(&db, stage, FaultKind::Timeout)?;
        let reverts = strikes(&db, stage, FaultKind::Receipt0)?
            || strikes(&db, stage, FaultKind::InvalidField)?;
        let numbers = if mined && !reverts { execute(&db, &call, &hash)? } else { None };
        let transmissions = numbers.clone().unwrap_or_default().join(",");
        db.execute(
            "INSERT INTO transactions (hash, nonce, sent_at, mined, success, transmissions)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![hash, nonce as i64, self.clock.now(), mined, numbers.is_some(), transmissions],
        )
        .map_err(failed)?;
        db.commit().map_err(failed)
    }

    fn receipt(&self, tx_hash: &str) -> Result<Option<Receipt>, ChainError> {
        let row: Option<(i64, bool, bool, String)> = self
            .lock()
            .query_row(
                "SELECT sent_at, mined, success, transmissions FROM transactions WHERE hash = ?1",
                [tx_hash],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .optional()
            .map_err(failed)?;
        let Some((sent_at, true, success, transmissions)) = row else { return Ok(None) };
        let block = sent_at.div_euclid(self.block_time_ms) + 1;
        let newest = self.clock.now().div_euclid(self.block_time_ms);
        if newest < block {
            return Ok(None);
        }
        let transmissions =
            transmissions.split(',').filter(|t| !t.is_empty()).map(str::to_owned).collect();
        let (block, confirmations) = (block as u64, (newest - block + 1) as u64);
        Ok(Some(Receipt { block, confirmations, success, transmissions }))
    }

    fn block_time_ms(&self) -> i64 {
        self.block_time_ms
    }
}

/// What the contract does; `None`: it reverts.
fn execute(db: &Connection, call: &Call, hash: &str) -> Result<Option<Vec<String>>, ChainError> {
    match call {
        Call::Initiate(requests) => {
            for (user, fields) in requests {
                for field in fields {
                    if stored(db, user, field)?.is_none() {
                        return Ok(None);
                    }
                }
            }
            let next: i64 = db
                .query_row("SELECT COALESCE(MAX(number) + 1, 0) FROM transmissions", [], |row| {
                    row.get(0)
                })
                .map_err(failed)?;
            let mut numbers = Vec::with_capacity(requests.len());
            for number in (next..).take(requests.len()) {
                db.execute(
                    "INSERT INTO transmissions (number, hash) VALUES (?1, ?2)",
                    params![number, hash],
                )
                .map_err(failed)?;
                numbers.push(format!("0x{number:064x}"));
            }
            Ok(Some(numbers))
        }
        Call::Confirm(numbers) => {
            for number in numbers {
                let number = i64::from_be_bytes(
                    number[24..].try_into().expect("invariant: the last 8 of 32 bytes"),
                );
                let known: Option<i64> = db
                    .query_row(
                        "SELECT number FROM transmissions WHERE number = ?1",
                        [number],
                        |row| row.get(0),
                    )
                    .optional()
                    .map_err(failed)?;
                if known.is_none() {
                    return Ok(None);
                }
            }
            Ok(Some(Vec::new()))
        }
    }
}

/// Whether a fault strikes now; it strikes once less afterwards.
fn strikes(db: &Connection, stage: FaultStage, kind: FaultKind) -> Result<bool, ChainError> {
    let struck = db
        .execute(
            "UPDATE faults SET times = times - 1 WHERE stage = ?1 AND kind = ?2 AND times > 0",
            params![word(stage), word(kind)],
        )
        .map_err(failed)?;
    Ok(struck > 0)
}

fn stored(
    db: &Connection,
    user: &[u8; 22],
    field: &[u8; 32],
) -> Result<Option<Vec<u8>>, ChainError> {
    db.prepare_cached("SELECT fingerprint FROM vault WHERE field = ?1")
        .and_then(|mut select| select.query_row([place(user, field)], |row| row.get(0)).optional())
        .map_err(failed)
}

/// Where a user's field lies in the simulated vault.
fn place(user: &[u8; 22], field: &[u8; 32]) -> Vec<u8> {
    sha3_256(&[user.as_slice(), field].concat()).to_vec()
}

/// Simulated: how value and pepper are combined on the real chain is not public.
fn fingerprint(info: &Info) -> Vec<u8> {
    let pepper = hex::decode(&info.pepper).unwrap_or_else(|_| info.pepper.clone().into_bytes());
    sha3_256(&[info.field_value.as_bytes(), &pepper].concat()).to_vec()
}

fn word(value: impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn failed(error: impl std::fmt::Display) -> ChainError {
    ChainError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corepass::core_id::Network;

    const NOW: i64 = 1_700_000_000_000;

    fn user() -> CoreId {
        CoreId::parse("ab22b1671b4f7ccc0b16a87514adde84513b6348232e", Network::Devin).expect("ok")
    }

    fn email() -> Info {
        Info {
            field_id: "SH_EMAIL".to_owned(),
            field_value: "a@example.com".to_owned(),
            pepper: "00ff".to_owned(),
        }
    }

    fn request() -> ChainRequest {
        let fields = vec![Field::from_name("SH_EMAIL").expect("known")];
        ChainRequest { user: user(), fields, transmission: Some(format!("0x{:064x}", 0)) }
    }

    fn chain(dir: &Path, clock: &Clock) -> SandboxChain {
        SandboxChain::open(dir, clock.clone(), PrivateKey::generate([9; 57]), 3, 7000)
            .expect("opens")
    }

    #[test]
    fn a_transaction_is_in_the_next_block_and_stays_there_after_a_restart() {
        let dir = tempfile::tempdir().expect("a directory");
        let clock = Clock::standing_at(NOW);
        let signed = {
            let chain = chain(dir.path(), &clock);
            chain.put(&user(), &[email()]).expect("stored");
            let signed = chain.sign(Stage::Initiate, 0, &[request()]).expect("signs");
            chain.broadcast(&signed.raw).expect("taken");
            chain.broadcast(&signed.raw).expect("known already is fine");
            assert_eq!(chain.receipt(&signed.tx_hash).expect("answers"), None);
            signed
        };
        clock.advance(7000);
        let receipt = chain(dir.path(), &clock).receipt(&signed.tx_hash).expect("answers");
        let receipt = receipt.expect("mined");
        assert!(receipt.success);
        assert_eq!(receipt.confirmations, 1);
        assert_eq!(receipt.transmissions, [format!("0x{:064x}", 0)]);
    }

    #[test]
    fn a_nonce_is_taken_once() {
        let dir = tempfile::tempdir().expect("a directory");
        let chain = chain(dir.path(), &Clock::standing_at(NOW));
        let first = chain.sign(Stage::Initiate, 0, &[request()]).expect("signs");
        let second = chain.sign(Stage::Confirm, 0, &[request()]).expect("signs");
        chain.broadcast(&first.raw).expect("taken");
        assert!(chain.broadcast(&second.raw).is_err());
    }

    #[test]
    fn fields_that_are_not_in_the_vault_revert() {
        let dir = tempfile::tempdir().expect("a directory");
        let clock = Clock::standing_at(NOW);
        let chain = chain(dir.path(), &clock);
        assert_eq!(chain.verified(&user(), &request().fields).expect("answers"), [false]);
        let signed = chain.sign(Stage::Initiate, 0, &[request()]).expect("signs");
        chain.broadcast(&signed.raw).expect("taken");
        clock.advance(7000);
        assert!(!chain.receipt(&signed.tx_hash).expect("answers").expect("mined").success);
    }

    #[test]
    fn data_is_valid_only_as_it_was_fingerprinted() {
        let dir = tempfile::tempdir().expect("a directory");
        let chain = chain(dir.path(), &Clock::standing_at(NOW));
        chain.put(&user(), &[email()]).expect("stored");
        let other = Info { field_value: "b@example.com".to_owned(), ..email() };
        let other_pepper = Info { pepper: "00fe".to_owned(), ..email() };
        let answer = chain.valid(&user(), &[email(), other, other_pepper]).expect("answers");
        assert_eq!(answer, [true, false, false]);
    }

    #[test]
    fn faults_strike_as_often_as_asked() {
        let dir = tempfile::tempdir().expect("a directory");
        let chain = chain(dir.path(), &Clock::standing_at(NOW));
        chain.put(&user(), &[email()]).expect("stored");
        let fault = Fault { stage: FaultStage::Valid, kind: FaultKind::InvalidField, times: 1 };
        chain.fault(fault).expect("injected");
        assert_eq!(chain.valid(&user(), &[email()]).expect("answers"), [false]);
        assert_eq!(chain.valid(&user(), &[email()]).expect("answers"), [true]);
    }
}
