//! Keyed hashes: what the database finds and compares by without being able to tell it.

use uuid::Uuid;
use xuanhao_chassis::ids::{AccountId, ChallengeId, StaffId};
use xuanhao_chassis::sealed::BlindIndex;
use xuanhao_vocabulary::{CreditCode, Mobile, ResidentId};

use crate::domain::challenge::{Holder, Purpose};
use crate::domain::login_name::LoginName;

/// SHA-256 in size.
pub type Hash = [u8; 32];

/// Which credentials a login name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realm {
    /// Citizens.
    Citizens,
    /// Staff.
    Staff,
}

/// The keyed hashes of identity. Purposes keep them apart.
#[derive(Debug, Clone)]
pub struct Keyed(BlindIndex);

/// All that a code is bound to; a code is right only where all of it is the same.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'a> {
    /// Who may answer.
    pub holder: Holder,
    /// Keyed hash of the number.
    pub mobile_index: &'a [u8],
    /// What for.
    pub purpose: Purpose,
    /// What the proof is bound to.
    pub subject: &'a str,
}

impl Bound<'_> {
    /// Unambiguous: only the last part may hold a bar.
    fn text(&self) -> String {
        let (kind, id) = match self.holder {
            Holder::Account(id) => ("account", id.as_uuid()),
            Holder::PreSession(id) => ("pre_session", id.as_uuid()),
        };
        format!(
            "{kind}|{id}|{}|{}|{}",
            hex(self.mobile_index),
            self.purpose.as_str(),
            self.subject
        )
    }
}

impl Keyed {
    /// Over the chassis's index.
    pub fn new(index: BlindIndex) -> Self {
        Self(index)
    }

    /// A mobile number's index.
    pub fn mobile(&self, mobile: &Mobile) -> Hash {
        self.0.of("person.mobile", mobile.e164())
    }

    /// A person's key: what a ban is kept under (C4).
    pub fn resident_id(&self, resident_id: &ResidentId) -> Hash {
        self.0.of("person.resident_id", resident_id.expose())
    }

    /// An organisation's key: what a ban is kept under (C4).
    pub fn credit_code(&self, credit_code: &CreditCode) -> Hash {
        self.0.of("organisation.credit_code", credit_code.as_str())
    }

    /// A login name's index, for counting.
    pub fn login(&self, realm: Realm, login_key: &str) -> Hash {
        match realm {
            Realm::Citizens => self.0.of("identity.login", login_key),
            Realm::Staff => self.0.of("identity.staff_login", login_key),
        }
    }

    /// An address's index.
    pub fn address(&self, network: &str) -> Hash {
        self.0.of("identity.address", network)
    }

    /// A picture's answer, bound to captcha and holder.
    pub fn captcha(&self, captcha_id: ChallengeId, holder: Holder, answer: &str) -> Hash {
        let holder = match holder {
            Holder::Account(id) => id.as_uuid(),
            Holder::PreSession(id) => id.as_uuid(),
        };
        self.0.of(
            "identity.captcha",
            &format!("{captcha_id}|{holder}|{answer}"),
        )
    }

    /// The line in which documents of one account's owner stand.
    pub fn documents_of_owner(&self, account_id: AccountId) -> Hash {
        self.0
            .of("identity.documents", &format!("account/{account_id}"))
    }

    /// The line in which documents of one officer stand.
    pub fn documents_of_officer(&self, officer: StaffId) -> Hash {
        self.0.of("identity.documents", &format!("staff/{officer}"))
    }

    /// What failures are counted by (C2).
    pub fn binding(&self, bound: Bound<'_>) -> Hash {
        self.0.of("identity.challenge.binding", &bound.text())
    }

    /// A code, bound to its challenge and all that is bound to.
    pub fn code(&self, challenge_id: ChallengeId, bound: Bound<'_>, code: &str) -> Hash {
        self.0.of(
            "identity.challenge.code",
            &format!("{challenge_id}|{code}|{}", bound.text()),
        )
    }

    /// Stands for a secret in the request hash: unlike a plain hash it cannot be guessed at by whoever
    /// reads the database.
    pub fn fingerprint(&self, secret: &str) -> String {
        hex(&self.0.of("identity.request_secret", secret))
    }

    /// Stands for a file in the request hash, as [`fingerprint`](Self::fingerprint) for a secret.
    pub fn fingerprint_of_file(&self, content: &[u8]) -> Hash {
        use sha2::Digest as _;
        let digest = hex(&sha2::Sha256::digest(content));
        self.0.of("identity.request_file", &digest)
    }

    /// Stands for the number of an account that does not exist.
    pub fn no_mobile(&self, login_name: &LoginName) -> Hash {
        self.0.of("identity.no_mobile", login_name.key())
    }

    /// A masked number for an account that does not exist: always the same for the same name.
    pub fn invented_mobile(&self, login_name: &LoginName) -> String {
        const PREFIXES: [&str; 16] = [
            "130", "131", "133", "135", "136", "137", "138", "139", "150", "152", "158", "159",
            "177", "185", "186", "188",
        ];
        let hash = self.0.of("identity.invented_mobile", login_name.key());
        let prefix = PREFIXES[usize::from(hash[0]) % PREFIXES.len()];
        let digits = u32::from_be_bytes([hash[1], hash[2], hash[3], hash[4]]) % 10_000;
        format!("{prefix}****{digits:04}")
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An id made of a generated UUID, for rows that have no kind of their own.
pub fn row_id(ids: &xuanhao_chassis::ids::Ids) -> Uuid {
    ids.next::<xuanhao_chassis::ids::kind::Event>().as_uuid()
}
