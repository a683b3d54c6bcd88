//! The first administrator.

use xuanhao_chassis::config;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::lifecycle::BoxError;
use xuanhao_chassis::reason::Locale;
use xuanhao_identity as identity;

use crate::arguments::{Bootstrap, Staff};
use crate::{Stop, block_on, tell};

/// Makes the first administrator and prints the new staff id.
pub(crate) fn run(command: Staff) -> Result<(), Stop> {
    let Staff::Bootstrap(Bootstrap {
        args,
        login_name,
        full_name,
        initial_password_file,
        provinces,
        reason,
    }) = command;
    let config: identity::config::Config = config::for_program(&args).map_err(Stop::Told)?;
    let content = std::fs::read_to_string(&initial_password_file)
        .map_err(|error| format!("cannot read {}: {error}", initial_password_file.display()))?;
    let initial_password = content.lines().next().unwrap_or_default().to_owned();
    let first = identity::first_administrator(
        &login_name,
        &full_name,
        initial_password,
        &provinces,
        reason,
    )
    .map_err(|refusal| told(&refusal))?;
    let made = block_on(async {
        let made = identity::bootstrap_administrator(&config, first).await;
        Ok(made.map_err(explained)?)
    });
    let id = made?;
    tell(std::io::stdout(), &id.to_string());
    Ok(())
}

/// A refusal in the operator's words, with its code and field.
fn told(refusal: &Refusal) -> BoxError {
    let field = refusal
        .field()
        .map_or(String::new(), |field| format!(" [{field}]"));
    format!(
        "{} · {} ({}){field}",
        refusal.text(Locale::ZhCn),
        refusal.text(Locale::En),
        refusal.reason().code()
    )
    .into()
}

fn explained(error: BoxError) -> BoxError {
    match error.downcast_ref::<identity::Error>() {
        Some(identity::Error::Refused(refusal)) => told(refusal),
        _ => error,
    }
}
