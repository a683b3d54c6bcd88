//! Bad input through every RPC.

use tonic::Status;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt as _, call};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::reason::Kind;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_proto::vehicle::v1::purchase_proof::Kind as Proof;

use crate::house::{House, any_id};

/// Texts nobody means: empty, huge, of other alphabets, almost right.
struct Texts(SecureRandom);

impl Texts {
    fn text(&self) -> String {
        match self.0.below(9) {
            0 => String::new(),
            1 => "x".repeat(20_000),
            2 => "粤GA1234' OR 1=1 --".into(),
            3 => "\u{0}\u{7f}\u{202e}车".into(),
            4 => any_id(),
            5 => "00000000-0000-0000-0000-000000000000".into(),
            6 => "LSGPC52U6AF102554".into(),
            7 => "9".repeat(self.below(40)),
            _ => hex::encode(self.0.bytes::<12>()),
        }
    }

    fn below(&self, bound: u64) -> usize {
        usize::try_from(self.0.below(bound)).unwrap()
    }

    fn texts(&self) -> Vec<String> {
        (0..self.below(15)).map(|_| self.text()).collect()
    }

    fn number(&self) -> i32 {
        *self
            .0
            .pick(&[0, 1, -1, 7, 101, i32::MAX, i32::MIN])
            .unwrap()
    }
}

/// Arbitrary, oversized and wrong-ordered requests to every RPC are refused by name, never `INTERNAL`,
/// and change no row.
#[tokio::test]
async fn bad_input_is_refused_by_name() {
    let house = House::late().await;
    let some = Texts(SecureRandom::seeded(20_261_122));
    let citizen = house.citizen(&any_id());
    let (officer, operator) = (
        house.staff(&any_id(), &[Role::Officer], &[]),
        house.staff(&any_id(), &[Role::Operator], &[]),
    );
    let (mut vehicles, mut bindings) = (house.client("selection"), house.bindings());
    let (mut own, mut reviews) = (house.reviews("edge"), house.reviews("xuanctl"));
    for round in 0..40 {
        let proof = match some.below(3) {
            0 => None,
            1 => Some(Proof::ElectronicInvoice(some.text())),
            _ => Some(Proof::PaperInvoice(pb::PaperInvoice {
                code: some.text(),
                number: some.text(),
            })),
        };
        let assess = pb::AssessVehicleRequest {
            request_id: some.text(),
            application_id: some.text(),
            office: some.text(),
            vin: some.text(),
            purchase_proof: Some(pb::PurchaseProof { kind: proof }),
            buyer_id: some.text(),
            person_id: some.text(),
            import_confirmed: round % 2 == 0,
            import_certificate_number: some.text(),
        };
        let answers = some.texts().into_iter().map(|answer| pb::OutsideAnswer {
            system: some.text(),
            question_id: some.text(),
            answer,
        });
        let answered: Vec<Result<(), Status>> = vec![
            vehicles.assess_vehicle(call(assess)).await.map(drop),
            vehicles
                .get_assessment(call(pb::GetAssessmentRequest {
                    assessment_id: some.text(),
                }))
                .await
                .map(drop),
            vehicles
                .claim_vehicle(call(pb::ClaimVehicleRequest {
                    request_id: some.text(),
                    assessment_id: some.text(),
                    application_id: some.text(),
                }))
                .await
                .map(drop),
            vehicles
                .lookup_registration(call(pb::LookupRegistrationRequest {
                    vin: some.text(),
                    plate_class: some.number(),
                    plate: some.text(),
                }))
                .await
                .map(drop),
            own.add_evidence(
                call(pb::AddEvidenceRequest {
                    request_id: some.text(),
                    application_id: some.text(),
                    document_ids: some.texts(),
                })
                .principal(&citizen),
            )
            .await
            .map(drop),
            own.get_own_review(
                call(pb::GetOwnReviewRequest {
                    application_id: some.text(),
                })
                .principal(&citizen),
            )
            .await
            .map(drop),
            reviews
                .open_review(
                    call(pb::OpenReviewRequest {
                        request_id: some.text(),
                        application_id: some.text(),
                        reason: some.text(),
                    })
                    .principal(&officer),
                )
                .await
                .map(drop),
            reviews
                .decide_review(
                    call(pb::DecideReviewRequest {
                        request_id: some.text(),
                        review_id: some.text(),
                        clear: round % 2 == 0,
                        reason: some.text(),
                    })
                    .principal(&officer),
                )
                .await
                .map(drop),
            bindings
                .bind_vehicle(
                    call(pb::BindVehicleRequest {
                        request_id: some.text(),
                        plate_class: some.number(),
                        plate: some.text(),
                        engine_number_tail: some.text(),
                    })
                    .principal(&citizen),
                )
                .await
                .map(drop),
            bindings
                .bind_licence(
                    call(pb::BindLicenceRequest {
                        request_id: String::new(),
                        file_number: some.text(),
                    })
                    .principal(&citizen),
                )
                .await
                .map(drop),
            bindings
                .unbind(
                    call(pb::UnbindRequest {
                        request_id: some.text(),
                        binding_id: some.text(),
                    })
                    .principal(&citizen),
                )
                .await
                .map(drop),
        ];
        for (place, answer) in answered.into_iter().enumerate() {
            let status = answer.expect_err("nothing of this can be granted");
            typed(&status, place);
        }
        // These may be granted, to no effect.
        let harmless: Vec<Result<(), Status>> = vec![
            vehicles
                .get_claim(call(pb::GetClaimRequest {
                    application_id: some.text(),
                }))
                .await
                .map(drop),
            vehicles
                .release_vehicle(call(pb::ReleaseVehicleRequest {
                    request_id: String::new(),
                    application_id: some.text(),
                }))
                .await
                .map(drop),
            reviews
                .list_reviews(
                    call(pb::ListReviewsRequest {
                        province: if round % 2 == 0 {
                            "gd".into()
                        } else {
                            some.text()
                        },
                        office: some.text(),
                        state: some.number(),
                        page_size: some.number(),
                        page_token: some.text(),
                    })
                    .principal(&officer),
                )
                .await
                .map(drop),
            reviews
                .export_questions(
                    call(pb::ExportQuestionsRequest {
                        system: some.text(),
                        page_size: some.number(),
                        page_token: some.text(),
                        reason: some.text(),
                    })
                    .principal(&operator),
                )
                .await
                .map(drop),
            reviews
                .import_answers(
                    call(pb::ImportAnswersRequest {
                        request_id: String::new(),
                        answers: answers.collect(),
                    })
                    .principal(&operator),
                )
                .await
                .map(drop),
        ];
        for (place, answer) in harmless.into_iter().enumerate() {
            if let Err(status) = answer {
                typed(&status, 100 + place);
            }
        }
    }
    for table in [
        "assessments",
        "claims",
        "questions",
        "reviews",
        "bindings",
        "audit_entries",
        "outbox",
    ] {
        assert!(house.rows(table).await.is_empty(), "{table}");
    }
}

fn typed(status: &Status, place: usize) {
    let refusal = Refusal::from_status(status).unwrap_or_else(|| panic!("{place}: {status:?}"));
    let ours = matches!(
        refusal.reason().kind(),
        Kind::Fault | Kind::Busy | Kind::Late
    );
    assert!(!ours, "{place}: {status:?}");
}
