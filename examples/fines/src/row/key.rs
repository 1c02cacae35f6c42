//! What makes a row the same row when it comes again.

use cqrs_core::words::idempotency_key::IdempotencyKey;
use uuid::Uuid;

use super::fields::Fields;
use crate::activity::Activity;
use crate::fine::event::BusinessTime;
use crate::fine::id::FineId;

/// Made up once for this program. Another one would make all rows new.
const ROWS: Uuid = Uuid::from_u128(0x6f1d_2c0a_93f4_4f0b_8a53_77d1_5e2b_90c4);

/// Fine, activity and time for people who look into the database, and a hash of all fields that the program reads.
///
/// Two equal rows have one key, since they are one fact: all activities but payments happen once or say no more the
/// second time, and of two payments of the same sum on the same day the second has a higher `totalPaymentAmount`.
pub(super) fn of(
    fine: &FineId,
    activity: Activity,
    at: BusinessTime,
    fields: &Fields,
) -> Result<IdempotencyKey, cqrs_core::words::error::InvalidWord> {
    let content = fields.texts().join("\u{1f}");
    let hash = Uuid::new_v5(&ROWS, content.as_bytes()).simple().to_string();
    let activity = activity.name().replace(' ', "-");
    IdempotencyKey::new(format!(
        "{fine}/{activity}/{}/{hash}",
        at.format("%Y-%m-%d")
    ))
}
