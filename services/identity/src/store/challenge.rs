//! SMS challenges and what they were bound to.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx, affected};
use xuanhao_chassis::ids::{AccountId, ChallengeId, PreSessionId, ProofId, RequestId};
use xuanhao_vocabulary::ProvinceId;

use super::known;
use crate::domain::challenge::{Challenge, Holder, Purpose, State};

/// A challenge to be issued.
#[derive(Debug, Clone)]
pub(crate) struct NewChallenge {
    /// Its id; also the request id at notification.
    pub(crate) challenge_id: ChallengeId,
    /// Of the account or the portal.
    pub(crate) province: ProvinceId,
    /// Who may answer.
    pub(crate) holder: Holder,
    /// What for.
    pub(crate) purpose: Purpose,
    /// What the proof is bound to.
    pub(crate) subject: String,
    /// Keyed hash of the number, or of the login name where nothing is sent.
    pub(crate) mobile_index: [u8; 32],
    /// Keyed hash of the login name whose password is to be replaced.
    pub(crate) login_index: Option<[u8; 32]>,
    /// Keyed hash of the address.
    pub(crate) address_index: [u8; 32],
    /// What failures are counted by.
    pub(crate) binding: [u8; 32],
    /// Nothing is sent and no code matches.
    pub(crate) decoy: bool,
    /// Keyed hash of the code and all it is bound to.
    pub(crate) code_hash: [u8; 32],
    /// Caller's request.
    pub(crate) request_id: RequestId,
    /// SHA-256 of the request.
    pub(crate) request_hash: [u8; 32],
    /// When.
    pub(crate) issued_at: Timestamp,
    /// Void if not acknowledged by then.
    pub(crate) settle_by: Timestamp,
    /// Another may be asked for from then on.
    pub(crate) resend_at: Timestamp,
    /// The code ends then.
    pub(crate) expires_at: Timestamp,
}

/// What is known of a request that was made before.
#[derive(Debug, Clone)]
pub(crate) struct Earlier {
    /// The challenge it led to.
    pub(crate) challenge_id: ChallengeId,
    /// SHA-256 of the request then.
    pub(crate) request_hash: Vec<u8>,
    /// Where the challenge stands.
    pub(crate) state: State,
    /// Void if not acknowledged by then.
    pub(crate) settle_by: Timestamp,
    /// As answered.
    pub(crate) resend_at: Timestamp,
    /// As answered.
    pub(crate) expires_at: Timestamp,
}

/// A challenge to be answered.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// Who may answer.
    pub(crate) holder: Holder,
    /// What for.
    pub(crate) purpose: Purpose,
    /// What the proof is bound to.
    pub(crate) subject: String,
    /// Keyed hash of the number.
    pub(crate) mobile_index: Vec<u8>,
    /// What failures are counted by.
    pub(crate) binding: Vec<u8>,
    /// Keyed hash of the code.
    pub(crate) code_hash: Vec<u8>,
    /// The proof it led to.
    pub(crate) proof_id: Option<ProofId>,
    /// When the code was asked for.
    pub(crate) issued_at: Timestamp,
    /// What an answer is judged by.
    pub(crate) challenge: Challenge,
}

fn holder_parts(holder: Holder) -> (&'static str, Uuid) {
    match holder {
        Holder::Account(id) => ("account", id.as_uuid()),
        Holder::PreSession(id) => ("pre_session", id.as_uuid()),
    }
}

fn holder_of(kind: &str, id: Uuid) -> Option<Holder> {
    match kind {
        "account" => Some(Holder::Account(AccountId::from_uuid(id))),
        "pre_session" => Some(Holder::PreSession(PreSessionId::from_uuid(id))),
        _ => None,
    }
}

/// Adds one in state `issued`.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, new: &NewChallenge) -> Result<(), db::Error> {
    let (holder_kind, holder_id) = holder_parts(new.holder);
    sqlx::query!(
        "-- identity.challenge.add
        INSERT INTO challenges
            (challenge_id, province, holder_kind, holder_id, purpose, subject, mobile_index,
             login_index, address_index, binding, decoy, code_hash, request_id, request_hash, state,
             issued_at, settle_by, resend_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'issued', $15, $16, $17, $18)",
        new.challenge_id.as_uuid(),
        new.province.as_str(),
        holder_kind,
        holder_id,
        new.purpose.as_str(),
        new.subject,
        &new.mobile_index[..],
        new.login_index.as_ref().map(|index| &index[..]),
        &new.address_index[..],
        &new.binding[..],
        new.decoy,
        &new.code_hash[..],
        new.request_id.as_uuid(),
        &new.request_hash[..],
        new.issued_at.to_sqlx() as _,
        new.settle_by.to_sqlx() as _,
        new.resend_at.to_sqlx() as _,
        new.expires_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.challenge.add")
    .await?;
    Ok(())
}

/// The challenge a holder's request led to, unless that is void.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn find_by_request(
    tx: &mut Tx,
    holder: Holder,
    request_id: RequestId,
) -> Result<Option<Earlier>, db::Error> {
    let (_, holder_id) = holder_parts(holder);
    let row = sqlx::query!(
        r#"-- identity.challenge.find_by_request
        SELECT challenge_id AS "challenge_id: ChallengeId", request_hash, state,
               settle_by AS "settle_by: jiff_sqlx::Timestamp",
               resend_at AS "resend_at: jiff_sqlx::Timestamp",
               expires_at AS "expires_at: jiff_sqlx::Timestamp"
        FROM challenges WHERE holder_id = $1 AND request_id = $2 AND state <> 'void'"#,
        holder_id,
        request_id.as_uuid(),
    )
    .fetch_optional(&mut **tx)
    .traced("db.challenge.find_by_request")
    .await?;
    row.map(|row| {
        Ok(Earlier {
            challenge_id: row.challenge_id,
            request_hash: row.request_hash,
            state: known("state", State::from_word(&row.state))?,
            settle_by: row.settle_by.to_jiff(),
            resend_at: row.resend_at.to_jiff(),
            expires_at: row.expires_at.to_jiff(),
        })
    })
    .transpose()
}

/// When codes to a number count that were sent since an instant; void ones do not (C1).
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_sent_to(
    tx: &mut Tx,
    mobile_index: &[u8; 32],
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<(Purpose, Timestamp)>, db::Error> {
    sqlx::query!(
        r#"-- identity.challenge.list_sent_to
        SELECT purpose, issued_at AS "issued_at: jiff_sqlx::Timestamp" FROM challenges
        WHERE mobile_index = $1 AND issued_at > $2
          AND (state IN ('enqueued', 'verified') OR state = 'issued' AND settle_by > $3)"#,
        &mobile_index[..],
        since.to_sqlx() as _,
        now.to_sqlx() as _,
    )
    .fetch_all(&mut **tx)
    .traced("db.challenge.list_sent_to")
    .await?
    .into_iter()
    .map(|row| {
        let purpose = known("purpose", Purpose::from_word(&row.purpose))?;
        Ok((purpose, row.issued_at.to_jiff()))
    })
    .collect()
}

/// As [`list_sent_to`], for a login name, known or not.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_for_login(
    tx: &mut Tx,
    login_index: &[u8; 32],
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<Timestamp>, db::Error> {
    let times = sqlx::query_scalar!(
        r#"-- identity.challenge.list_for_login
        SELECT issued_at AS "issued_at: jiff_sqlx::Timestamp" FROM challenges
        WHERE login_index = $1 AND issued_at > $2
          AND (state IN ('enqueued', 'verified') OR state = 'issued' AND settle_by > $3)"#,
        &login_index[..],
        since.to_sqlx() as _,
        now.to_sqlx() as _,
    )
    .fetch_all(&mut **tx)
    .traced("db.challenge.list_for_login")
    .await?;
    Ok(times
        .into_iter()
        .map(jiff_sqlx::Timestamp::to_jiff)
        .collect())
}

/// When codes to strangers' numbers were asked for at an address, whatever became of them.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_from_address(
    tx: &mut Tx,
    address_index: &[u8; 32],
    since: Timestamp,
) -> Result<Vec<Timestamp>, db::Error> {
    let times = sqlx::query_scalar!(
        r#"-- identity.challenge.list_from_address
        SELECT issued_at AS "issued_at: jiff_sqlx::Timestamp" FROM challenges
        WHERE address_index = $1 AND issued_at > $2
          AND purpose IN ('register', 'reset_password', 'change_mobile')
        ORDER BY issued_at DESC LIMIT 1000"#,
        &address_index[..],
        since.to_sqlx() as _,
    )
    .fetch_all(&mut **tx)
    .traced("db.challenge.list_from_address")
    .await?;
    Ok(times
        .into_iter()
        .map(jiff_sqlx::Timestamp::to_jiff)
        .collect())
}

/// The codes of the whole service since an instant, void ones too (C1): how many, and when the
/// oldest was issued.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn count_all(
    tx: &mut Tx,
    since: Timestamp,
) -> Result<(i64, Option<Timestamp>), db::Error> {
    let row = sqlx::query!(
        r#"-- identity.challenge.count_all
        SELECT count(*) AS "count!", min(issued_at) AS "oldest: jiff_sqlx::Timestamp"
        FROM challenges WHERE issued_at > $1 AND NOT decoy"#,
        since.to_sqlx() as _,
    )
    .fetch_one(&mut **tx)
    .traced("db.challenge.count_all")
    .await?;
    Ok((row.count, row.oldest.map(jiff_sqlx::Timestamp::to_jiff)))
}

/// Ends the state `issued`. Does nothing to a challenge that has left it.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_settled(
    tx: &mut Tx,
    challenge_id: ChallengeId,
    state: State,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.challenge.mark_settled
        UPDATE challenges SET state = $2 WHERE challenge_id = $1 AND state = 'issued'",
        challenge_id.as_uuid(),
        state.as_str(),
    )
    .execute(&mut **tx)
    .traced("db.challenge.mark_settled")
    .await?;
    Ok(())
}

/// A challenge by id.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lookup(
    tx: &mut Tx,
    challenge_id: ChallengeId,
) -> Result<Option<Stored>, db::Error> {
    let row = sqlx::query!(
        r#"-- identity.challenge.lookup
        SELECT holder_kind, holder_id, purpose, subject, mobile_index, binding, code_hash, state,
               issued_at AS "issued_at: jiff_sqlx::Timestamp",
               expires_at AS "expires_at: jiff_sqlx::Timestamp",
               verified_at AS "verified_at: jiff_sqlx::Timestamp",
               proof_id AS "proof_id: ProofId"
        FROM challenges WHERE challenge_id = $1"#,
        challenge_id.as_uuid(),
    )
    .fetch_optional(&mut **tx)
    .traced("db.challenge.lookup")
    .await?;
    row.map(|row| {
        Ok(Stored {
            holder: known("holder", holder_of(&row.holder_kind, row.holder_id))?,
            purpose: known("purpose", Purpose::from_word(&row.purpose))?,
            subject: row.subject,
            mobile_index: row.mobile_index,
            binding: row.binding,
            code_hash: row.code_hash,
            proof_id: row.proof_id,
            issued_at: row.issued_at.to_jiff(),
            challenge: Challenge {
                state: known("state", State::from_word(&row.state))?,
                expires_at: row.expires_at.to_jiff(),
                verified_at: row.verified_at.map(jiff_sqlx::Timestamp::to_jiff),
            },
        })
    })
    .transpose()
}

/// Notes that a code was answered rightly for the first time.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_verified(
    tx: &mut Tx,
    challenge_id: ChallengeId,
    proof_id: ProofId,
    now: Timestamp,
) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- identity.challenge.mark_verified
        UPDATE challenges SET state = 'verified', verified_at = $3, proof_id = $2
        WHERE challenge_id = $1 AND state = 'enqueued'",
        challenge_id.as_uuid(),
        proof_id.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.challenge.mark_verified")
    .await?;
    affected(1, &updated)
}
