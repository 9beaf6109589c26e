//! The page of a customer as HTML. maud escapes whatever is put in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, SecondsFormat};
use kyc_events::stellar::{FieldStatus, Status};
use maud::{Markup, html};

use super::shown::{Control, Input, Label, Line, Shown};
use crate::pages::lang::Lang;
use crate::pages::{Page, words};

/// Name of the form's hidden secret.
pub const SECRET: &str = "form_secret";

/// The answer.
pub fn page(shown: &Shown, status: StatusCode) -> HttpResponse {
    let lang = shown.lang;
    let before = if shown.has_problem() { words::ERROR_BEFORE.pick(lang) } else { "" };
    let title = format!("{before}{}", words::TITLE.pick(lang));
    Page { lang, title: &title, is_translated: true, body: body(shown) }.answer(status)
}

fn body(shown: &Shown) -> Markup {
    let lang = shown.lang;
    html! {
        h1 { (words::TITLE.pick(lang)) }
        @if shown.has_problem() { (problem(shown)) }
        @if shown.was_sent { p.status.good role="status" { (words::SENT.pick(lang)) } }
        (status(shown))
        @if !shown.inputs.is_empty() { (form(shown)) }
        @if !shown.lines.is_empty() { (lines(&shown.lines, lang)) }
        @if let Some(end) = DateTime::from_timestamp(shown.expires_at_s, 0) {
            p.end {
                (words::LINK_UNTIL.pick(lang)) " "
                time datetime=(end.to_rfc3339_opts(SecondsFormat::Secs, true)) {
                    (end.format("%Y-%m-%d %H:%M UTC"))
                }
            }
        }
    }
}

fn status(shown: &Shown) -> Markup {
    let class = match shown.status {
        Status::Accepted => "status good",
        Status::Rejected => "status bad",
        Status::NeedsInfo | Status::Processing => "status",
    };
    html! {
        section class=(class) aria-label=(words::STATUS.pick(shown.lang)) {
            strong { (words::status(shown.status).pick(shown.lang)) }
            @if let Some(message) = &shown.message { (message) }
        }
    }
}

/// At the top, so that nobody has to look for what went wrong.
fn problem(shown: &Shown) -> Markup {
    let bad: Vec<&Input> = shown.inputs.iter().filter(|input| input.error.is_some()).collect();
    html! {
        section.problem role="alert" aria-labelledby="problem" {
            h2 #problem { (words::PROBLEM.pick(shown.lang)) }
            @if let Some(problem) = &shown.problem { p { (problem) } }
            @if shown.is_refused && !bad.is_empty() {
                ul {
                    @for input in bad {
                        li {
                            a href={ "#" (id(input)) } {
                                (in_language(&input.label, shown.lang)) ": "
                                (input.error.as_deref().unwrap_or_default())
                            }
                        }
                    }
                }
            }
        }
    }
}

fn form(shown: &Shown) -> Markup {
    let lang = shown.lang;
    let is_long = shown.inputs.len() > 1;
    html! {
        h2 { (words::WANTED.pick(lang)) }
        @if is_long { p { (words::IN_PARTS.pick(lang)) } }
        form method="post" enctype="multipart/form-data" action={ "?lang=" (lang.code()) }
            accept-charset="utf-8" novalidate {
            input type="hidden" name=(SECRET) value=(shown.form_secret);
            @for input in &shown.inputs { (field(input, lang)) }
            button type="submit" { (words::SEND.pick(lang)) }
        }
    }
}

fn field(input: &Input, lang: Lang) -> Markup {
    let id = id(input);
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let mut told: Vec<&str> = Vec::new();
    if !input.hints.is_empty() {
        told.push(&hint_id);
    }
    if input.error.is_some() {
        told.push(&error_id);
    }
    let told = (!told.is_empty()).then(|| told.join(" "));
    let need = if input.is_required { words::REQUIRED } else { words::OPTIONAL };
    html! {
        div.field {
            label for=(id) {
                (in_language(&input.label, lang)) " " small { "(" (need.pick(lang)) ")" }
            }
            @if !input.hints.is_empty() { p.hint id=(hint_id) { (input.hints.join(" ")) } }
            @if let Some(error) = &input.error { p.error id=(error_id) { (error) } }
            (control(input, &id, told.as_deref(), lang))
        }
    }
}

fn control(input: &Input, id: &str, told: Option<&str>, lang: Lang) -> Markup {
    let invalid = input.error.is_some().then_some("true");
    let required = input.is_required.then_some("true");
    match &input.control {
        Control::Choice(words) => html! {
            select id=(id) name=(input.name) aria-describedby=[told] aria-invalid=[invalid]
                aria-required=[required] autocomplete=[input.autocomplete] {
                option value="" { (words::CHOOSE.pick(lang)) }
                @for word in words {
                    option value=(word) selected[*word == input.filled] { (word) }
                }
            }
        },
        Control::File(accept) => html! {
            input type="file" id=(id) name=(input.name) accept=(accept) aria-describedby=[told]
                aria-invalid=[invalid] aria-required=[required];
        },
        Control::Text(kind, mode) => html! {
            input type=(kind) inputmode=(mode) id=(id) name=(input.name) value=(input.filled)
                aria-describedby=[told] aria-invalid=[invalid] aria-required=[required]
                autocomplete=[input.autocomplete];
        },
        Control::Code => html! {
            input type="text" inputmode="numeric" maxlength="12" id=(id) name=(input.name)
                aria-describedby=[told] aria-invalid=[invalid] aria-required=[required]
                autocomplete=[input.autocomplete];
        },
    }
}

fn lines(lines: &[Line], lang: Lang) -> Markup {
    html! {
        h2 { (words::PROVIDED.pick(lang)) }
        dl {
            @for line in lines {
                div {
                    dt { (in_language(&line.label, lang)) }
                    dd class=(class_of(line.status)) { (words::field_status(line.status).pick(lang)) }
                }
            }
        }
    }
}

fn class_of(status: FieldStatus) -> &'static str {
    match status {
        FieldStatus::Accepted => "good",
        FieldStatus::Rejected => "bad",
        FieldStatus::Processing | FieldStatus::VerificationRequired => "open",
    }
}

/// A screen reader pronounces it as what it is.
fn in_language(label: &Label, lang: Lang) -> Markup {
    let other = (label.lang != lang).then(|| label.lang.code());
    html! { span lang=[other] { (label.text) } }
}

fn id(input: &Input) -> String {
    format!("f-{}", input.name)
}
