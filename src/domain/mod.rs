//! What the field talks about. Pure: no input or output, no clock of its own, nothing asynchronous.

pub mod actor;
pub mod candidate;
pub mod canonical;
pub mod case;
pub mod clock;
pub mod deadline;
pub mod export;
pub mod export_file;
pub mod failure;
pub mod filter;
pub mod fold;
pub mod forms;
mod forms_name;
mod forms_phone;
mod forms_spelling;
pub mod identifier;
pub mod mask;
pub mod mode;
pub mod nearest;
pub mod operation;
pub mod progress;
pub mod queue;
pub mod queue_rows;
pub mod request;
pub mod schedule;
pub mod subject;
pub mod text;
