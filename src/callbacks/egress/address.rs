//! Which addresses of the internet are no place for a customer's callback. Pure tables; called by
//! the guard.
//!
//! IPv6 is an allow rule (global unicast, `2000::/3`) with holes; IPv4 is open with holes. An IPv6
//! address that carries an IPv4 one is judged by what it carries where that form is of real use
//! (v4-mapped, NAT64 well-known prefix), and refused whole elsewhere.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// Why an address is not one of the public internet's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// `0.0.0.0/8`, `::`.
    Unspecified,
    /// `127.0.0.0/8`, `::1`.
    Loopback,
    /// RFC 1918, `fc00::/7` and the retired `fec0::/10`.
    Private,
    /// `169.254.0.0/16`, `fe80::/10`.
    LinkLocal,
    /// `100.64.0.0/10`.
    CarrierNat,
    /// A cloud's metadata service.
    Metadata,
    /// `224.0.0.0/4`, `ff00::/8`.
    Multicast,
    /// `255.255.255.255`.
    Broadcast,
    /// The example networks of RFC 5737, RFC 3849 and RFC 9637.
    Documentation,
    /// `198.18.0.0/15`, `2001:2::/48`.
    Benchmarking,
    /// A form that tunnels or translates to IPv4 and is refused whole.
    Transition,
    /// Everything else that no public host has.
    Reserved,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::CarrierNat => "carrier nat",
            Self::Metadata => "metadata service",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
            Self::Documentation => "documentation",
            Self::Benchmarking => "benchmarking",
            Self::Transition => "ipv4 transition",
            Self::Reserved => "reserved",
        })
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(head: [u16; 4], tail: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(head[0], head[1], head[2], head[3], 0, 0, 0, tail), bits)
}

/// First match names the class, so single hosts stand before the network around them.
const V4: &[(Ipv4Net, Class)] = &[
    (v4(169, 254, 169, 254, 32), Class::Metadata), // AWS, GCP, Azure, and most others
    (v4(169, 254, 170, 2, 32), Class::Metadata),   // AWS ECS credentials
    (v4(100, 100, 100, 200, 32), Class::Metadata), // Alibaba
    (v4(168, 63, 129, 16, 32), Class::Metadata),   // Azure's wire server, in public space
    (v4(192, 0, 0, 192, 32), Class::Metadata),     // Oracle
    (v4(255, 255, 255, 255, 32), Class::Broadcast),
    (v4(0, 0, 0, 0, 8), Class::Unspecified),
    (v4(10, 0, 0, 0, 8), Class::Private),
    (v4(100, 64, 0, 0, 10), Class::CarrierNat),
    (v4(127, 0, 0, 0, 8), Class::Loopback),
    (v4(169, 254, 0, 0, 16), Class::LinkLocal),
    (v4(172, 16, 0, 0, 12), Class::Private),
    (v4(192, 0, 0, 0, 24), Class::Reserved), // IETF protocol assignments
    (v4(192, 0, 2, 0, 24), Class::Documentation),
    (v4(192, 88, 99, 0, 24), Class::Transition), // 6to4 relays
    (v4(192, 168, 0, 0, 16), Class::Private),
    (v4(198, 18, 0, 0, 15), Class::Benchmarking),
    (v4(198, 51, 100, 0, 24), Class::Documentation),
    (v4(203, 0, 113, 0, 24), Class::Documentation),
    (v4(224, 0, 0, 0, 4), Class::Multicast),
    (v4(240, 0, 0, 0, 4), Class::Reserved),
];

const V6: &[(Ipv6Net, Class)] = &[
    (v6([0xfd00, 0x0ec2, 0, 0], 0x254, 128), Class::Metadata), // AWS
    (v6([0xfd20, 0x00ce, 0, 0], 0x254, 128), Class::Metadata), // GCP
    (v6([0, 0, 0, 0], 0, 128), Class::Unspecified),
    (v6([0, 0, 0, 0], 1, 128), Class::Loopback),
    (v6([0, 0, 0, 0], 0, 96), Class::Transition), // v4-compatible
    (Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96), Class::Transition), // v4-translated
    (v6([0x0064, 0xff9b, 1, 0], 0, 48), Class::Transition), // local-use NAT64
    (v6([0x2001, 0, 0, 0], 0, 32), Class::Transition),      // Teredo
    (v6([0x2001, 2, 0, 0], 0, 48), Class::Benchmarking),
    (v6([0x2001, 0, 0, 0], 0, 23), Class::Reserved), // IETF protocol assignments
    (v6([0x2001, 0x0db8, 0, 0], 0, 32), Class::Documentation),
    (v6([0x2002, 0, 0, 0], 0, 16), Class::Transition), // 6to4
    (v6([0x3fff, 0, 0, 0], 0, 20), Class::Documentation),
    (v6([0xfc00, 0, 0, 0], 0, 7), Class::Private),
    (v6([0xfe80, 0, 0, 0], 0, 10), Class::LinkLocal),
    (v6([0xfec0, 0, 0, 0], 0, 10), Class::Private),
    (v6([0xff00, 0, 0, 0], 0, 8), Class::Multicast),
];

const NAT64: Ipv6Net = v6([0x0064, 0xff9b, 0, 0], 0, 96);
const GLOBAL_UNICAST: Ipv6Net = v6([0x2000, 0, 0, 0], 0, 3);

/// The class for which `ip` is refused, or `None` for a public address.
pub(super) fn refused(ip: IpAddr) -> Option<Class> {
    match carried(ip) {
        IpAddr::V4(ip) => V4.iter().find(|(net, _)| net.contains(&ip)).map(|(_, class)| *class),
        IpAddr::V6(ip) => V6
            .iter()
            .find(|(net, _)| net.contains(&ip))
            .map(|(_, class)| *class)
            .or_else(|| (!GLOBAL_UNICAST.contains(&ip)).then_some(Class::Reserved)),
    }
}

/// The IPv4 address a v4-mapped or NAT64 (well-known prefix) address ends at; any other address as
/// it is.
pub(super) fn carried(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) if NAT64.contains(&v6) => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        IpAddr::V4(_) | IpAddr::V6(_) => ip.to_canonical(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> Option<Class> {
        refused(text.parse().expect("an address"))
    }

    #[test]
    fn addresses_that_are_not_public_are_refused_by_class() {
        let table = [
            ("0.0.0.0", Class::Unspecified),
            ("0.1.2.3", Class::Unspecified),
            ("10.0.0.1", Class::Private),
            ("10.255.255.255", Class::Private),
            ("100.64.0.1", Class::CarrierNat),
            ("100.127.255.255", Class::CarrierNat),
            ("100.100.100.200", Class::Metadata),
            ("127.0.0.1", Class::Loopback),
            ("127.255.0.3", Class::Loopback),
            ("168.63.129.16", Class::Metadata),
            ("169.254.169.254", Class::Metadata),
            ("169.254.0.1", Class::LinkLocal),
            ("172.16.0.1", Class::Private),
            ("172.31.255.255", Class::Private),
            ("192.0.0.8", Class::Reserved),
            ("192.0.2.1", Class::Documentation),
            ("192.88.99.1", Class::Transition),
            ("192.168.1.1", Class::Private),
            ("198.18.0.1", Class::Benchmarking),
            ("198.19.255.255", Class::Benchmarking),
            ("198.51.100.7", Class::Documentation),
            ("203.0.113.7", Class::Documentation),
            ("224.0.0.1", Class::Multicast),
            ("239.255.255.255", Class::Multicast),
            ("240.0.0.1", Class::Reserved),
            ("255.255.255.255", Class::Broadcast),
            ("::", Class::Unspecified),
            ("::1", Class::Loopback),
            ("::8.8.8.8", Class::Transition),
            ("::ffff:127.0.0.1", Class::Loopback),
            ("::ffff:169.254.169.254", Class::Metadata),
            ("::ffff:0:8.8.8.8", Class::Transition),
            ("64:ff9b::10.0.0.1", Class::Private),
            ("64:ff9b::127.0.0.1", Class::Loopback),
            ("64:ff9b:1::8.8.8.8", Class::Transition),
            ("64:ff9b:1:ffff::1", Class::Transition),
            ("100::1", Class::Reserved),
            ("2001::1", Class::Transition),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Class::Transition),
            ("2001:2::1", Class::Benchmarking),
            ("2001:10::1", Class::Reserved),
            ("2001:db8::1", Class::Documentation),
            ("2002:7f00:1::", Class::Transition),
            ("2002:808:808::1", Class::Transition),
            ("3fff::1", Class::Documentation),
            ("4000::1", Class::Reserved),
            ("5f00::1", Class::Reserved),
            ("fc00::1", Class::Private),
            ("fd00:ec2::254", Class::Metadata),
            ("fd12:3456::1", Class::Private),
            ("fe80::1", Class::LinkLocal),
            ("febf::1", Class::LinkLocal),
            ("fec0::1", Class::Private),
            ("ff02::1", Class::Multicast),
        ];
        for (text, expected) in table {
            assert_eq!(class(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn public_addresses_pass_in_every_useful_form() {
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
        ];
        for text in public {
            assert_eq!(class(text), None, "{text}");
        }
    }
}
