//! Imports between our crates, read from the manifests.

use crate::cargo::{Dependency, Package};

/// One crate: what it may import, and what its tests may import besides.
struct Rule {
    name: &'static str,
    may: &'static [&'static str],
    tests_may: &'static [&'static str],
}

const SERVICE_MAY: &[&str] = &["xuanhao-chassis", "xuanhao-proto", "xuanhao-vocabulary"];
/// They meet services as strangers do, over gRPC and HTTP, and start them as processes.
const MEASURING_MAY: &[&str] = &[
    "xuanhao-chassis",
    "xuanhao-local",
    "xuanhao-operator",
    "xuanhao-proto",
    "xuanhao-servers",
    "xuanhao-vocabulary",
];
const TESTKIT: &[&str] = &["xuanhao-testkit"];

const fn rule(
    name: &'static str,
    may: &'static [&'static str],
    tests_may: &'static [&'static str],
) -> Rule {
    Rule {
        name,
        may,
        tests_may,
    }
}

/// Services own a database (all but edge) and answer calls. They meet in the contracts alone.
const SERVICES: &[&str] = &[
    "xuanhao-edge",
    "xuanhao-identity",
    "xuanhao-notification",
    "xuanhao-platepool",
    "xuanhao-selection",
    "xuanhao-vehicle",
];

const RULES: &[Rule] = &[
    rule("xuanhao-vocabulary", &[], &[]),
    rule("xuanhao-proto", &[], &[]),
    rule("xuanhao-servers", &[], &[]),
    rule("xuanhao-chassis", &[], TESTKIT),
    rule("xuanhao-testkit", &["xuanhao-servers"], &[]),
    rule("xuanhao-edge", SERVICE_MAY, TESTKIT),
    rule("xuanhao-identity", SERVICE_MAY, TESTKIT),
    rule("xuanhao-notification", SERVICE_MAY, TESTKIT),
    rule("xuanhao-platepool", SERVICE_MAY, TESTKIT),
    rule("xuanhao-selection", SERVICE_MAY, TESTKIT),
    rule("xuanhao-vehicle", SERVICE_MAY, TESTKIT),
    rule(
        "xuanhao",
        &[
            "xuanhao-chassis",
            "xuanhao-edge",
            "xuanhao-identity",
            "xuanhao-notification",
            "xuanhao-platepool",
            "xuanhao-selection",
            "xuanhao-vehicle",
        ],
        TESTKIT,
    ),
    rule("xuanctl", SERVICE_MAY, TESTKIT),
    rule(
        "xuanhao-local",
        &["xuanhao-proto", "xuanhao-servers", "xuanhao-vocabulary"],
        &[],
    ),
    rule(
        "xuanhao-e2e",
        &["xuanhao-local", "xuanhao-proto", "xuanhao-vocabulary"],
        &[],
    ),
    rule(
        "xuanhao-operator",
        &["xuanhao-chassis", "xuanhao-local", "xuanhao-proto"],
        &[],
    ),
    rule("xuanhao-bench", MEASURING_MAY, &[]),
    rule("xuanhao-chaos", MEASURING_MAY, &[]),
    rule("xtask", &["xuanhao-servers"], &[]),
];

pub(super) fn is_service(name: &str) -> bool {
    SERVICES.contains(&name)
}

/// One sentence for each import that no rule allows, and for each crate without a rule.
pub(super) fn complaints(packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(complaints_of).collect()
}

fn complaints_of(package: &Package) -> Vec<String> {
    let Some(rule) = RULES.iter().find(|rule| rule.name == package.name) else {
        return vec![format!(
            "{} has no rule in xtask/src/imports/crates.rs",
            package.name
        )];
    };
    let ours = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.is_ours);
    let refused = ours.filter(|dependency| !allowed(rule, dependency));
    refused
        .map(|dependency| {
            let kind = dependency
                .kind
                .as_deref()
                .map_or(String::new(), |kind| format!("{kind}-"));
            format!("{} must not {kind}import {}", package.name, dependency.name)
        })
        .collect()
}

fn allowed(rule: &Rule, dependency: &Dependency) -> bool {
    let name = dependency.name.as_str();
    let is_test = dependency.kind.as_deref() == Some("dev");
    rule.may.contains(&name) || (is_test && rule.tests_may.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, imports: &[(&str, Option<&str>)]) -> Package {
        let dependency = |(name, kind): &(&str, Option<&str>)| Dependency {
            name: (*name).to_owned(),
            kind: kind.map(str::to_owned),
            is_ours: *name != "serde",
        };
        Package {
            name: name.to_owned(),
            manifest_path: "/nowhere/Cargo.toml".into(),
            dependencies: imports.iter().map(dependency).collect(),
            roots: Vec::new(),
        }
    }

    #[test]
    fn a_service_that_imports_another_service_is_refused() {
        let package = package(
            "xuanhao-selection",
            &[
                ("xuanhao-chassis", None),
                ("xuanhao-platepool", None),
                ("serde", None),
            ],
        );
        assert_eq!(
            complaints(&[package]),
            ["xuanhao-selection must not import xuanhao-platepool"]
        );
    }

    #[test]
    fn test_support_belongs_into_tests() {
        let used_in_tests = package("xuanhao-identity", &[("xuanhao-testkit", Some("dev"))]);
        assert!(complaints(&[used_in_tests]).is_empty());
        let used_outside = package("xuanhao-identity", &[("xuanhao-testkit", None)]);
        assert_eq!(
            complaints(&[used_outside]),
            ["xuanhao-identity must not import xuanhao-testkit"]
        );
        let other_service = package("xuanhao-identity", &[("xuanhao-vehicle", Some("dev"))]);
        assert_eq!(
            complaints(&[other_service]),
            ["xuanhao-identity must not dev-import xuanhao-vehicle"]
        );
    }

    #[test]
    fn a_crate_without_a_rule_is_refused() {
        assert_eq!(complaints(&[package("xuanhao-extra", &[])]).len(), 1);
    }

    #[test]
    fn every_service_has_the_rule_of_services() {
        for name in SERVICES {
            let rule = RULES.iter().find(|rule| rule.name == *name).unwrap();
            assert_eq!(rule.may, SERVICE_MAY, "{name}");
        }
    }
}
