//! The contracts between the rooms: gRPC services, messages and events, generated from
//! `proto/xuanhao/**.proto` and committed, so that nobody needs a protobuf compiler.
//!
//! `cargo xtask proto` writes `src/gen` anew; a test fails when it is stale. Contracts change
//! additively only; `buf breaking` compares them with `baseline.binpb`.

/// The file descriptors of all contracts, for reflection and for tests that walk every RPC.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("gen/descriptors.binpb");

macro_rules! packages {
    ($($name:ident: $file:literal, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub mod $name {
                /// Version 1.
                pub mod v1 {
                    include!(concat!("gen/", $file));
                }
            }
        )*
    };
}

packages! {
    common: "xuanhao.common.v1.rs", "Words shared by several packages.";
    identity: "xuanhao.identity.v1.rs", "Accounts, challenges and staff.";
    national: "xuanhao.national.v1.rs", "What a province tells the national platform.";
    notification: "xuanhao.notification.v1.rs", "Messages to people.";
    platepool: "xuanhao.platepool.v1.rs", "The plate pool.";
    selection: "xuanhao.selection.v1.rs", "Applications, policies and outcomes.";
    vehicle: "xuanhao.vehicle.v1.rs", "Vehicles and their eligibility.";
}
