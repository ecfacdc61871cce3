//! The binary `dsr`: everything it does is in the library.

fn main() -> std::process::ExitCode {
    dsr_console::cli::main()
}
