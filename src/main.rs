//! The binary: see the library's first page.

fn main() -> std::process::ExitCode {
    oneroof::main()
}
