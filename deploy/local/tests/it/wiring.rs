//! How programs are told of each other.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::{fs, path::Path};

use xuanhao_local::Service;

use crate::support::platform;

#[test]
fn every_configuration_is_read_and_says_what_was_meant() {
    let platform = platform();
    for service in Service::ALL {
        let output = Command::new(platform.programs().xuanhao())
            .args([service.name(), "--print-config", "--config"])
            .arg(platform.folders().config(service.name()))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{service}: {told}");
        let printed = String::from_utf8(output.stdout).unwrap();
        let endpoint = platform.grpc_endpoint(service);
        let address = endpoint.trim_start_matches("https://");
        assert!(printed.contains(address), "{service}: {printed}");
    }
    let mut simulated: Vec<String> = platform
        .simulators()
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    simulated.sort_unstable();
    assert_eq!(
        simulated,
        [
            "captcha",
            "sms: console",
            "tax bureau: simulator",
            "vehicle registry: simulator"
        ]
    );
}

/// C4: each database is its owner's alone, and the keys of persons stand apart.
#[test]
fn no_service_enters_the_database_of_another() {
    let platform = platform();
    let secrets = platform.folders().base().join("secrets");
    let psql = platform.postgres().tools().program("psql");
    let asked = |url: &str| {
        let mut command = Command::new(&psql);
        command.args(["--no-psqlrc", "--command", "SELECT 1", url]);
        command.output().unwrap()
    };
    let own = fs::read_to_string(secrets.join("vehicle.database-url")).unwrap();
    assert!(asked(&own).status.success());
    for other in ["xuanhao_identity", "xuanhao_platepool", "xuanhao_keys"] {
        let foreign = format!("{}{other}", own.strip_suffix("xuanhao_vehicle").unwrap());
        let refused = asked(&foreign);
        let told = String::from_utf8_lossy(&refused.stderr);
        assert!(
            told.contains("permission denied for database"),
            "{other}: {told}"
        );
    }
}

#[test]
fn secrets_are_their_owners_alone() {
    let platform = platform();
    let base = platform.folders().base();
    for folder in ["secrets", "tls", "public", "console", "staff"] {
        assert_eq!(mode(&base.join(folder)), 0o700, "{folder}");
    }
    for file in fs::read_dir(base.join("secrets")).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
