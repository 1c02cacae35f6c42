//! Rebuilding
