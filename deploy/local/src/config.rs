//! The configuration of every program, from where things are on this machine.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use xuanhao_servers::ports;

use crate::certificates::Credentials;
use crate::folders::{Folders, write_private};
use crate::staff::Staff;
use crate::yaml::to_yaml;
use crate::{KEY_STORE, Replica, Service, bus, databases, keys};

/// Where a service listens. Ports are chosen before the start, so that every service knows its peers
/// from the first moment and finds them again after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ports {
    pub(crate) grpc: u16,
    pub(crate) admin: u16,
    /// The edge's alone.
    pub(crate) http: u16,
}

/// The ports of all processes, by name.
pub(crate) type AllPorts = BTreeMap<String, Ports>;

/// Those of the last start when all are free still, or new ones.
pub(crate) fn choose_ports(folders: &Folders, replicas: &[Replica]) -> Result<AllPorts> {
    if let Some(last) = last_ports(folders, replicas) {
        return Ok(last);
    }
    let mut all = AllPorts::new();
    for replica in replicas {
        let ports = Ports {
            grpc: ports::free()?,
            admin: ports::free()?,
            http: ports::free()?,
        };
        all.insert(replica.to_string(), ports);
    }
    write_private(&folders.ports(), &serde_json::to_vec(&all)?)?;
    Ok(all)
}

fn last_ports(folders: &Folders, replicas: &[Replica]) -> Option<AllPorts> {
    let all: AllPorts = serde_json::from_slice(&fs::read(folders.ports()).ok()?).ok()?;
    let is_free = |port: u16| std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    let usable = replicas.iter().all(|replica| {
        all.get(&replica.to_string()).is_some_and(|ports| {
            [ports.grpc, ports.admin, ports.http]
                .into_iter()
                .all(is_free)
        })
    });
    usable.then_some(all)
}

/// What configurations are made from.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    pub(crate) folders: &'a Folders,
    pub(crate) replicas: &'a [Replica],
    pub(crate) ports: &'a AllPorts,
    pub(crate) nats_url: String,
    /// Seconds by which the services' clock is ahead.
    pub(crate) clock_offset_s: i64,
}

impl Site<'_> {
    /// Writes the configuration of every program.
    pub(crate) fn write(&self) -> Result<()> {
        for replica in self.replicas {
            self.put(&replica.to_string(), &self.service(*replica))?;
        }
        self.put(bus::STREAMS, &self.streams())?;
        for staff in Staff::ALL {
            let path = self.folders.staff(&format!("{staff}.yaml"));
            write_private(&path, to_yaml(&self.xuanctl(staff)).as_bytes())?;
        }
        Ok(())
    }

    fn put(&self, name: &str, document: &Value) -> Result<()> {
        let path = self.folders.config(name);
        fs::write(&path, to_yaml(document)).with_context(|| format!("writing {}", path.display()))
    }

    fn service(&self, replica: Replica) -> Value {
        let service = replica.service();
        let mut document = match service {
            Service::Notification => json!({
                "providers": [{ "kind": "console", "console_file": self.folders.console("sms.jsonl") }],
            }),
            Service::Vehicle => json!({
                "registry": { "kind": "simulator" },
                "tax_bureau": { "kind": "simulator" },
            }),
            // Without `serves`: all offices of the national table.
            Service::Platepool => json!({
                "day_keys": { "kek_file": keys::ring_file(self.folders, "day-keys-kek") },
                // Whoever has just released numbers wants to see them.
                "publication": { "refresh_s": 15 },
            }),
            Service::Identity => self.identity(),
            Service::Selection => json!({
                "proof_keys_file": keys::public_keys_file(self.folders, "principals"),
                "voucher": {
                    "issuer": "https://xuanhao.localhost",
                    "signing_key_file": keys::signing_key_file(self.folders, "vouchers"),
                },
            }),
            Service::Edge => json!({ "http": self.http() }),
        };
        document["chassis"] = self.chassis(replica);
        for peer in service.asks() {
            document[peer.name()] = self.endpoints(*peer);
        }
        document
    }

    fn identity(&self) -> Value {
        let cap = |most: u32, within_s: u32| json!({ "most": most, "within_s": within_s });
        json!({
            "signing_key_file": keys::signing_key_file(self.folders, "principals"),
            "captchas": {
                "provider": {
                    "kind": "simulator",
                    "console_file": self.folders.console("captchas.txt"),
                },
            },
            "challenges": {
                // Nobody waits for a telephone here.
                "resend_s": 5,
                // Everybody on this machine comes from one address.
                "per_address_by_strangers": [cap(2_000, 600), cap(20_000, 86_400)],
                // Nobody pays for these messages; a release day is rehearsed with them.
                "global": cap(60_000, 60),
            },
            "sign_in": { "most_per_address": 10_000 },
        })
    }

    fn http(&self) -> Value {
        let public = Credentials::public(self.folders);
        let port = self.ports_of(Service::Edge.into()).http;
        json!({
            "listen": listen(port),
            "certificate_file": public.certificate,
            "key_file": public.key,
            "origins": [format!("https://127.0.0.1:{port}"), format!("https://localhost:{port}")],
            "trusted_hops": 0,
            // Everybody on this machine comes from one address.
            "rate": { "per_minute": 60_000, "burst": 10_000 },
            "costly_rate": { "per_minute": 12_000, "burst": 2_000 },
            "document_rate": { "per_minute": 12_000, "burst": 2_000 },
            "binding_rate": { "per_minute": 12_000, "burst": 2_000 },
        })
    }

    fn chassis(&self, replica: Replica) -> Value {
        let service = replica.service();
        let (folders, ports) = (self.folders, self.ports_of(replica));
        let mut chassis = json!({
            "tls": tls(folders, service.name()),
            "server": { "listen": listen(ports.grpc) },
            "admin": { "listen": listen(ports.admin) },
            // No load balancer has to notice first that we leave.
            "lifecycle": { "lameduck_ms": 50, "rpc_drain_limit_ms": 3_000, "drain_limit_ms": 8_000 },
            "ready_file": folders.ready(replica),
        });
        if self.clock_offset_s != 0 {
            chassis["clock"] = json!({ "simulated_offset_s": self.clock_offset_s });
        }
        if service.has_database() {
            chassis["database"] = json!({
                "url_file": databases::url_file(folders, service.name()),
            });
            chassis["bus"] = self.bus(service.name());
        }
        if service.seals_persons() {
            chassis["keys"] = json!({
                "database": { "url_file": databases::url_file(folders, KEY_STORE) },
                "kek_file": keys::ring_file(folders, "persons-kek"),
                "blind_index_key_file": keys::ring_file(folders, "blind-index"),
            });
        }
        if service.checks_principals() {
            let file = keys::public_keys_file(folders, "principals");
            chassis["principals"] = json!({ "jwks_file": file });
        }
        chassis
    }

    fn streams(&self) -> Value {
        json!({ "bus": self.bus(bus::STREAMS), "replicas": 1 })
    }

    fn bus(&self, user: &str) -> Value {
        json!({
            "servers": [self.nats_url],
            "user": user,
            "password_file": self.folders.secret(&bus::password_name(user)),
        })
    }

    fn xuanctl(&self, staff: Staff) -> Value {
        let mut document = json!({
            "tls": tls(self.folders, "xuanctl"),
            "session_file": self.folders.staff(&format!("{staff}.session")),
        });
        for peer in Service::ALL.into_iter().filter(|peer| peer.has_database()) {
            document[peer.name()] = json!({ "endpoint": self.endpoint(peer.into()) });
        }
        document
    }

    /// Where all processes of a service answer.
    fn endpoints(&self, service: Service) -> Value {
        let replicas = self.replicas.iter().copied();
        let own = replicas.filter(|replica| replica.service() == service);
        let all: Vec<String> = own.map(|replica| self.endpoint(replica)).collect();
        match &all[..] {
            [one] => json!({ "endpoint": one }),
            all => json!({ "endpoints": all }),
        }
    }

    fn endpoint(&self, replica: Replica) -> String {
        format!("https://127.0.0.1:{}", self.ports_of(replica).grpc)
    }

    fn ports_of(&self, replica: Replica) -> Ports {
        self.ports[&replica.to_string()]
    }
}

fn tls(folders: &Folders, name: &str) -> Value {
    let files = Credentials::of(folders, name);
    json!({
        "certificate_file": files.certificate,
        "key_file": files.key,
        "authority_file": files.authority,
    })
}

fn listen(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
