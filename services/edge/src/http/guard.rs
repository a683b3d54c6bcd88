//! What stands before and after every handler: limits, deadline, and an answer whatever happens.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use tokio::time::{Instant, timeout_at};
use tower_http::catch_panic::{CatchPanicLayer, ResponseForPanic};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc;
use xuanhao_chassis::reason::Reason;

use super::address::ClientAddress;
use super::limits::Few;
use super::{Edge, body, documents};
use crate::error::Error;

/// Counts the client's requests, finds a place for this one, and refuses bodies that say they are too
/// large; what says nothing is cut off when it is read.
pub(super) async fn admitted(
    State(edge): State<Edge>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    edge.limits().count(client(&edge, &request).network())?;
    // A document's line may be slow, and it has a place of its own.
    let _place = if documents::is_moved(&request) {
        None
    } else {
        Some(edge.limits().place().await?)
    };
    let length = length(request.headers()).unwrap_or_default();
    let beyond = |max: usize| usize::try_from(length).map_or(true, |length| length > max);
    if documents::is_upload(&request) {
        let max = edge.config().max_document_bytes;
        if beyond(max) {
            return Err(documents::too_large(max).into());
        }
    } else if beyond(edge.config().max_body_bytes) {
        return Err(body::too_large(edge.config().max_body_bytes).into());
    }
    Ok(next.run(request).await)
}

/// Counts requests that have a smaller rate of their own, and finds a place for those that need one.
pub(super) async fn counted(
    State((edge, few)): State<(Edge, Few)>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let network = client(&edge, &request).network();
    edge.limits().count_few(few, network)?;
    let _place = edge.limits().place_of(few)?;
    Ok(next.run(request).await)
}

/// Gives every request its time, and the calls made for it no more than that.
pub(super) async fn in_time(
    State(edge): State<Edge>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let limit = if documents::is_moved(&request) {
        edge.config().document_timeout()
    } else {
        edge.config().request_timeout()
    };
    let deadline = Instant::now() + limit;
    let answer = timeout_at(deadline, grpc::until(deadline, next.run(request)));
    Ok(answer.await.map_err(|_| Reason::DeadlineExceeded)?)
}

/// No such route.
pub(super) async fn unknown() -> Error {
    Refusal::not_found("resource").into()
}

/// The route has other methods.
pub(super) async fn not_allowed() -> Error {
    Reason::MethodNotAllowed.into()
}

/// A panic is answered like any fault; the hook has told more.
pub(super) fn no_panic() -> CatchPanicLayer<Panicked> {
    CatchPanicLayer::custom(Panicked)
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Panicked;

impl ResponseForPanic for Panicked {
    type ResponseBody = axum::body::Body;

    fn response_for_panic(
        &mut self,
        _: Box<dyn std::any::Any + Send + 'static>,
    ) -> http::Response<Self::ResponseBody> {
        Error::panicked().into_response()
    }
}

fn client(edge: &Edge, request: &Request) -> ClientAddress {
    let hops = edge.config().trusted_hops;
    ClientAddress::of(request.headers(), request.extensions(), hops)
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
