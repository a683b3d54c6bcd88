//! Has a release compiled anew when the portal was built; any other edge reads it when it starts.

use std::io::{Result, Write as _, stdout};

fn main() -> Result<()> {
    let is_release = std::env::var_os("PROFILE").is_some_and(|profile| profile == "release");
    let watched = if is_release {
        "portal/dist"
    } else {
        "build.rs"
    };
    writeln!(stdout(), "cargo::rerun-if-changed={watched}")
}
