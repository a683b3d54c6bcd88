//! Who writes for which office.

use tonic::{Request, Response, Status};
use xuanhao_chassis::grpc::{CallContext, timestamp};
use xuanhao_proto::platepool::v1 as pb;

use super::{Administration, write};
use crate::app::{ReplicaView, WriterView};

impl Administration {
    pub(super) async fn writers(
        &self,
        request: Request<pb::ListWritersRequest>,
    ) -> Result<Response<pb::ListWritersResponse>, Status> {
        let context = CallContext::of(&request);
        let wanted = request.into_inner().offices;
        let offices: Result<Vec<_>, _> = wanted.iter().map(|text| self.office(text)).collect();
        let (writers, replicas) = self
            .0
            .writers(&offices?, context.require_principal()?)
            .await?;
        Ok(Response::new(pb::ListWritersResponse {
            writers: writers.into_iter().map(writer).collect(),
            replicas: replicas.into_iter().map(replica).collect(),
        }))
    }
}

fn writer(of: WriterView) -> pb::Writer {
    pb::Writer {
        office: of.office.to_string(),
        replica: of.replica,
        epoch: write::signed(of.epoch),
        taken_at: of.taken_at.map(timestamp),
    }
}

fn replica(of: ReplicaView) -> pb::PoolReplica {
    pb::PoolReplica {
        replica: of.replica,
        address: of.address,
        expires_at: Some(timestamp(of.expires_at)),
        leaving: of.leaving,
    }
}
