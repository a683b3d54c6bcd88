//! The applications that answers show.

use xuanhao_proto::selection::v1 as selection;

use super::{APPLICATION, CHALLENGE, FULL_APPLICATION, at};

pub(super) fn application() -> selection::Application {
    selection::Application {
        application_id: APPLICATION.to_owned(),
        office: "gd-zhanjiang".to_owned(),
        state: selection::ApplicationState::Selecting.into(),
        vin: "LSVAA49J132047371".to_owned(),
        plate_class: xuanhao_proto::common::v1::PlateClass::Small.into(),
        counters: Some(selection::Counters {
            compose_left: 20,
            draws_left: 4,
        }),
        holding: Some(holding()),
        result: None,
        version: i64::MAX,
        opened_at: at(0),
        compose_from: None,
        confirm_from: at(5),
        now: at(10),
        terms: Some(selection::Terms {
            policy: "guangdong-2023".to_owned(),
            policy_version: 1,
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Something in every field that may be empty.
pub(super) fn full_application() -> selection::Application {
    selection::Application {
        application_id: FULL_APPLICATION.to_owned(),
        verification: selection::Verification::UnderReview.into(),
        choice: Some(selection::Choice {
            plate: "粤G12A3B".to_owned(),
            composed: true,
            r#final: true,
            until: at(60),
        }),
        checked_here: true,
        office_acts: Some(selection::OfficeActs {
            arrived_on: "2026-11-24".to_owned(),
            inspected_on: "2026-11-24".to_owned(),
            inspection_passed: Some(false),
            ..Default::default()
        }),
        undo_until: at(600),
        compose_forfeited: true,
        void_reason: "evicted".to_owned(),
        banned_until: "2028-11-22".to_owned(),
        appeal_id: CHALLENGE.to_owned(),
        terms: Some(selection::Terms {
            policy: "hebei-2016".to_owned(),
            policy_version: 2,
            compose_hold_ttl_s: 60,
            compose_forfeit: true,
            compose_captcha: true,
            draw_captcha: true,
            basket: true,
            check_before_selecting: true,
            check_after_choosing: true,
            choice_ttl_s: 60,
            keyboard_scrambled: true,
            tab_auto_jump: true,
            undo_minutes: 10,
            blacklist_years: 2,
            address_required: true,
            purchase_proof_kinds: vec!["paper_invoice".to_owned()],
            ..Default::default()
        }),
        ..application()
    }
}

pub(super) fn holding() -> selection::Holding {
    selection::Holding {
        column: vec!["粤G12A3B".to_owned(), "粤G88A8B".to_owned()],
        column_until: at(90),
        basket: Vec::new(),
        basket_until: None,
    }
}
