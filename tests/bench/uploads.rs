//! Uploads of kyc-bulk: how fast they are, and what one needs in memory.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kycd::taler::crockford::encode;
use kycd::taler::message::{BulkBinding, BulkLayout, SigningKey};
use kycd::taler::payto::Payto;
use serde_json::json;
use sha2::{Digest as _, Sha512};
use tokio::task::JoinSet;

use crate::process::memory_mib;
use crate::servers::Server;
use crate::talk::{Connection, post};

/// A document, and the part that a larger one repeats.
pub const BYTES: usize = 64 * 1024 * 1024;
/// What a client hands to its socket at a time.
const PIECE: usize = 1024 * 1024;

/// A server, who may upload there, and what.
pub struct Uploads {
    server: Server,
    key: SigningKey,
    document: &'static [u8],
    file: PathBuf,
    uploaded: usize,
}

impl Uploads {
    /// A new server with its data in a directory of that name.
    pub async fn start(home: &Path, name: &str) -> anyhow::Result<Self> {
        let data = home.join(name);
        let server = Server::kycd(&data, &[])?;
        let key = SigningKey::from_seed(&[7; 32]);
        let token = std::fs::read_to_string(data.join("operator.token"))?;
        let body = json!({ "name": "Bank", "public_key": key.public_key() });
        let mut operator = Connection::open(&server.address("operator")?).await?;
        operator.call(&post("/taler/third-parties", &token, &body)).await?.expect(&[201])?;
        // Lives as long as the process: tasks share it.
        let document: &'static [u8] = Vec::leak(document());
        let file = home.join(format!("{name}.pdf"));
        plain_write(&file, document)?;
        Ok(Self { server, key, document, file, uploaded: 0 })
    }

    /// Resident memory of the server now and at most, MiB.
    pub fn memory_mib(&self) -> (u64, u64) {
        memory_mib(&self.server.child.id().to_string())
    }

    /// What cannot be avoided: `sha512sum` of the file, then the same bytes written and synced.
    pub fn reference(&self) -> anyhow::Result<[Duration; 2]> {
        let started = Instant::now();
        let sum = Command::new("sha512sum").arg(&self.file).stdout(Stdio::null()).status()?;
        anyhow::ensure!(sum.success(), "sha512sum: {sum}");
        let hashed = started.elapsed();
        let copy = self.file.with_extension("copy");
        let started = Instant::now();
        plain_write(&copy, self.document)?;
        let written = started.elapsed();
        std::fs::remove_file(copy)?;
        Ok([hashed, written])
    }

    /// So many at once, a customer each, of the document so many times over. From the first byte
    /// to the last answer.
    pub async fn upload(&mut self, at_once: usize, times: usize) -> anyhow::Result<Duration> {
        let mut hash = Sha512::new();
        for _ in 0..times {
            hash.update(self.document);
        }
        let hash: [u8; 64] = hash.finalize().into();
        let mut ready = Vec::new();
        for _ in 0..at_once {
            let connection = Connection::open(&self.server.address("public")?).await?;
            ready.push((connection, self.head(&hash, times * BYTES)?));
        }
        let (started, document) = (Instant::now(), self.document);
        let mut all = JoinSet::new();
        for (mut connection, head) in ready {
            all.spawn(async move {
                connection.send(head.as_bytes()).await?;
                for _ in 0..times {
                    for piece in document.chunks(PIECE) {
                        connection.send(piece).await?;
                    }
                }
                connection.answer().await?.expect(&[204]).map(drop)
            });
        }
        while let Some(one) = all.join_next().await {
            one??;
        }
        Ok(started.elapsed())
    }

    /// The head of an upload about a customer of whom there is none yet.
    fn head(&mut self, h_body: &[u8; 64], bytes: usize) -> anyhow::Result<String> {
        self.uploaded += 1;
        let payto = format!(
            "payto://iban/DE75512108001245126199?receiver-name=Customer%20{}",
            self.uploaded
        );
        let payto = Payto::parse(&payto)?;
        let binding = BulkBinding { layout: BulkLayout::Full64, purpose: BulkBinding::PURPOSE };
        let signature = self.key.sign(&binding.message(h_body, &payto));
        Ok(format!(
            "POST /kyc-bulk/{} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/pdf\r\n\
             Taler-Customer-Payto: {}\r\nTaler-Extern-Signature: {}\r\nIf-Not-Match: {}\r\n\
             Content-Length: {bytes}\r\n\r\n",
            self.key.public_key(),
            payto.as_str(),
            encode(signature.as_bytes()),
            encode(h_body),
        ))
    }
}

/// A PDF's head and bytes that look random (xorshift), the same ones each time.
fn document() -> Vec<u8> {
    let mut document = b"%PDF-1.4\n".to_vec();
    let mut word = 0x9e37_79b9_7f4a_7c15_u64;
    while document.len() < BYTES {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        document.extend(word.to_le_bytes());
    }
    document.truncate(BYTES);
    document
}

fn plain_write(at: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(at)?;
    for piece in bytes.chunks(PIECE) {
        file.write_all(piece)?;
    }
    file.sync_all()
}
