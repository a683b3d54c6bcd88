//! The protocol's sentences, one by one. The tests name them.

mod batches;
mod composing;
mod drawing;
mod operations;
mod outcomes;
mod rebuilding;
mod segments;
