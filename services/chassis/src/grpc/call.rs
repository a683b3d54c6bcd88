//! Making requests for the generated clients.

use std::time::Duration;

use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};

use crate::principal;

/// How the channel treats one call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    /// May be sent again when the peer did not answer.
    pub(super) idempotent: bool,
    /// A stream that goes on until one side ends it.
    pub(super) endless: bool,
}

/// A request for a generated client, to be completed by [`CallExt`]:
/// `client.sign_in(grpc::call(message).principal(&token).idempotent())`.
pub fn call<T>(message: T) -> Request<T> {
    Request::new(message)
}

/// What can be said about one call.
pub trait CallExt: Sized {
    /// Calls on behalf of the principal whose token this is.
    #[must_use]
    fn principal(self, token: &str) -> Self;

    /// Gives up after this time, if the channel's own limit or the call we are answering does not end
    /// earlier.
    #[must_use]
    fn deadline(self, within: Duration) -> Self;

    /// May be sent more than once: a read, or a write with a request id.
    #[must_use]
    fn idempotent(self) -> Self;

    /// A stream that goes on until one side ends it: no deadline.
    #[must_use]
    fn endless(self) -> Self;
}

impl<T> CallExt for Request<T> {
    fn principal(mut self, token: &str) -> Self {
        // A token that cannot be a header value is no token; the peer then refuses the call.
        if let Ok(mut value) = token.parse::<MetadataValue<Ascii>>() {
            value.set_sensitive(true);
            self.metadata_mut().insert(principal::METADATA_KEY, value);
        }
        self
    }

    fn deadline(mut self, within: Duration) -> Self {
        self.set_timeout(within);
        self
    }

    fn idempotent(mut self) -> Self {
        options(&mut self).idempotent = true;
        self
    }

    fn endless(mut self) -> Self {
        options(&mut self).endless = true;
        self
    }
}

fn options<T>(request: &mut Request<T>) -> &mut Options {
    request.extensions_mut().get_or_insert_default::<Options>()
}
