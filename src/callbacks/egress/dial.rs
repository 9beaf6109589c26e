//! From a target to an open TCP connection: the name is resolved once, every address found is
//! judged, and those that pass are dialled in order. What was judged is what is dialled; the name
//! is not looked up again. Called by the client.

use std::net::SocketAddr;

use tokio::net::{TcpStream, lookup_host};

use super::deadline::Deadline;
use super::error::{Phase, SendError};
use super::guard;
use super::policy::Policy;
use super::target::Target;

/// How many addresses of one name are tried.
const ADDRESSES_MAX: usize = 8;

/// Opens a connection to the first address that takes one.
pub(super) async fn connect(
    policy: &Policy,
    target: &Target,
    deadline: Deadline,
) -> Result<TcpStream, SendError> {
    let found = resolve(target, deadline).await?;
    let admitted = guard::admit(policy, target.name(), found)?;
    first_open(&admitted, deadline).await
}

/// The look-up runs on a thread of the runtime's; when the deadline passes, it is left behind there
/// and its answer dropped.
async fn resolve(target: &Target, deadline: Deadline) -> Result<Vec<SocketAddr>, SendError> {
    let Some(name) = target.name() else {
        return Ok(target.literal().into_iter().collect());
    };
    let found = deadline.within(Phase::Dns, lookup_host((name, target.port()))).await?;
    let found: Vec<_> = found.map_err(|_| SendError::Dns)?.collect();
    if found.is_empty() { Err(SendError::Dns) } else { Ok(found) }
}

/// Every address gets an equal share of the time left, so that one black hole does not use up what
/// the next would need.
async fn first_open(addresses: &[SocketAddr], deadline: Deadline) -> Result<TcpStream, SendError> {
    let addresses = &addresses[..addresses.len().min(ADDRESSES_MAX)];
    let mut failure = SendError::Dns;
    for (tried, address) in addresses.iter().enumerate() {
        let share = deadline.share(addresses.len() - tried);
        match share.within(Phase::Connect, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // One request in one go; waiting to fill a packet only costs time. A socket that
                // refuses works all the same.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => failure = SendError::Connect(error.kind()),
            Err(timeout) => failure = timeout,
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::*;

    async fn closed_port() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        listener.local_addr().expect("its address")
    }

    #[tokio::test]
    async fn the_next_address_is_tried_when_one_is_closed() {
        let open = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let addresses = [closed_port().await, open.local_addr().expect("its address")];
        let stream = first_open(&addresses, Deadline::after(Duration::from_secs(5)))
            .await
            .expect("a connection");
        assert_eq!(stream.peer_addr().ok(), Some(addresses[1]));
    }

    #[tokio::test]
    async fn the_last_failure_is_told_when_none_is_open() {
        let addresses = [closed_port().await];
        let outcome = first_open(&addresses, Deadline::after(Duration::from_secs(5))).await;
        assert_eq!(outcome.err(), Some(SendError::Connect(std::io::ErrorKind::ConnectionRefused)));
    }
}
