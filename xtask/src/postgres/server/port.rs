//! A free port.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::Context;

/// A port of 127.0.0.1 that is free now. Somebody may take it before the server does.
pub(crate) fn free() -> anyhow::Result<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("can't listen on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}
