//! The rules of offices' pools: documents by version, and what follows from them.

use jiff::Timestamp;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::{Refusal, chain};
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::RequestId;
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::{Office, OfficeId, PlateClass};

use super::{Act, App, require_office};
use crate::domain::command::{Command, Request, SetRules};
use crate::domain::pool_rules::{DEFAULT, Difference, PoolRules};
use crate::error::Error;
use crate::store::pool_rules::{self, Versioned};
use crate::store::{audit, rebuild, segment};

/// An operator's wish.
#[derive(Debug, Clone)]
pub struct ApplyRules {
    /// The caller's id.
    pub request_id: RequestId,
    /// Where.
    pub offices: Vec<&'static Office>,
    /// The document.
    pub yaml: String,
    /// Whether only to tell what would change.
    pub dry_run: bool,
}

/// A field that changes at an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeDifference {
    /// The office.
    pub office: OfficeId,
    /// The field.
    pub difference: Difference,
}

/// The rules in force at an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesView {
    /// 0 for the default preset.
    pub version: i32,
    /// The rules.
    pub rules: PoolRules,
    /// The document as applied.
    pub yaml: String,
    /// When it was applied; none for the default preset.
    pub applied_at: Option<Timestamp>,
}

impl App {
    /// The rules in force at an office; the default preset where it has no document.
    pub(super) async fn rules_of(&self, office: OfficeId) -> Result<PoolRules, Error> {
        let found = pool_rules::in_force(self.db().pool(), office).await?;
        Ok(found.map_or_else(PoolRules::preset, |found| found.rules))
    }

    /// The rules in force at an office.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`.
    pub async fn pool_rules(
        &self,
        office: &'static Office,
        actor: &Principal,
    ) -> Result<RulesView, Error> {
        require_office(actor, office.id)?;
        let found = pool_rules::in_force(self.db().pool(), office.id).await?;
        Ok(match found {
            Some(found) => RulesView {
                version: found.version,
                rules: found.rules,
                yaml: found.yaml,
                applied_at: Some(found.applied_at),
            },
            None => RulesView {
                version: 0,
                rules: PoolRules::preset(),
                yaml: DEFAULT.to_owned(),
                applied_at: None,
            },
        })
    }

    /// Applies a document to offices as a new version, or tells what would change.
    ///
    /// # Errors
    /// `POLICY_INVALID`, `OUTSIDE_YOUR_OFFICE`.
    pub async fn apply_pool_rules(
        &self,
        act: &Act,
        wish: ApplyRules,
        request: &pb::ApplyPoolRulesRequest,
        answer: impl Fn(Vec<OfficeDifference>, i32) -> pb::ApplyPoolRulesResponse + Send + Sync,
    ) -> Result<pb::ApplyPoolRulesResponse, Error> {
        for office in &wish.offices {
            require_office(&act.actor, office.id)?;
        }
        let rules = PoolRules::from_yaml(&wish.yaml).map_err(|invalid| {
            Refusal::new(Reason::PolicyInvalid)
                .param("field", word(&invalid.field))
                .on_field("yaml")
        })?;
        if wish.dry_run {
            let mut differences = Vec::new();
            for office in &wish.offices {
                let before = self.rules_of(office.id).await?;
                differences.extend(of_office(office.id, rules.differences(&before)));
            }
            return Ok(answer(differences, 0));
        }
        let scope = Scope::Staff(act.staff()?);
        let now = self.clock().now();
        let key = Key::new(&scope, "platepool.apply_pool_rules", wish.request_id, now);
        let (wish, rules, answer) = (&wish, &rules, &answer);
        let applied = self
            .db()
            .run_once(
                "platepool.apply_pool_rules",
                &key,
                request,
                async |tx: &mut Tx| {
                    let (mut differences, mut highest) = (Vec::new(), 0);
                    for office in &wish.offices {
                        let (version, changed) =
                            self.add_rules(tx, act, office.id, wish, rules, now).await?;
                        highest = highest.max(version);
                        differences.extend(of_office(office.id, changed));
                    }
                    Ok::<_, Error>(answer(differences, highest))
                },
            )
            .await?;
        for office in &wish.offices {
            // The document is in force; should the engine be away now, the job tells it later.
            if let Err(error) = self.follow_rules(office).await {
                let error = chain(&error);
                tracing::warn!(office = %office.id, error, "the composing rules are not in force yet");
            }
        }
        Ok(applied)
    }

    async fn add_rules(
        &self,
        tx: &mut Tx,
        act: &Act,
        office: OfficeId,
        wish: &ApplyRules,
        rules: &PoolRules,
        now: Timestamp,
    ) -> Result<(i32, Vec<Difference>), Error> {
        let before = pool_rules::in_force(&mut **tx, office).await?;
        let version = before.as_ref().map_or(0, |before| before.version) + 1;
        let before = before.map_or_else(PoolRules::preset, |before| before.rules);
        let changed = rules.differences(&before);
        let document = Versioned {
            version,
            rules: rules.clone(),
            yaml: wish.yaml.clone(),
            applied_at: now,
        };
        pool_rules::add(tx, office, &document, act.staff()?).await?;
        let detail: Vec<_> = changed
            .iter()
            .map(|change| format!("{}: {} → {}", change.field, change.before, change.after))
            .collect();
        let entry = audit::Entry {
            subject: version.to_string(),
            detail: detail.join("; "),
            ..self.entry(act, "apply_pool_rules", office)?
        };
        audit::add(tx, &entry).await?;
        Ok((version, changed))
    }

    /// Puts the composing rules of the document in force, by rows of the engine: of every class of
    /// which the office has segments.
    pub(super) async fn follow_rules(&self, office: &'static Office) -> Result<(), Error> {
        let pool = self.db().pool();
        let segments = segment::of_office(pool, office.id).await?;
        let wanted = self.rules_of(office.id).await?.compose_rules();
        let in_force = rebuild::rules(pool, office.id).await?;
        for class in PlateClass::ALL {
            let known = in_force.iter().find(|rules| rules.class == class);
            let known = known.map_or(&[][..], |rules| &rules.rules);
            if known == wanted || !segments.iter().any(|segment| segment.class == class) {
                continue;
            }
            let rules = wanted.clone();
            let set = Command::SetRules(SetRules { class, rules });
            self.offices.ask(office, Request::Command(set)).await?;
        }
        Ok(())
    }

    /// Has every running engine follow its office's document: it may have been applied while the
    /// engine was away, or through another process.
    ///
    /// # Errors
    /// When the database cannot be asked, or an engine cannot tell.
    pub async fn follow_all_rules(&self) -> Result<(), Error> {
        for (id, _) in self.offices.running() {
            if let Ok(office) = self.office(id) {
                self.follow_rules(office).await?;
            }
        }
        Ok(())
    }
}

fn of_office(
    office: OfficeId,
    differences: Vec<Difference>,
) -> impl Iterator<Item = OfficeDifference> {
    differences
        .into_iter()
        .map(move |difference| OfficeDifference { office, difference })
}

/// A path that may be told: what somebody typed in place of a field's name may be anything.
fn word(path: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let known = !path.is_empty() && path.len() <= 64 && path.bytes().all(plain);
    if known { path } else { "yaml" }
}
