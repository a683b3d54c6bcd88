# `make test` proves the platform and brings what is missing for that.
# Everything is done by `cargo xtask`; `cargo xtask --help` tells more.

XTASK := cargo run --package xtask --

.DEFAULT_GOAL := help
.PHONY: help test doctor fmt sqlx proto

help:
	@echo 'make test    everything that CI checks'
	@echo 'make doctor  what this machine has and what it lacks'
	@echo 'make fmt     format the code  make sqlx, make proto   regenerate'

test doctor sqlx proto:
	@command -v cargo >/dev/null || { echo 'cargo is missing: install a Rust toolchain, 1.95 or later' >&2; exit 64; }
	@$(XTASK) $@ $(ARGS)

fmt:
	cargo fmt --all
