//! `GET /.well-known/stellar.toml`
//!
//! Who we are and where our services stand (SEP-1 2.7.0, 2025-01-16).

use std::fmt::Write as _;

use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::account::AccountKey;
use super::cors;
use super::error::Error;

/// The version of SEP-1 that the file is written by.
const VERSION: &str = "2.7.0";

/// What the file says.
#[derive(Debug, Clone)]
pub struct Info {
    /// Which network.
    pub network_passphrase: String,
    /// Whose signatures are ours, on challenges and on callbacks.
    pub signing_key: AccountKey,
    /// URL of SEP-10, no trailing slash.
    pub web_auth_endpoint: String,
    /// URL of SEP-12, no trailing slash.
    pub kyc_server: String,
    /// Further accounts of ours.
    pub accounts: Vec<AccountKey>,
    /// Name of the organisation.
    pub org_name: Option<String>,
    /// Its URL.
    pub org_url: Option<String>,
}

/// The file, ready to be served.
#[derive(Debug, Clone)]
pub struct File(Bytes);

impl Info {
    /// As TOML 0.4, which is all that some wallets read: plain strings, no dotted keys.
    pub fn render(&self) -> File {
        let mut text = String::new();
        let pairs = [
            ("VERSION", VERSION),
            ("NETWORK_PASSPHRASE", &self.network_passphrase),
            ("SIGNING_KEY", &self.signing_key.text()),
            ("WEB_AUTH_ENDPOINT", &self.web_auth_endpoint),
            ("KYC_SERVER", &self.kyc_server),
        ];
        for (name, value) in pairs {
            push(&mut text, name, value);
        }
        if !self.accounts.is_empty() {
            let accounts: Vec<String> =
                self.accounts.iter().map(|account| quoted(&account.text())).collect();
            writeln!(text, "ACCOUNTS = [{}]", accounts.join(", ")).expect(TO_TEXT);
        }
        if self.org_name.is_some() || self.org_url.is_some() {
            text.push_str("\n[DOCUMENTATION]\n");
        }
        for (name, value) in [("ORG_NAME", &self.org_name), ("ORG_URL", &self.org_url)] {
            if let Some(value) = value {
                push(&mut text, name, value);
            }
        }
        text.push_str(PLACEHOLDER);
        File(text.into())
    }
}

/// We issue nothing, but the official test suite wants a currency.
const PLACEHOLDER: &str = r#"
[[CURRENCIES]]
code = "KYC"
desc = "Not an asset: this server only knows customers"
status = "test"
is_asset_anchored = false
anchor_asset_type = "other"
"#;

const TO_TEXT: &str = "invariant: writing to a text cannot fail";

fn push(text: &mut String, name: &str, value: &str) {
    writeln!(text, "{name} = {}", quoted(value)).expect(TO_TEXT);
}

/// A basic string.
fn quoted(value: &str) -> String {
    let mut text = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            c if c.is_control() => write!(text, "\\u{:04X}", u32::from(c)).expect(TO_TEXT),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

/// The route; needs a [`File`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/.well-known/stellar.toml")
            .wrap(from_fn(cors::open))
            .route(web::get().to(handle))
            .route(web::head().to(handle))
            .default_service(web::to(wrong_method)),
    );
}

/// The endpoint.
pub async fn handle(file: Data<File>) -> HttpResponse {
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    HttpResponse::Ok().insert_header((CONTENT_TYPE, plain)).body(file.0.clone())
}

async fn wrong_method(_: HttpRequest) -> Result<&'static str, Error> {
    Err(Error::WrongMethod("GET, HEAD, OPTIONS"))
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::dev::ServiceResponse;
    use actix_web::http::{Method, StatusCode};
    use actix_web::test::{self as actix, TestRequest};
    use toml_edit::DocumentMut;

    use super::*;

    fn info() -> Info {
        Info {
            network_passphrase: "Test SDF Network ; September 2015".to_owned(),
            signing_key: AccountKey([9; 32]),
            web_auth_endpoint: "https://kyc.example/auth".to_owned(),
            kyc_server: "https://kyc.example/kyc".to_owned(),
            accounts: Vec::new(),
            org_name: None,
            org_url: None,
        }
    }

    fn header<'a>(answer: &'a ServiceResponse, name: &str) -> &'a str {
        answer.headers().get(name).map_or("", |value| value.to_str().expect("text"))
    }

    fn text(info: &Info) -> String {
        String::from_utf8(info.render().0.to_vec()).expect("UTF-8")
    }

    #[test]
    fn the_file_says_where_everything_is() {
        let expected = format!(
            "VERSION = \"2.7.0\"\n\
             NETWORK_PASSPHRASE = \"Test SDF Network ; September 2015\"\n\
             SIGNING_KEY = \"{}\"\n\
             WEB_AUTH_ENDPOINT = \"https://kyc.example/auth\"\n\
             KYC_SERVER = \"https://kyc.example/kyc\"\n{PLACEHOLDER}",
            AccountKey([9; 32]).text()
        );
        assert_eq!(text(&info()), expected);
    }

    #[test]
    fn any_text_survives() {
        let name = "A \"B\" \\ C\n\u{7f}ü";
        let info = Info {
            org_name: Some(name.to_owned()),
            org_url: Some("https://kyc.example".to_owned()),
            accounts: vec![AccountKey([1; 32]), AccountKey([2; 32])],
            ..info()
        };
        let read: DocumentMut = text(&info).parse().expect("TOML");
        assert_eq!(read["DOCUMENTATION"]["ORG_NAME"].as_str(), Some(name));
        assert_eq!(read["DOCUMENTATION"]["ORG_URL"].as_str(), Some("https://kyc.example"));
        assert_eq!(read["ACCOUNTS"][1].as_str(), Some(AccountKey([2; 32]).text().as_str()));
        assert_eq!(read["CURRENCIES"][0]["status"].as_str(), Some("test"));
    }

    #[actix_web::test]
    async fn the_file_is_plain_text_that_every_page_may_read() {
        let app = App::new().app_data(Data::new(info().render())).configure(routes);
        let app = actix::init_service(app).await;
        let uri = "/.well-known/stellar.toml";
        for (method, status) in [
            (TestRequest::get(), StatusCode::OK),
            (TestRequest::post(), StatusCode::METHOD_NOT_ALLOWED),
            (TestRequest::default().method(Method::OPTIONS), StatusCode::NO_CONTENT),
        ] {
            let answer = actix::call_service(&app, method.uri(uri).to_request()).await;
            assert_eq!(answer.status(), status);
            assert_eq!(header(&answer, "access-control-allow-origin"), "*");
        }
        let answer = actix::call_service(&app, TestRequest::get().uri(uri).to_request()).await;
        assert_eq!(header(&answer, "content-type"), "text/plain; charset=utf-8");
        assert_eq!(actix::read_body(answer).await, text(&info()));
    }
}
