//! Who writes for which office, for operators.

use jiff::Timestamp;
use xuanhao_chassis::principal::Principal;
use xuanhao_vocabulary::{Office, OfficeId};

use super::{App, require_office};
use crate::error::Error;
use crate::store::lease;

/// Who writes for an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterView {
    /// The office.
    pub office: OfficeId,
    /// The process.
    pub replica: String,
    /// Its epoch; 0 where nobody has written yet.
    pub epoch: u64,
    /// Since when.
    pub taken_at: Option<Timestamp>,
}

/// A process of the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaView {
    /// The process.
    pub replica: String,
    /// Where its peers reach it, `host:port`.
    pub address: String,
    /// Until when it is believed to live without another sign.
    pub expires_at: Timestamp,
    /// Whether it takes no offices any more.
    pub leaving: bool,
}

impl App {
    /// Who writes for these offices, or for all served ones that the member of staff is responsible
    /// for; and which processes there are.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`; and when the database cannot be asked.
    pub async fn writers(
        &self,
        offices: &[&'static Office],
        actor: &Principal,
    ) -> Result<(Vec<WriterView>, Vec<ReplicaView>), Error> {
        for office in offices {
            require_office(actor, office.id)?;
        }
        let all = if offices.is_empty() {
            &self.served
        } else {
            offices
        };
        let wanted: Vec<String> = all
            .iter()
            .filter(|office| require_office(actor, office.id).is_ok())
            .map(|office| office.id.to_string())
            .collect();
        let (owners, leases) = lease::look(self.db().pool(), &wanted).await?;
        let mut writers: Vec<WriterView> = leases
            .into_iter()
            .map(|lease| WriterView {
                office: lease.office,
                replica: lease.owner,
                epoch: lease.epoch,
                taken_at: Some(lease.taken_at),
            })
            .collect();
        // Those that were asked for by name are told of even if nobody has written for them yet.
        for office in offices {
            if !writers.iter().any(|writer| writer.office == office.id) {
                writers.push(WriterView {
                    office: office.id,
                    replica: String::new(),
                    epoch: 0,
                    taken_at: None,
                });
            }
        }
        writers.sort_by_key(|writer| writer.office);
        let replica = |row: lease::OwnerRow| ReplicaView {
            replica: row.owner,
            address: row.address,
            expires_at: row.expires_at,
            leaving: row.leaving,
        };
        Ok((writers, owners.into_iter().map(replica).collect()))
    }
}
