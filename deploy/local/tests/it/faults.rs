//! What may be done to a running platform.

use xuanhao_local::{Citizen, Person, Service};
use xuanhao_servers::process::is_alive;

use crate::support::{await_end, pids, platform};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_service_comes_back_where_its_peers_look_for_it() {
    let platform = platform();
    let all = pids(&platform);
    assert!(all.iter().all(|pid| is_alive(*pid)));
    platform.check().unwrap();

    let before = platform.grpc_endpoint(Service::Identity);
    platform.kill9(Service::Identity).unwrap();
    let dead = platform.check().unwrap_err().to_string();
    assert!(dead.starts_with("identity ended"), "{dead}");
    platform.restart(Service::Identity).unwrap();
    assert_eq!(platform.grpc_endpoint(Service::Identity), before);
    platform.check().unwrap();

    // Through the edge, identity and notification, as before.
    let (citizen, person) = (Citizen::of(&platform).unwrap(), Person::invent().unwrap());
    let account = citizen.join("gd", &person).await.unwrap();
    assert_eq!(account.login_name, person.login_name);
    assert_eq!(account.level, "online");

    let now = pids(&platform);
    platform.stop().unwrap();
    assert!(!now.iter().chain(&all).any(|pid| is_alive(*pid)), "{now:?}");
}

#[test]
fn a_frozen_service_goes_on_and_ends_with_the_platform() {
    let platform = platform();
    platform.sigstop(Service::Vehicle).unwrap();
    platform.sigcont(Service::Vehicle);
    platform.check().unwrap();
    platform.sigstop(Service::Selection).unwrap();
    let all = pids(&platform);
    drop(platform);
    await_end(&all);
}
