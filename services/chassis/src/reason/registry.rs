//! The list itself. Order within a block is by subject; codes are for ever.

use super::{Kind, Param};

macro_rules! registry {
    ($($name:ident $code:literal $kind:ident $({ $($param:ident: $type:ident),+ })?;)+) => {
        /// Why a request was refused. The variants' meaning is the catalogue's text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason { $(#[doc = concat!("`", $code, "`")] $name,)+ }

        impl Reason {
            /// Every reason, in the registry's order.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable code clients see.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The reason with that code; `None` if this program is older than the code.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)+ _ => None }
            }

            /// What kind of refusal it is.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)+ }
            }

            /// Names and types of the parameters it may carry.
            pub const fn params(self) -> &'static [(&'static str, Param)] {
                match self {
                    $(Self::$name => &[$($((stringify!($param), Param::$type)),+)?],)+
                }
            }
        }
    };
}

registry! {
    // Everywhere
    Internal "INTERNAL" Fault;
    Unavailable "UNAVAILABLE" Busy;
    Overloaded "OVERLOADED" Overload;
    DeadlineExceeded "DEADLINE_EXCEEDED" Late;
    Unauthenticated "UNAUTHENTICATED" SignIn;
    PermissionDenied "PERMISSION_DENIED" Denied;
    OutsideYourOffice "OUTSIDE_YOUR_OFFICE" Denied;
    FieldRequired "FIELD_REQUIRED" Invalid { field: Word };
    FieldInvalid "FIELD_INVALID" Invalid { field: Word, rule: Word };
    FieldTooLong "FIELD_TOO_LONG" Invalid { field: Word, max: Count };
    PageTokenInvalid "PAGE_TOKEN_INVALID" Invalid;
    RequestIdRequired "REQUEST_ID_REQUIRED" Invalid;
    RequestIdReused "REQUEST_ID_REUSED" Blocked;
    NotFound "NOT_FOUND" Missing { kind: Word };
    AlreadyExists "ALREADY_EXISTS" Taken { kind: Word };
    ChangedMeanwhile "CHANGED_MEANWHILE" Conflict;
    RateLimited "RATE_LIMITED" Limited { retry_after: Seconds };
    MethodNotAllowed "METHOD_NOT_ALLOWED" Invalid;
    MediaTypeUnsupported "MEDIA_TYPE_UNSUPPORTED" Invalid;
    BodyMalformed "BODY_MALFORMED" Invalid;
    BodyTooLarge "BODY_TOO_LARGE" Invalid { max: Count };
    StaffReasonRequired "STAFF_REASON_REQUIRED" Invalid;
    ApprovalRequired "APPROVAL_REQUIRED" Blocked;
    ApproverIsActor "APPROVER_IS_ACTOR" Denied;

    // Accounts and sessions
    LoginNameTaken "LOGIN_NAME_TAKEN" Taken;
    LoginNameInvalid "LOGIN_NAME_INVALID" Invalid { min: Count, max: Count };
    AccountExists "ACCOUNT_EXISTS" Taken;
    PasswordTooWeak "PASSWORD_TOO_WEAK" Invalid { min: Count };
    PasswordChangeRequired "PASSWORD_CHANGE_REQUIRED" Blocked;
    SignInFailed "SIGN_IN_FAILED" SignIn;
    AccountLocked "ACCOUNT_LOCKED" Denied { until: Instant };
    AccountClosed "ACCOUNT_CLOSED" Denied;
    SessionExpired "SESSION_EXPIRED" SignIn;
    VisitRequired "VISIT_REQUIRED" Invalid;
    OriginRefused "ORIGIN_REFUSED" Denied;
    EnrolmentRequired "ENROLMENT_REQUIRED" Denied;
    OrganisationEnrolmentRequired "ORGANISATION_ENROLMENT_REQUIRED" Denied;
    ResidentIdInvalid "RESIDENT_ID_INVALID" Invalid { position: Count };
    CreditCodeInvalid "CREDIT_CODE_INVALID" Invalid { position: Count };
    MobileInvalid "MOBILE_INVALID" Invalid;
    LastAdministrator "LAST_ADMINISTRATOR" Blocked;
    ServicePointUnknown "SERVICE_POINT_UNKNOWN" Missing;
    MobileInUse "MOBILE_IN_USE" Taken;
    AuthorisationExpired "AUTHORISATION_EXPIRED" Denied { date: Date };
    DocumentMissing "DOCUMENT_MISSING" Invalid { document: Word };
    DocumentFormat "DOCUMENT_FORMAT" Invalid;
    DocumentTooLarge "DOCUMENT_TOO_LARGE" Invalid { max: Count };

    // Challenges, captchas, proofs
    ChallengeUnknown "CHALLENGE_UNKNOWN" Missing;
    ChallengeExpired "CHALLENGE_EXPIRED" Blocked;
    ChallengeCodeWrong "CHALLENGE_CODE_WRONG" Invalid { remaining: Count };
    ChallengeLocked "CHALLENGE_LOCKED" Limited { until: Instant };
    SmsLimitReached "SMS_LIMIT_REACHED" Limited { retry_after: Seconds };
    SmsBudgetReached "SMS_BUDGET_REACHED" Busy { retry_after: Seconds };
    SmsNotSent "SMS_NOT_SENT" Busy;
    CaptchaRequired "CAPTCHA_REQUIRED" Blocked;
    CaptchaWrong "CAPTCHA_WRONG" Invalid;
    CaptchaExpired "CAPTCHA_EXPIRED" Blocked;
    ProofInvalid "PROOF_INVALID" Invalid;
    ProofUsed "PROOF_USED" Blocked;

    // Vehicles and purchase proofs
    VinLength "VIN_LENGTH" Invalid { length: Count };
    VinCharacter "VIN_CHARACTER" Invalid { position: Count };
    VinCheckDigit "VIN_CHECK_DIGIT" Invalid { position: Count };
    VinModelYear "VIN_MODEL_YEAR" Invalid { position: Count };
    VinSerial "VIN_SERIAL" Invalid { position: Count };
    VinNeedsConfirmation "VIN_NEEDS_CONFIRMATION" Blocked;
    VinInUse "VIN_IN_USE" Blocked;
    VinClaimedElsewhere "VIN_CLAIMED_ELSEWHERE" Blocked;
    PurchaseProofInvalid "PURCHASE_PROOF_INVALID" Invalid;
    PurchaseProofUsed "PURCHASE_PROOF_USED" Blocked;
    BuyerMismatch "BUYER_MISMATCH" Denied;
    VehicleMismatch "VEHICLE_MISMATCH" Invalid;
    VehicleNotEligible "VEHICLE_NOT_ELIGIBLE" Blocked { rule: Word };
    VehicleAlreadyRegistered "VEHICLE_ALREADY_REGISTERED" Blocked;
    CheckUnavailable "CHECK_UNAVAILABLE" Busy;
    ReviewClosed "REVIEW_CLOSED" Blocked;
    BindingMismatch "BINDING_MISMATCH" Invalid;

    // The plate pool
    OfficeUnknown "OFFICE_UNKNOWN" Missing;
    IssuingCodeTaken "ISSUING_CODE_TAKEN" Taken;
    MaskMalformed "MASK_MALFORMED" Invalid { position: Count };
    PlateMalformed "PLATE_MALFORMED" Invalid;
    SegmentOverlaps "SEGMENT_OVERLAPS" Blocked { segment: Text };
    ImportNotClosed "IMPORT_NOT_CLOSED" Blocked;
    ImportClosed "IMPORT_CLOSED" Blocked;
    ImportIncomplete "IMPORT_INCOMPLETE" Blocked { expected: Count, found: Count };
    ImportRowInvalid "IMPORT_ROW_INVALID" Invalid { row: Count };
    AlreadyReleased "ALREADY_RELEASED" Blocked;
    BatchTooSmall "BATCH_TOO_SMALL" Invalid { min: Count };
    NoticeTooShort "NOTICE_TOO_SHORT" Blocked { earliest: Instant };
    NoneFree "NONE_FREE" Conflict;
    DrawingNotOpen "DRAWING_NOT_OPEN" Conflict;
    PublicValueFixed "PUBLIC_VALUE_FIXED" Blocked;
    PublicValueTooEarly "PUBLIC_VALUE_TOO_EARLY" Blocked;
    OperationRefused "OPERATION_REFUSED" Blocked;
    OperationTooLate "OPERATION_TOO_LATE" Blocked;
    OperationOutOfOrder "OPERATION_OUT_OF_ORDER" Blocked;
    ApplicationClosed "APPLICATION_CLOSED" Blocked;
    PlateNotHeld "PLATE_NOT_HELD" Blocked;
    PlateTaken "PLATE_TAKEN" Taken;
    PlateNotReleased "PLATE_NOT_RELEASED" Blocked;
    AllocationEnded "ALLOCATION_ENDED" Blocked;
    HoldExpired "HOLD_EXPIRED" Blocked;
    NotOwner "NOT_OWNER" Busy { owner: Text };

    // Selecting
    NoticeNotAgreed "NOTICE_NOT_AGREED" Blocked;
    NoticeChanged "NOTICE_CHANGED" Blocked;
    StepNotReached "STEP_NOT_REACHED" Blocked;
    InfoLocked "INFO_LOCKED" Blocked;
    SelectionPaused "SELECTION_PAUSED" Conflict;
    OutsideServiceHours "OUTSIDE_SERVICE_HOURS" Conflict { from: TimeOfDay, to: TimeOfDay };
    ConfirmDelay "CONFIRM_DELAY" Conflict { seconds: Seconds };
    IdentityCheckRequired "IDENTITY_CHECK_REQUIRED" Blocked;
    VerificationPending "VERIFICATION_PENDING" Conflict;
    UnderReview "UNDER_REVIEW" Conflict;
    StepNotOffered "STEP_NOT_OFFERED" Blocked;
    ChoiceFinal "CHOICE_FINAL" Conflict;
    UndoNotOffered "UNDO_NOT_OFFERED" Blocked;
    UndoTooLate "UNDO_TOO_LATE" Blocked;
    UndoUsed "UNDO_USED" Blocked;
    CounterNotOffered "COUNTER_NOT_OFFERED" Blocked;
    AppealNotPossible "APPEAL_NOT_POSSIBLE" Blocked;
    AppealTooLate "APPEAL_TOO_LATE" Blocked { date: Date };
    AppealDecided "APPEAL_DECIDED" Blocked;
    IntervalNotElapsed "INTERVAL_NOT_ELAPSED" Conflict { seconds: Seconds };
    OperationPending "OPERATION_PENDING" Conflict;
    QuotaExceeded "QUOTA_EXCEEDED" Limited { remaining: Count };
    SelfComposeForfeited "SELF_COMPOSE_FORFEITED" Blocked;
    WishMalformed "WISH_MALFORMED" Invalid { index: Count };
    WishDuplicate "WISH_DUPLICATE" Invalid { index: Count };
    TooManyWishes "TOO_MANY_WISHES" Invalid { max: Count };
    RoundAlreadyChosen "ROUND_ALREADY_CHOSEN" Blocked;
    ColumnExpired "COLUMN_EXPIRED" Blocked;
    BasketExpired "BASKET_EXPIRED" Blocked;
    Exhausted "EXHAUSTED" Blocked;
    Blacklisted "BLACKLISTED" Denied { until: Date };
    AlreadyConfirmed "ALREADY_CONFIRMED" Blocked;
    AlreadyRegistered "ALREADY_REGISTERED" Blocked;
    DeadlinePassed "DEADLINE_PASSED" Blocked { date: Date };
    ApplicationVoided "APPLICATION_VOIDED" Blocked;
    CalendarNotCovered "CALENDAR_NOT_COVERED" Blocked { date: Date };
    PolicyInvalid "POLICY_INVALID" Invalid { field: Word };
    VoucherInvalid "VOUCHER_INVALID" Invalid;
    VoucherUsed "VOUCHER_USED" Blocked;

    // Messages
    TemplateUnknown "TEMPLATE_UNKNOWN" Missing;
    TemplateNotApproved "TEMPLATE_NOT_APPROVED" Blocked;
    ProviderUnknown "PROVIDER_UNKNOWN" Missing;
    MessageWithdrawn "MESSAGE_WITHDRAWN" Blocked;
    ContactPointUnknown "CONTACT_POINT_UNKNOWN" Busy;
}
