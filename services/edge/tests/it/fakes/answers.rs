//! The good answers.

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as identity;
use xuanhao_proto::identity::v1::challenge_service_server::ChallengeService;
use xuanhao_proto::identity::v1::identity_service_server::IdentityService;
use xuanhao_proto::notification::v1 as notification;
use xuanhao_proto::notification::v1::notification_service_server::NotificationService;
use xuanhao_proto::platepool::v1 as platepool;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;
use xuanhao_proto::selection::v1 as selection;
use xuanhao_proto::selection::v1::policy_service_server::PolicyService;
use xuanhao_proto::selection::v1::selection_service_server::SelectionService;

use super::applications::{application, full_application, holding};
use super::{ACCOUNT, APPLICATION, CHALLENGE, FULL_APPLICATION, Notes, Peers, at};

fn account() -> identity::Account {
    identity::Account {
        account_id: ACCOUNT.to_string(),
        login_name: "zhang_san".to_owned(),
        full_name_masked: "张*".to_owned(),
        resident_id_masked: "44**************1X".to_owned(),
        mobile_masked: "138****8000".to_owned(),
        level: identity::RegistrationLevel::FaceToFace.into(),
        province: "gd".to_owned(),
        kind: identity::HolderKind::Person.into(),
        ..Default::default()
    }
}

fn submitted() -> selection::GetSubmittedInfoResponse {
    selection::GetSubmittedInfoResponse {
        issuing_authority: Some(selection::IssuingAuthority {
            office: "gd-zhanjiang".to_owned(),
            name: "湛江".to_owned(),
            issuing_codes: vec!["粤G".to_owned()],
        }),
        person: Some(selection::PersonInfo {
            full_name_masked: "张*".to_owned(),
            resident_id_masked: "44**************1X".to_owned(),
            ..Default::default()
        }),
        vehicle: Some(selection::VehicleInfo {
            vin: "LSVAA49J132047371".to_owned(),
            plate_class: xuanhao_proto::common::v1::PlateClass::Small.into(),
            description: "桑塔纳".to_owned(),
            purchase_proof_masked: "电子发票 ****5678".to_owned(),
        }),
        contact: Some(selection::ContactInfo {
            mobile_masked: "138****8000".to_owned(),
            address_masked: String::new(),
        }),
    }
}

fn segment(life: platepool::SegmentLife) -> platepool::Segment {
    platepool::Segment {
        segment_id: CHALLENGE.to_owned(),
        issuing_code: "粤G".to_owned(),
        plate_class: xuanhao_proto::common::v1::PlateClass::Small.into(),
        mask: "DD[AB]LD".to_owned(),
        count: 57_600,
        life: life.into(),
        open_since: None,
    }
}

fn held() -> Option<selection::SelectingOutcome> {
    let result = selection::selecting_outcome::Result::Held(holding());
    Some(selection::SelectingOutcome {
        result: Some(result),
    })
}

fn allocated() -> Option<selection::SelectingOutcome> {
    let result = selection::selecting_outcome::Result::Allocated(selection::Result {
        plate: "粤G12A3B".to_owned(),
        decided_at: at(60),
        deadline: "2026-11-27".to_owned(),
        voucher_number: "7K3F-9QXM-2HTA".to_owned(),
    });
    Some(selection::SelectingOutcome {
        result: Some(result),
    })
}

fake!(identity IdentityService {
    RegisterAccount(RegisterAccountRequest) -> RegisterAccountResponse, register_account:
        always!(identity::RegisterAccountResponse { account_id: ACCOUNT.to_string() });
    SignIn(SignInRequest) -> SignInResponse, sign_in:
        |_: &Peers, _: &identity::SignInRequest, notes: &mut Notes| {
            let session_token = format!("{:064x}", notes.sessions.len() + 7);
            notes.sessions.push(session_token.clone());
            Ok(identity::SignInResponse {
                session_token,
                expires_at: at(3_600),
                account: Some(account()),
                must_change_password: false,
            })
        };
    SignOut(SignOutRequest) -> SignOutResponse, sign_out:
        |_: &Peers, request: &identity::SignOutRequest, notes: &mut Notes| {
            notes.sessions.retain(|token| *token != request.session_token);
            Ok(identity::SignOutResponse {})
        };
    IssuePrincipal(IssuePrincipalRequest) -> IssuePrincipalResponse, issue_principal:
        |peers: &Peers, request: &identity::IssuePrincipalRequest, notes: &mut Notes| {
            if !notes.sessions.contains(&request.session_token) {
                return Err(Refusal::new(Reason::SessionExpired).into());
            }
            let (principal, expires_at) = (peers.principal(), at(300));
            Ok(identity::IssuePrincipalResponse { principal, expires_at })
        };
    GetAccount(GetAccountRequest) -> GetAccountResponse, get_account:
        always!(identity::GetAccountResponse { account: Some(account()) });
    ChangePassword(ChangePasswordRequest) -> ChangePasswordResponse, change_password:
        always!(identity::ChangePasswordResponse {});
    ResetPassword(ResetPasswordRequest) -> ResetPasswordResponse, reset_password:
        always!(identity::ResetPasswordResponse {});
    ReplaceInitialPassword(ReplaceInitialPasswordRequest) -> ReplaceInitialPasswordResponse,
        replace_initial_password: always!(identity::ReplaceInitialPasswordResponse {});
    ChangeMobile(ChangeMobileRequest) -> ChangeMobileResponse, change_mobile:
        always!(identity::ChangeMobileResponse { account: Some(account()) });
} not asked {
    get_holder(GetHolderRequest) -> GetHolderResponse;
    keep_residence(KeepResidenceRequest) -> KeepResidenceResponse;
});

fake!(identity ChallengeService {
    IssueCaptcha(IssueCaptchaRequest) -> IssueCaptchaResponse, issue_captcha:
        |_: &Peers, request: &identity::IssueCaptchaRequest, _: &mut Notes| {
            let puzzle = request.form() == identity::CaptchaForm::ProofOfWork;
            Ok(identity::IssueCaptchaResponse {
                captcha_id: CHALLENGE.to_owned(),
                png: if puzzle { Vec::new() } else { b"\x89PNG".to_vec() },
                expires_at: at(300),
                puzzle: puzzle.then(|| identity::Puzzle {
                    prefix: "0123456789abcdef".to_owned(),
                    zero_bits: 18,
                }),
            })
        };
    IssueChallenge(IssueChallengeRequest) -> IssueChallengeResponse, issue_challenge:
        always!(identity::IssueChallengeResponse {
            challenge_id: CHALLENGE.to_owned(),
            mobile_masked: "138****8000".to_owned(),
            expires_at: at(300),
            resend_at: at(60),
        });
    VerifyChallenge(VerifyChallengeRequest) -> VerifyChallengeResponse, verify_challenge:
        always!(identity::VerifyChallengeResponse {
            proof: "a.signed.proof".to_owned(),
            expires_at: at(600),
        });
} not asked {
    check_captcha(CheckCaptchaRequest) -> CheckCaptchaResponse;
});

fake!(selection SelectionService {
    EnterOffice(EnterOfficeRequest) -> EnterOfficeResponse, enter_office:
        always!(selection::EnterOfficeResponse {
            step: selection::EntryStep::Explanation.into(),
            application: Some(application()),
        });
    OpenApplication(OpenApplicationRequest) -> OpenApplicationResponse, open_application:
        always!(selection::OpenApplicationResponse { application: Some(application()) });
    SubmitInfo(SubmitInfoRequest) -> SubmitInfoResponse, submit_info:
        always!(selection::SubmitInfoResponse { application: Some(application()) });
    ConfirmInfo(ConfirmInfoRequest) -> ConfirmInfoResponse, confirm_info:
        always!(selection::ConfirmInfoResponse { application: Some(application()) });
    StartSelecting(StartSelectingRequest) -> StartSelectingResponse, start_selecting:
        always!(selection::StartSelectingResponse { application: Some(application()) });
    Draw(DrawRequest) -> DrawResponse, draw:
        always!(selection::DrawResponse { outcome: held(), application: Some(application()) });
    Keep(KeepRequest) -> KeepResponse, keep:
        always!(selection::KeepResponse { outcome: held(), application: Some(application()) });
    Compose(ComposeRequest) -> ComposeResponse, compose:
        |_: &Peers, request: &selection::ComposeRequest, _: &mut Notes| {
            let wishes = request.wishes.clone();
            let missed = selection::AllMissed { wishes };
            let result = selection::selecting_outcome::Result::AllMissed(missed);
            Ok(selection::ComposeResponse {
                outcome: Some(selection::SelectingOutcome { result: Some(result) }),
                application: Some(application()),
            })
        };
    ConfirmPlate(ConfirmPlateRequest) -> ConfirmPlateResponse, confirm_plate:
        always!(selection::ConfirmPlateResponse {
            outcome: allocated(),
            application: Some(application()),
        });
    GetSubmittedInfo(GetSubmittedInfoRequest) -> GetSubmittedInfoResponse, get_submitted_info:
        always!(submitted());
    GetKeyboard(GetKeyboardRequest) -> GetKeyboardResponse, get_keyboard:
        always!(selection::GetKeyboardResponse {
            keys: "7B0K".to_owned(),
            characters: vec!["07".to_owned(), "BK".to_owned()],
            scrambled: true,
        });
    ChoosePlate(ChoosePlateRequest) -> ChoosePlateResponse, choose_plate:
        always!(selection::ChoosePlateResponse {
            outcome: held(),
            application: Some(application()),
        });
    UndoSelection(UndoSelectionRequest) -> UndoSelectionResponse, undo_selection:
        always!(selection::UndoSelectionResponse { application: Some(application()) });
    GiveUp(GiveUpRequest) -> GiveUpResponse, give_up:
        always!(selection::GiveUpResponse { application: Some(application()) });
    GetApplication(GetApplicationRequest) -> GetApplicationResponse, get_application:
        |_: &Peers, request: &selection::GetApplicationRequest, _: &mut Notes| {
            let full = request.application_id == FULL_APPLICATION;
            let application = if full { full_application() } else { application() };
            Ok(selection::GetApplicationResponse { application: Some(application) })
        };
    ListApplications(ListApplicationsRequest) -> ListApplicationsResponse, list_applications:
        always!(selection::ListApplicationsResponse {
            applications: vec![application()],
            next_page_token: "more".to_owned(),
        });
    GetVoucher(GetVoucherRequest) -> GetVoucherResponse, get_voucher:
        always!(selection::GetVoucherResponse {
            pdf: b"%PDF-1.7 a voucher".to_vec(),
            signed_voucher: "a.signed.voucher".to_owned(),
            voucher_number: "7K3F-9QXM-2HTA".to_owned(),
        });
} not asked {});

fake!(selection PolicyService {
    GetNotice(GetNoticeRequest) -> GetNoticeResponse, get_notice:
        always!(selection::GetNoticeResponse {
            version: 3,
            title_zh: "业务须知".to_owned(),
            body_zh: "请阅读。".to_owned(),
            title_en: "Notice".to_owned(),
            body_en: "Please read.".to_owned(),
            published_at: at(0),
            warnings: vec![selection::Warning {
                warning: "both_used_up".to_owned(),
                text_zh: "次数用完后请到车管所办理。".to_owned(),
                text_en: "Once both are used up, go to the office.".to_owned(),
            }],
        });
} not asked {
    describe_policy(DescribePolicyRequest) -> DescribePolicyResponse;
    list_policy_versions(ListPolicyVersionsRequest) -> ListPolicyVersionsResponse;
    list_notice_versions(ListNoticeVersionsRequest) -> ListNoticeVersionsResponse;
    get_policy(GetPolicyRequest) -> GetPolicyResponse;
    apply_policy(ApplyPolicyRequest) -> ApplyPolicyResponse;
    publish_notice(PublishNoticeRequest) -> PublishNoticeResponse;
    apply_calendar(ApplyCalendarRequest) -> ApplyCalendarResponse;
    list_calendars(ListCalendarsRequest) -> ListCalendarsResponse;
});

fake!(platepool PoolPublicationService {
    GetPool(GetPoolRequest) -> GetPoolResponse, get_pool:
        always!(platepool::GetPoolResponse {
            batches: vec![platepool::Batch {
                batch_id: CHALLENGE.to_owned(),
                name: "第一批".to_owned(),
                segments: vec![segment(platepool::SegmentLife::Open)],
                released_at: at(0),
                ..Default::default()
            }],
            figures: vec![platepool::CoarseFigures {
                plate_class: xuanhao_proto::common::v1::PlateClass::Small.into(),
                released: u64::MAX,
                free_at_least: 5_000,
                step: 100,
            }],
            counted_at: at(0),
            openings: vec![platepool::Opening {
                batch_id: CHALLENGE.to_owned(),
                name: "第二批".to_owned(),
                opens_at: at(86_400),
                announced_at: at(0),
                segments: vec![segment(platepool::SegmentLife::Unreleased)],
                withdrawn_reason: String::new(),
            }],
            withholdings: vec![platepool::Withholding {
                withholding_id: CHALLENGE.to_owned(),
                plate_class: xuanhao_proto::common::v1::PlateClass::Small.into(),
                plates: vec!["粤G00001".to_owned()],
                public_reason: "号牌制作中".to_owned(),
                withheld_at: at(0),
            }],
            now: at(10),
        });
    ListPoolHistory(ListPoolHistoryRequest) -> ListPoolHistoryResponse, list_pool_history:
        always!(platepool::ListPoolHistoryResponse {
            days: vec![platepool::DayFigures {
                day: "2026-11-21".to_owned(),
                plate_class: xuanhao_proto::common::v1::PlateClass::Small.into(),
                released: 57_600,
                free_at_least: 5_000,
                allocated_at_least: 1_200,
                returned_at_least: 100,
                step: 100,
            }],
            next_page_token: "more".to_owned(),
        });
    GetKeyboard(GetKeyboardRequest) -> GetKeyboardResponse, get_keyboard:
        always!(platepool::GetKeyboardResponse { characters: vec!["12".to_owned()] });
    GetDrawDay(GetDrawDayRequest) -> GetDrawDayResponse, get_draw_day:
        always!(platepool::GetDrawDayResponse {
            key_hash: "ab".to_owned(),
            hash_published_at: at(0),
            ..Default::default()
        });
    ListDrawLog(ListDrawLogRequest) -> ListDrawLogResponse, list_draw_log:
        always!(platepool::ListDrawLogResponse {
            entries: vec![platepool::DrawLogEntry {
                epoch: 3,
                seq: i64::MAX,
                decided_at: at(0),
                kind: "draw".to_owned(),
                application_id: APPLICATION.to_owned(),
                op_no: 1,
                content: "{}".to_owned(),
            }],
            next_page_token: String::new(),
        });
} not asked {});

fake!(notification NotificationService {
    ListMessages(ListMessagesRequest) -> ListMessagesResponse, list_messages:
        always!(notification::ListMessagesResponse {
            messages: vec![notification::Message {
                message_id: CHALLENGE.to_owned(),
                template: "selection_confirmed".to_owned(),
                status: notification::MessageStatus::Delivered.into(),
                text: "您已选定粤G12A3B".to_owned(),
                enqueued_at: at(0),
                finished_at: at(2),
                provider: "aliyun".to_owned(),
                failure: String::new(),
            }],
            next_page_token: String::new(),
        });
} not asked {
    enqueue_message(EnqueueMessageRequest) -> EnqueueMessageResponse;
    set_contact_point(SetContactPointRequest) -> SetContactPointResponse;
    get_message(GetMessageRequest) -> GetMessageResponse;
    list_templates(ListTemplatesRequest) -> ListTemplatesResponse;
    set_template_approval(SetTemplateApprovalRequest) -> SetTemplateApprovalResponse;
    list_providers(ListProvidersRequest) -> ListProvidersResponse;
});
