//! Between the national contract and selection's. They are alike today and change apart.

use xuanhao_proto::national::v1 as national;
use xuanhao_proto::selection::v1 as own;

/// What is looked up. What is wrong with it selection tells, by the same field names.
pub(super) fn lookup(request: national::LookupSelectionRequest) -> own::LookupSelectionRequest {
    use national::lookup_selection_request::By as Asked;
    use own::lookup_selection_request::By;
    let by = request.by.map(|by| match by {
        Asked::Vin(vin) => By::Vin(vin),
        Asked::VoucherNumber(number) => By::VoucherNumber(number),
        Asked::Plate(plate) => By::Plate(own::PlateReference {
            plate_class: plate.plate_class,
            plate: plate.plate,
        }),
    });
    own::LookupSelectionRequest { by }
}

/// Which part of the feed.
pub(super) fn page(request: national::ListOutcomesRequest) -> own::ListOutcomesRequest {
    own::ListOutcomesRequest {
        after: request.after,
        page_size: request.page_size,
    }
}

/// A selection without what is ours alone: the application's id stays here.
pub(super) fn selection(selection: own::Selection) -> national::Selection {
    national::Selection {
        office: selection.office,
        vin: selection.vin,
        plate_class: selection.plate_class,
        plate: selection.plate,
        decided_at: selection.decided_at,
        deadline: selection.deadline,
        voucher_number: selection.voucher_number,
        state: selection.state,
    }
}

/// A page of the feed.
pub(super) fn outcomes(page: own::ListOutcomesResponse) -> national::ListOutcomesResponse {
    let outcome = |outcome: own::PositionedOutcome| national::PositionedOutcome {
        position: outcome.position,
        r#type: outcome.r#type,
        occurred_at: outcome.occurred_at,
        selection: outcome.selection.map(selection),
    };
    national::ListOutcomesResponse {
        outcomes: page.outcomes.into_iter().map(outcome).collect(),
        position: page.position,
    }
}
