//! The binary: see the library's first page.

/// musl's own gives every large buffer back to the kernel at once and takes it anew, page by page.
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> std::process::ExitCode {
    oneroof::main()
}
