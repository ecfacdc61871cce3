//! The permit that every mutating call demands. Only the gate issues one, after intent and evidence
//! are on disk; a test over the sources holds that no other place calls `Permit::issue`.

/// Proof that the intent of one operation is on disk. Used up by one call.
#[derive(Debug)]
pub struct Permit {
    operation_id: String,
}

impl Permit {
    /// Issues the permit for one call of one operation. For `workflow::gate` alone.
    pub(crate) fn issue(operation_id: impl Into<String>) -> Permit {
        Permit {
            operation_id: operation_id.into(),
        }
    }

    /// The operation it was issued for.
    pub fn operation_id(&self) -> &str {
        &self.operation_id
    }
}
