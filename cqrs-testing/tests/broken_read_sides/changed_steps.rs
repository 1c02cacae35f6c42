//! Steps that come to the memory with something else in them than they had.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, SubsecRound, Utc};
use cqrs_core::ports::advance::{Advance, PartitionAdvance};
use cqrs_core::ports::documents::Documents;
use cqrs_core::ports::parked::{ListParked, ParkedEvents, ParkedRequest};
use cqrs_core::ports::staged::{DueCommands, StagedCommand, StagedCommands};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;

use crate::advance::folded;
use crate::defect::Defect;
use crate::store::BrokenReadSide;

impl BrokenReadSide {
    /// Commands that could not be sent, with something else that becomes of them.
    async fn change_postponed(&self, advance: &mut Advance) {
        match self.defect {
            Defect::LosesPostponedCommands => {
                let postponed = advance.postponed.drain(..);
                advance.sent.extend(postponed.map(|postponed| postponed.id));
            }
            Defect::TriesParkedCommandsAgain => {
                for postponed in &mut advance.postponed {
                    postponed.due_at.get_or_insert_default();
                }
            }
            Defect::ForgetsToDiscard => {
                // An attempt takes the place of whatever was asked for.
                let all = self.staged(&advance.of).await;
                for postponed in &advance.postponed {
                    let asked = all.iter().any(|command| {
                        command.id == postponed.id
                            && command.request == Some(ParkedRequest::Discard)
                    });
                    if asked {
                        let (id, request) = (Some(postponed.id), ParkedRequest::Replay);
                        let now = DateTime::<Utc>::UNIX_EPOCH;
                        let asked = self.memory.ask_unsent(&advance.of, id, request, now).await;
                        asked.expect("memory always answers");
                    }
                }
            }
            _ => {}
        }
    }

    /// What several parts of one event lead to.
    async fn change_parts(&self, advance: &mut Advance) {
        match self.defect {
            Defect::StagesOnePerEvent => {
                let mut seen = HashSet::new();
                let staged = &mut advance.staged;
                staged.retain(|command| seen.insert((command.key.clone(), command.position)));
            }
            Defect::ParksOneKeyOfAnEvent => {
                let mut keys: HashMap<_, _> = self
                    .parked(&advance.of)
                    .await
                    .into_iter()
                    .map(|(key, position)| (position, key))
                    .collect();
                advance.parked.retain(|event| {
                    let key = keys.entry(event.position);
                    *key.or_insert_with(|| event.key.clone()) == event.key
                });
            }
            Defect::UnparksEveryKeyOfAnEvent => {
                let mut parked = self.parked(&advance.of).await;
                parked.retain(|(_, position)| {
                    advance.unparked.iter().any(|(_, known)| known == position)
                });
                advance.unparked = parked;
            }
            _ => {}
        }
    }

    /// Steps that come to the memory with something else in them.
    pub(crate) async fn change(&self, advance: &mut Advance) {
        self.change_postponed(advance).await;
        self.change_parts(advance).await;
        match self.defect {
            Defect::RewritesDocuments => {
                for content in advance
                    .documents
                    .iter_mut()
                    .filter_map(|one| one.content.as_mut())
                {
                    if let Ok(value) = content.decode::<serde_json::Value>() {
                        *content = Payload::encode(&value).expect("JSON stays JSON");
                    }
                }
            }
            Defect::InsertsWhatIsNew => {
                let documents = advance.documents.iter();
                let keys: Vec<_> = documents.map(|one| one.key.clone()).collect();
                let there = self.memory.load_documents(&advance.of, &keys).await;
                let there = there.expect("memory always answers");
                advance
                    .documents
                    .retain(|one| !one.is_new || there.iter().all(|stored| stored.key != one.key));
            }
            Defect::DeletesNothing => advance.documents.retain(|one| one.content.is_some()),
            Defect::FoldsTheCaseOfKeys => {
                for document in &mut advance.documents {
                    document.key = folded(&document.key);
                }
            }
            Defect::LosesParkedEvents => advance.parked.clear(),
            Defect::LosesStagedCommands => advance.staged.clear(),
            Defect::ForgetsNothingSent => advance.sent.clear(),
            Defect::StagesTwice => {
                advance
                    .sent
                    .extend(advance.staged.iter().map(|command| command.id));
            }
            Defect::DropsMetadata => {
                for command in &mut advance.staged {
                    command.metadata = Metadata::new();
                }
            }
            Defect::KeepsWholeSeconds => {
                for command in &mut advance.staged {
                    command.due_at = command.due_at.trunc_subsecs(0);
                }
            }
            Defect::CancelsEveryName => {
                for cancelled in &mut advance.cancelled {
                    cancelled.timer = None;
                }
            }
            Defect::CancelsCommands => {
                let all = self.staged(&advance.of).await;
                let ended = all.into_iter().filter(|command| {
                    let mut cancelled = advance.cancelled.iter();
                    cancelled.any(|one| one.timer.is_none() && one.key == command.key)
                });
                advance.sent.extend(ended.map(|command| command.id));
            }
            Defect::ReplacesNoTimers => {
                for command in &mut advance.staged {
                    command.timer = None;
                }
            }
            Defect::KeepsTheFirstFailure => {
                let parked = self.parked(&advance.of).await;
                advance
                    .parked
                    .retain(|event| !parked.contains(&(event.key.clone(), event.position)));
            }
            Defect::ParksAnew => {
                let again = advance.parked.iter();
                let again = again.map(|event| (event.key.clone(), event.position));
                let again = Advance {
                    unparked: again.collect(),
                    ..Advance::new(advance.of.clone())
                };
                self.write_anyway(again).await;
            }
            Defect::IgnoresUnknownPartitions => {
                let rows = self.rows(&advance.of).await;
                let is_known =
                    |one: &PartitionAdvance| rows.iter().any(|row| row.partition == one.partition);
                advance.partitions.retain(is_known);
            }
            _ => {}
        }
    }

    async fn staged(&self, of: &GenerationId) -> Vec<StagedCommand> {
        let request = DueCommands {
            of: of.clone(),
            partitions: PartitionCount::MAX.partitions().collect(),
            now: DateTime::<Utc>::MAX_UTC,
            limit: usize::MAX,
        };
        let page = self.memory.due_commands(request).await;
        page.expect("memory always answers").commands
    }

    async fn parked(&self, of: &GenerationId) -> Vec<(DocumentKey, Position)> {
        let request = ListParked {
            of: of.clone(),
            key: None,
            after: None,
            limit: usize::MAX,
        };
        let parked = self.memory.list_parked(request).await;
        let parked = parked.expect("memory always answers").into_iter();
        parked
            .map(|parked| (parked.event.key, parked.event.position))
            .collect()
    }
}
