//! Output of the program: results on standard output, problems on standard error.

use std::io::{self, Write};

/// Writes to standard output. A closed pipe (`vestibule flow export … | head`) is not an error.
///
/// # Errors
/// Writing to standard output failed for another reason, such as a full disk.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    forgive(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Writes a line to standard output; see [`print()`].
///
/// # Errors
/// The same as [`print()`].
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
