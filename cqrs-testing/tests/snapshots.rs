//! Snapshots, on the memory store: when they are taken, and that loading is only ever faster with them (S1).

mod snapshots {
    mod audit;
    mod domain;
    mod fingerprints;
    mod taking;
    mod using;
}
