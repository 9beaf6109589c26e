//! GANA's error codes, as far as KYC and AML need them.
//!
//! Numbers and names are GANA's; the hints are this project's wording. Of three names that the
//! documentation of kyc-bulk and kyc-import uses no number is published: theirs are configured
//! (`taler.bulk_codes`), and the name is in the hint, so that a client can tell.
//!
//! Source: GANA `gnu-taler-error-codes`, copy of 2023-02; 29, 40 to 43, 1037 to 1043, 1918 to
//! 1924, 1939 to 1949 and 1977 from a list later than 2024-12.

macro_rules! codes {
    ($($variant:ident = $number:literal, $name:literal, $status:literal, $hint:literal;)*) => {
        /// What went wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = concat!("`TALER_EC_", $name, "`, ", $number, ".")] $variant,)*
            /// `TALER_EC_KYC_BULK_SIGNATURE_INVALID`, provisional number.
            KycBulkSignatureInvalid(u32),
            /// `TALER_EC_EXCHANGE_KYC_IMPORT_3RD_PARTY_UNKNOWN`, provisional number.
            KycImportThirdPartyUnknown(u32),
            /// `TALER_EC_KYC_IMPORT_SIGNATURE_INVALID`, provisional number.
            KycImportSignatureInvalid(u32),
        }

        impl Code {
            /// Those whose number is published.
            pub const PUBLISHED: &[Self] = &[$(Self::$variant,)*];

            /// GANA's number.
            pub fn number(self) -> u32 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::KycBulkSignatureInvalid(number)
                    | Self::KycImportThirdPartyUnknown(number)
                    | Self::KycImportSignatureInvalid(number) => number,
                }
            }

            /// GANA's name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("TALER_EC_", $name),)*
                    Self::KycBulkSignatureInvalid(_) => "TALER_EC_KYC_BULK_SIGNATURE_INVALID",
                    Self::KycImportThirdPartyUnknown(_) => {
                        "TALER_EC_EXCHANGE_KYC_IMPORT_3RD_PARTY_UNKNOWN"
                    }
                    Self::KycImportSignatureInvalid(_) => "TALER_EC_KYC_IMPORT_SIGNATURE_INVALID",
                }
            }

            /// The HTTP status that goes with it, unless an endpoint says another.
            pub fn status(self) -> u16 {
                match self {
                    $(Self::$variant => $status,)*
                    Self::KycBulkSignatureInvalid(_) | Self::KycImportSignatureInvalid(_) => 403,
                    Self::KycImportThirdPartyUnknown(_) => 404,
                }
            }

            /// What it means, in English.
            pub fn hint(self) -> &'static str {
                match self {
                    $(Self::$variant => $hint,)*
                    Self::KycBulkSignatureInvalid(_) => {
                        "TALER_EC_KYC_BULK_SIGNATURE_INVALID: The signature of the third party is invalid for the request."
                    }
                    Self::KycImportThirdPartyUnknown(_) => {
                        "TALER_EC_EXCHANGE_KYC_IMPORT_3RD_PARTY_UNKNOWN: The exchange does not know the third party."
                    }
                    Self::KycImportSignatureInvalid(_) => {
                        "TALER_EC_KYC_IMPORT_SIGNATURE_INVALID: The signature of the third party is invalid for the import."
                    }
                }
            }
        }
    };
}

codes! {
    MethodInvalid = 20, "GENERIC_METHOD_INVALID", 405, "The HTTP method used is invalid for this endpoint.";
    EndpointUnknown = 21, "GENERIC_ENDPOINT_UNKNOWN", 404, "There is no endpoint defined for the URL provided by the client.";
    JsonInvalid = 22, "GENERIC_JSON_INVALID", 400, "The JSON in the client's request was malformed.";
    HttpHeadersMalformed = 23, "GENERIC_HTTP_HEADERS_MALFORMED", 400, "Some of the HTTP headers provided by the client were malformed.";
    ParameterMissing = 25, "GENERIC_PARAMETER_MISSING", 400, "A required parameter in the request was missing.";
    ParameterMalformed = 26, "GENERIC_PARAMETER_MALFORMED", 400, "A parameter in the request was malformed.";
    ReservePubMalformed = 27, "GENERIC_RESERVE_PUB_MALFORMED", 400, "The reserve public key was malformed.";
    PathSegmentMalformed = 29, "GENERIC_PATH_SEGMENT_MALFORMED", 400, "A segment in the path of the URL provided by the client is malformed.";
    CurrencyMismatch = 30, "GENERIC_CURRENCY_MISMATCH", 400, "The currency involved in the operation is not acceptable for this server.";
    UriTooLong = 31, "GENERIC_URI_TOO_LONG", 414, "The URI is longer than the longest URI the HTTP server is willing to parse.";
    UploadExceedsLimit = 32, "GENERIC_UPLOAD_EXCEEDS_LIMIT", 413, "The body is too large to be permissible for the endpoint.";
    Unauthorized = 40, "GENERIC_UNAUTHORIZED", 401, "The service refused the request due to lack of proper authorization.";
    TokenUnknown = 41, "GENERIC_TOKEN_UNKNOWN", 401, "The service refused the request as the given authorization token is unknown.";
    TokenExpired = 42, "GENERIC_TOKEN_EXPIRED", 401, "The service refused the request as the given authorization token expired.";
    TokenMalformed = 43, "GENERIC_TOKEN_MALFORMED", 401, "The service refused the request as the given authorization token is malformed.";
    DbSetupFailed = 50, "GENERIC_DB_SETUP_FAILED", 500, "The service failed to initialize its connection to the database.";
    DbStartFailed = 51, "GENERIC_DB_START_FAILED", 500, "The service encountered an error event to just start the database transaction.";
    DbStoreFailed = 52, "GENERIC_DB_STORE_FAILED", 500, "The service failed to store information in its database.";
    DbFetchFailed = 53, "GENERIC_DB_FETCH_FAILED", 500, "The service failed to fetch information from its database.";
    DbCommitFailed = 54, "GENERIC_DB_COMMIT_FAILED", 500, "The service failed to commit to its database.";
    DbSoftFailure = 55, "GENERIC_DB_SOFT_FAILURE", 500, "The service encountered an error and gave up after repeated conflicts in its database.";
    DbInvariantFailure = 56, "GENERIC_DB_INVARIANT_FAILURE", 500, "The service's database is inconsistent and violates service-internal invariants.";
    InternalInvariantFailure = 60, "GENERIC_INTERNAL_INVARIANT_FAILURE", 500, "The HTTP server experienced an internal invariant failure (bug).";
    FailedComputeJsonHash = 61, "GENERIC_FAILED_COMPUTE_JSON_HASH", 500, "The service could not compute a cryptographic hash over some JSON value.";
    ParserOutOfMemory = 70, "GENERIC_PARSER_OUT_OF_MEMORY", 500, "The HTTP server had insufficient memory to parse the request.";
    AllocationFailure = 71, "GENERIC_ALLOCATION_FAILURE", 500, "The HTTP server failed to allocate memory.";
    JsonAllocationFailure = 72, "GENERIC_JSON_ALLOCATION_FAILURE", 500, "The HTTP server failed to allocate memory for building a JSON reply.";
    CurlAllocationFailure = 73, "GENERIC_CURL_ALLOCATION_FAILURE", 500, "The HTTP server failed to allocate memory for making a request.";
    FailedToLoadTemplate = 74, "GENERIC_FAILED_TO_LOAD_TEMPLATE", 500, "The backend could not locate a required template to generate an HTML reply.";
    FailedToExpandTemplate = 75, "GENERIC_FAILED_TO_EXPAND_TEMPLATE", 500, "The backend could not expand the template to generate an HTML reply.";
    BadConfiguration = 1000, "EXCHANGE_GENERIC_BAD_CONFIGURATION", 500, "The exchange is badly configured and thus cannot operate.";
    WrongNumberOfSegments = 1002, "EXCHANGE_GENERIC_WRONG_NUMBER_OF_SEGMENTS", 404, "The exchange did not find information for the specified endpoint with this number of segments.";
    KycRequired = 1028, "EXCHANGE_GENERIC_KYC_REQUIRED", 451, "The operation is not allowed until KYC has been done.";
    AmlOfficerPubMalformed = 1032, "EXCHANGE_GENERIC_AML_OFFICER_PUB_MALFORMED", 400, "The public key of the AML officer is malformed.";
    AmlOfficerGetSignatureInvalid = 1033, "EXCHANGE_GENERIC_AML_OFFICER_GET_SIGNATURE_INVALID", 403, "The signature affirming the GET request of the AML officer is invalid.";
    AmlOfficerAccessDenied = 1034, "EXCHANGE_GENERIC_AML_OFFICER_ACCESS_DENIED", 403, "The specified AML officer does not have access at this time.";
    AmlPending = 1035, "EXCHANGE_GENERIC_AML_PENDING", 451, "The requested operation is denied pending the resolution of an anti-money laundering investigation.";
    AmlFrozen = 1036, "EXCHANGE_GENERIC_AML_FROZEN", 451, "The requested operation is denied as the account was frozen on suspicion of money laundering.";
    KycConverterFailed = 1037, "EXCHANGE_GENERIC_KYC_CONVERTER_FAILED", 500, "The exchange failed to start a KYC attribute conversion helper process.";
    KycFailed = 1038, "EXCHANGE_GENERIC_KYC_FAILED", 500, "The KYC operation failed.";
    KycFallbackFailed = 1039, "EXCHANGE_GENERIC_KYC_FALLBACK_FAILED", 500, "A fallback measure for a KYC operation failed.";
    KycFallbackUnknown = 1040, "EXCHANGE_GENERIC_KYC_FALLBACK_UNKNOWN", 500, "The specified fallback measure for a KYC operation is unknown.";
    BankAccountUnknown = 1041, "EXCHANGE_GENERIC_BANK_ACCOUNT_UNKNOWN", 404, "The exchange does not know this bank account.";
    AmlProgramRecursionDetected = 1042, "EXCHANGE_GENERIC_AML_PROGRAM_RECURSION_DETECTED", 500, "The processing of AML programs did not end.";
    KycSanctionListCheckFailed = 1043, "EXCHANGE_GENERIC_KYC_SANCTION_LIST_CHECK_FAILED", 500, "A check against sanction lists failed.";
    AmlDecisionAddSignatureInvalid = 1825, "EXCHANGE_AML_DECISION_ADD_SIGNATURE_INVALID", 403, "The signature affirming the AML decision is invalid.";
    AmlDecisionInvalidOfficer = 1826, "EXCHANGE_AML_DECISION_INVALID_OFFICER", 403, "The AML officer is not authorised to make AML decisions right now.";
    AmlDecisionMoreRecentPresent = 1827, "EXCHANGE_AML_DECISION_MORE_RECENT_PRESENT", 409, "A more recent AML decision was already made.";
    AmlDecisionUnknownCheck = 1828, "EXCHANGE_AML_DECISION_UNKNOWN_CHECK", 400, "The AML decision imposes a check that is not known to the exchange.";
    AmlOfficerUpdateSignatureInvalid = 1830, "EXCHANGE_MANAGEMENT_UPDATE_AML_OFFICER_SIGNATURE_INVALID", 403, "The signature affirming the change of an AML officer's status is invalid.";
    AmlOfficersMoreRecentPresent = 1831, "EXCHANGE_MANAGEMENT_AML_OFFICERS_MORE_RECENT_PRESENT", 409, "A more recent change of the AML officer's status is known.";
    AmlProgramTimeout = 1918, "EXCHANGE_KYC_GENERIC_AML_PROGRAM_TIMEOUT", 500, "The AML program took too long.";
    KycInfoAuthorizationFailed = 1919, "EXCHANGE_KYC_INFO_AUTHORIZATION_FAILED", 403, "The KYC info access token is not recognized.";
    KycRecursiveRuleDetected = 1920, "EXCHANGE_KYC_RECURSIVE_RULE_DETECTED", 500, "The exchange got stuck in a recursion of its KYC rules.";
    KycAmlFormIncomplete = 1921, "EXCHANGE_KYC_AML_FORM_INCOMPLETE", 400, "The submitted form lacks an attribute that is required.";
    AmlProgramGone = 1922, "EXCHANGE_KYC_GENERIC_AML_PROGRAM_GONE", 500, "The AML program that is needed is no longer configured.";
    KycNotAForm = 1923, "EXCHANGE_KYC_NOT_A_FORM", 400, "The KYC check is not a form.";
    KycCheckGone = 1924, "EXCHANGE_KYC_GENERIC_CHECK_GONE", 500, "The KYC check that is needed is no longer configured.";
    KycWalletSignatureInvalid = 1925, "EXCHANGE_KYC_WALLET_SIGNATURE_INVALID", 403, "The signature over the wallet's request for KYC is invalid.";
    KycProofBackendInvalidResponse = 1926, "EXCHANGE_KYC_PROOF_BACKEND_INVALID_RESPONSE", 502, "The exchange received an invalid response from the legitimization service.";
    KycProofBackendError = 1927, "EXCHANGE_KYC_PROOF_BACKEND_ERROR", 502, "The exchange received an error from the legitimization service.";
    KycProofBackendAuthorizationFailed = 1928, "EXCHANGE_KYC_PROOF_BACKEND_AUTHORIZATION_FAILED", 403, "The legitimization service did not accept the proof of the customer.";
    KycProofRequestUnknown = 1929, "EXCHANGE_KYC_PROOF_REQUEST_UNKNOWN", 404, "The exchange is not aware of a KYC process with these arguments.";
    KycCheckAuthorizationFailed = 1930, "EXCHANGE_KYC_CHECK_AUTHORIZATION_FAILED", 403, "The request for the KYC status of the account is not authorized.";
    KycLogicUnknown = 1931, "EXCHANGE_KYC_GENERIC_LOGIC_UNKNOWN", 404, "The KYC logic or provider specified in the request is unknown.";
    KycLogicGone = 1932, "EXCHANGE_KYC_GENERIC_LOGIC_GONE", 500, "The KYC logic that is needed is no longer configured.";
    KycLogicBug = 1933, "EXCHANGE_KYC_GENERIC_LOGIC_BUG", 500, "The KYC logic did not behave as expected.";
    KycProviderAccessRefused = 1934, "EXCHANGE_KYC_GENERIC_PROVIDER_ACCESS_REFUSED", 511, "The KYC provider did not let the exchange in.";
    KycProviderTimeout = 1935, "EXCHANGE_KYC_GENERIC_PROVIDER_TIMEOUT", 504, "The KYC provider did not answer in time.";
    KycProviderUnexpectedReply = 1936, "EXCHANGE_KYC_GENERIC_PROVIDER_UNEXPECTED_REPLY", 502, "The KYC provider answered in an unexpected way.";
    KycProviderRateLimitExceeded = 1937, "EXCHANGE_KYC_GENERIC_PROVIDER_RATE_LIMIT_EXCEEDED", 503, "The KYC provider takes no more requests at this time.";
    KycWebhookUnauthorized = 1938, "EXCHANGE_KYC_WEBHOOK_UNAUTHORIZED", 401, "The request of the KYC provider is not authorized.";
    KycCheckRequestUnknown = 1939, "EXCHANGE_KYC_CHECK_REQUEST_UNKNOWN", 404, "The exchange is not aware of the account the KYC check is about.";
    KycCheckAuthorizationKeyUnknown = 1940, "EXCHANGE_KYC_CHECK_AUTHORIZATION_KEY_UNKNOWN", 409, "The exchange knows no key by which the account could authorize the request.";
    KycFormAlreadyUploaded = 1941, "EXCHANGE_KYC_FORM_ALREADY_UPLOADED", 409, "The form was uploaded before, with other data.";
    KycMeasuresMalformed = 1942, "EXCHANGE_KYC_MEASURES_MALFORMED", 500, "The measures that the exchange stored are malformed.";
    KycMeasureIndexInvalid = 1943, "EXCHANGE_KYC_MEASURE_INDEX_INVALID", 404, "The specified index is not valid for the measures.";
    KycInvalidLogicToCheck = 1944, "EXCHANGE_KYC_INVALID_LOGIC_TO_CHECK", 409, "The operation is not supported for this kind of KYC check.";
    AmlProgramFailure = 1945, "EXCHANGE_KYC_AML_PROGRAM_FAILURE", 500, "The AML program failed.";
    AmlProgramMalformedResult = 1946, "EXCHANGE_KYC_AML_PROGRAM_MALFORMED_RESULT", 500, "The AML program returned a malformed result.";
    KycProviderIncompleteReply = 1947, "EXCHANGE_KYC_GENERIC_PROVIDER_INCOMPLETE_REPLY", 502, "The reply of the KYC provider lacks required attributes.";
    KycProviderIncompleteContext = 1948, "EXCHANGE_KYC_GENERIC_PROVIDER_INCOMPLETE_CONTEXT", 500, "The context of the KYC check lacks what is required.";
    KycAmlLogicBug = 1949, "EXCHANGE_KYC_GENERIC_AML_LOGIC_BUG", 500, "There is a bug in the AML logic of the exchange.";
    KycInfoBusy = 1977, "EXCHANGE_KYC_INFO_BUSY", 202, "The exchange is still working out what is required.";
}

impl Code {
    /// What a person is told above the hint.
    pub fn title(self) -> &'static str {
        match self.status() {
            401 | 403 => "Not verified",
            404 => "Not found",
            400..=499 => "This request cannot be served",
            502..=504 => "The verification service cannot be reached",
            _ => "Something went wrong",
        }
    }
}

/// The numbers of the codes that have no published one: `taler.bulk_codes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkCodes {
    /// Of `TALER_EC_KYC_BULK_SIGNATURE_INVALID`.
    pub bulk_signature_invalid: u32,
    /// Of `TALER_EC_EXCHANGE_KYC_IMPORT_3RD_PARTY_UNKNOWN`.
    pub third_party_unknown: u32,
    /// Of `TALER_EC_KYC_IMPORT_SIGNATURE_INVALID`.
    pub import_signature_invalid: u32,
}

impl Default for BulkCodes {
    /// Numbers that no public list uses.
    fn default() -> Self {
        Self {
            bulk_signature_invalid: 1970,
            third_party_unknown: 1971,
            import_signature_invalid: 1972,
        }
    }
}

impl BulkCodes {
    /// 403.
    pub fn bulk_signature_invalid(self) -> Code {
        Code::KycBulkSignatureInvalid(self.bulk_signature_invalid)
    }

    /// 404.
    pub fn third_party_unknown(self) -> Code {
        Code::KycImportThirdPartyUnknown(self.third_party_unknown)
    }

    /// 403.
    pub fn import_signature_invalid(self) -> Code {
        Code::KycImportSignatureInvalid(self.import_signature_invalid)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_and_names_are_given_once() {
        let codes = BulkCodes::default();
        let provisional = [
            codes.bulk_signature_invalid(),
            codes.third_party_unknown(),
            codes.import_signature_invalid(),
        ];
        let all: Vec<Code> = Code::PUBLISHED.iter().copied().chain(provisional).collect();
        let numbers: BTreeSet<_> = all.iter().map(|code| code.number()).collect();
        let names: BTreeSet<_> = all.iter().map(|code| code.name()).collect();
        assert_eq!((numbers.len(), names.len()), (all.len(), all.len()));
        assert!(all.iter().all(|code| (200..600).contains(&code.status())));
        assert!(all.iter().all(|code| !code.hint().is_empty() && !code.title().is_empty()));
    }

    #[test]
    fn a_provisional_code_is_known_by_the_name_in_its_hint() {
        let codes = BulkCodes { bulk_signature_invalid: 1999, ..BulkCodes::default() };
        let code = codes.bulk_signature_invalid();
        assert_eq!((code.number(), code.status()), (1999, 403));
        for code in [code, codes.third_party_unknown(), codes.import_signature_invalid()] {
            assert!(code.hint().starts_with(code.name()), "{code:?}");
        }
    }
}
