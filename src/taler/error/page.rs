//! An error as a page. maud escapes whatever is put in.

use maud::{DOCTYPE, html};

use super::ErrorDetail;

/// Nothing is loaded, run or sent.
pub(super) const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// The whole document.
pub(super) fn render(error: &ErrorDetail) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { "Verification" }
            }
            body {
                main {
                    h1 { (error.code.title()) }
                    p { (error.code.hint()) }
                    @if let Some(detail) = &error.detail { p { (detail) } }
                    p { small { "Error " (error.code.number()) } }
                }
            }
        }
    };
    page.into_string()
}
