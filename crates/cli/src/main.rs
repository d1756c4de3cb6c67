//! The `vestibule` program.

fn main() -> std::process::ExitCode {
    vestibule_cli::main()
}
