//! One keep-alive connection of an HTTP/1.1 client that costs little while nothing comes: ten
//! thousand of them fit into one process.

use anyhow::Context as _;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection, used for one request after the other.
pub struct Connection(TcpStream);

/// What came back, whole.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    /// The same, if it is one of those.
    pub fn expect(self, statuses: &[u16]) -> anyhow::Result<Self> {
        let body = String::from_utf8_lossy(&self.body);
        anyhow::ensure!(statuses.contains(&self.status), "answered {}: {body}", self.status);
        Ok(self)
    }

    pub fn json(&self) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Connection {
    pub async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    pub async fn call(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.send(request).await?;
        self.answer().await
    }

    pub async fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.0.write_all(bytes).await?)
    }

    pub async fn answer(&mut self) -> anyhow::Result<Answer> {
        // Nothing is allocated before something comes.
        self.0.readable().await?;
        let mut bytes = Vec::with_capacity(1024);
        loop {
            anyhow::ensure!(self.0.read_buf(&mut bytes).await? > 0, "the connection was closed");
            if let Some(answer) = whole(&bytes)? {
                return Ok(answer);
            }
        }
    }
}

/// `None` until head and body are there; the body's length is in the head, or it has none.
fn whole(bytes: &[u8]) -> anyhow::Result<Option<Answer>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = str::from_utf8(&bytes[..end])?;
    let status = head.split(' ').nth(1).context("no status")?.parse()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(Ok(0), str::parse)?;
    let body = bytes.get(end + 4..end + 4 + length);
    Ok(body.map(|body| Answer { status, body: body.to_owned() }))
}

/// A GET.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes()
}

/// A POST of JSON with the operator's token.
pub fn post(path: &str, token: &str, body: &Value) -> Vec<u8> {
    let (token, body) = (token.trim(), body.to_string());
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
