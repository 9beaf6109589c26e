//! The languages that pages speak.

/// One of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English; whoever asks for another language gets it too.
    #[default]
    En,
    /// German.
    De,
    /// Spanish.
    Es,
    /// French.
    Fr,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::En, Self::De, Self::Es, Self::Fr];

    /// By its ISO 639-1 code, or a longer tag that begins with it.
    pub fn of(code: &str) -> Option<Self> {
        let first = code.split(['-', '_']).next().unwrap_or("");
        Self::ALL.into_iter().find(|lang| lang.code().eq_ignore_ascii_case(first))
    }

    /// ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
            Self::Fr => "fr",
        }
    }

    /// Its own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Es => "Español",
            Self::Fr => "Français",
        }
    }

    /// One of four texts, in the order of [`Lang::ALL`].
    pub fn pick<T: Copy>(self, texts: &[T; 4]) -> T {
        match self {
            Self::En => texts[0],
            Self::De => texts[1],
            Self::Es => texts[2],
            Self::Fr => texts[3],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_found_by_code_and_by_longer_tags() {
        for lang in Lang::ALL {
            assert_eq!(Lang::of(lang.code()), Some(lang));
        }
        assert_eq!(Lang::of("de-CH"), Some(Lang::De));
        assert_eq!(Lang::of("FR"), Some(Lang::Fr));
        assert_eq!(Lang::of("ja"), None);
    }
}
