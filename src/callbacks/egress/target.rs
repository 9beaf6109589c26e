//! From a caller's text to a place a request may be sent to. Called by the endpoints when they
//! accept a URL, and by the senders.
//!
//! ```text
//! https://crm.example:8443/kyc?x=1   absolute
//! crm.example/kyc                    no scheme: the default one
//! localhost:9000/kyc                 no scheme either: `localhost` is a host here, not a scheme
//! ```
//!
//! Only what the text itself says is judged; what a name resolves to is judged when it is dialled.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use hyper::Uri;
use tokio_rustls::rustls::pki_types::ServerName;
use url::{Host, Url};

use super::address::Class;
use super::guard;
use super::policy::Policy;

/// Longest URL taken, in bytes.
const URL_BYTES_MAX: usize = 2048;

/// Why a URL is not taken. The text never repeats the URL and may be shown to whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefused {
    /// Longer than 2048 bytes.
    #[error("the url is longer than {URL_BYTES_MAX} bytes")]
    TooLong,
    /// Holds a control character, white space or a backslash.
    #[error("the url holds white space, a control character or a backslash")]
    Character,
    /// Not a URL.
    #[error("the url is malformed")]
    Malformed,
    /// Neither `https` nor `http`.
    #[error("the url's scheme is not https")]
    Scheme,
    /// `http`, and the policy wants `https`.
    #[error("the url has to be https")]
    PlainHttp,
    /// A user name or password stands before the host.
    #[error("the url must not hold credentials")]
    Credentials,
    /// No host.
    #[error("the url has no host")]
    HostMissing,
    /// A host no certificate could be made out to.
    #[error("the url's host is not a valid name")]
    HostInvalid,
    /// A port where no HTTP is expected.
    #[error("the url's port is not allowed")]
    Port,
    /// Not an address of the public internet.
    #[error("the url's address is not allowed ({0})")]
    Address(Class),
    /// This process itself.
    #[error("the url's address is not allowed (own listener)")]
    OwnListener,
}

/// A URL that was judged and may be sent to. Debug output leaves path and query out; they may hold
/// a caller's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    text: String,
    https: bool,
    host: Host<String>,
    authority: String,
    port: u16,
    path: Uri,
}

impl Target {
    /// Reads and judges `text`. Without a scheme it means `https`, or `http` when
    /// `default_scheme_https` is false. A fragment is dropped.
    pub fn parse(
        text: &str,
        policy: &Policy,
        default_scheme_https: bool,
    ) -> Result<Self, UrlRefused> {
        if text.len() > URL_BYTES_MAX {
            return Err(UrlRefused::TooLong);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(UrlRefused::Character);
        }
        let (https, rest) = split_scheme(text, default_scheme_https)?;
        check_authority(rest)?;
        let scheme = if https { "https" } else { "http" };
        let mut url = Url::parse(&format!("{scheme}://{rest}")).map_err(|error| match error {
            url::ParseError::EmptyHost => UrlRefused::HostMissing,
            _ => UrlRefused::Malformed,
        })?;
        url.set_fragment(None);
        let target = Self::from_url(&url, https)?;
        target.check(policy)?;
        Ok(target)
    }

    fn from_url(url: &Url, https: bool) -> Result<Self, UrlRefused> {
        // Percent-encoding can make a URL of the permitted length longer.
        if url.as_str().len() > URL_BYTES_MAX {
            return Err(UrlRefused::TooLong);
        }
        let host = url.host().ok_or(UrlRefused::HostMissing)?.to_owned();
        let port = url.port_or_known_default().ok_or(UrlRefused::Port)?;
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let path = path.parse().map_err(|_| UrlRefused::Malformed)?;
        let target = Self { text: url.as_str().to_owned(), https, host, authority, port, path };
        target.server_name()?;
        Ok(target)
    }

    /// Judges again, for a policy other than the one the target was read under.
    pub(super) fn check(&self, policy: &Policy) -> Result<(), UrlRefused> {
        if !self.https && !policy.allow_http {
            return Err(UrlRefused::PlainHttp);
        }
        if self.port == 0 {
            return Err(UrlRefused::Port);
        }
        match self.literal() {
            Some(at) => guard::judge(policy, None, at),
            None => self.check_port_of_name(policy),
        }
    }

    /// A name that is not exempt itself may still turn out to lie in an exempt network, so its port
    /// waits for the dial.
    fn check_port_of_name(&self, policy: &Policy) -> Result<(), UrlRefused> {
        let exempt = policy.allows_some_network()
            || self.name().is_some_and(|name| policy.allows_name(name));
        if exempt || guard::port_is_ordinary(self.port) { Ok(()) } else { Err(UrlRefused::Port) }
    }

    /// The URL in normal form: lower-case host, default port left out, no fragment. Reads back as
    /// the same target.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the connection is TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host as a URL writes it; an IPv6 address stands in brackets.
    pub fn host(&self) -> String {
        self.host.to_string()
    }

    /// The port, the scheme's own where the text names none.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and, unless it is the scheme's own, port.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// Path and query, as they stand in the request line.
    pub(super) fn path(&self) -> &Uri {
        &self.path
    }

    /// The address, when the host is one.
    pub(super) fn literal(&self) -> Option<SocketAddr> {
        let ip = match self.host {
            Host::Domain(_) => return None,
            Host::Ipv4(ip) => IpAddr::V4(ip),
            Host::Ipv6(ip) => IpAddr::V6(ip),
        };
        Some(SocketAddr::new(ip, self.port))
    }

    /// The host name, when the host is one.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.host {
            Host::Domain(name) => Some(name),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }

    /// Whom the certificate has to be made out to.
    pub(super) fn server_name(&self) -> Result<ServerName<'static>, UrlRefused> {
        match &self.host {
            Host::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(name).to_owned();
                ServerName::try_from(name).map_err(|_| UrlRefused::HostInvalid)
            }
            Host::Ipv4(ip) => Ok(ServerName::from(IpAddr::V4(*ip))),
            Host::Ipv6(ip) => Ok(ServerName::from(IpAddr::V6(*ip))),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "Target({scheme}://{}/…)", self.authority)
    }
}

/// Takes the scheme off. Only `scheme://` counts as one: `localhost:9000/x` has none, though a URL
/// library reads it as one.
fn split_scheme(text: &str, default_scheme_https: bool) -> Result<(bool, &str), UrlRefused> {
    let is_scheme = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_alphabetic())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    };
    match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Ok((true, rest)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => Ok((false, rest)),
        Some((scheme, _)) if is_scheme(scheme) => Err(UrlRefused::Scheme),
        Some(_) | None => Ok((default_scheme_https, text)),
    }
}

/// What a lenient parser would mend: further slashes before the host, an empty user name.
fn check_authority(rest: &str) -> Result<(), UrlRefused> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err(UrlRefused::HostMissing);
    }
    if authority.contains('@') {
        return Err(UrlRefused::Credentials);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, policy: &Policy) -> Result<String, UrlRefused> {
        Target::parse(text, policy, true).map(|target| target.as_str().to_owned())
    }

    fn allowing(entries: &[&str]) -> Policy {
        Policy {
            allow_addresses: entries.iter().map(|text| text.parse().expect("an entry")).collect(),
            allow_http: true,
            ..Policy::default()
        }
    }

    #[test]
    fn a_url_without_a_scheme_means_the_default_one() {
        let policy = allowing(&["127.0.0.1"]);
        let table = [
            ("d2910c54.webhook.site", "https://d2910c54.webhook.site/"),
            ("crm.example:8443/a/b?c=d", "https://crm.example:8443/a/b?c=d"),
            ("127.0.0.1:9000/cb", "https://127.0.0.1:9000/cb"),
            ("localhost:9000/x", "https://localhost:9000/x"),
            ("localhost:443", "https://localhost/"),
            ("[2606:4700::1111]:8443", "https://[2606:4700::1111]:8443/"),
            ("kyc_sink:8080/cb", "https://kyc_sink:8080/cb"),
            (
                "crm.example/?next=http://other.example/",
                "https://crm.example/?next=http://other.example/",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(read(text, &policy).as_deref(), Ok(expected), "{text}");
        }
        let plain = Target::parse("localhost:9000/x", &policy, false).expect("a target");
        assert_eq!(plain.as_str(), "http://localhost:9000/x");
        assert_eq!(
            Target::parse("crm.example", &Policy::default(), false),
            Err(UrlRefused::PlainHttp)
        );
    }

    #[test]
    fn normal_form_reads_back_as_the_same_target() {
        for text in [
            "HTTPS://CRM.Example:443/a b".replace(' ', "%20").as_str(),
            "https://bücher.example/ä?ö#ü",
            "https://[2606:4700::1111]:8443/",
        ] {
            let target = Target::parse(text, &Policy::default(), true).expect("a target");
            assert_eq!(
                Target::parse(target.as_str(), &Policy::default(), true),
                Ok(target),
                "{text}"
            );
        }
        assert_eq!(
            read("https://crm.example/a#frag", &Policy::default()).as_deref(),
            Ok("https://crm.example/a")
        );
    }

    #[test]
    fn texts_that_are_no_plain_http_url_are_refused() {
        let long = format!("https://crm.example/{}", "a".repeat(URL_BYTES_MAX));
        let swelling = format!("https://crm.example/{}", "ä".repeat(900));
        let table = [
            ("", UrlRefused::HostMissing),
            ("https://", UrlRefused::HostMissing),
            ("https:///crm.example", UrlRefused::HostMissing),
            ("//crm.example/", UrlRefused::HostMissing),
            ("/path", UrlRefused::HostMissing),
            ("https://?q", UrlRefused::HostMissing),
            ("https:crm.example", UrlRefused::Malformed),
            ("javascript:alert(1)", UrlRefused::Malformed),
            ("mailto:a@crm.example", UrlRefused::Credentials),
            ("ftp://crm.example", UrlRefused::Scheme),
            ("file:///etc/passwd", UrlRefused::Scheme),
            ("gopher://crm.example:70/1", UrlRefused::Scheme),
            ("http://crm.example", UrlRefused::PlainHttp),
            ("https://user:secret@crm.example", UrlRefused::Credentials),
            ("https://@crm.example", UrlRefused::Credentials),
            ("user@crm.example", UrlRefused::Credentials),
            (" https://crm.example", UrlRefused::Character),
            ("https://crm.example/a b", UrlRefused::Character),
            ("https://crm.example/\r\nX: y", UrlRefused::Character),
            ("https://crm.example/\u{a0}", UrlRefused::Character),
            ("https://crm.example\\@other.example", UrlRefused::Character),
            ("https://crm.example:99999/", UrlRefused::Malformed),
            ("https://a..example/", UrlRefused::HostInvalid),
            ("https://crm.example:0/", UrlRefused::Port),
            ("https://crm.example:25/", UrlRefused::Port),
            (&long, UrlRefused::TooLong),
            (&swelling, UrlRefused::TooLong),
        ];
        for (text, expected) in table {
            assert_eq!(read(text, &Policy::default()), Err(expected), "{text}");
        }
    }

    #[test]
    fn odd_ways_to_write_an_address_are_seen_through() {
        let table = [
            ("https://127.0.0.1/", Class::Loopback),
            ("https://0x7f.1/", Class::Loopback),
            ("https://2130706433/", Class::Loopback),
            ("https://0177.0.0.1/", Class::Loopback),
            ("https://127.1/", Class::Loopback),
            ("https://127.0.0.1./", Class::Loopback),
            ("https://%31%32%37.0.0.1/", Class::Loopback),
            ("https://１２７.0.0.1/", Class::Loopback),
            ("2130706433:443/cb", Class::Loopback),
            ("https://0/", Class::Unspecified),
            ("https://[::1]/", Class::Loopback),
            ("https://[::ffff:7f00:1]/", Class::Loopback),
            ("https://[::ffff:169.254.169.254]/latest/meta-data", Class::Metadata),
            ("https://0xa9fea9fe/", Class::Metadata),
            ("https://[fd00:ec2::254]/", Class::Metadata),
            ("https://[64:ff9b::a00:1]/", Class::Private),
            ("https://[2002:7f00:1::]/", Class::Transition),
            ("https://192.168.1.1:8443/", Class::Private),
        ];
        for (text, class) in table {
            assert_eq!(read(text, &Policy::default()), Err(UrlRefused::Address(class)), "{text}");
        }
    }

    #[test]
    fn an_exempt_host_may_have_any_port() {
        assert_eq!(read("http://sink:25/", &allowing(&["sink"])).as_deref(), Ok("http://sink:25/"));
        assert_eq!(
            read("http://10.0.0.1:25/", &allowing(&["10.0.0.0/8"])).as_deref(),
            Ok("http://10.0.0.1:25/")
        );
        assert_eq!(read("http://other:25/", &allowing(&["sink"])), Err(UrlRefused::Port));
    }

    #[test]
    fn nothing_printed_repeats_path_or_query() {
        let target = Target::parse("https://crm.example/secret?token=1", &Policy::default(), true)
            .expect("a target");
        assert_eq!(format!("{target:?}"), "Target(https://crm.example/…)");
    }
}
