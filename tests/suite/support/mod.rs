//! What the tests build their inputs with. Nothing here uses the program itself, so that a fault
//! in it cannot hide in its own tests.

pub mod chisel;
pub mod daemon;
pub mod databases;
pub mod elf;
pub mod image_builder;
pub mod layer;
pub mod layout;
pub mod pacman;
pub mod rpm;
pub mod segments;
pub mod zip;
