//! What the workflow asks of the store, one function a question.

mod changes;
mod exports;
mod fetching;
mod publishing;
mod reading;
mod remembering;
mod sending;
mod settling;

pub(crate) use changes::Against;
pub(crate) use reading::Stood;
pub(crate) use remembering::Remembered;
