//! Texts of reasons that have a code, in several languages.

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
    fn texts_follow_the_language() {
        assert_eq!(text_of("expired", "de"), "Es ist abgelaufen.");
        assert_eq!(text_of("expired", "xx"), "It has expired.");
        assert_eq!(text_of("name_on_list", "de"), "name on list");
    }
}
