//! What `up` tells once everything serves.

use anyhow::Result;
use xuanhao_local::{Platform, Service, Staff};

use crate::show::{facts_table, line, memory_table};

type Facts = Vec<(String, String)>;

/// Where everything is, what is simulated, how much memory it takes, and what to try.
pub(crate) fn serving(platform: &Platform) -> Result<()> {
    let mut facts = addresses(platform);
    facts.extend(staff(platform));
    facts.extend(files(platform));
    for (service, system) in platform.simulators() {
        facts.push(fact("模拟 · simulated", format!("{system} ({service})")));
    }
    line(&facts_table(&facts));
    line(&memory_table(&platform.resident()?));
    line("可以试试 · to try:");
    for command in commands(platform) {
        line(&format!("  {command}"));
    }
    line(
        "市民自行注册，验证码在上面的文件里 · citizens register themselves; codes are in the files above",
    );
    line("运行中，按 Ctrl-C 停止 · serving; Ctrl-C stops");
    Ok(())
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn addresses(platform: &Platform) -> Facts {
    let api = format!("{}/api/v1", platform.url());
    let authority = platform.root_certificate_file();
    let mut facts = vec![
        fact("网站 · portal", platform.url()),
        fact("网站接口 · HTTP API", &api),
        fact("接口文档 · OpenAPI", format!("{api}/openapi.json")),
        fact(
            "网站证书的颁发者 · its authority",
            authority.display().to_string(),
        ),
    ];
    for service in Service::ALL {
        let (grpc, admin) = (platform.grpc_endpoint(service), platform.admin_url(service));
        facts.push(fact(service.name(), format!("gRPC {grpc}   admin {admin}")));
    }
    facts
}

fn staff(platform: &Platform) -> Facts {
    let mut facts = Facts::new();
    for staff in Staff::ALL {
        let config = platform.xuanctl_config(staff);
        let (shown, login) = (config.display(), staff.login_name());
        let name = format!("{} · {staff}", staff.full_name());
        facts.push(fact(
            &name,
            format!("xuanctl --config {shown} staff sign-in {login}"),
        ));
        let password = config.with_extension("password").display().to_string();
        facts.push(fact("  密码文件 · its password", password));
    }
    facts
}

fn files(platform: &Platform) -> Facts {
    let base = platform.folders().base().display();
    vec![
        fact("短信 · SMS", format!("{base}/console/sms.jsonl")),
        fact(
            "图片验证码答案 · picture codes",
            format!("{base}/console/captchas.txt"),
        ),
        fact("日志 · logs", format!("{base}/logs/")),
    ]
}

fn commands(platform: &Platform) -> [String; 3] {
    let authority = platform.root_certificate_file();
    let pool = format!("{}/api/v1/offices/gd-zhanjiang/pool", platform.url());
    let (xuanctl, config) = (
        platform.programs().xuanctl(),
        platform.xuanctl_config(Staff::Operator),
    );
    let (xuanctl, config) = (xuanctl.display(), config.display());
    [
        format!("curl --cacert {} {pool}", authority.display()),
        format!("{xuanctl} --config {config} pool figures --office gd-zhanjiang"),
        format!(
            "tail -f {}/console/sms.jsonl",
            platform.folders().base().display()
        ),
    ]
}
