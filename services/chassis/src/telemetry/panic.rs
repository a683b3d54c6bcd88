//! A panic is logged as an error that someone must look at.

use std::backtrace::Backtrace;

use super::Output;

/// Replaces the process's panic hook; in a test the old one still tells the test's author.
///
/// Only a literal message is logged: a formatted one may quote what the program was working on.
pub(super) fn install(output: &Output) {
    let previous = match output {
        Output::Stdout => None,
        Output::Memory(_) => Some(std::panic::take_hook()),
    };
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(previous) = &previous {
            previous(panic);
        }
        let message = panic.payload().downcast_ref::<&'static str>().copied();
        let location = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let backtrace = Backtrace::capture();
        tracing::error!(
            location,
            thread = std::thread::current().name(),
            backtrace = %backtrace,
            "panic: {}",
            message.unwrap_or("(formatted message withheld)"),
        );
    }));
}
