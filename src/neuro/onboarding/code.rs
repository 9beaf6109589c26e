//! Machine codes of what is wrong with an application, as clients know them.

macro_rules! codes {
    ($($code:ident)*) => {
        /// What is wrong. The names are those on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the names are published, and so is what they mean")]
        pub enum Code { $($code),* }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$code),*];

            /// The word on the wire.
            pub fn word(self) -> &'static str {
                match self { $(Self::$code => stringify!($code)),* }
            }
        }
    };
}

codes! {
    // Of contacts.
    ServiceNotConfigured InvalidJid NoLogin MissingCountry CountryNotSupported EMailOrPhoneInvalid
    UnexpectedOnboardingServer
    // Of documents.
    AgeNotReached BirthDayInvalid BirthMonthInvalid BirthYearInvalid FutureBirthDate
    InconsistentBirthDate CountryCodeMismatch CountryNotSpecified NationalityInvalid GenderInvalid
    PersonalNumberInvalid PersonalNumberMismatch PNrNotNormalized FirstNameInvalid LastNameInvalid
    FullNameInvalid NoFace MultipleFaces LowQualityPhoto PhotoMismatch PhotoTooSimilar
    PhotoNotRecent InvalidFormat NfcInvalid DuplicateApplication
    // That apps have texts for, besides.
    ManualReview NotValid MissingPNr PNrMismatch FirstNameMismatch LastNameMismatch NameMismatch
    AuthenticationTimeout ServiceFailed ServiceClientTimeout ReviewerExternal UnableReview
    InvalidType
}

impl Code {
    /// From the word on the wire.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_others_are_none() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.word()), Some(*code));
        }
        assert_eq!(Code::parse("EMailOrPhoneInvalid"), Some(Code::EMailOrPhoneInvalid));
        assert_eq!((Code::parse("notvalid"), Code::parse("")), (None, None));
    }
}
