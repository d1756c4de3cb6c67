//! Output of the program: results on standard output, problems on standard error.

use std::io::{self, Write};

/// Write to standard output. A reader that has gone away (`vestibule flow export … | head`) is no error.
///
/// # Errors
/// Standard output cannot be written to for another reason, such as a full disk.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    forgive(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Write a line to standard output; see [`print()`].
///
/// # Errors
/// As [`print()`].
pub fn say(line: &str) -> io::Result<()> {
    print(&format!("{line}\n"))
}

/// Writes a line to standard error. If even that fails, nothing can report it.
pub fn warn(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn forgive(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
