//! How a fake is written down: its RPCs and their good answers.

/// A service whose RPCs the edge may ask, each with its good answer.
macro_rules! fake {
    ($module:ident $service:ident { $($rpc:ident($request:ident) -> $response:ident, $method:ident: $answer:expr;)+ }
     not asked { $($other:ident($other_request:ident) -> $other_response:ident;)* }) => {
        #[tonic::async_trait]
        impl $service for Peers {
            $(async fn $method(
                &self,
                request: Request<$module::$request>,
            ) -> Result<Response<$module::$response>, Status> {
                self.answer(stringify!($rpc), request, |message, notes| {
                    ($answer)(self, message, notes)
                }).await
            })+
            $(async fn $other(
                &self,
                _: Request<$module::$other_request>,
            ) -> Result<Response<$module::$other_response>, Status> {
                Err(Status::unimplemented("the edge does not ask"))
            })*
        }
    };
}

/// The same answer whatever is asked.
macro_rules! always {
    ($answer:expr) => {
        |_: &Peers, _: &_, _: &mut Notes| Ok($answer)
    };
}
