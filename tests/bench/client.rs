//! One keep-alive connection of an HTTP/1.1 client that knows no more than a load driver needs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::time::Duration;

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection, used for one request after the other.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects to `address`.
    pub fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, answer: Vec::with_capacity(4096) })
    }

    /// Sends `request` as it is and reads one answer whole; anything but 200, 201, 202 and 204 is an
    /// error. Answers the body.
    pub fn call(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request)?;
        self.answer.clear();
        let mut piece = [0; 4096];
        let mut body: Option<Range<usize>> = None;
        while body.as_ref().is_none_or(|body| self.answer.len() < body.end) {
            let read = self.stream.read(&mut piece)?;
            anyhow::ensure!(read > 0, "the connection was closed");
            self.answer.extend_from_slice(&piece[..read]);
            if body.is_none() {
                body = body_of(&self.answer)?;
            }
        }
        let good = [b"HTTP/1.1 200 ", b"HTTP/1.1 201 ", b"HTTP/1.1 202 ", b"HTTP/1.1 204 "];
        let succeeded = good.iter().any(|line| self.answer.starts_with(*line));
        anyhow::ensure!(succeeded, "answered {}", String::from_utf8_lossy(&self.answer));
        Ok(&self.answer[body.unwrap_or_default()])
    }
}

/// Where the body is, or will be; `None` while the head is not whole.
fn body_of(answer: &[u8]) -> anyhow::Result<Option<Range<usize>>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = str::from_utf8(&answer[..end])?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse())
    });
    // 204 has none.
    let body: usize = length.transpose()?.unwrap_or(0);
    Ok(Some(end + 4..end + 4 + body))
}

/// A request with JSON, as bytes; `more` are whole header lines.
pub fn request(method: &str, path: &str, more: &str, body: &serde_json::Value) -> Vec<u8> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
         {more}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
