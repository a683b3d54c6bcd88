//! The whole platform, started as developers start it.

#![cfg(test)]

mod demo;
mod faults;
mod lab;
mod parent;
mod seed;
mod support;
mod up;
mod wiring;
