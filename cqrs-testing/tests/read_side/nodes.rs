//! Nodes
