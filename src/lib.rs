//! oneroof
