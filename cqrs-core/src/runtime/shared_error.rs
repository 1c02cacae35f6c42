//! One failure of the store that several commands hear of.

use std::sync::Arc;

use crate::ports::error::StoreError;

/// The same failure for one more of those who share it.
pub(super) fn shared(error: &Arc<StoreError>) -> StoreError {
    let source = Box::new(Shared(Arc::clone(error)));
    match &**error {
        StoreError::Unavailable(_) => StoreError::Unavailable(source),
        StoreError::Retryable(_) => StoreError::Retryable(source),
        StoreError::Corrupt { what, .. } => StoreError::Corrupt {
            what: what.clone(),
            source,
        },
        StoreError::Other(_) => StoreError::Other(source),
    }
}

/// One error that several commands have.
#[derive(Debug)]
pub(super) struct Shared(pub(super) Arc<StoreError>);

impl std::fmt::Display for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match std::error::Error::source(&*self.0) {
            Some(source) => std::fmt::Display::fmt(source, formatter),
            None => std::fmt::Display::fmt(&self.0, formatter),
        }
    }
}

impl std::error::Error for Shared {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.0).and_then(std::error::Error::source)
    }
}
