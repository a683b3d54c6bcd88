//! Whose number an SMS code goes to, found out before anything is counted.

use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::{Mobile, ProvinceId};

use super::App;
use super::challenge_issue::{IssueChallenge, Target};
use super::keyed::{Hash, Realm};
use crate::domain::challenge::Holder;
use crate::error::Error;
use crate::store::account;

/// What is known before anything is counted.
pub(super) struct Asked {
    pub(super) holder: Holder,
    pub(super) subject: String,
    pub(super) province: ProvinceId,
    /// The number; none if the login name is unknown.
    pub(super) mobile: Option<Mobile>,
    pub(super) mobile_index: Hash,
    pub(super) masked: String,
    /// For forgotten passwords: counted and seen by the login name, known or not.
    pub(super) login: Option<(Hash, Hash)>,
}

impl App {
    pub(super) async fn ask(&self, command: &IssueChallenge) -> Result<Asked, Error> {
        match &command.target {
            Target::Account {
                account_id,
                session_id,
                subject,
            } => {
                self.require_live(*session_id).await?;
                let account = account::lookup(self.db.pool(), *account_id)
                    .await?
                    .ok_or(Reason::SessionExpired)?;
                if command.purpose.is_transaction() {
                    self.require_authority(&account)?;
                }
                let mobile = self.open_mobile(&account).await?;
                let holder = Holder::Account(*account_id);
                Ok(self.asked(holder, account.province, subject.clone(), mobile))
            }
            Target::ChangeMobile {
                account_id,
                session_id,
                mobile,
            } => {
                self.require_live(*session_id).await?;
                let account = account::lookup(self.db.pool(), *account_id)
                    .await?
                    .ok_or(Reason::SessionExpired)?;
                let holder = Holder::Account(*account_id);
                Ok(self.asked(holder, account.province, String::new(), *mobile))
            }
            Target::Register {
                pre_session,
                province,
                mobile,
            } => Ok(self.asked(
                Holder::PreSession(*pre_session),
                *province,
                String::new(),
                *mobile,
            )),
            Target::Reset {
                pre_session,
                province,
                login_name,
            } => {
                let holder = Holder::PreSession(*pre_session);
                let account = account::find_by_login(self.db.pool(), login_name.key()).await?;
                let nobody = self.keyed.no_mobile(login_name);
                let login = Some((self.keyed.login(Realm::Citizens, login_name.key()), nobody));
                match account {
                    Some(account) => {
                        let mobile = self.open_mobile(&account).await?;
                        Ok(Asked {
                            login,
                            ..self.asked(holder, *province, String::new(), mobile)
                        })
                    }
                    None => Ok(Asked {
                        holder,
                        subject: String::new(),
                        province: *province,
                        mobile: None,
                        mobile_index: nobody,
                        masked: self.keyed.invented_mobile(login_name),
                        login,
                    }),
                }
            }
        }
    }

    fn asked(
        &self,
        holder: Holder,
        province: ProvinceId,
        subject: String,
        mobile: Mobile,
    ) -> Asked {
        Asked {
            holder,
            subject,
            province,
            mobile_index: self.keyed.mobile(&mobile),
            masked: mobile.masked().to_string(),
            mobile: Some(mobile),
            login: None,
        }
    }
}
