//! Who may call what, for whom.

use prost::Message;
use prost_types::{
    FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
};
use serde_json::{Value, json};
use tonic::Code;
use xuanhao_chassis::authz::{Caller, Requirement, Rule, Table};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt, ServerConfig, call};
use xuanhao_chassis::reason::Reason;

use crate::echo::{Echo, Mesh, Words, say, say_at};
use crate::tokens::{CITIZEN, Signer, citizen, staff};

#[tokio::test]
async fn the_table_decides_by_certificate() {
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let (edge, selection) = (
        mesh.client("edge", &server),
        mesh.client("selection", &server),
    );
    say(&edge, "EdgeOnly", call(Words::default()))
        .await
        .unwrap();
    let status = say(&selection, "EdgeOnly", call(Words::default()))
        .await
        .unwrap_err();
    assert_eq!(
        Refusal::from_status(&status).unwrap().reason(),
        Reason::PermissionDenied
    );
}

#[tokio::test]
async fn what_is_not_in_the_table_is_refused_even_if_the_service_has_it() {
    let mesh = Mesh::new();
    let echo = Echo::default();
    let server = mesh.start(&ServerConfig::default(), echo.clone()).await;
    let edge = mesh.client("edge", &server);
    for path in [
        "/xuanhao.test.v1.EchoService/Forgotten",
        "/no.such.Service/Say",
    ] {
        let status = say_at(&edge, path, call(Words::default()))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{path}");
    }
    assert_eq!(echo.calls.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_handler_is_told_the_principal() {
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let edge = mesh.client("edge", &server);
    let token = mesh
        .signer
        .sign(&citizen(mesh.clock.now().as_second(), 300));
    let words = say(
        &edge,
        "ForCitizens",
        call(Words::default()).principal(&token),
    )
    .await
    .unwrap();
    assert_eq!(words.principal, CITIZEN);
}

/// C3: a principal lives at most five minutes and is signed by identity; nothing else is believed.
#[tokio::test]
async fn only_a_living_principal_signed_by_identity_is_believed() {
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let edge = mesh.client("edge", &server);
    let now = mesh.clock.now().as_second();
    let good = mesh.signer.sign(&citizen(now, 300));
    let (head, tail) = good.rsplit_once('.').unwrap();
    let altered = format!("{head}.{}", tail.chars().rev().collect::<String>());
    let (_, signature) = good.rsplit_once('.').unwrap();
    let other = mesh.signer.sign(&staff(&["officer"], now));
    let (other_head, _) = other.rsplit_once('.').unwrap();

    for (what, token) in [
        ("expired", mesh.signer.sign(&citizen(now - 300, 300))),
        (
            "living longer than five minutes",
            mesh.signer.sign(&citizen(now, 301)),
        ),
        (
            "made in the future",
            mesh.signer.sign(&citizen(now + 60, 300)),
        ),
        ("signed by a stranger under a known key's name", {
            Signer::new("2026-11").sign(&citizen(now, 300))
        }),
        (
            "signed by an unknown key",
            Signer::new("other").sign(&citizen(now, 300)),
        ),
        (
            "without a signature",
            mesh.signer.unsigned(&citizen(now, 300)),
        ),
        ("with another signature", altered),
        (
            "with the signature of another token",
            format!("{other_head}.{signature}"),
        ),
        (
            "made for another use",
            mesh.signer.sign_as("xuanhao-proof+jwt", &citizen(now, 300)),
        ),
        ("no token", "nonsense".to_owned()),
        ("empty", String::new()),
    ] {
        let request = call(Words::default()).principal(&token);
        let status = say(&edge, "ForCitizens", request).await.expect_err(what);
        let refusal = Refusal::from_status(&status).expect(what);
        assert_eq!(refusal.reason(), Reason::Unauthenticated, "{what}");
    }
    let status = say(&edge, "ForCitizens", call(Words::default()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated, "none at all");

    // Time passes and the good one ends too.
    let request = || call(Words::default()).principal(&good);
    say(&edge, "ForCitizens", request()).await.unwrap();
    mesh.clock.advance(std::time::Duration::from_secs(300));
    let status = say(&edge, "ForCitizens", request()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn kind_and_role_are_checked() {
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let edge = mesh.client("edge", &server);
    let now = mesh.clock.now().as_second();
    let cases: [(&str, Value, [bool; 3]); 4] = [
        ("a citizen", citizen(now, 300), [true, false, true]),
        ("an officer", staff(&["officer"], now), [false, true, false]),
        (
            "a reviewer",
            staff(&["auditor", "reviewer"], now),
            [false, false, true],
        ),
        (
            "staff without a role",
            staff(&[], now),
            [false, false, false],
        ),
    ];
    for (who, claims, expected) in cases {
        let token = mesh.signer.sign(&claims);
        for (method, admitted) in ["ForCitizens", "ForOfficers", "ForBoth"]
            .iter()
            .zip(expected)
        {
            let outcome = say(&edge, method, call(Words::default()).principal(&token)).await;
            match outcome {
                Ok(_) => assert!(admitted, "{who} at {method}"),
                Err(status) => {
                    assert!(!admitted, "{who} at {method}");
                    assert_eq!(status.code(), Code::PermissionDenied);
                }
            }
        }
    }
    // A citizen who calls himself an officer is still a citizen.
    let mut pretender = citizen(now, 300);
    pretender["roles"] = json!(["officer"]);
    let request = call(Words::default()).principal(&mesh.signer.sign(&pretender));
    say(&edge, "ForOfficers", request).await.unwrap_err();
}

#[tokio::test]
async fn a_caller_named_for_it_comes_without_a_principal_and_nobody_else_does() {
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let (edge, selection) = (
        mesh.client("edge", &server),
        mesh.client("selection", &server),
    );
    let bare = || call(Words::default());
    let words = say(&edge, "ForStaffOrEdge", bare()).await.unwrap();
    assert!(words.principal.is_empty());
    let status = say(&selection, "ForStaffOrEdge", bare()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);

    let now = mesh.clock.now().as_second();
    let with = |claims: &Value| bare().principal(&mesh.signer.sign(claims));
    for client in [&edge, &selection] {
        let officer = with(&staff(&["officer"], now));
        let words = say(client, "ForStaffOrEdge", officer).await.unwrap();
        assert!(!words.principal.is_empty());
        for claims in [
            staff(&["auditor"], now),
            staff(&["officer"], now - 301),
            citizen(now, 300),
        ] {
            say(client, "ForStaffOrEdge", with(&claims))
                .await
                .unwrap_err();
        }
    }
}

#[test]
fn a_table_covers_its_services_exactly() {
    let method = |name: &str| MethodDescriptorProto {
        name: Some(name.to_owned()),
        ..MethodDescriptorProto::default()
    };
    let service = |name: &str, methods: &[&str]| ServiceDescriptorProto {
        name: Some(name.to_owned()),
        method: methods.iter().map(|name| method(name)).collect(),
        ..ServiceDescriptorProto::default()
    };
    let file = FileDescriptorProto {
        package: Some("xuanhao.test.v1".to_owned()),
        service: vec![service("A", &["One", "Two"]), service("B", &["Three"])],
        ..FileDescriptorProto::default()
    };
    let set = FileDescriptorSet { file: vec![file] }.encode_to_vec();
    let rule = |rpc| Rule {
        rpc,
        callers: &[Caller::Edge],
        principal: Requirement::None,
    };
    let (one, two) = (
        rule("/xuanhao.test.v1.A/One"),
        rule("/xuanhao.test.v1.A/Two"),
    );

    assert_eq!(
        Table::new(&[one, two]).covers(&set, &["xuanhao.test.v1.A"]),
        Ok(())
    );
    let nobody = Rule {
        callers: &[],
        ..two
    };
    for (rules, services, difference) in [
        (
            vec![one],
            vec!["xuanhao.test.v1.A"],
            "/xuanhao.test.v1.A/Two has no rule",
        ),
        (
            vec![one, two, two],
            vec!["xuanhao.test.v1.A"],
            "Two has more than one rule",
        ),
        (
            vec![one, nobody],
            vec!["xuanhao.test.v1.A"],
            "Two admits nobody",
        ),
        (
            vec![one, two, rule("/xuanhao.test.v1.B/Three")],
            vec!["xuanhao.test.v1.A"],
            "/xuanhao.test.v1.B/Three is no RPC of these services",
        ),
        (
            vec![one, two],
            vec!["xuanhao.test.v1.A", "xuanhao.test.v1.C"],
            "xuanhao.test.v1.C is not in the descriptor set",
        ),
    ] {
        let differences = Table::new(&rules).covers(&set, &services).unwrap_err();
        assert!(
            differences.iter().any(|found| found.contains(difference)),
            "{differences:?}"
        );
    }
}
