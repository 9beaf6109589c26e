//! What the operator decided about outgoing requests. Built by configuration, read by the guard and
//! the client.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use url::Host;

/// The rules for outgoing requests. [`Policy::default`] is the guarded one.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Networks and host names exempt from the address filter and the port rule. Not exempt from
    /// `own_listeners`.
    pub allow_addresses: Vec<AllowEntry>,
    /// Whether `http:` URLs are taken at all. `false` by default.
    pub allow_http: bool,
    /// Where this process listens; never dialled, whatever else is allowed. An unspecified address
    /// (`0.0.0.0`, `[::]`) stands for every address of this host. An address that reaches this host
    /// through somebody else's NAT has to be listed by hand.
    pub own_listeners: Vec<SocketAddr>,
    /// PEM text with certificates to trust besides the public ones.
    pub extra_roots_pem: Option<Vec<u8>>,
    /// The time for one request from name look-up to the last byte of the answer. 10 s by default.
    pub timeout: Duration,
    /// How much of an answer's body is read; the rest is dropped and the answer marked. 64 KiB by
    /// default.
    pub response_bytes_max: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            allow_addresses: Vec::new(),
            allow_http: false,
            own_listeners: Vec::new(),
            extra_roots_pem: None,
            timeout: Duration::from_secs(10),
            response_bytes_max: 64 * 1024,
        }
    }
}

impl Policy {
    /// Everything is allowed: `http`, every address, every port, answers of up to 8 MiB.
    ///
    /// For the command line, where the operator types the URL and it is mostly this host's own
    /// server, and for tests. Never for a URL that came from outside.
    pub fn unguarded(timeout: Duration) -> Self {
        let everything = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
        Self {
            allow_addresses: everything
                .map(|ip| AllowEntry::Net(IpNet::new_assert(ip, 0)))
                .to_vec(),
            allow_http: true,
            timeout,
            response_bytes_max: 8 * 1024 * 1024,
            ..Self::default()
        }
    }

    pub(super) fn allows_ip(&self, ip: IpAddr) -> bool {
        self.allow_addresses.iter().any(|entry| match entry {
            AllowEntry::Net(net) => net.contains(&ip),
            AllowEntry::Host(_) => false,
        })
    }

    pub(super) fn allows_name(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name);
        self.allow_addresses.iter().any(|entry| match entry {
            AllowEntry::Net(_) => false,
            AllowEntry::Host(host) => host.eq_ignore_ascii_case(name),
        })
    }

    pub(super) fn allows_some_network(&self) -> bool {
        self.allow_addresses.iter().any(|entry| matches!(entry, AllowEntry::Net(_)))
    }
}

/// One exemption: `10.1.0.0/16`, `192.0.2.7`, `fd00::/8`, `crm.internal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowEntry {
    /// Every address in this network. A v4-mapped or NAT64 address is compared as the IPv4 address
    /// it carries.
    Net(IpNet),
    /// Whatever addresses this very name resolves to; not its subdomains. Lower case, no final dot.
    /// Who holds the name's DNS then chooses the address.
    Host(String),
}

/// The text is neither an address, nor a network, nor a host name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an address, a network or a host name")]
pub struct AllowEntryInvalid;

impl FromStr for AllowEntry {
    type Err = AllowEntryInvalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Ok(net) = text.parse::<IpNet>() {
            return Ok(Self::Net(net.trunc()));
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Net(IpNet::from(ip.to_canonical())));
        }
        match Host::parse(text).map_err(|_| AllowEntryInvalid)? {
            Host::Domain(name) => match name.strip_suffix('.').unwrap_or(&name) {
                "" => Err(AllowEntryInvalid),
                name => Ok(Self::Host(name.to_owned())),
            },
            Host::Ipv4(ip) => Ok(Self::Net(IpNet::from(IpAddr::V4(ip)))),
            Host::Ipv6(ip) => Ok(Self::Net(IpNet::from(IpAddr::V6(ip).to_canonical()))),
        }
    }
}

impl fmt::Display for AllowEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(net) => net.fmt(f),
            Self::Host(name) => name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_network_address_or_name() {
        let shown = |text: &str| text.parse::<AllowEntry>().map(|entry| entry.to_string());
        assert_eq!(shown("10.1.2.3/8").as_deref(), Ok("10.0.0.0/8"));
        assert_eq!(shown("127.0.0.1").as_deref(), Ok("127.0.0.1/32"));
        assert_eq!(shown("[::1]").as_deref(), Ok("::1/128"));
        assert_eq!(shown("::ffff:10.0.0.1").as_deref(), Ok("10.0.0.1/32"));
        assert_eq!(shown("CRM.Internal.").as_deref(), Ok("crm.internal"));
        for wrong in ["", ".", "10.0.0.0/33", "http://a.example", "a.example:80", "a b"] {
            assert_eq!(shown(wrong), Err(AllowEntryInvalid), "{wrong:?}");
        }
    }

    #[test]
    fn a_name_exempts_itself_and_not_its_subdomains() {
        let policy = Policy {
            allow_addresses: vec![AllowEntry::Host("crm.internal".into())],
            ..Policy::default()
        };
        assert!(policy.allows_name("crm.internal"));
        assert!(policy.allows_name("crm.internal."));
        assert!(!policy.allows_name("x.crm.internal"));
        assert!(!policy.allows_name("internal"));
    }
}
