//! What is frozen into an application: quotas, timers and switches of the policy it was opened under.

use serde::Serialize;
use utoipa::ToSchema;
use xuanhao_proto::selection::v1 as pb;

use crate::error::Error;

/// Quotas, timers and switches as frozen into the application.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Terms {
    /// Name of the policy.
    #[schema(example = "guangdong-2023")]
    policy: String,
    policy_version: i32,
    compose_quota: i32,
    /// Wishes of one round.
    compose_batch_max: i32,
    compose_interval_s: i32,
    /// Draws.
    draw_quota: i32,
    /// Numbers of one draw.
    draw_count: i32,
    /// Whether numbers without 4 may be asked for.
    exclude_four: bool,
    column_ttl_s: i32,
    basket_ttl_s: i32,
    confirm_delay_s: i32,
    /// Working days to register in.
    validity_working_days: i32,
    /// A hit is held so long until it is confirmed; 0 when it is confirmed at once (R-SEL-10).
    compose_hold_ttl_s: i32,
    /// A held hit that is not confirmed takes all chances to compose with it.
    compose_forfeit: bool,
    /// A captcha before every compose check (R-AUTH-03) …
    compose_captcha: bool,
    /// … and before every draw.
    draw_captcha: bool,
    /// Candidates are kept (备选).
    basket: bool,
    /// An SMS code before selecting (R-AUTH-01) …
    check_before_selecting: bool,
    /// … and one after choosing, within its countdown (R-CNF-01).
    check_after_choosing: bool,
    /// That countdown.
    choice_ttl_s: i32,
    /// The keyboard is laid out at random (R-SEL-02).
    keyboard_scrambled: bool,
    /// Composing used up leads on to drawing by itself (R-SEL-11), rather than by a link.
    tab_auto_jump: bool,
    /// A confirmed number may be undone so long; 0 when it may not.
    undo_minutes: i32,
    /// The ban of who does not register in time.
    blacklist_years: i32,
    /// The full address is asked for (R-INF-01).
    address_required: bool,
    /// `paper_invoice`, `electronic_invoice`.
    #[schema(example = json!(["paper_invoice"]))]
    purchase_proof_kinds: Vec<String>,
    /// Numbers wait so many times as long for who says that he needs more time; 1 where nobody is given
    /// more. Once it is said, the times above are the longer ones.
    more_time_factor: i32,
}

impl TryFrom<Option<pb::Terms>> for Terms {
    type Error = Error;

    fn try_from(told: Option<pb::Terms>) -> Result<Self, Error> {
        let told = told.ok_or_else(|| Error::peer_answer("terms"))?;
        Ok(Self {
            policy: told.policy,
            policy_version: told.policy_version,
            compose_quota: told.compose_quota,
            compose_batch_max: told.compose_batch_max,
            compose_interval_s: told.compose_interval_s,
            draw_quota: told.draw_quota,
            draw_count: told.draw_count,
            exclude_four: told.exclude_four,
            column_ttl_s: told.column_ttl_s,
            basket_ttl_s: told.basket_ttl_s,
            confirm_delay_s: told.confirm_delay_s,
            validity_working_days: told.validity_working_days,
            compose_hold_ttl_s: told.compose_hold_ttl_s,
            compose_forfeit: told.compose_forfeit,
            compose_captcha: told.compose_captcha,
            draw_captcha: told.draw_captcha,
            basket: told.basket,
            check_before_selecting: told.check_before_selecting,
            check_after_choosing: told.check_after_choosing,
            choice_ttl_s: told.choice_ttl_s,
            keyboard_scrambled: told.keyboard_scrambled,
            tab_auto_jump: told.tab_auto_jump,
            undo_minutes: told.undo_minutes,
            blacklist_years: told.blacklist_years,
            address_required: told.address_required,
            purchase_proof_kinds: told.purchase_proof_kinds,
            more_time_factor: told.more_time_factor,
        })
    }
}
