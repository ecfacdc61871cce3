//! The binary `dsr`: everything it does is in the library.

fn main() -> std::process::ExitCode {
    share_one_heap();
    dsr_console::cli::main()
}

/// glibc gives every thread a heap of its own, and what one of them frees the others cannot use: with
/// a hundred thousand requests on screen that costs 22 MiB. None of the threads allocates so much
/// that it would wait for another.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "glibc offers this by a call from C, or in the environment"
)]
fn share_one_heap() {
    // SAFETY: no second thread runs yet, and the call keeps nothing but the number.
    // What it answers does not matter: without it, more memory is used.
    let _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn share_one_heap() {}
