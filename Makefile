# `make demo` shows the platform, `make up` runs it, `make test` proves it, `make bench` and `make load`
# measure it, `make chaos` and `make simulate` try to break it; each brings what is missing for that.
# Everything is done by `cargo xtask`; `cargo xtask --help` tells more.

XTASK := cargo run --package xtask --

.DEFAULT_GOAL := help
.PHONY: help demo up down reset portal test doctor fmt sqlx proto bench load chaos simulate

help:
	@echo 'make demo    the whole platform on fresh data: two numbers pre-selected, then a clean stop'
	@echo '             PRESET=hebei-2016: two lives, from enrolment to registration and to an appeal'
	@echo 'make up      the whole platform until Ctrl-C; its data is kept: ARGS="--pool-replicas 3"'
	@echo 'make down    end a running one       make reset   and drop its data'
	@echo "make portal  the citizens' pages, which demo, up and test build by themselves"
	@echo 'make test    everything that CI checks'
	@echo 'make bench   the pool engine beside an empty echo, SQL with SKIP LOCKED and Redis'
	@echo 'make load    a release day over HTTP: ARGS="--citizens 2000 [--cold]"'
	@echo 'make chaos   faults against three replicas: ARGS="--for 60s --seed 7"'
	@echo 'make simulate  SEEDS=100000, or SEED=17 to see one again'
	@echo 'make doctor  what this machine has and what it lacks'
	@echo 'make fmt     format the code  make sqlx, make proto   regenerate'

demo up down reset portal test doctor sqlx proto bench load chaos simulate:
	@command -v cargo >/dev/null || { echo 'cargo is missing: install a Rust toolchain, 1.95 or later' >&2; exit 64; }
	@$(XTASK) $@ $(ARGS) $(if $(filter demo,$@),$(PRESET:%=--preset %)) $(if $(filter simulate,$@),$(SEEDS:%=--seeds %) $(SEED:%=--seed %))

fmt:
	cargo fmt --all
