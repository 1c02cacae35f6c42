//! Parking
