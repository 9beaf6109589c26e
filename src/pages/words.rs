//! What pages say, in the order of [`Lang::ALL`]: English, German, Spanish, French.

use kyc_events::stellar::{FieldStatus, Status};

use super::lang::Lang;
use crate::stellar::sep9::Format;

/// One text in all languages.
#[derive(Clone, Copy)]
pub struct Text([&'static str; 4]);

impl Text {
    /// In this language.
    pub fn pick(self, lang: Lang) -> &'static str {
        lang.pick(&self.0)
    }
}

const fn text(en: &'static str, de: &'static str, es: &'static str, fr: &'static str) -> Text {
    Text([en, de, es, fr])
}

pub const LANGUAGE: Text = text("Language", "Sprache", "Idioma", "Langue");
pub const TITLE: Text = text(
    "Your identity check",
    "Ihre Identitätsprüfung",
    "Su verificación de identidad",
    "Votre vérification d'identité",
);
pub const ERROR_BEFORE: Text = text("Error: ", "Fehler: ", "Error: ", "Erreur : ");
pub const PROBLEM: Text =
    text("There is a problem", "Es gibt ein Problem", "Hay un problema", "Il y a un problème");
pub const SENT: Text = text(
    "Thank you. Your information has arrived.",
    "Danke. Ihre Angaben sind angekommen.",
    "Gracias. Hemos recibido sus datos.",
    "Merci. Vos informations sont arrivées.",
);
pub const STATUS: Text = text("Status", "Stand", "Estado", "État");
pub const WANTED: Text =
    text("What is needed", "Was gebraucht wird", "Qué se necesita", "Ce qui est nécessaire");
pub const PROVIDED: Text =
    text("What has arrived", "Was angekommen ist", "Qué hemos recibido", "Ce qui est arrivé");
pub const IN_PARTS: Text = text(
    "You may send it in parts.",
    "Sie können es auch nach und nach senden.",
    "Puede enviarlo por partes.",
    "Vous pouvez l'envoyer en plusieurs fois.",
);
pub const REQUIRED: Text = text("required", "erforderlich", "obligatorio", "obligatoire");
pub const OPTIONAL: Text = text("optional", "freiwillig", "opcional", "facultatif");
pub const CHOOSE: Text = text("Choose", "Bitte wählen", "Elija", "Choisissez");
pub const SEND: Text = text("Send", "Senden", "Enviar", "Envoyer");
pub const CODE: Text =
    text("Code sent to you", "Code, den Sie erhalten haben", "Código recibido", "Code reçu");
pub const CODE_HINT: Text = text("Six digits.", "Sechs Ziffern.", "Seis cifras.", "Six chiffres.");
pub const CODE_AGAIN: Text = text(
    "To get another code, send this again. Leave it empty if you have a code.",
    "Für einen neuen Code noch einmal senden. Leer lassen, wenn Sie einen Code haben.",
    "Para recibir otro código, envíelo de nuevo. Déjelo vacío si ya tiene un código.",
    "Pour recevoir un autre code, renvoyez-le. Laissez vide si vous avez un code.",
);
pub const LINK_UNTIL: Text = text(
    "This link is good until",
    "Dieser Link gilt bis",
    "Este enlace es válido hasta",
    "Ce lien est valable jusqu'au",
);
pub const NOTHING_SENT: Text = text(
    "Nothing was filled in.",
    "Es wurde nichts ausgefüllt.",
    "No se ha rellenado nada.",
    "Rien n'a été rempli.",
);
pub const FORM_OLD: Text = text(
    "This form could not be recognised. Please fill it in once more.",
    "Dieses Formular wurde nicht erkannt. Bitte füllen Sie es noch einmal aus.",
    "No se ha reconocido este formulario. Rellénelo de nuevo.",
    "Ce formulaire n'a pas été reconnu. Veuillez le remplir à nouveau.",
);
pub const TOO_LARGE: Text = text(
    "The files are too large together. Please send them one at a time.",
    "Die Dateien sind zusammen zu groß. Bitte senden Sie sie einzeln.",
    "Los archivos son demasiado grandes en conjunto. Envíelos de uno en uno.",
    "Les fichiers sont trop volumineux ensemble. Veuillez les envoyer un par un.",
);
pub const INVALID: Text = text(
    "This is not as expected.",
    "Diese Angabe passt nicht.",
    "Este dato no es válido.",
    "Cette information n'est pas valable.",
);
pub const WRONG_CODE: Text = text(
    "The code is wrong.",
    "Der Code ist falsch.",
    "El código es incorrecto.",
    "Le code est faux.",
);
pub const OLD_CODE: Text = text(
    "The code is no longer good. Please ask for another one.",
    "Der Code gilt nicht mehr. Bitte fordern Sie einen neuen an.",
    "El código ya no es válido. Solicite otro.",
    "Le code n'est plus valable. Veuillez en demander un autre.",
);

/// What a status means to the person.
pub fn status(status: Status) -> Text {
    match status {
        Status::Accepted => text(
            "Accepted. Nothing more is needed.",
            "Angenommen. Es wird nichts weiter gebraucht.",
            "Aceptado. No se necesita nada más.",
            "Accepté. Rien d'autre n'est nécessaire.",
        ),
        Status::Processing => text(
            "In review. You need not do anything now.",
            "In Prüfung. Sie müssen jetzt nichts tun.",
            "En revisión. No tiene que hacer nada ahora.",
            "En cours d'examen. Vous n'avez rien à faire pour l'instant.",
        ),
        Status::NeedsInfo => text(
            "Something from you is missing.",
            "Es fehlt etwas von Ihnen.",
            "Falta algo de su parte.",
            "Il manque quelque chose de votre part.",
        ),
        Status::Rejected => text("Rejected.", "Abgelehnt.", "Rechazado.", "Refusé."),
    }
}

/// How a value stands.
pub fn field_status(status: FieldStatus) -> Text {
    match status {
        FieldStatus::Accepted => text("accepted", "angenommen", "aceptado", "accepté"),
        FieldStatus::Processing => text("received", "erhalten", "recibido", "reçu"),
        FieldStatus::Rejected => {
            text("not accepted", "nicht angenommen", "no aceptado", "non accepté")
        }
        FieldStatus::VerificationRequired => {
            text("to be confirmed", "zu bestätigen", "por confirmar", "à confirmer")
        }
    }
}

/// What a good value looks like, where that is not plain.
pub fn hint(format: Format) -> Option<Text> {
    Some(match format {
        Format::Text | Format::Choice(_) => return None,
        Format::Number => {
            text("A whole number.", "Eine ganze Zahl.", "Un número entero.", "Un nombre entier.")
        }
        Format::Occupation => text(
            "ISCO-08 code of 1 to 4 digits.",
            "ISCO-08-Code aus 1 bis 4 Ziffern.",
            "Código CIUO-08 de 1 a 4 cifras.",
            "Code CITP-08 de 1 à 4 chiffres.",
        ),
        Format::Date => text(
            "Year-month-day, for example 1990-12-31.",
            "Jahr-Monat-Tag, zum Beispiel 1990-12-31.",
            "Año-mes-día, por ejemplo 1990-12-31.",
            "Année-mois-jour, par exemple 1990-12-31.",
        ),
        Format::CardExpiry => text(
            "Year and month, for example 29-11.",
            "Jahr und Monat, zum Beispiel 29-11.",
            "Año y mes, por ejemplo 29-11.",
            "Année et mois, par exemple 29-11.",
        ),
        Format::Phone => text(
            "With country code, for example +41446681800.",
            "Mit Ländervorwahl, zum Beispiel +41446681800.",
            "Con prefijo de país, por ejemplo +41446681800.",
            "Avec l'indicatif du pays, par exemple +41446681800.",
        ),
        Format::Email => text(
            "For example name@example.com.",
            "Zum Beispiel name@example.com.",
            "Por ejemplo name@example.com.",
            "Par exemple name@example.com.",
        ),
        Format::Country3 => text(
            "Three letters, for example MEX.",
            "Drei Buchstaben, zum Beispiel MEX.",
            "Tres letras, por ejemplo MEX.",
            "Trois lettres, par exemple MEX.",
        ),
        Format::Country2 => text(
            "Two letters, for example MX.",
            "Zwei Buchstaben, zum Beispiel MX.",
            "Dos letras, por ejemplo MX.",
            "Deux lettres, par exemple MX.",
        ),
        Format::Language => text(
            "Two letters, for example es.",
            "Zwei Buchstaben, zum Beispiel es.",
            "Dos letras, por ejemplo es.",
            "Deux lettres, par exemple es.",
        ),
        Format::Ip => text(
            "For example 192.0.2.1.",
            "Zum Beispiel 192.0.2.1.",
            "Por ejemplo 192.0.2.1.",
            "Par exemple 192.0.2.1.",
        ),
        Format::Binary => text(
            "An image or a PDF, at most 10 MB.",
            "Ein Bild oder ein PDF, höchstens 10 MB.",
            "Una imagen o un PDF, 10 MB como máximo.",
            "Une image ou un PDF, 10 Mo au plus.",
        ),
        Format::Liveness => text(
            "An image, a PDF or a video, at most 10 MB.",
            "Ein Bild, ein PDF oder ein Video, höchstens 10 MB.",
            "Una imagen, un PDF o un vídeo, 10 MB como máximo.",
            "Une image, un PDF ou une vidéo, 10 Mo au plus.",
        ),
    })
}

/// A page that says one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// 404.
    Unknown,
    /// 410.
    Expired,
    /// 503.
    Busy,
}

impl Notice {
    /// Its title.
    pub fn title(self, lang: Lang) -> &'static str {
        let texts = match self {
            Self::Unknown => text(
                "Page not found",
                "Seite nicht gefunden",
                "Página no encontrada",
                "Page introuvable",
            ),
            Self::Expired => text(
                "This link has expired",
                "Dieser Link ist abgelaufen",
                "Este enlace ha caducado",
                "Ce lien a expiré",
            ),
            Self::Busy => text(
                "Please try again shortly",
                "Bitte versuchen Sie es gleich noch einmal",
                "Vuelva a intentarlo en breve",
                "Veuillez réessayer dans un instant",
            ),
        };
        texts.pick(lang)
    }

    /// What it says.
    pub fn text(self, lang: Lang) -> &'static str {
        let texts = match self {
            Self::Unknown => text(
                "Please check that you opened the whole link.",
                "Bitte prüfen Sie, ob Sie den ganzen Link geöffnet haben.",
                "Compruebe que ha abierto el enlace completo.",
                "Vérifiez que vous avez ouvert le lien complet.",
            ),
            Self::Expired => text(
                "Please ask whoever sent it to you for a new one.",
                "Bitte lassen Sie sich einen neuen senden.",
                "Pida uno nuevo a quien se lo envió.",
                "Demandez-en un nouveau à la personne qui vous l'a envoyé.",
            ),
            Self::Busy => text(
                "Nothing was changed.",
                "Es wurde nichts geändert.",
                "No se ha cambiado nada.",
                "Rien n'a été modifié.",
            ),
        };
        texts.pick(lang)
    }
}
