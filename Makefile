# `make demo` shows the platform, `make up` runs it, `make test` proves it; each brings what is
# missing for that.
# Everything is done by `cargo xtask`; `cargo xtask --help` tells more.

XTASK := cargo run --package xtask --

.DEFAULT_GOAL := help
.PHONY: help demo up down reset test doctor fmt sqlx proto

help:
	@echo 'make demo    the whole platform on fresh data: two numbers pre-selected, then a clean stop'
	@echo '             PRESET=hebei-2016: two lives, from enrolment to registration and to an appeal'
	@echo 'make up      the whole platform until Ctrl-C; its data is kept'
	@echo 'make down    end a running one       make reset   and drop its data'
	@echo 'make test    everything that CI checks'
	@echo 'make doctor  what this machine has and what it lacks'
	@echo 'make fmt     format the code  make sqlx, make proto   regenerate'

demo up down reset test doctor sqlx proto:
	@command -v cargo >/dev/null || { echo 'cargo is missing: install a Rust toolchain, 1.95 or later' >&2; exit 64; }
	@$(XTASK) $@ $(ARGS) $(if $(filter demo,$@),$(PRESET:%=--preset %))

fmt:
	cargo fmt --all
