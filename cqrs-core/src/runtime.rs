//! Floor 4: what runs. It knows stores only through their ports.

pub mod subscription;
