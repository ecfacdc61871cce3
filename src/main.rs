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
    // SAFETY: no second thread runs yet, and the calls keep nothing but the numbers.
    // What they answer does not matter: without them, more memory or time is used.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        // Pages of a scan are of a few hundred kilobytes: given back to the system one by one, they cost
        // as much as searching them. Under the script's name it is the same command.
        if std::env::args_os().any(|word| word.to_string_lossy().contains("forget")) {
            libc::mallopt(libc::M_MMAP_THRESHOLD, 4 << 20);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 8 << 20);
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn share_one_heap() {}
