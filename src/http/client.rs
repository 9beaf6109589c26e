//! Who asks, as far as the network knows.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client. What `X-Forwarded-For` says counts only as far as proxies of ours said
/// it: read from its end, the first address that is not one of theirs.
pub fn address(http: &HttpRequest, proxies: &[IpNet]) -> IpAddr {
    let peer = http.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let is_ours = |address: &IpAddr| proxies.iter().any(|net| net.contains(address));
    let peer = peer.to_canonical();
    if !is_ours(&peer) {
        return peer;
    }
    let lines = http.headers().get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok());
    let said: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    for text in said.into_iter().rev() {
        match parse(text.trim()) {
            Some(address) if is_ours(&address) => {}
            Some(address) => return address,
            None => break,
        }
    }
    peer
}

/// With or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().or_else(|_| text.parse().map(|with: SocketAddr| with.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(peer: &str, said: &[&str]) -> String {
        let peer = SocketAddr::new(peer.parse().expect("an address"), 1);
        let mut request = TestRequest::default().peer_addr(peer);
        for line in said {
            request = request.append_header(("x-forwarded-for", *line));
        }
        let proxies = ["10.0.0.0/8".parse().expect("a network")];
        address(&request.to_http_request(), &proxies).to_string()
    }

    #[test]
    fn only_what_proxies_of_ours_say_is_believed() {
        assert_eq!(seen("192.0.2.1", &["203.0.113.9"]), "192.0.2.1", "no proxy of ours");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        // What the client itself wrote stands before what the proxy added.
        assert_eq!(seen("10.0.0.1", &["198.51.100.7, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["198.51.100.7", "203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(seen("10.0.0.1", &["203.0.113.9, unknown"]), "10.0.0.1");
    }
}
