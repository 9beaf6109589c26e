//! Servers for the tests of this module: loopback listeners that answer in bad ways.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves the first connection with `script`; the second of the pair is the request head it saw,
/// once it is through.
pub(super) async fn serve<F>(
    script: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (SocketAddr, tokio::task::JoinHandle<F::Output>)
where
    F: Future<Output: Send + 'static> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback listener");
    let address = listener.local_addr().expect("its address");
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        script(stream).await
    });
    (address, served)
}

/// Reads a whole request, answers `response` and closes. Returns the request.
pub(super) async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    response: impl AsRef<[u8]>,
) -> String {
    let request = read_request(&mut stream).await;
    let _ = stream.write_all(response.as_ref()).await;
    let _ = stream.shutdown().await;
    request
}

/// Reads head and body of one request, as far as they come.
pub(super) async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    while !is_whole(&bytes) {
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0)
}
