//! What the requests are about, and the operations among them.

use tonic::Status;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_service_server::PoolService;

use super::Bad;
use crate::house::{House, by_selection, held};

/// What the requests are about.
pub(super) struct Fixture {
    pub(super) house: House,
    /// Holds numbers; its last operation is the second.
    pub(super) holder: ApplicationId,
    pub(super) plate: String,
    /// Its import is closed and nothing is announced.
    pub(super) closed: String,
    /// Its import is open.
    pub(super) open: String,
}

pub(super) const RPCS: usize = 25;

pub(super) fn i32_of(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MIN)
}

impl Fixture {
    pub(super) async fn new() -> Self {
        let house = House::opened("D000A").await;
        let holder = house.application();
        let drawn = house.pool.draw(holder, 1, 3).await.unwrap();
        let plate = held(&drawn).column[0].clone();
        house.pool.keep(holder, 2, &plate).await.unwrap();
        let closed = house.pool.prepare(&["D001A"]).await;
        let open = house.pool.add_batch(&["D002A"]).await.unwrap().batch_id;
        Self {
            house,
            holder,
            plate,
            closed,
            open,
        }
    }

    /// What every operation carries, one thing of it wrong.
    fn operation(&self, bad: &Bad) -> pb::Operation {
        let mut of = self.house.pool.operation(self.holder, 3);
        match bad.field % 9 {
            0 => of.office.clone_from(&bad.text),
            1 => of.application_id.clone_from(&bad.text),
            2 => of.op_no = 0,
            3 => of.op_no = 1,
            4 => of.not_after = None,
            5 => of.plate_class = i32_of(bad.number),
            6 => of.vehicle_key = bad.text.clone().into_bytes().repeat(40),
            7 => of.channel = i32_of(bad.number),
            _ => of.energy_group = i32_of(bad.number),
        }
        of
    }

    fn sound(&self) -> Option<pb::Operation> {
        Some(self.house.pool.operation(self.holder, 3))
    }

    pub(super) async fn ask(&self, bad: &Bad) -> Result<(), Status> {
        match bad.rpc {
            0..=5 => self.ask_operation(bad).await,
            6..=11 => self.ask_about(bad).await,
            12..=20 => self.ask_admin(bad).await,
            _ => self.ask_publication(bad).await,
        }
    }

    async fn ask_operation(&self, bad: &Bad) -> Result<(), Status> {
        let (pool, is_operation) = (self.house.pool.operations(), bad.field >= 3);
        let operation = if is_operation {
            Some(self.operation(bad))
        } else {
            self.sound().filter(|_| bad.field > 0)
        };
        let number = i32_of(bad.number);
        let plate = if is_operation { &self.plate } else { &bad.text };
        match bad.rpc {
            0 => {
                let mut request = self.house.pool.drawing(self.holder, 3, 5);
                request.operation = operation;
                match bad.field {
                    0 | 1 => request.count = number,
                    2 => request.column_ttl_s = number,
                    _ => {}
                }
                pool.draw(by_selection(request)).await.map(drop)
            }
            1 => {
                let request = pb::KeepRequest {
                    operation,
                    plate: plate.clone(),
                    basket_ttl_s: 60,
                };
                pool.keep(by_selection(request)).await.map(drop)
            }
            2 => {
                let mut wishes = vec![self.plate.clone(); usize::from(is_operation)];
                match bad.field {
                    1 => wishes.push(bad.text.clone()),
                    2 => wishes.extend((0..30).map(|n| format!("粤G{n:05}"))),
                    _ => {}
                }
                let request = pb::ComposeRequest {
                    operation,
                    wishes,
                    hold_ttl_s: 0,
                };
                pool.compose(by_selection(request)).await.map(drop)
            }
            3 => {
                let request = pb::ConfirmRequest {
                    operation,
                    plate: plate.clone(),
                    from_column: true,
                };
                pool.confirm(by_selection(request)).await.map(drop)
            }
            4 => {
                let request = pb::ChooseRequest {
                    operation,
                    plate: self.plate.clone(),
                    ttl_s: if is_operation { 60 } else { number },
                };
                pool.choose(by_selection(request)).await.map(drop)
            }
            _ => {
                let operation = Some(self.operation(bad));
                pool.give_up(by_selection(pb::GiveUpRequest { operation }))
                    .await
                    .map(drop)
            }
        }
    }
}
