//! The decision: may this socket address be dialled under this policy? Called when a URL is read
//! (literal addresses) and again, with the addresses a name resolved to, just before dialling.
//!
//! ```text
//! exempt (name or network)? ── no ─▶ address filter ─▶ port rule ─┐
//!                          └─ yes ───────────────────────────────┴─▶ own listeners ─▶ dial
//! ```
//!
//! The filter stands before the own listeners, so that a refusal never tells a stranger what this
//! host listens on.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use super::address;
use super::policy::Policy;
use super::target::UrlRefused;

/// Ports from 1024 up that a browser would not talk HTTP to either (WHATWG Fetch, "bad port",
/// 2025-06), and two text protocols that would take a request body for commands.
const BAD_PORTS: &[u16] = &[
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
    6679, 6697, 10080, 6379,  // redis
    11211, // memcached
];

/// Whether HTTP is expected on this port: 80, 443, and 1024 and above without the bad ones.
pub(super) fn port_is_ordinary(port: u16) -> bool {
    matches!(port, 80 | 443) || (port >= 1024 && !BAD_PORTS.contains(&port))
}

/// Decides on one address; `name` is the host name it was resolved from, `None` for a literal.
pub(super) fn judge(policy: &Policy, name: Option<&str>, at: SocketAddr) -> Result<(), UrlRefused> {
    let exempt = name.is_some_and(|name| policy.allows_name(name))
        || policy.allows_ip(address::carried(at.ip()));
    if !exempt {
        if let Some(class) = address::refused(at.ip()) {
            return Err(UrlRefused::Address(class));
        }
        if !port_is_ordinary(at.port()) {
            return Err(UrlRefused::Port);
        }
    }
    if policy.own_listeners.iter().any(|own| reaches(at, *own)) {
        return Err(UrlRefused::OwnListener);
    }
    Ok(())
}

/// Keeps the addresses that may be dialled, in order; the first refusal when none is left.
pub(super) fn admit(
    policy: &Policy,
    name: Option<&str>,
    found: impl IntoIterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, UrlRefused> {
    let mut refusal = None;
    let mut admitted = Vec::new();
    for at in found {
        match judge(policy, name, at) {
            Ok(()) => admitted.push(at),
            Err(why) => refusal = refusal.or(Some(why)),
        }
    }
    match refusal {
        Some(why) if admitted.is_empty() => Err(why),
        Some(_) | None => Ok(admitted),
    }
}

fn reaches(at: SocketAddr, own: SocketAddr) -> bool {
    if at.port() != own.port() {
        return false;
    }
    let (at, own) = (address::carried(at.ip()), address::carried(own.ip()));
    // Dialling `0.0.0.0` ends at this host, mostly on loopback; which of its listeners answers is
    // not worth guessing.
    if at == own || at.is_unspecified() {
        return true;
    }
    own.is_unspecified() && (address::refused(at).is_some() || is_of_this_host(at))
}

/// Only an address of this host can be bound; asking sends nothing.
fn is_of_this_host(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callbacks::egress::{AddressClass, AllowEntry};

    fn at(text: &str) -> SocketAddr {
        text.parse().expect("a socket address")
    }

    fn policy(allow: &[&str], own: &[&str]) -> Policy {
        Policy {
            allow_addresses: allow
                .iter()
                .map(|text| text.parse::<AllowEntry>().expect("an entry"))
                .collect(),
            own_listeners: own.iter().map(|text| at(text)).collect(),
            ..Policy::default()
        }
    }

    #[test]
    fn ports_of_other_protocols_are_refused() {
        for port in [
            0, 1, 22, 23, 25, 53, 81, 110, 389, 445, 465, 587, 993, 1023, 2049, 5060, 6000, 6379,
            6667, 10080, 11211,
        ] {
            assert!(!port_is_ordinary(port), "{port}");
        }
        for port in [80, 443, 1024, 3000, 8000, 8080, 8443, 9000, 65535] {
            assert!(port_is_ordinary(port), "{port}");
        }
    }

    #[test]
    fn an_allowed_network_exempts_address_and_port_and_nothing_beside_it() {
        let policy = policy(&["10.1.0.0/16"], &[]);
        assert_eq!(judge(&policy, None, at("10.1.2.3:25")), Ok(()));
        assert_eq!(judge(&policy, None, at("[::ffff:10.1.2.3]:80")), Ok(()));
        assert_eq!(
            judge(&policy, None, at("10.2.0.1:443")),
            Err(UrlRefused::Address(AddressClass::Private))
        );
        assert_eq!(judge(&policy, None, at("8.8.8.8:25")), Err(UrlRefused::Port));
    }

    #[test]
    fn an_allowed_name_exempts_only_what_was_resolved_from_it() {
        let policy = policy(&["sink"], &[]);
        assert_eq!(judge(&policy, Some("sink"), at("172.18.0.5:80")), Ok(()));
        assert_eq!(
            judge(&policy, Some("other"), at("172.18.0.5:80")),
            Err(UrlRefused::Address(AddressClass::Private))
        );
        assert_eq!(
            judge(&policy, None, at("172.18.0.5:80")),
            Err(UrlRefused::Address(AddressClass::Private))
        );
    }

    #[test]
    fn own_listeners_are_refused_even_when_the_address_is_allowed() {
        let policy = policy(&["0.0.0.0/0", "::/0", "me"], &["127.0.0.1:8080", "203.0.113.9:443"]);
        for own in [
            "127.0.0.1:8080",
            "[::ffff:127.0.0.1]:8080",
            "[64:ff9b::127.0.0.1]:8080",
            "0.0.0.0:8080",
            "[::]:8080",
            "203.0.113.9:443",
        ] {
            assert_eq!(judge(&policy, Some("me"), at(own)), Err(UrlRefused::OwnListener), "{own}");
        }
        for other in ["127.0.0.1:8081", "127.0.0.2:8080", "203.0.113.9:8080"] {
            assert_eq!(judge(&policy, None, at(other)), Ok(()), "{other}");
        }
    }

    #[test]
    fn an_unspecified_listener_stands_for_every_address_that_is_not_global() {
        for own in ["0.0.0.0:8080", "[::]:8080"] {
            let policy = policy(&["0.0.0.0/0", "::/0"], &[own]);
            for refused in
                ["127.0.0.1:8080", "[::1]:8080", "10.0.0.7:8080", "[fe80::1]:8080", "0.0.0.0:8080"]
            {
                assert_eq!(
                    judge(&policy, None, at(refused)),
                    Err(UrlRefused::OwnListener),
                    "{refused}"
                );
            }
            for passed in ["127.0.0.1:9000", "8.8.8.8:8080"] {
                assert_eq!(judge(&policy, None, at(passed)), Ok(()), "{passed}");
            }
        }
    }

    #[test]
    fn a_name_with_mixed_addresses_keeps_only_the_public_ones_in_order() {
        let found = [
            at("127.0.0.1:443"),
            at("8.8.8.8:443"),
            at("10.0.0.1:443"),
            at("[2606:4700::1111]:443"),
        ];
        let policy = Policy::default();
        assert_eq!(admit(&policy, Some("rebind.example"), found), Ok(vec![found[1], found[3]]));
        assert_eq!(
            admit(&policy, Some("rebind.example"), [found[0], found[2]]),
            Err(UrlRefused::Address(AddressClass::Loopback))
        );
        assert_eq!(admit(&policy, Some("nothing.example"), []), Ok(vec![]));
    }
}
