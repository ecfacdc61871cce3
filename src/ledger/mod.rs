//! The append-only evidence of what was done, in a form that others can check without this program.
