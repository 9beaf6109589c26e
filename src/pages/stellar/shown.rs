//! What the page of a customer says, before it is HTML.

use kyc_events::sealed::{Opener, SealError};
use kyc_events::stellar::{FieldStatus, Status};

use crate::pages::lang::Lang;
use crate::pages::words;
use crate::stellar::customer::{State, view};
use crate::stellar::sep9::{self, Format, words as sep9_words};
use crate::stellar::types::{Type, Types};

/// A text, and the language it is in: descriptions are not there in all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub text: String,
    pub lang: Lang,
}

/// A value that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub label: Label,
    pub status: FieldStatus,
}

/// How a value is put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// `type` and `inputmode` of the element.
    Text(&'static str, &'static str),
    /// One of these.
    Choice(Vec<String>),
    /// What it accepts.
    File(&'static str),
    /// A verification code.
    Code,
}

/// A value that is wanted.
#[derive(Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name in SEP-12.
    pub name: String,
    pub label: Label,
    pub control: Control,
    pub hints: Vec<&'static str>,
    pub autocomplete: Option<&'static str>,
    pub is_required: bool,
    /// Why what was given before is not good.
    pub error: Option<String>,
    /// What was filled in just now.
    pub filled: String,
}

/// All of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    pub lang: Lang,
    pub status: Status,
    pub message: Option<String>,
    pub lines: Vec<Line>,
    pub inputs: Vec<Input>,
    /// Something is wrong with the form as a whole.
    pub problem: Option<String>,
    /// Something was filled in that is not good.
    pub is_refused: bool,
    pub was_sent: bool,
    pub form_secret: String,
    pub expires_at_s: i64,
}

/// The type a page is about: that of its link, else the one that needs something most.
pub fn kind_of(named: &str, state: &State, types: &Types) -> String {
    if !named.is_empty() {
        return named.to_owned();
    }
    let urgency = |status| match status {
        Status::NeedsInfo => 3,
        Status::Processing => 2,
        Status::Rejected => 1,
        Status::Accepted => 0,
    };
    let of = |name: &String| state.status_of(name).map(urgency);
    let opened = state.kinds.keys().rev().max_by_key(|name| of(name));
    let default = || types.find(None).map(|one| one.name.clone());
    opened.cloned().or_else(default).unwrap_or_default()
}

impl Shown {
    /// The customer as this type, whose rules are `rules`, if they are still configured.
    pub fn of(
        state: &State,
        kind: &str,
        rules: Option<&Type>,
        lang: Lang,
        reasons: &dyn Opener,
    ) -> Result<Self, SealError> {
        let words = |why: &view::Why| -> Result<String, SealError> {
            let own = why.reason.text.as_ref().map(|text| text.read(&why.field, reasons));
            let code = || view::text_of(&why.reason.code, lang.code());
            Ok(own.transpose()?.flatten().unwrap_or_else(code))
        };
        let Some(view) = view::view(state, kind) else { return Ok(Self::empty(lang)) };
        let asks = view.status == Status::NeedsInfo;
        let mut shown = Self { status: view.status, ..Self::empty(lang) };
        shown.message = view.message.as_ref().map(words).transpose()?;
        for one in view.provided {
            let label = label(&one.name, rules, lang);
            if asks && one.status == FieldStatus::VerificationRequired {
                shown.inputs.push(code_input(&one.name, &label, lang));
                let mut again = value_input(&one.name, label.clone(), rules, lang);
                again.hints.insert(0, words::CODE_AGAIN.pick(lang));
                shown.inputs.push(again);
            } else if asks && one.status == FieldStatus::Rejected {
                let mut again = value_input(&one.name, label.clone(), rules, lang);
                again.is_required = !one.is_optional;
                again.error = one.error.as_ref().map(words).transpose()?;
                shown.inputs.push(again);
            }
            shown.lines.push(Line { label, status: one.status });
        }
        for one in view.wanted.into_iter().filter(|_| asks) {
            let mut input = value_input(&one.name, label(&one.name, rules, lang), rules, lang);
            input.is_required = !one.is_optional;
            shown.inputs.push(input);
        }
        Ok(shown)
    }

    fn empty(lang: Lang) -> Self {
        Self {
            lang,
            status: Status::NeedsInfo,
            message: None,
            lines: Vec::new(),
            inputs: Vec::new(),
            problem: None,
            is_refused: false,
            was_sent: false,
            form_secret: String::new(),
            expires_at_s: 0,
        }
    }

    /// Whether what was filled in cannot be taken.
    pub fn has_problem(&self) -> bool {
        self.problem.is_some() || self.is_refused
    }
}

/// What a field is: in the operator's words, else in ours.
fn label(name: &str, rules: Option<&Type>, lang: Lang) -> Label {
    let configured = |lang: Lang| {
        let text = rules?.descriptions.get(lang.code())?.get(name)?;
        Some(Label { text: text.clone(), lang })
    };
    let built_in = |lang: Lang| {
        let text = sep9_words::description(name, lang.code())?;
        Some(Label { text: text.to_owned(), lang })
    };
    configured(lang)
        .or_else(|| configured(Lang::En))
        .or_else(|| built_in(lang))
        .or_else(|| built_in(Lang::En))
        .unwrap_or_else(|| Label { text: name.to_owned(), lang: Lang::En })
}

fn code_input(field: &str, label: &Label, lang: Lang) -> Input {
    Input {
        name: format!("{field}_verification"),
        label: Label { text: format!("{}: {}", words::CODE.pick(lang), label.text), lang },
        control: Control::Code,
        hints: vec![words::CODE_HINT.pick(lang)],
        autocomplete: Some("one-time-code"),
        is_required: true,
        error: None,
        filled: String::new(),
    }
}

fn value_input(name: &str, label: Label, rules: Option<&Type>, lang: Lang) -> Input {
    let format = sep9::find(name).map_or(Format::Text, |field| field.format);
    let choices = rules.map_or(Vec::new(), |rules| rules.choices(name));
    let control = match format {
        _ if !choices.is_empty() => {
            Control::Choice(choices.into_iter().map(str::to_owned).collect())
        }
        Format::Choice(words) => {
            Control::Choice(words.iter().map(|word| (*word).to_owned()).collect())
        }
        Format::Email => Control::Text("email", "email"),
        Format::Phone => Control::Text("tel", "tel"),
        Format::Number | Format::Occupation => Control::Text("text", "numeric"),
        Format::Binary => Control::File("image/*,application/pdf"),
        Format::Liveness => Control::File("image/*,application/pdf,video/mp4,video/webm"),
        // Not a date picker: each shows its own order of day and month, whatever the hint says.
        Format::Text
        | Format::Date
        | Format::CardExpiry
        | Format::Country3
        | Format::Country2
        | Format::Language
        | Format::Ip => Control::Text("text", "text"),
    };
    Input {
        name: name.to_owned(),
        label,
        control,
        hints: words::hint(format).map(|text| text.pick(lang)).into_iter().collect(),
        autocomplete: autocomplete(name),
        is_required: false,
        error: None,
        filled: String::new(),
    }
}

/// What browsers may fill in by themselves (HTML, autofill field names).
fn autocomplete(name: &str) -> Option<&'static str> {
    Some(match name {
        "first_name" => "given-name",
        "last_name" => "family-name",
        "additional_name" => "additional-name",
        "email_address" => "email",
        "mobile_number" => "tel",
        "birth_date" => "bday",
        "address" => "street-address",
        "city" => "address-level2",
        "state_or_province" => "address-level1",
        "postal_code" => "postal-code",
        "sex" => "sex",
        "organization.name" => "organization",
        _ => return None,
    })
}
