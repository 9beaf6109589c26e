//! Reasons: a code that is known in several languages, or the operator's own words.

use kyc_events::sealed::Sealed;
use kyc_events::stellar::Reason;

/// The code of a reason that has only words.
pub const OTHER: &str = "other";
const CODE_BYTES_MAX: usize = 64;

/// Codes with a text of their own: English, German, Spanish, French.
const KNOWN: [(&str, [&str; 4]); 8] = [
    (
        "unreadable",
        [
            "It cannot be read.",
            "Es ist nicht lesbar.",
            "No se puede leer.",
            "Ce n'est pas lisible.",
        ],
    ),
    ("expired", ["It has expired.", "Es ist abgelaufen.", "Ha caducado.", "C'est expiré."]),
    (
        "mismatch",
        [
            "It does not match the other information.",
            "Es passt nicht zu den anderen Angaben.",
            "No coincide con los demás datos.",
            "Cela ne correspond pas aux autres informations.",
        ],
    ),
    (
        "resubmit",
        [
            "Please send this information again.",
            "Bitte senden Sie diese Angaben noch einmal.",
            "Envíe estos datos de nuevo.",
            "Veuillez renvoyer ces informations.",
        ],
    ),
    (
        "rejected",
        [
            "The application was rejected.",
            "Der Antrag wurde abgelehnt.",
            "La solicitud fue rechazada.",
            "La demande a été refusée.",
        ],
    ),
    (
        "processing",
        [
            "The information is being reviewed.",
            "Die Angaben werden geprüft.",
            "Los datos se están revisando.",
            "Les informations sont en cours d'examen.",
        ],
    ),
    (
        "more_info",
        [
            "Further information is needed.",
            "Weitere Angaben werden benötigt.",
            "Se necesitan más datos.",
            "Des informations complémentaires sont nécessaires.",
        ],
    ),
    (
        "not_accepted",
        [
            "It was not accepted.",
            "Es wurde nicht angenommen.",
            "No fue aceptado.",
            "Cela n'a pas été accepté.",
        ],
    ),
];

/// A reason out of what an operator or a provider gave.
pub(super) fn reason(given: &str) -> Reason {
    let given = given.trim();
    let is_code = (1..=CODE_BYTES_MAX).contains(&given.len())
        && given.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if is_code {
        return Reason { code: given.to_owned(), text: None };
    }
    Reason { code: OTHER.to_owned(), text: Some(Sealed::open_value(&given.to_owned())) }
}

/// The text of a code in this language, else in English. A code without a text is shown as it is.
pub fn text_of(code: &str, lang: &str) -> String {
    let at = ["en", "de", "es", "fr"].iter().position(|known| *known == lang).unwrap_or(0);
    let known = KNOWN.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| code.replace('_', " "), |(_, texts)| texts[at].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sealed_and_codes_are_not() {
        assert_eq!(reason("unreadable"), Reason { code: "unreadable".to_owned(), text: None });
        let words = reason(" Anna's photo is blurry ");
        assert_eq!(words.code, OTHER);
        assert_eq!(words.text, Some(Sealed::open_value(&"Anna's photo is blurry".to_owned())));
    }

    #[test]
    fn texts_follow_the_language() {
        assert_eq!(text_of("expired", "de"), "Es ist abgelaufen.");
        assert_eq!(text_of("expired", "xx"), "It has expired.");
        assert_eq!(text_of("name_on_list", "de"), "name on list");
    }
}
