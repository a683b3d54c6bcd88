//! The document: what stands beside the operations themselves. Committed as `openapi.json`; a test
//! compares.

use utoipa::openapi::path::{HttpMethod, Operation, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, RefOr};
use utoipa::{OpenApi as _, PartialSchema, ToSchema};

use crate::http::{self, PROBLEM_JSON, Problem, SESSION, VISIT};

/// The document of everything the edge answers by HTTP.
pub fn document() -> OpenApi {
    finished(http::operations())
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Xuanhao",
        description = "Internet pre-selection of vehicle number plates (互联网预选机动车号牌).\n\n\
            Additive only within `/api/v1`. JSON in snake case; 64-bit numbers are strings, instants RFC \
            3339 in UTC, days `YYYY-MM-DD`. Unknown fields are refused. Every refusal is a problem (RFC \
            9457) with a stable `code` and a text in the language of `Accept-Language` (`zh-CN` or \
            `en`).\n\nWrites with an effect carry an `Idempotency-Key`; after a failure the same request \
            is sent again under the same key, and nothing is charged twice. Browsers write from pages of \
            the platform's own origins only.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "visits", description = "What happens before sign-in is bound to a visit."),
        (name = "challenges", description = "Captchas and SMS codes."),
        (name = "accounts", description = "The citizen's account."),
        (name = "session", description = "Signing in and out."),
        (name = "offices", description = "Vehicle offices, their notices and service points."),
        (name = "pool", description = "What everybody may see of a pool (号池公示)."),
        (name = "applications", description = "The citizen's road to a number."),
        (name = "selecting", description = "Drawing, composing and confirming numbers."),
        (name = "documents", description = "Papers and pictures that other requests name."),
        (name = "appeals", description = "Appeals against a ban or a voiding (申诉)."),
        (name = "bindings", description = "Vehicles and licences bound to an account (绑定)."),
        (name = "messages", description = "Messages to the citizen.")
    )
)]
struct Head;

/// Puts the head, the cookies and the problems to the operations.
fn finished(operations: OpenApi) -> OpenApi {
    let mut document = Head::openapi();
    document.merge(operations);
    let components = document.components.get_or_insert_with(Components::new);
    for (name, cookie, meaning) in [
        ("session", SESSION, "The session; `signIn` sets it."),
        ("visit", VISIT, "The visit; `beginVisit` sets it."),
    ] {
        let key = ApiKeyValue::with_description(cookie, meaning);
        components.add_security_scheme(name, SecurityScheme::ApiKey(ApiKey::Cookie(key)));
    }
    let schema = (Problem::name().into_owned(), Problem::schema());
    components.schemas.extend([schema]);
    components
        .responses
        .insert("Problem".to_owned(), problem().into());
    for item in document.paths.paths.values_mut() {
        for (method, operation) in operations_of(item) {
            add_problems(&method, operation);
        }
    }
    document
}

fn problem() -> Response {
    let schema = Ref::from_schema_name(Problem::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description("Refused; `code` tells why.")
        .content(PROBLEM_JSON, content)
        .build()
}

fn operations_of(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, item.get.as_mut()),
        (HttpMethod::Post, item.post.as_mut()),
        (HttpMethod::Put, item.put.as_mut()),
        (HttpMethod::Delete, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation?)))
}

/// Every operation may be refused for load or by us; the others where they apply.
fn add_problems(method: &HttpMethod, operation: &mut Operation) {
    let secured = operation.security.is_some();
    let reads = matches!(method, HttpMethod::Get);
    let told = operation.parameters.is_some() || operation.request_body.is_some();
    let statuses = [
        ("400", told || secured),
        ("401", secured),
        ("403", secured || !reads),
        ("404", told),
        ("409", secured || !reads),
        ("413", operation.request_body.is_some()),
        ("415", operation.request_body.is_some()),
        ("429", true),
        ("500", true),
        ("503", true),
        ("504", true),
    ];
    for (status, _) in statuses.into_iter().filter(|(_, applies)| *applies) {
        let problem = RefOr::Ref(Ref::new("#/components/responses/Problem"));
        operation
            .responses
            .responses
            .insert(status.to_owned(), problem);
    }
}
