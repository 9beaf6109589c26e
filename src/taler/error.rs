//! Taler's errors: `{"code": 26, "hint": "…", "detail": "h_payto"}`.
//!
//! `code` is GANA's number, `hint` its fixed English text, `detail` the culprit by name. Nothing
//! that somebody sent is repeated. A person with a browser gets the same as a page.
//!
//! Source: Taler docs, `api-common`; GANA `gnu-taler-error-codes`, 2023-02 and later.

pub mod code;
mod page;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ALLOW, CACHE_CONTROL,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde_json::{Map, Value, json};

use crate::config::limits;

pub use code::{BulkCodes, Code};

/// What an endpoint answers instead of 2xx or 3xx.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{} ({})", .code.hint(), .code.number())]
pub struct ErrorDetail {
    /// What kind of error.
    pub code: Code,
    /// HTTP status: the code's own unless an endpoint's documentation says another.
    pub status: u16,
    /// Which parameter, header or field; never what was sent in it.
    pub detail: Option<String>,
    /// Further members of the body.
    pub members: Vec<(&'static str, Value)>,
    /// The methods there are, for 405.
    pub allow: Option<&'static str>,
    /// For the log, never for the client.
    pub cause: Option<String>,
}

impl ErrorDetail {
    /// With the code's own status and nothing else.
    pub fn new(code: Code) -> Self {
        let (status, members) = (code.status(), Vec::new());
        Self { code, status, detail: None, members, allow: None, cause: None }
    }

    /// 400, code 25: a parameter or header is missing.
    pub fn parameter_missing(name: &str) -> Self {
        Self::new(Code::ParameterMissing).of(name)
    }

    /// 400, code 26: a parameter or header cannot be read.
    pub fn parameter_malformed(name: &str) -> Self {
        Self::new(Code::ParameterMalformed).of(name)
    }

    /// 400, code 29: a part of the path cannot be read, as today's endpoints say it.
    pub fn path_segment_malformed(name: &str) -> Self {
        Self::new(Code::PathSegmentMalformed).of(name)
    }

    /// 400, code 22: a member of the body is missing or of another type.
    pub fn json_invalid(field: &str) -> Self {
        Self::new(Code::JsonInvalid).with("field", json!(field))
    }

    /// 404, code 21: no such path.
    pub fn endpoint_unknown() -> Self {
        Self::new(Code::EndpointUnknown)
    }

    /// 405, code 20; the methods there are.
    pub fn method_invalid(allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::new(Code::MethodInvalid) }
    }

    /// 411: no `Content-Length`. No code is documented for it; 25 says it best.
    pub fn length_required() -> Self {
        Self::parameter_missing("Content-Length").status(411)
    }

    /// 413, code 32.
    pub fn upload_exceeds_limit() -> Self {
        Self::new(Code::UploadExceedsLimit)
    }

    /// 500 with one of the database's codes or another; the cause is for the log.
    pub fn internal(code: Code, cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), ..Self::new(code) }
    }

    /// Names the culprit.
    #[must_use]
    pub fn of(self, detail: &str) -> Self {
        Self { detail: Some(detail.to_owned()), ..self }
    }

    /// Another status than the code's own.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// A further member of the body.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.members.push((name, value));
        self
    }

    /// The body.
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("code".to_owned(), json!(self.code.number()));
        body.insert("hint".to_owned(), json!(self.code.hint()));
        if let Some(detail) = &self.detail {
            body.insert("detail".to_owned(), json!(detail));
        }
        for (name, value) in &self.members {
            body.entry(*name).or_insert_with(|| value.clone());
        }
        Value::Object(body)
    }

    /// The same for a person, as a whole HTML page. Everything in it is escaped.
    pub fn page(&self) -> String {
        page::render(self)
    }

    /// The answer to a browser.
    pub fn html_response(&self) -> HttpResponse {
        let mut response = self.head();
        response.insert_header((CONTENT_TYPE, "text/html; charset=utf-8"));
        response.insert_header((CONTENT_SECURITY_POLICY, page::POLICY));
        response.insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
        response.body(self.page())
    }

    fn head(&self) -> HttpResponseBuilder {
        if let Some(cause) = &self.cause {
            tracing::error!(code = self.code.number(), cause, "a request could not be served");
        }
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
        response.insert_header((ACCESS_CONTROL_EXPOSE_HEADERS, "*"));
        response.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(allow) = self.allow {
            response.insert_header((ALLOW, allow));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((RETRY_AFTER, limits::RETRY_AFTER_S.to_string()));
        }
        response
    }
}

/// Whether whoever sends this `Accept` header would rather have HTML than JSON: browsers name
/// `text/html`, programs do not.
pub fn prefers_html(accept: Option<&str>) -> bool {
    let quality = |names: &[&str]| {
        let ranges = accept.unwrap_or_default().split(',');
        let wanted = ranges.filter_map(|range| {
            let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
            let is_named = names.iter().any(|one| name.trim().eq_ignore_ascii_case(one));
            is_named.then(|| quality_of(parameters))
        });
        wanted.fold(0.0, f32::max)
    };
    let html = quality(&["text/html", "application/xhtml+xml"]);
    html > 0.0 && html >= quality(&["application/json"])
}

/// The number behind `q=`, 1 if there is none.
fn quality_of(parameters: &str) -> f32 {
    let mut parameters = parameters.split(';').map(str::trim);
    let quality = parameters.find_map(|parameter| parameter.strip_prefix("q="));
    quality.map_or(1.0, |text| text.trim().parse().unwrap_or(0.0))
}

impl From<Code> for ErrorDetail {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl ResponseError for ErrorDetail {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        self.head().json(self.body())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_code_hint_and_the_culprits_name() {
        let error = ErrorDetail::parameter_malformed("h_payto");
        assert_eq!((error.status, error.code.number()), (400, 26));
        let body = serde_json::to_string(&error.body()).expect("JSON");
        assert!(body.starts_with(r#"{"code":26,"hint":""#), "{body}");
        assert!(body.ends_with(r#","detail":"h_payto"}"#), "{body}");
        let error = ErrorDetail::new(Code::KycCheckAuthorizationFailed)
            .status(401)
            .with("expected_account_pub", json!("X"))
            .with("code", json!(1));
        assert_eq!(error.status_code(), StatusCode::UNAUTHORIZED);
        assert_eq!(error.body()["code"], 1930);
        assert_eq!(error.body()["expected_account_pub"], "X");
        assert_eq!(error.body().get("detail"), None);
    }

    #[test]
    fn answers_may_be_read_by_any_page_and_name_the_methods() {
        let response = ErrorDetail::method_invalid("GET").error_response();
        let header =
            |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(response.status(), 405);
        assert_eq!(header("allow"), Some("GET"));
        assert_eq!(header("access-control-allow-origin"), Some("*"));
        assert_eq!(header("content-type"), Some("application/json"));
        assert_eq!(ErrorDetail::length_required().error_response().status(), 411);
        assert_eq!(ErrorDetail::upload_exceeds_limit().error_response().status(), 413);
    }

    #[test]
    fn the_cause_stays_in_the_log() {
        let error = ErrorDetail::internal(Code::DbStoreFailed, "disk full");
        assert_eq!(error.status, 500);
        assert!(!error.body().to_string().contains("disk"));
        assert!(!error.page().contains("disk"));
        assert!(!error.to_string().contains("disk"));
    }

    #[test]
    fn pages_escape_what_is_in_them() {
        let error = ErrorDetail::new(Code::KycProofBackendAuthorizationFailed)
            .of("<script>alert('x')</script>\"&");
        let page = error.page();
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&lt;script&gt;"), "{page}");
        assert!(page.contains("1928"), "{page}");
        let response = error.html_response();
        let kind = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        assert_eq!(kind, Some("text/html; charset=utf-8"));
    }

    #[test]
    fn browsers_get_html_and_programs_json() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for html in [browser, "TEXT/HTML", "application/json;q=0.5, text/html;q=0.6"] {
            assert!(prefers_html(Some(html)), "{html}");
        }
        for json in [
            "",
            "*/*",
            "application/json",
            "application/json, text/html;q=0.9",
            "text/html;q=0",
            "text/html;q=x",
            "text/plain",
        ] {
            assert!(!prefers_html(Some(json)), "{json}");
        }
        assert!(!prefers_html(None));
    }
}
