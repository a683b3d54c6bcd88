//! The protocol's sentences, one by one. The tests name them.

mod announcing;
mod batches;
mod choosing;
mod composing;
mod drawing;
mod following;
mod groups;
mod mixing;
mod operations;
mod outcomes;
mod rebuilding;
mod segments;
