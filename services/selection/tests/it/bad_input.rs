//! Requests that no honest client sends.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tonic::{Code, Status};
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::vehicle::v1 as vehicle;

use crate::house::{GUANGDONG, House, OFFICE, uuid};

/// Requests of each kind.
const ROUNDS: usize = 12;

/// Everything a refused request must leave as it was.
const ROWS: &str = "SELECT md5(concat(
    (SELECT string_agg(t::text, '' ORDER BY t::text) FROM policies t),
    (SELECT string_agg(t::text, '' ORDER BY t::text) FROM notices t),
    (SELECT string_agg(t::text, '' ORDER BY t::text) FROM applications t),
    (SELECT string_agg(t::text, '' ORDER BY t::text) FROM vehicle_quotas t),
    (SELECT string_agg(t::text, '' ORDER BY t::text) FROM operations t),
    (SELECT string_agg(t::text, '' ORDER BY t::text) FROM selections t),
    (SELECT string_agg(t::text, '' ORDER BY t::text) FROM consumed_proofs t),
    (SELECT string_agg(t::text, '' ORDER BY t::text) FROM audit_entries t)))";

struct Wild {
    runner: TestRunner,
    applications: Vec<String>,
}

impl Wild {
    fn draw<T>(&mut self, strategy: impl Strategy<Value = T>) -> T {
        strategy.new_tree(&mut self.runner).unwrap().current()
    }

    /// Text of any length, in any script, sometimes something that is almost right.
    fn text(&mut self) -> String {
        let wild = prop_oneof![
            Just(String::new()),
            "\\PC{1,40}",
            "[\\x00-\\x1f\u{202e}\u{feff}]{1,6}",
            Just("粤GB0003".to_owned()),
            Just("粤GI0O03".to_owned()),
            Just("?".repeat(9)),
            Just("牌".repeat(5_000)),
            Just("'; DROP TABLE policies; --".to_owned()),
            Just(OFFICE.to_owned()),
            Just("LSGPC52U6AF102554".to_owned()),
            Just("00000000-0000-0000-0000-000000000000".to_owned()),
        ];
        self.draw(wild)
    }

    fn texts(&mut self) -> Vec<String> {
        let count = self.draw(prop_oneof![0usize..4, Just(300usize)]);
        (0..count).map(|_| self.text()).collect()
    }

    fn number(&mut self) -> i32 {
        self.draw(prop_oneof![
            Just(i32::MIN),
            Just(-1),
            0..3i32,
            Just(i32::MAX)
        ])
    }

    /// Mostly a request id.
    fn id(&mut self) -> String {
        if self.draw(0u8..4) == 0 {
            self.text()
        } else {
            uuid()
        }
    }

    /// Mostly an application that is there, in whatever state.
    fn application(&mut self) -> String {
        if self.draw(0u8..4) == 0 {
            return self.text();
        }
        let at = self.draw(0..self.applications.len());
        self.applications[at].clone()
    }

    fn purchase_proof(&mut self) -> Option<vehicle::PurchaseProof> {
        use vehicle::purchase_proof::Kind;
        let kind = match self.draw(0u8..3) {
            0 => None,
            1 => Some(Kind::ElectronicInvoice(self.text())),
            _ => Some(Kind::PaperInvoice(vehicle::PaperInvoice {
                code: self.text(),
                number: self.text(),
            })),
        };
        self.draw(any::<bool>())
            .then_some(vehicle::PurchaseProof { kind })
    }
}

impl House {
    async fn rows(&self) -> String {
        let pool = self.database.pool();
        sqlx::query_scalar(ROWS).fetch_one(pool).await.unwrap()
    }

    /// A typed refusal, never a fault, after which every row is as it was.
    async fn refused_cleanly<T>(&self, what: &str, before: &str, answer: Result<T, Status>) {
        let Err(status) = answer else { return };
        assert_ne!(status.code(), Code::Internal, "{what}: {status:?}");
        assert_ne!(status.code(), Code::Unknown, "{what}: {status:?}");
        let refusal = Refusal::from_status(&status);
        let refusal = refusal.unwrap_or_else(|| panic!("{what}: {status:?}"));
        if refusal.reason() == Reason::PlateNotHeld {
            // The pool said so: the operation and its number are kept, uncharged (P3, P5).
            return;
        }
        assert_eq!(
            self.rows().await,
            before,
            "{what} was refused and changed a row"
        );
    }
}

macro_rules! send {
    ($house:ident, $client:ident, $token:expr, $method:ident, $request:expr) => {{
        let request = $request;
        let before = $house.rows().await;
        let answer = $house
            .$client()
            .$method(call(request).principal($token))
            .await;
        $house
            .refused_cleanly(stringify!($method), &before, answer)
            .await;
    }};
}

async fn house() -> (House, Wild) {
    let house = House::new().await;
    let mut applications = Vec::new();
    applications.push(house.opened(1).await.application);
    applications.push(house.locked(2).await.application);
    applications.push(house.selecting(3).await.application);
    let drawing = house.selecting(4).await;
    drawing.draw().await.unwrap();
    applications.push(drawing.application);
    applications.push(house.confirmed(5).await.0.application);
    let seed = [7; 32];
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let runner = TestRunner::new_with_rng(Config::default(), rng);
    (
        house,
        Wild {
            runner,
            applications,
        },
    )
}

/// Bad input at `SelectionService`: arbitrary, oversized and out of order.
#[tokio::test]
async fn citizens_requests_are_refused_cleanly() {
    let (house, mut wild) = house().await;
    for round in 0..ROUNDS {
        let number = 1 + u128::try_from(round % 5).unwrap();
        let mut citizen = house.visitor(number);
        citizen.application = wild.application();
        let token = &citizen.token();
        let (id, application) = (wild.id(), wild.application());
        send!(
            house,
            citizens,
            token,
            open_application,
            pb::OpenApplicationRequest {
                request_id: wild.id(),
                office: wild.text(),
                notice_version: wild.number(),
            }
        );
        send!(
            house,
            citizens,
            token,
            submit_info,
            pb::SubmitInfoRequest {
                request_id: wild.id(),
                application_id: wild.application(),
                vin: wild.text(),
                purchase_proof: wild.purchase_proof(),
                import_confirmed: round % 2 == 0,
                import_certificate_number: wild.text(),
                address: wild.text(),
            }
        );
        send!(
            house,
            citizens,
            token,
            get_submitted_info,
            pb::GetSubmittedInfoRequest {
                application_id: wild.application(),
            }
        );
        send!(
            house,
            citizens,
            token,
            confirm_info,
            pb::ConfirmInfoRequest {
                request_id: wild.id(),
                application_id: wild.application(),
                challenge_proof: wild.text(),
            }
        );
        send!(
            house,
            citizens,
            token,
            start_selecting,
            pb::StartSelectingRequest {
                request_id: wild.id(),
                application_id: wild.application(),
                challenge_proof: wild.text(),
                more_time: true,
            }
        );
        send!(
            house,
            citizens,
            token,
            draw,
            pb::DrawRequest {
                request_id: id.clone(),
                application_id: application.clone(),
                exclude_four: true,
                captcha_id: wild.text(),
                captcha_answer: wild.text(),
            }
        );
        // The same request id for something else.
        send!(
            house,
            citizens,
            token,
            draw,
            pb::DrawRequest {
                request_id: id,
                application_id: wild.application(),
                exclude_four: false,
                captcha_id: String::new(),
                captcha_answer: String::new(),
            }
        );
        send!(
            house,
            citizens,
            token,
            keep,
            pb::KeepRequest {
                request_id: wild.id(),
                application_id: wild.application(),
                plate: wild.text(),
            }
        );
        send!(
            house,
            citizens,
            token,
            get_keyboard,
            pb::GetKeyboardRequest {
                application_id: wild.application(),
                issuing_code: wild.text(),
                partial: wild.text(),
            }
        );
        send!(
            house,
            citizens,
            token,
            compose,
            pb::ComposeRequest {
                request_id: wild.id(),
                application_id: wild.application(),
                wishes: wild.texts(),
                captcha_id: wild.text(),
                captcha_answer: wild.text(),
            }
        );
        send!(
            house,
            citizens,
            token,
            choose_plate,
            pb::ChoosePlateRequest {
                request_id: wild.id(),
                application_id: wild.application(),
                plate: wild.text(),
            }
        );
        send!(
            house,
            citizens,
            token,
            confirm_plate,
            pb::ConfirmPlateRequest {
                request_id: wild.id(),
                application_id: wild.application(),
                plate: wild.text(),
                challenge_proof: wild.text(),
            }
        );
        send!(
            house,
            citizens,
            token,
            list_applications,
            pb::ListApplicationsRequest {
                page_size: wild.number(),
                page_token: wild.text(),
            }
        );
        send!(
            house,
            citizens,
            token,
            get_application,
            pb::GetApplicationRequest {
                application_id: wild.application(),
            }
        );
        send!(
            house,
            citizens,
            token,
            enter_office,
            pb::EnterOfficeRequest {
                office: wild.text(),
            }
        );
    }
}

/// Bad input at `CounterService`.
#[tokio::test]
async fn officers_requests_are_refused_cleanly() {
    let (house, mut wild) = house().await;
    let officer = &house.staff(Role::Officer);
    for round in 0..ROUNDS {
        send!(
            house,
            counters,
            officer,
            open_at_counter,
            pb::OpenAtCounterRequest {
                request_id: wild.id(),
                office: wild.text(),
                account_id: wild.text(),
                vin: wild.text(),
                purchase_proof: wild.purchase_proof(),
                import_confirmed: round % 2 == 0,
                import_certificate_number: wild.text(),
                notice_version: wild.number(),
                reason: wild.text(),
            }
        );
        send!(
            house,
            counters,
            officer,
            draw_at_counter,
            pb::DrawAtCounterRequest {
                request_id: wild.id(),
                application_id: wild.application(),
                exclude_four: true,
            }
        );
        send!(
            house,
            counters,
            officer,
            compose_at_counter,
            pb::ComposeAtCounterRequest {
                request_id: wild.id(),
                application_id: wild.application(),
                wishes: wild.texts(),
            }
        );
        send!(
            house,
            counters,
            officer,
            confirm_at_counter,
            pb::ConfirmAtCounterRequest {
                request_id: wild.id(),
                application_id: wild.application(),
                plate: wild.text(),
            }
        );
        send!(
            house,
            counters,
            officer,
            get_at_counter,
            pb::GetAtCounterRequest {
                application_id: wild.application(),
            }
        );
    }
}

/// Bad input at `PolicyService`: documents with any value in any field among it.
#[tokio::test]
async fn operators_requests_are_refused_cleanly() {
    let (house, mut wild) = house().await;
    let operator = &house.staff(Role::Operator);
    let lines: Vec<&str> = GUANGDONG.lines().collect();
    for _ in 0..ROUNDS {
        let broken = {
            let at = wild.draw(0..lines.len());
            let mut broken: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            broken[at] = format!("{} {}", broken[at], wild.text());
            broken.join("\n")
        };
        for yaml in [
            wild.text(),
            broken,
            "[".repeat(3_000),
            "a: &a [*a]".to_owned(),
        ] {
            send!(
                house,
                policies,
                operator,
                apply_policy,
                pb::ApplyPolicyRequest {
                    request_id: wild.id(),
                    offices: vec![OFFICE.to_owned()],
                    yaml,
                    reason: wild.text(),
                    dry_run: false,
                }
            );
        }
        send!(
            house,
            policies,
            operator,
            apply_policy,
            pb::ApplyPolicyRequest {
                request_id: wild.id(),
                offices: wild.texts(),
                yaml: GUANGDONG.to_owned(),
                reason: wild.text(),
                dry_run: true,
            }
        );
        send!(
            house,
            policies,
            operator,
            list_policy_versions,
            pb::ListPolicyVersionsRequest {
                office: wild.text(),
                page_size: wild.number(),
                page_token: wild.text(),
            }
        );
        send!(
            house,
            policies,
            operator,
            list_notice_versions,
            pb::ListNoticeVersionsRequest {
                office: wild.text(),
                page_size: wild.number(),
                page_token: wild.text(),
            }
        );
        send!(
            house,
            policies,
            operator,
            publish_notice,
            pb::PublishNoticeRequest {
                request_id: wild.id(),
                offices: wild.texts(),
                title_zh: wild.text(),
                body_zh: wild.text(),
                title_en: wild.text(),
                body_en: wild.text(),
                reason: wild.text(),
            }
        );
        send!(
            house,
            policies,
            operator,
            apply_calendar,
            pb::ApplyCalendarRequest {
                request_id: wild.id(),
                year: wild.number(),
                holidays: wild.texts(),
                make_up_days: wild.texts(),
                reason: wild.text(),
            }
        );
        for office in [wild.text(), wild.text()] {
            send!(
                house,
                policies,
                operator,
                get_policy,
                pb::GetPolicyRequest {
                    office: office.clone(),
                }
            );
            send!(
                house,
                policies,
                operator,
                describe_policy,
                pb::DescribePolicyRequest {
                    office: office.clone(),
                }
            );
            send!(
                house,
                policies,
                operator,
                get_notice,
                pb::GetNoticeRequest { office }
            );
        }
    }
}
