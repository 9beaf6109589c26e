//! Judges a log: is it what was written, what was signed, and a history that can have been?
//!
//! ```text
//!   files        every checksum, position, version, the running hash, the mark     (kyc-events)
//!   checkpoints  the tree's root at each of them, their signatures                [`claims`]
//!   histories    every event decodes and may follow on its stream                 [`histories`]
//!   deliveries   every outcome belongs to a callback that was asked for           [`histories`]
//!   keys         every key there should be is there, none that should not         [`keys`]
//! ```
//!
//! Reads only, takes no lock, needs no secret. An independent verifier of the first two, which
//! shares no code with this one, is `tests/verify/log.py`.

mod claims;
mod histories;
mod keys;

use std::collections::HashSet;
use std::sync::Arc;

use kyc_events::log::segment::disk::Disk;
use kyc_events::log::segment::{SegmentReader, Torn};
use kyc_events::log::{EventReader, OpenError, ReadError};
use kyc_events::merkle::{Tree, record_leaf};
use kyc_events::note::Verifier;
use kyc_events::sealed::KeyId;
use kyc_events::{Position, Record};
use serde::Serialize;

use crate::config::limits;
use claims::Claims;
use histories::Histories;
use keys::KeyBook;

/// What is judged, and by what.
pub struct Evidence<'a> {
    /// The log's directory.
    pub disk: Arc<dyn Disk>,
    /// The public key of its checkpoints; without one signatures are not looked at.
    pub key: Option<Verifier>,
    /// Checkpoints saved elsewhere: a name for each, and the note.
    pub saved: Vec<(String, String)>,
    /// Looks into the key store.
    pub stored_keys: &'a dyn Fn() -> anyhow::Result<StoredKeys>,
    /// Told now and then: records judged, records there are.
    pub progress: &'a dyn Fn(u64, u64),
}

/// What the key store holds.
#[derive(Clone, Debug)]
pub enum StoredKeys {
    /// There is no place for one here: a log by itself.
    NoPlace,
    /// Keys of these ids.
    Ids(HashSet<KeyId>),
    /// There should be a store, and there is none, or it is not one any more.
    Damaged(String),
}

/// The outcome, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Something is not as it was written or signed, or keys are not as they should be.
    Damaged,
    /// The bytes are right, and the history cannot have been.
    Illegal,
    /// All is well but for the rest of an interrupted write at the end.
    Torn,
    /// All is well.
    Clean,
}

impl Verdict {
    /// What `kycd audit` ends with.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Damaged => 2,
            Self::Illegal => 3,
            Self::Torn => 4,
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it makes of the whole.
    pub verdict: Verdict,
    /// The first record that can't be trusted, if it is a matter of records.
    pub position: Option<u64>,
    /// Its stream, if known.
    pub stream: Option<String>,
    /// The file, within the log's directory, if it is a matter of one.
    pub file: Option<String>,
    /// Where in the file.
    pub offset: Option<u64>,
    /// What was expected and what was found.
    pub what: String,
}

impl Finding {
    fn at(verdict: Verdict, record: &Record, what: String) -> Self {
        let (position, stream) = (Some(record.position.0), Some(record.stream.to_string()));
        Self { verdict, position, stream, file: None, offset: None, what }
    }

    fn damage(position: Option<u64>, file: Option<&str>, what: String) -> Self {
        let file = file.map(str::to_owned);
        Self { verdict: Verdict::Damaged, position, stream: None, file, offset: None, what }
    }
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The outcome.
    pub verdict: Verdict,
    /// Records judged.
    pub size: u64,
    /// Root of the tree over them, hex.
    pub root: String,
    /// Checkpoints that hold.
    pub checkpoints: usize,
    /// `checked` or `not checked`.
    pub signatures: &'static str,
    /// Keys in the log that are where they should be; `None` if no key store was looked at.
    pub keys: Option<usize>,
    /// The rest of an interrupted write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub torn: Option<String>,
    /// Everything that is wrong, at most [`limits::FINDINGS_MAX`].
    pub findings: Vec<Finding>,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// There is neither a segment nor a mark, nor anything that speaks of one.
    #[error("there is no log here")]
    NoLog,
    /// The operating system could not read.
    #[error("cannot read the log: {0}")]
    Io(#[from] std::io::Error),
    /// The key store cannot be read.
    #[error("cannot read the key store: {0:#}")]
    Keys(anyhow::Error),
}

/// Judges.
pub fn audit(evidence: &Evidence<'_>) -> Result<Report, AuditError> {
    let names = evidence.disk.list("")?;
    let is_there = names.iter().any(|name| name == "mark" || name.strip_suffix(".seg").is_some());
    let is_claimed = !evidence.disk.list("checkpoints")?.is_empty() || !evidence.saved.is_empty();
    if !is_there && !is_claimed {
        return Err(AuditError::NoLog);
    }
    let mut audit = Audit {
        tree: Tree::default(),
        claims: Claims::load(evidence)?,
        histories: Histories::default(),
        keys: KeyBook::default(),
        findings: Vec::new(),
    };
    let mut torn = None;
    if !is_there {
        let what = "there is no log: neither segments nor a mark".to_owned();
        audit.note(Finding { offset: Some(0), ..Finding::damage(Some(0), Some("mark"), what) });
        return Ok(audit.report(evidence, None));
    }
    match SegmentReader::open_on(&evidence.disk) {
        Ok(mut reader) => {
            torn = reader.torn_tail().cloned();
            audit.read_all(&reader, evidence)?;
            audit.judge_keys(&mut reader, evidence)?;
        }
        Err(OpenError::Damaged { position, file, offset, what }) => audit.note(Finding {
            offset: Some(offset),
            ..Finding::damage(Some(position.0), Some(&file), what)
        }),
        Err(OpenError::Unknown { file, what }) => {
            audit.note(Finding::damage(None, Some(&file), what));
        }
        Err(OpenError::Io(error)) => return Err(error.into()),
        Err(OpenError::Locked) => {
            return Err(std::io::Error::from(std::io::ErrorKind::WouldBlock).into());
        }
    }
    Ok(audit.report(evidence, torn.as_ref()))
}

struct Audit {
    tree: Tree,
    claims: Claims,
    histories: Histories,
    keys: KeyBook,
    findings: Vec<Finding>,
}

impl Audit {
    fn note(&mut self, finding: Finding) {
        if self.findings.len() < limits::FINDINGS_MAX {
            self.findings.push(finding);
        }
    }

    /// Goes through what the reader has and the tree has not.
    fn read_all(
        &mut self,
        reader: &SegmentReader,
        evidence: &Evidence<'_>,
    ) -> Result<(), AuditError> {
        let size = reader.size();
        self.claims.meet(&self.tree);
        while self.tree.size() < size.0 {
            let records = match reader.read(Position(self.tree.size()), limits::PROJECTOR_BATCH) {
                Ok(records) => records,
                Err(ReadError::Io(error)) => return Err(error.into()),
                Err(ReadError::Damaged { position, what }) => {
                    self.note(Finding::damage(Some(position.0), None, what));
                    return Ok(());
                }
            };
            for record in &records {
                self.take(reader, record);
            }
            (evidence.progress)(self.tree.size(), size.0);
        }
        Ok(())
    }

    fn take(&mut self, reader: &dyn EventReader, record: &Record) {
        match record_leaf(record) {
            Ok(leaf) => self.tree.push(leaf),
            Err(error) => self.note(Finding::at(Verdict::Damaged, record, error.to_string())),
        }
        self.claims.meet(&self.tree);
        let mut keys = Vec::new();
        match self.histories.take(reader, record, &mut keys) {
            Ok(()) => self.keys.take(record, &keys),
            Err(what) => self.note(Finding::at(Verdict::Illegal, record, what)),
        }
    }

    /// Compares with the key store. A running server may have recorded an erasure since the log
    /// was read, so before a key is called missing the rest of the log is read too.
    fn judge_keys(
        &mut self,
        reader: &mut SegmentReader,
        evidence: &Evidence<'_>,
    ) -> Result<(), AuditError> {
        let stored = match (evidence.stored_keys)().map_err(AuditError::Keys)? {
            StoredKeys::Ids(stored) => stored,
            StoredKeys::NoPlace => return Ok(()),
            StoredKeys::Damaged(what) => {
                self.note(Finding::damage(None, None, what));
                return Ok(());
            }
        };
        let before = self.tree.size();
        if self.keys.is_missing_any(&stored) && reader.refresh().is_ok_and(|size| size.0 > before) {
            self.read_all(reader, evidence)?;
        }
        for finding in self.keys.judge(&stored) {
            self.note(finding);
        }
        Ok(())
    }

    fn report(mut self, evidence: &Evidence<'_>, torn: Option<&Torn>) -> Report {
        // The log's own damage, if there is any, says more than a checkpoint it did not reach.
        if !self.findings.iter().any(|finding| finding.verdict == Verdict::Damaged)
            && let Some(finding) = self.claims.verdict(&self.tree)
        {
            self.findings.insert(0, finding);
        }
        self.findings.sort_by_key(|finding| finding.verdict);
        let worst = self.findings.first().map(|finding| finding.verdict);
        let ended = if torn.is_some() { Verdict::Torn } else { Verdict::Clean };
        Report {
            verdict: worst.unwrap_or(ended),
            size: self.tree.size(),
            root: hex::encode(self.tree.root()),
            checkpoints: self.claims.held(),
            signatures: if evidence.key.is_some() { "checked" } else { "not checked" },
            keys: self.keys.judged(),
            torn: torn.map(|torn| {
                format!(
                    "{} bytes of an interrupted write after position {}, in {} at byte {}",
                    torn.bytes, torn.position, torn.segment, torn.offset
                )
            }),
            findings: self.findings,
        }
    }
}
