//! What the parts of the screen are built from.

pub mod field;
pub mod popup;
pub mod table;
pub mod text;
