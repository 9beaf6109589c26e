//! Every bound on queues, bodies, lists, retries and loops, by name.

use std::time::Duration;

/// Largest body of an ordinary request, bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Largest body with KYC data, bytes: below 1 MiB, since a record holds it sealed.
pub const TRANSMIT_BODY_BYTES_MAX: usize = 1_000_000;
/// Bodies of that size in memory, per worker thread; one more is answered 503.
pub const LARGE_BODIES_MAX: usize = 64;
/// How long such a request may take, body and all.
pub const LARGE_BODY_WITHIN: Duration = Duration::from_secs(30);
/// Open connections per listener.
pub const CONNECTIONS_MAX: usize = 25_000;
/// Open files beside those connections: the log, the stores, documents, calls that go out.
pub const FILES_MAX: usize = 1_024;
/// Threads per listener.
pub const HTTP_WORKERS: usize = 2;
/// Threads that hold aggregates, per kind.
pub const SHARDS: usize = 2;
/// Commands that may wait for one aggregate; one more is answered 503.
pub const MAILBOX_COMMANDS_MAX: usize = 256;
/// Commands that may wait for one shard.
pub const SHARD_MAILBOX_MAX: usize = 8192;
/// Appends that may wait for the journal; one more is answered 503.
pub const JOURNAL_QUEUE_MAX: usize = 8192;
/// Appends that one sync covers at most.
pub const JOURNAL_BATCH_MAX: usize = 1024;
/// What a caller who was turned away is told to wait, seconds.
pub const RETRY_AFTER_S: u32 = 1;
/// How often a command is decided again after another writer was faster.
pub const CONFLICT_RETRIES_MAX: u32 = 5;
/// How often a command may crash its aggregate before it is quarantined.
pub const CRASHES_MAX: u32 = 3;
/// An aggregate that nobody asked for this long is dropped from memory.
pub const IDLE: Duration = Duration::from_secs(60);
/// Live aggregates of a shard; when there are as many, those go that were not asked for longest.
pub const LIVE_PER_SHARD_MAX: usize = 4_096;
/// How often idle aggregates are looked for.
pub const IDLE_SWEEP: Duration = Duration::from_secs(10);
/// Records a projector takes in at a time.
pub const PROJECTOR_BATCH: usize = 1024;
/// Batches of records it still takes in when it is told to stop.
pub const PROJECTOR_LAST_BATCHES: u32 = 16;
/// How often a projector without news looks around.
pub const PROJECTOR_LOOK: Duration = Duration::from_millis(200);
/// A projector that has caught up commits when nothing new has come for this long.
pub const COMMIT_AFTER: Duration = Duration::from_millis(20);
/// Cache for the files of all read models, bytes.
pub const PROJECTION_CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// How often damaged read models are folded anew before the projector gives up.
pub const RENEWALS_MAX: u32 = 3;
/// How long a query waits for its read model.
pub const PROJECTION_WAIT: Duration = Duration::from_secs(5);
/// Keys made ahead for new subjects.
pub const KEY_POOL: usize = 1024;
/// The pool is filled up when fewer are left.
pub const KEY_POOL_LOW: usize = 512;
/// Callbacks in flight, in all.
pub const CALLBACKS_IN_FLIGHT_MAX: usize = 64;
/// Callbacks in flight to one host.
pub const CALLBACKS_PER_HOST_MAX: usize = 4;
/// Callbacks that wait for their host or for room; those beyond wait in the outbox.
pub const CALLBACKS_WAITING_MAX: usize = 20_000;
/// How long an operator waits for an erasure to end; it goes on by itself.
pub const ERASURE_WAIT: Duration = Duration::from_secs(10);
/// How long the command line waits for what goes through the whole log.
pub const LONG_WORK_WITHIN: Duration = Duration::from_secs(3600);
/// Checkpoints of which a bundle has proofs, the newest.
pub const BUNDLE_PROOFS_MAX: usize = 1_000;
/// Pause after the machine failed, not the receiver.
pub const PAUSE: Duration = Duration::from_secs(1);
/// How far a virtual clock moves at once.
pub const ADVANCE_MS_MAX: i64 = 10 * 366 * 24 * 3600 * 1000;
/// Callbacks looked at per round.
pub const CALLBACKS_PER_ROUND: usize = 512;
/// Bytes read of a receiver's answer.
pub const CALLBACK_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Deadlines released per round.
pub const DEADLINES_PER_ROUND: usize = 256;
/// Erasures begun per round whose hold has ended.
pub const DEFERRED_PER_ROUND: usize = 256;
/// How often a stopped loop looks again without being woken.
pub const LOOK_AGAIN_MS: i64 = 5_000;
/// Waiting orders looked at to find the next that is ripe.
pub const WAITING_LOOKED_AT: usize = 4_096;
/// Orders in one transaction.
pub const BATCH_ORDERS_MAX: usize = 60;
/// How often a transaction is offered to the chain again.
pub const BROADCAST_RETRIES_MAX: u32 = 3;
/// Blocks to wait for a receipt, or for the chain to answer a view call.
pub const RECEIPT_BLOCKS_MAX: i64 = 50;
/// How far ahead of now an app's deadline may be, seconds.
pub const APP_DEADLINE_S_MAX: i64 = 180;
/// How long a callback's signature is good, seconds.
pub const CALLBACK_DEADLINE_S: i64 = 180;
/// Statuses in one answer.
pub const STATUSES_MAX: usize = 10_000;
/// States an audit keeps folded.
pub const AUDIT_STATES_MAX: usize = 65_536;
/// Findings an audit reports.
pub const FINDINGS_MAX: usize = 100;
/// Events a timeline shows at once.
pub const TIMELINE_EVENTS_MAX: usize = 100_000;
/// Bytes of an operator's reason.
pub const REASON_BYTES_MAX: usize = 500;
/// Reasons in one answer of a verification provider: more than SEP-9 has fields.
pub const REASONS_MAX: usize = 100;
/// Rows in one operator list.
pub const LIST_MAX: usize = 1_000;
/// Events of a scenario that are appended at once.
pub const SCENARIO_GROUP: usize = 256;
/// Bytes of a scenario's line: a record has at most 1 MiB, and JSON is longer.
pub const SCENARIO_LINE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What a stop may take.
pub const STOP_WITHIN: Duration = Duration::from_secs(9);
/// How long a listener waits for requests that run, seconds.
pub const SHUTDOWN_S: u64 = 2;
/// Characters of a signed SEP-10 challenge, in base64.
pub const CHALLENGE_CHARS_MAX: usize = 50_000;
/// How long a SEP-10 challenge is good, seconds.
pub const CHALLENGE_S: u64 = 900;
/// How long a SEP-10 token is good, seconds.
pub const STELLAR_TOKEN_S: i64 = 86_400;
/// Bytes of a SEP-10 token.
pub const STELLAR_TOKEN_BYTES_MAX: usize = 4_096;
/// Look-ups of accounts and of client domains at a time; one more is answered 503.
pub const STELLAR_LOOKUPS_MAX: usize = 64;
/// Bytes read of an account's description: one with a thousand balances has half a million.
pub const HORIZON_ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of a `stellar.toml`, as SEP-1 has it.
pub const STELLAR_TOML_BYTES_MAX: usize = 100 * 1024;
/// Bytes of one uploaded document.
pub const DOCUMENT_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Files of one customer that no field refers to yet.
pub const FILES_UNBOUND_MAX: usize = 20;
/// Transactions of one customer.
pub const TRANSACTIONS_MAX: usize = 1_000;
/// Unknown names of one request that are noted.
pub const IGNORED_NAMES_MAX: usize = 20;
/// Requests to providers that a customer remembers; answers to older ones are unknown.
pub const CHECKS_REMEMBERED: usize = 32;
/// How long a verification code is good.
pub const CODE_TTL_MS: i64 = 10 * 60 * 1000;
/// Wrong codes before a code is worth nothing.
pub const CODE_ATTEMPTS_MAX: u32 = 5;
/// Codes sent to one field of a customer …
pub const CODES_MAX: usize = 5;
/// … within this time.
pub const CODES_WITHIN_MS: i64 = 60 * 60 * 1000;
/// A repeated request within this time does not send another code.
pub const CODE_AGAIN_AFTER_MS: i64 = 30 * 1000;
/// A review that was claimed and not decided may be claimed by somebody else after this.
pub const CLAIM_TTL_MS: i64 = 60 * 60 * 1000;
/// Bytes of a request about a Stellar customer, without files.
pub const CUSTOMER_BODY_BYTES_MAX: usize = 256 * 1024;
/// The same with files: both sides of an ID, each as large as a document may be, and the rest.
pub const MULTIPART_BODY_BYTES_MAX: usize = 25 * 1024 * 1024;
/// Such bodies in memory at a time; one more is answered 503.
pub const MULTIPART_BODIES_MAX: usize = 8;
/// Names in one request about a customer; SEP-9 has less than a hundred.
pub const BODY_NAMES_MAX: usize = 300;
/// Bytes of an unknown name that is noted.
pub const IGNORED_NAME_BYTES_MAX: usize = 100;
/// How long an uploaded file that no field refers to is kept.
pub const FILE_TTL_MS: i64 = 24 * 60 * 60 * 1000;
/// Fields in one decision of an operator.
pub const REVIEW_FIELDS_MAX: usize = 100;
/// How long a link to a customer's page is good unless said otherwise, seconds.
pub const PAGE_LINK_S: i64 = 24 * 3600;
/// The longest it may be good, seconds.
pub const PAGE_LINK_S_MAX: i64 = 30 * 24 * 3600;
/// Bytes of one form of a customer's page, documents and all.
pub const PAGE_FORM_BYTES_MAX: usize = 25 * 1024 * 1024;
/// Parts of one form of a customer's page.
pub const PAGE_FORM_PARTS_MAX: usize = 200;
/// Such forms in memory at a time; one more is answered 503.
pub const PAGE_FORMS_MAX: usize = 4;
/// How long such a form may take to arrive.
pub const PAGE_FORM_WITHIN: Duration = Duration::from_secs(120);
/// Bytes of a payto URI.
pub const PAYTO_BYTES_MAX: usize = 2_048;
/// How long a user may take at the provider of a Taler exchange.
pub const PROCESS_TTL_MS: i64 = 60 * 60 * 1000;
/// Documents that third parties upload about one account.
pub const BULK_DOCUMENTS_MAX: usize = 1_000;
/// Properties of one Neuron identity, those of the server included.
pub const NEURO_PROPERTIES_MAX: usize = 100;
/// Attachments of one identity.
pub const NEURO_ATTACHMENTS_MAX: usize = 20;
/// Pairs of keys of one account.
pub const NEURO_KEYS_MAX: usize = 100;
/// Identities of one account.
pub const NEURO_IDENTITIES_MAX: usize = 1_000;
/// Automatic reviews of one identity.
pub const NEURO_RUNS_MAX: u32 = 100;
/// What all authenticators together may say in one automatic review.
pub const NEURO_FINDINGS_MAX: usize = 1_000;
/// Providers that one automatic review asks.
pub const NEURO_CHECKS_MAX: usize = 8;
/// How long an automatic review waits for a provider's answer.
pub const NEURO_CHECK_TTL_MS: i64 = 24 * 60 * 60 * 1000;
/// Accounts that may be made with one API key.
pub const NEURO_QUOTA_MAX: u32 = 100_000;
/// Characters of a machine code.
pub const NEURO_CODE_BYTES_MAX: usize = 64;
/// Bytes of a secret in the vault: passwords, wrapped private keys.
pub const SECRET_BYTES_MAX: usize = 4_096;
/// Rungs of a ladder of lock-outs.
pub const LOCKOUT_RUNGS_MAX: usize = 16;
/// Bytes read of an answer of a Taler exchange's provider.
pub const PROVIDER_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Redirects of a provider that are followed.
pub const PROVIDER_REDIRECTS_MAX: usize = 5;
/// How long a long poll waits at most.
pub const LONG_POLL_MS_MAX: i64 = 60 * 60 * 1000;
/// Long polls at a time; one more is answered 503.
pub const LONG_POLLS_MAX: usize = 20_000;
/// Codes that the simulated provider remembers.
pub const SANDBOX_CODES_MAX: usize = 1_000;
/// Faults that may be asked of a simulated counterpart at a time.
pub const SANDBOX_FAULTS_MAX: u32 = 1_000_000;
/// How long the simulated provider hangs.
pub const SANDBOX_HANG: Duration = Duration::from_secs(600);
/// Entries of an uploaded ZIP archive, folders and all.
pub const ZIP_ENTRIES_MAX: usize = 1_000;
/// Bytes of an entry's name.
pub const ZIP_NAME_BYTES_MAX: usize = 512;
/// Bytes of one entry, unpacked.
pub const ZIP_ENTRY_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Bytes of all entries, unpacked.
pub const ZIP_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// How many bytes one byte of an entry may unpack to, over the whole entry.
pub const ZIP_RATIO_MAX: u64 = 100;
/// How far an entry whose packed length is not known ahead may run beyond that ratio before it is
/// refused, bytes.
pub const ZIP_RATIO_AHEAD_BYTES: u64 = 16 * 1024 * 1024;
/// Bytes of the media type that an upload is stored with.
pub const CONTENT_TYPE_BYTES_MAX: usize = 200;
/// Uploads of documents at a time; one more is answered 503.
pub const BULK_UPLOADS_MAX: usize = 32;
/// Pieces of one upload that wait to be hashed, and to be sealed; each has some 128 KiB at most.
pub const BULK_PIECES_WAITING_MAX: usize = 8;
/// How long an upload may say nothing.
pub const BULK_SILENCE_MAX: Duration = Duration::from_secs(30);
/// Bytes of a refused upload that are still read, so that the client sees the answer …
pub const BULK_DRAIN_BYTES_MAX: usize = 16 * 1024 * 1024;
/// … within this time.
pub const BULK_DRAIN_WITHIN: Duration = Duration::from_secs(2);
/// Elements within elements of an XML document.
pub const XML_DEPTH_MAX: usize = 16;
/// Elements of an XML document, in all.
pub const XML_ELEMENTS_MAX: usize = 1_000;
/// How often `<` may stand in an XML document: tags, comments and the like.
pub const XML_MARKUP_MAX: usize = 10_000;
/// How often `&` may stand in an XML document: a hundred properties of nothing else fit.
pub const XML_REFERENCES_MAX: usize = 250_000;
/// Attributes of one element, declarations of namespaces included.
pub const XML_ATTRIBUTES_MAX: usize = 32;
/// Bytes of a name or of a namespace.
pub const XML_NAME_BYTES_MAX: usize = 256;
/// Bytes of an attribute: a document of [`DOCUMENT_BYTES_MAX`] in base64, with room for line ends.
pub const XML_ATTRIBUTE_BYTES_MAX: usize = 15 * 1024 * 1024;
/// Bytes of text in one element.
pub const XML_TEXT_BYTES_MAX: usize = 64 * 1024;
/// Other names that are offered when one is taken.
pub const NEURO_ALTERNATIVES_MAX: usize = 5;
/// Bytes of a user name or of a key's name.
pub const NEURO_NAME_BYTES_MAX: usize = 100;
/// How long a token of the Agent API is good at most, seconds.
pub const NEURO_TOKEN_S_MAX: u64 = 3_600;
/// Bytes of a token of the Agent API.
pub const NEURO_TOKEN_BYTES_MAX: usize = 2_048;
/// Characters of a nonce, at least …
pub const NEURO_NONCE_CHARS_MIN: usize = 32;
/// … and at most.
pub const NEURO_NONCE_CHARS_MAX: usize = 256;
/// Arrays and objects within each other in a request of the Agent API.
pub const NEURO_JSON_DEPTH_MAX: usize = 16;
/// Values in a request of the Agent API, in all.
pub const NEURO_JSON_VALUES_MAX: usize = 2_000;
/// Bytes of a domain in the id of an identity.
pub const NEURO_DOMAIN_BYTES_MAX: usize = 255;
/// Bytes of a property's value.
pub const NEURO_PROPERTY_BYTES_MAX: usize = 2_048;
/// Bytes of the header `Referer` of an application.
pub const NEURO_REFERER_BYTES_MAX: usize = 2_048;
/// Bytes of an attachment's file name.
pub const NEURO_FILE_NAME_BYTES_MAX: usize = 200;
/// Messages that one request takes out of an account's inbox.
pub const NEURO_MESSAGES_MAX: usize = 50;
/// Identities that one request shows.
pub const NEURO_PAGE_MAX: usize = 100;
/// Bytes of an e-mail address or phone number.
pub const NEURO_CONTACT_BYTES_MAX: usize = 254;
/// Reviews that are looked for in one round.
pub const NEURO_REVIEWS_PER_ROUND: usize = 1_000;
/// Reviews that run at once behind the requests.
pub const NEURO_REVIEWS_AT_ONCE: usize = 8;
/// Accounts of one address or number among which a code is looked for.
pub const NEURO_ACCOUNTS_OF_CONTACT_MAX: usize = 100;
/// Waits after each failure to reach a verification provider, ms.
pub const PROVIDER_INTERVALS_MS: [i64; 6] =
    [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000];
