//! Which encoding a request has, and which one its reply.
//!
//! | name | what it means |
//! |---|---|
//! | `application/json`, `text/json`, `text/x-json`, `application/*+json` | JSON, answered as `application/json` |
//! | `text/xml`, `application/xml`, `application/*+xml` | XML, answered as `text/xml` |
//!
//! Without `Accept` the reply is of the request's kind. What is neither is 406, of the request as
//! well. XHTML is a page, whatever its name ends with.

use std::cmp::Reverse;

use crate::neuro::error::Error;

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON: what is taken if nothing says otherwise.
    Json,
    /// XML.
    Xml,
}

impl Format {
    /// Both, the one that is taken if nothing says otherwise first.
    pub const ALL: [Self; 2] = [Self::Json, Self::Xml];

    /// `Content-Type` of a reply.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "text/xml; charset=utf-8",
        }
    }

    /// Of a request's body, by its `Content-Type`.
    pub fn of_request(content_type: Option<&str>) -> Result<Self, Error> {
        let refused = || Error::NotAcceptable("Send application/json or text/xml.".into());
        let (name, parameters) = split(content_type.ok_or_else(refused)?);
        let charset = parameter(parameters, "charset");
        if charset.is_some_and(|name| !["utf-8", "us-ascii"].contains(&name.as_str())) {
            return Err(Error::NotAcceptable("Send UTF-8.".into()));
        }
        Self::named(&name).ok_or_else(refused)
    }

    /// Of the reply, by `Accept`; `asked` is the request's own, JSON for one without a body.
    pub fn of_reply(accept: Option<&str>, asked: Self) -> Result<Self, Error> {
        let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else {
            return Ok(asked);
        };
        let ranges: Vec<(String, u16)> = accept.split(',').map(range).collect();
        // Of two that are wanted equally, the request's own.
        let best = Self::ALL
            .into_iter()
            .filter_map(|format| Some((format, format.wanted(&ranges)?)))
            .min_by_key(|(format, wanted)| (Reverse(*wanted), *format != asked));
        best.map(|(format, _)| format).ok_or_else(|| {
            Error::NotAcceptable("The reply can be application/json or text/xml.".into())
        })
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "application/json" | "text/json" | "text/x-json" => Some(Self::Json),
            "text/xml" | "application/xml" => Some(Self::Xml),
            "application/xhtml+xml" => None,
            _ => {
                let subtype = name.strip_prefix("application/")?;
                let is = |suffix| subtype.strip_suffix(suffix).is_some_and(|stem| !stem.is_empty());
                match () {
                    () if is("+json") => Some(Self::Json),
                    () if is("+xml") => Some(Self::Xml),
                    () => None,
                }
            }
        }
    }

    /// In thousandths, by the most specific range; `None`: not at all.
    fn wanted(self, ranges: &[(String, u16)]) -> Option<u16> {
        let best = |is_meant: &dyn Fn(&str) -> bool| {
            ranges.iter().filter(|(name, _)| is_meant(name)).map(|(_, wanted)| *wanted).max()
        };
        let family = match self {
            Self::Json => "application/*",
            Self::Xml => "text/*",
        };
        best(&|name| Self::named(name) == Some(self))
            .or_else(|| best(&|name| name == family))
            .or_else(|| best(&|name| name == "*/*" || name == "*"))
            .filter(|wanted| *wanted > 0)
    }
}

/// A range of `Accept`, lower case, and how much it is wanted.
fn range(text: &str) -> (String, u16) {
    let (name, parameters) = split(text);
    (name, parameter(parameters, "q").map_or(1_000, |text| thousandths(&text)))
}

/// `0.5` is 500; what is no such number is 0.
fn thousandths(text: &str) -> u16 {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    let decimals = format!("{decimals:0<3}").parse().unwrap_or(0);
    match (whole, decimals) {
        ("0", decimals) => decimals,
        ("1", 0) => 1_000,
        _ => 0,
    }
}

/// The name in lower case, and what is behind it.
fn split(text: &str) -> (String, &str) {
    let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
    (name.trim().to_ascii_lowercase(), parameters)
}

/// A parameter's value in lower case, without quotes.
fn parameter(parameters: &str, name: &str) -> Option<String> {
    parameters.split(';').find_map(|parameter| {
        let (other, value) = parameter.split_once('=')?;
        let is_meant = other.trim().eq_ignore_ascii_case(name);
        is_meant.then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_json_or_xml_by_any_of_their_names() {
        for (name, expected) in [
            ("application/json", Some(Format::Json)),
            ("Application/JSON; charset=UTF-8", Some(Format::Json)),
            ("text/x-json", Some(Format::Json)),
            ("text/json;charset=\"utf-8\"", Some(Format::Json)),
            ("application/vnd.agent+json", Some(Format::Json)),
            ("text/xml", Some(Format::Xml)),
            ("application/xml ; charset=us-ascii", Some(Format::Xml)),
            ("application/soap+xml", Some(Format::Xml)),
            ("application/xhtml+xml", None),
            ("application/+xml", None),
            ("application/x-www-form-urlencoded", None),
            ("text/plain", None),
            ("text/html+xml", None),
            ("json", None),
            ("*/*", None),
            ("", None),
            ("application/json; charset=utf-16", None),
            ("text/xml; charset=iso-8859-1", None),
        ] {
            let format = Format::of_request(Some(name));
            assert_eq!(format.as_ref().ok().copied(), expected, "{name}");
            assert!(matches!(format, Ok(_) | Err(Error::NotAcceptable(_))), "{name}");
        }
        assert!(matches!(Format::of_request(None), Err(Error::NotAcceptable(_))));
    }

    #[test]
    fn replies_are_what_is_wanted_most() {
        use Format::{Json, Xml};
        for (accept, asked, expected) in [
            ("", Xml, Some(Xml)),
            (" ", Json, Some(Json)),
            ("*/*", Json, Some(Json)),
            ("*/*", Xml, Some(Xml)),
            ("*", Xml, Some(Xml)),
            ("application/json", Xml, Some(Json)),
            ("text/xml", Json, Some(Xml)),
            ("application/xml", Json, Some(Xml)),
            ("application/json, text/xml", Xml, Some(Xml)),
            ("application/json, text/xml", Json, Some(Json)),
            ("application/json;q=0.5, text/xml;q=0.501", Json, Some(Xml)),
            ("application/json;q=0.9, text/xml", Json, Some(Xml)),
            ("application/json; Q=0.9; x=y, */*;q=0.1", Xml, Some(Json)),
            ("*/*, application/json;q=0", Json, Some(Xml)),
            ("*/*;q=0.1, text/*;q=0", Xml, Some(Json)),
            ("application/*", Xml, Some(Json)),
            ("text/*", Json, Some(Xml)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Json, Some(Xml)),
            ("text/html, */*;q=0.1", Json, Some(Json)),
            ("text/plain", Json, None),
            ("text/html", Json, None),
            ("*/*;q=0", Json, None),
            ("application/json;q=0.0", Json, None),
            ("application/json;q=2", Json, None),
            ("application/json;q=-1", Json, None),
            ("application/json;q=0.1234", Json, None),
            ("application/json;q=x", Json, None),
            (",", Json, None),
        ] {
            let format = Format::of_reply(Some(accept), asked);
            assert_eq!(format.as_ref().ok().copied(), expected, "{accept}");
            assert!(matches!(format, Ok(_) | Err(Error::NotAcceptable(_))), "{accept}");
        }
        assert_eq!(Format::of_reply(None, Xml), Ok(Xml));
    }
}
