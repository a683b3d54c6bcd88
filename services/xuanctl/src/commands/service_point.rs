//! `xuanctl service-point`: where people are enrolled face to face (R-ACC-02).

use clap::{Args, Subcommand, ValueEnum};
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::OfficeId;

use super::whole;
use crate::args::{Act, Acting, Place, Scope, word};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::enrolment::ServicePoints;
use crate::output::{Made, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum ServicePoint {
    /// 添加受理点，输出其编号 · Add a service point; prints its id
    Add(Add),
    /// 关闭受理点，不再办理面签 · Close a service point; nothing is enrolled there any more
    Close {
        /// 受理点编号 · The service point's id
        service_point_id: String,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 列出开放的受理点 · List the open ones
    List {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// 所属车管所，例如 gd-zhanjiang · Office it belongs to, such as gd-zhanjiang
    #[arg(long, value_parser = word::<OfficeId>)]
    office: OfficeId,
    /// 类别 · What it is
    #[arg(long, value_enum)]
    kind: Kind,
    /// 名称，1至80个字 · Name, 1–80 characters
    #[arg(long)]
    name: String,
    /// 地址，1至200个字 · Address, 1–200 characters
    #[arg(long)]
    address: String,
    #[command(flatten)]
    act: Act,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Kind {
    /// 车管所窗口 · A window of a vehicle office
    OfficeWindow,
    /// 交警大队 · A traffic-police brigade
    PoliceBrigade,
}

impl ServicePoint {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(to, output).await,
            Self::Close {
                service_point_id,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::CloseServicePointRequest {
                    request_id: id.to_string(),
                    service_point_id,
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let closed = to.enrolment()?.close_service_point(request).await;
                closed.map_err(|status| Failure::of_write(status, id))?;
                Ok(output.done()?)
            }
            Self::List { place } => {
                let (province, office) = place.texts();
                let request = call(pb::ListServicePointsRequest { province, office });
                let listed = to
                    .enrolment()?
                    .list_service_points(request.idempotent())
                    .await?;
                Ok(output.show(&ServicePoints::from(listed.into_inner()))?)
            }
        }
    }
}

impl Add {
    async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let principal = to.principal(Scope::Office(self.office)).await?;
        let id = self.act.request.id();
        let kind = match self.kind {
            Kind::OfficeWindow => pb::ServicePointKind::OfficeWindow,
            Kind::PoliceBrigade => pb::ServicePointKind::PoliceBrigade,
        };
        let request = call(pb::AddServicePointRequest {
            request_id: id.to_string(),
            office: self.office.to_string(),
            kind: kind.into(),
            name: self.name,
            address: self.address,
            reason: self.act.reason,
        });
        let request = request.principal(&principal).idempotent();
        let added = to.enrolment()?.add_service_point(request).await;
        let added = added.map_err(|status| Failure::of_write(status, id))?;
        let point = whole(added.into_inner().service_point)?;
        Ok(output.show(&Made::of("service_point_id", point.service_point_id))?)
    }
}
