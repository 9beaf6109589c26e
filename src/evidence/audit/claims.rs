//! Checkpoints: what they claim, and whether the log's tree bears it out.

use kyc_events::checkpoint::Checkpoint;
use kyc_events::merkle::Tree;
use kyc_events::note::{Note, Verifier};

use super::{AuditError, Evidence, Finding};

/// One checkpoint.
struct Claim {
    file: String,
    checkpoint: Checkpoint,
    /// The tree's root at its size, once it has been met.
    met: Option<[u8; 32]>,
}

/// All of them, by size.
pub struct Claims {
    all: Vec<Claim>,
    /// The next whose size the tree has not reached.
    next: usize,
    /// Something that is not a checkpoint, or not one of the key's.
    broken: Option<Finding>,
}

impl Claims {
    /// Reads those beside the log and those that were saved elsewhere.
    pub fn load(evidence: &Evidence<'_>) -> Result<Self, AuditError> {
        let mut this = Self { all: Vec::new(), next: 0, broken: None };
        let key = evidence.key.as_ref();
        let mut names = evidence.disk.list("checkpoints")?;
        names.retain(|name| name.strip_suffix(".note").is_some());
        names.sort_unstable();
        for name in names {
            let file = format!("checkpoints/{name}");
            let bytes = read(evidence, &file)?;
            let size = name.strip_suffix(".note").filter(|stem| stem.len() == 20);
            match size.and_then(|stem| stem.parse::<u64>().ok()) {
                Some(size) => this.take(own(bytes, size, key), file),
                None => this.take(Err("not a checkpoint's name".to_owned()), file),
            }
        }
        for (name, note) in &evidence.saved {
            this.take(open(note, key).map(|(checkpoint, _)| checkpoint), name.clone());
        }
        this.all.sort_by_key(|claim| claim.checkpoint.size);
        Ok(this)
    }

    fn take(&mut self, read: Result<Checkpoint, String>, file: String) {
        match read {
            Ok(checkpoint) => self.all.push(Claim { file, checkpoint, met: None }),
            Err(what) => {
                self.broken.get_or_insert_with(|| Finding::damage(None, Some(&file), what));
            }
        }
    }

    /// Notes the tree's root for the checkpoints of this size.
    pub fn meet(&mut self, tree: &Tree) {
        while let Some(claim) = self.all.get_mut(self.next)
            && claim.checkpoint.size == tree.size()
        {
            claim.met = Some(tree.root());
            self.next += 1;
        }
    }

    /// How many hold.
    pub fn held(&self) -> usize {
        let holds = |claim: &&Claim| claim.met == Some(claim.checkpoint.root);
        self.all.iter().take_while(holds).count()
    }

    /// The first that does not hold, in order of size.
    pub fn verdict(&self, tree: &Tree) -> Option<Finding> {
        if let Some(broken) = &self.broken {
            return Some(broken.clone());
        }
        let claim = self.all.get(self.held())?;
        let agreed = self.held().checked_sub(1).map_or(0, |at| self.all[at].checkpoint.size);
        let Checkpoint { size, root, .. } = &claim.checkpoint;
        let file = Some(claim.file.as_str());
        Some(match claim.met {
            None => {
                let found = tree.size();
                let what = format!(
                    "rolled back: {size} records expected, as the checkpoint says, {found} found"
                );
                Finding::damage(Some(found), file, what)
            }
            Some(met) => {
                let (expected, found) = (hex::encode(root), hex::encode(met));
                let what = format!(
                    "forked: records {agreed} to {} are not those that were signed; root \
                     {expected} expected, {found} found",
                    size - 1
                );
                Finding::damage(Some(agreed), file, what)
            }
        })
    }
}

/// A checkpoint of the log's own: one signature, and the size that its name says.
fn own(bytes: Vec<u8>, size: u64, key: Option<&Verifier>) -> Result<Checkpoint, String> {
    let text = String::from_utf8(bytes).map_err(|_| "not a checkpoint: it is not UTF-8")?;
    let (checkpoint, signatures) = open(&text, key)?;
    if signatures != 1 {
        return Err(format!("1 signature expected, {signatures} found"));
    }
    if checkpoint.size != size {
        return Err(format!("size {size} expected, as in its name, {} found", checkpoint.size));
    }
    Ok(checkpoint)
}

/// A checkpoint, and how many signatures it has. Without a key only its shape is judged.
fn open(text: &str, key: Option<&Verifier>) -> Result<(Checkpoint, usize), String> {
    let note = Note::parse(text).map_err(|error| format!("not a checkpoint: {error}"))?;
    let checkpoint = Checkpoint::parse(&note.text).map_err(|error| error.to_string())?;
    let of_origin = |name: &str| name == checkpoint.origin;
    if !note.signatures.iter().any(|signature| of_origin(&signature.name)) {
        return Err(format!("no signature by the key of {}", checkpoint.origin));
    }
    if let Some(key) = key {
        Checkpoint::open_with_key(text, key.key()).map_err(|error| error.to_string())?;
    }
    Ok((checkpoint, note.signatures.len()))
}

fn read(evidence: &Evidence<'_>, file: &str) -> Result<Vec<u8>, AuditError> {
    let file = evidence.disk.open(file, false)?;
    // One byte more than a note may have tells one that is too long.
    let bytes = file.bytes()?.min(kyc_events::note::NOTE_BYTES_MAX as u64 + 1);
    let mut content = vec![0; bytes as usize];
    let mut filled = 0;
    while filled < content.len() {
        match file.read_at(&mut content[filled..], filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    content.truncate(filled);
    Ok(content)
}
