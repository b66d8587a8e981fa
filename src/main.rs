//! The binary. The documentation is on the first page of the library.

/// The allocator of musl returns every large buffer to the kernel at once and requests it again page by page, which is slow. So the program
/// uses another allocator.
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> std::process::ExitCode {
    oneroof::main()
}
