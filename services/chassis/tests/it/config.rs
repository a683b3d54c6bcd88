//! Configuration files, good and bad.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use xuanhao_chassis::config::{self, Args, Config};

use crate::certs::Folder;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Service {
    chassis: Config,
    #[serde(default)]
    retention_days: u32,
}

const LEAST: &str = "
chassis:
  tls: { certificate_file: a.crt, key_file: a.key, authority_file: ca.crt }
";

#[test]
fn the_least_configuration_has_working_defaults() {
    let service: Service = config::parse(LEAST).unwrap();
    assert!(service.chassis.server.listen.ip().is_loopback());
    assert_eq!(service.chassis.telemetry.log_filter, "info");
    assert!(service.chassis.database.is_none());
    let limits = &service.chassis.lifecycle;
    assert!(limits.rpc_drain_limit_ms + limits.lameduck_ms < limits.drain_limit_ms);
}

#[test]
fn what_is_unknown_missing_or_malformed_is_named_by_its_path_in_one_line() {
    for (yaml, path, what) in [
        (
            format!("{LEAST}  server: {{ max_cals: 5 }}"),
            "chassis.server",
            "max_cals",
        ),
        (
            format!("{LEAST}  server: {{ max_calls: many }}"),
            "chassis.server.max_calls",
            "",
        ),
        (
            format!("{LEAST}  server: {{ listen: here }}"),
            "chassis.server.listen",
            "address",
        ),
        (format!("{LEAST}  surprise: 1"), "chassis", "surprise"),
        (format!("{LEAST}retention_weeks: 1"), "", "retention_weeks"),
        ("chassis: {}".to_owned(), "chassis", "tls"),
        ("chassis: [".to_owned(), "", ""),
    ] {
        let error = config::parse::<Service>(&yaml).unwrap_err().to_string();
        assert!(error.starts_with(path), "{yaml}: {error}");
        assert!(error.contains(what), "{yaml}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

fn args(folder: &Folder, yaml: &str, print_config: bool) -> Args {
    Args {
        config: folder.write("service.yaml", yaml),
        print_config,
    }
}

#[test]
fn a_bad_configuration_ends_the_program_with_64() {
    let folder = Folder::new();
    let unknown = args(&folder, &format!("{LEAST}  surprise: 1"), false);
    let code = config::for_program::<Service>(&unknown).unwrap_err();
    assert_eq!(code, ExitCode::from(64));
    let missing = Args {
        config: folder.path("nowhere.yaml"),
        print_config: false,
    };
    let code = config::for_program::<Service>(&missing).unwrap_err();
    assert_eq!(code, ExitCode::from(64));
    assert!(config::for_program::<Service>(&args(&folder, LEAST, false)).is_ok());
}

#[test]
fn printing_ends_the_program_well() {
    let folder = Folder::new();
    let code = config::for_program::<Service>(&args(&folder, LEAST, true)).unwrap_err();
    assert_eq!(code, ExitCode::SUCCESS);
}

#[test]
fn what_is_printed_can_be_read_again_and_names_files_instead_of_secrets() {
    let yaml = format!(
        "{LEAST}  database: {{ url_file: /run/secrets/database-url }}
  principals: {{ jwks_file: /etc/xuanhao/principals.jwks }}
  telemetry: {{ log_filter: debug, otlp_endpoint: 'http://collector:4317' }}
  ready_file: /run/identity.json
retention_days: 30"
    );
    let service: Service = config::parse(&yaml).unwrap();
    let printed = serde_saphyr::to_string(&service).unwrap();
    let again: Service = config::parse(&printed).unwrap();
    assert_eq!(again.chassis, service.chassis);
    assert_eq!(again.retention_days, 30);
    assert!(printed.contains("/run/secrets/database-url"));
}
