//! Pages for the people themselves, below `/me`: plain HTML made here, no script, nothing loaded
//! from elsewhere.
//!
//! | file | what |
//! |---|---|
//! | [`link`] | signed links, the only way in |
//! | [`lang`], [`words`] | four languages |
//! | [`form`] | reads what was filled in |
//! | [`stellar`] | `/me/stellar/{token}` |

pub mod form;
pub mod lang;
pub mod link;
pub mod stellar;
pub mod words;

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY,
    RETRY_AFTER, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::config::limits;
use lang::Lang;

const STYLE: &str = include_str!("pages/style.css");

/// Nothing but this page's own style sheet, and its own form.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// A whole page.
pub struct Page<'a> {
    /// Its language.
    pub lang: Lang,
    /// Its title.
    pub title: &'a str,
    /// Whether the same page can be had in other languages.
    pub is_translated: bool,
    /// What it says, below the title.
    pub body: Markup,
}

impl Page<'_> {
    /// The document.
    pub fn render(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(self.lang.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    @if self.is_translated { (languages(self.lang)) }
                    main { (self.body) }
                }
            }
        }
    }

    /// The answer.
    pub fn answer(&self, status: StatusCode) -> HttpResponse {
        let mut answer = HttpResponse::build(status);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((RETRY_AFTER, limits::RETRY_AFTER_S.to_string()));
        }
        answer
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_SECURITY_POLICY, POLICY.as_str()))
            // The address is the secret.
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((X_FRAME_OPTIONS, "DENY"))
            .insert_header((HeaderName::from_static("x-robots-tag"), "noindex"))
            .body(self.render().into_string())
    }
}

/// A page that says one thing.
pub fn notice(status: StatusCode, lang: Lang, texts: words::Notice) -> HttpResponse {
    let (title, text) = (texts.title(lang), texts.text(lang));
    let body = html! { h1 { (title) } p { (text) } };
    Page { lang, title, is_translated: false, body }.answer(status)
}

fn languages(current: Lang) -> Markup {
    html! {
        nav aria-label=(words::LANGUAGE.pick(current)) {
            ul {
                @for lang in Lang::ALL {
                    li {
                        @if lang == current {
                            span lang=(lang.code()) aria-current="true" { (lang.name()) }
                        } @else {
                            a href={ "?lang=" (lang.code()) } lang=(lang.code()) hreflang=(lang.code()) {
                                (lang.name())
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The language that the address asks for.
fn lang_of_query(request: &HttpRequest) -> Option<Lang> {
    let mut query = form_urlencoded::parse(request.query_string().as_bytes());
    query.find(|(name, _)| name == "lang").and_then(|(_, code)| Lang::of(&code))
}

/// The language that the browser asks for.
fn lang_of_browser(request: &HttpRequest) -> Lang {
    let wanted = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut tags = wanted.unwrap_or("").split(',').map(|tag| tag.split(';').next().unwrap_or(""));
    tags.find_map(|tag| Lang::of(tag.trim())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_lets_in_exactly_our_style() {
        let page = Page { lang: Lang::En, title: "t", is_translated: true, body: html! {} };
        let document = page.render().into_string();
        let (_, rest) = document.split_once("<style>").expect("a style");
        let (style, _) = rest.split_once("</style>").expect("its end");
        let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(POLICY.contains(&format!("style-src 'sha256-{hash}'")), "{}", *POLICY);
        assert!(POLICY.starts_with("default-src 'none'") && !POLICY.contains("unsafe"));
        assert!(!document.contains("<script") && !document.contains("http"));
    }

    #[test]
    fn the_browser_is_asked_for_its_language_if_nobody_else_is() {
        let request = |header: &str| {
            actix_web::test::TestRequest::get()
                .insert_header((ACCEPT_LANGUAGE, header))
                .to_http_request()
        };
        assert_eq!(lang_of_browser(&request("ja, de-CH;q=0.8, en")), Lang::De);
        assert_eq!(lang_of_browser(&request("*")), Lang::En);
    }
}
