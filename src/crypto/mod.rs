//! Certificates, private keys, and the decryption of what was encrypted for them.
//!
//! Everything here works on streams and files of this host; nothing here speaks to a network.
