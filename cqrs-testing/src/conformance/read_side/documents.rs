//! P1: documents are kept as they were written.

use cqrs_core::ports::advance::Advance;
use cqrs_core::ports::documents::DocumentWrite;
use cqrs_core::words::document_key::DocumentKey;

use super::ask;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::sample::{VIEW, at, delete, key, payload, write};

/// Keys that a store easily takes for something else than they are.
pub(super) fn hostile_keys() -> Vec<DocumentKey> {
    let longest = "ö".repeat(100);
    let mut keys: Vec<_> = [
        "a",
        "A",
        "á",
        "a\u{301}",
        "ä",
        "ß",
        "ss",
        "a ",
        " a",
        " ",
        "a  b",
        "%",
        "_",
        "\\",
        "a%",
        "a_",
        "a\\",
        "a\\%",
        "a%b",
        "a_b",
        "a\\b",
        "*",
        "?",
        "[a]",
        "'",
        "''",
        "\"",
        "`",
        ";--",
        "$1",
        "{}",
        "null",
        "0",
        "00",
        "-1",
        "1e3",
        ".",
        "..",
        "a/b",
        "a|b",
        "a,b",
        "(a)",
        "\u{a0}",
        "\u{200b}",
        "\u{feff}",
        "\u{fffd}",
        "\u{ffff}",
        "\u{10000}",
        "\u{10ffff}",
        "日本",
        "😀",
        "İ",
        "i",
        "I",
        "ı",
        "\u{3a9}",
        "\u{2126}",
        "ﬁ",
        "fi",
    ]
    .into_iter()
    .map(key)
    .collect();
    keys.push(key(longest));
    keys
}

fn document(key: DocumentKey, json: &str) -> DocumentWrite {
    DocumentWrite {
        key,
        content: Some(payload(json)),
        position: at(1),
        is_new: true,
    }
}

/// Catches a store that reads documents and writes them anew.
pub async fn p1_documents_are_kept_byte_for_byte<H: ReadSideHarness>(harness: &H) {
    let contents = [
        r#"{"b":1,"a":2}"#,
        r#"{"a" : 1 ,  "b":[ ]}"#,
        r#"{"a":1,"a":2}"#,
        r#""\u0000\u001f\ud83d\ude00 é""#,
        "0.1",
        "-0.0",
        "1e400",
        "123456789012345678901234567890.10",
        "18446744073709551615",
        "null",
        "{}",
        r#""""#,
        "\"\u{10ffff}'; DROP TABLE documents; --\"",
    ];
    let store = harness.read_side();
    let node = Node::alone(&store, "content", VIEW).await;
    let documents = contents.iter().enumerate();
    let step = Advance {
        documents: documents
            .map(|(number, json)| document(key(format!("{number:02}")), json))
            .collect(),
        ..node.step(0, 1)
    };
    expect::done(node.advance(step).await);
    let kept = ask::documents(&store, &node.of).await;
    let kept: Vec<_> = kept
        .iter()
        .map(|document| document.content.as_str())
        .collect();
    assert_eq!(kept, contents);
}

/// Catches a store with a limit that nobody has stated.
pub async fn p1_large_documents_are_kept<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "large", VIEW).await;
    let large = format!("\"{}\"", "é\\u0000".repeat(150_000));
    let step = Advance {
        documents: vec![document(key("large"), &large)],
        ..node.step(0, 1)
    };
    expect::done(node.advance(step).await);
    let read = ask::read(&store, &node.of, "large").await;
    let content = read.document.expect("the document is there").content;
    assert!(
        content.as_str() == large,
        "a large document came back as another one"
    );
}

/// Catches a store that takes two keys for one, or does not find a key again.
pub async fn p1_any_document_key_is_kept<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "keys", VIEW).await;
    let mut keys = hostile_keys();
    keys.sort();
    let numbered = || keys.iter().zip(1_u64..);
    let step = Advance {
        documents: numbered()
            .map(|(key, number)| write(key, number, number))
            .collect(),
        ..node.step(0, 1)
    };
    expect::done(node.advance(step).await);
    for (key, number) in numbered() {
        let read = ask::read(&store, &node.of, key.as_str()).await;
        let document = read.document.unwrap_or_else(|| panic!("{key:?} is there"));
        assert_eq!(document.key, *key);
        assert_eq!(ask::number(&document), number, "the document of {key:?}");
    }
    let mut loaded = store
        .load_documents(&node.of, &keys)
        .await
        .expect("documents can be loaded");
    loaded.sort_by(|one, other| one.key.cmp(&other.key));
    assert_eq!(loaded.len(), keys.len());
    for (document, (key, number)) in loaded.iter().zip(numbered()) {
        assert_eq!((&document.key, ask::number(document)), (key, number));
    }
}

/// Catches a store that takes it as given that a document is not there: that keeps the old one, or loses the step.
pub async fn p1_a_document_that_is_not_new_after_all_is_replaced<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "not-new", VIEW).await;
    let said_to_be_new = |key_text: &str, number, position| DocumentWrite {
        is_new: true,
        ..write(key_text, number, position)
    };
    let step = Advance {
        documents: vec![said_to_be_new("a", 1, 1), said_to_be_new("c", 1, 1)],
        ..node.step(0, 1)
    };
    expect::done(node.advance(step).await);
    let step = Advance {
        documents: vec![
            said_to_be_new("a", 2, 2),
            said_to_be_new("b", 2, 2),
            write("c", 2, 2),
        ],
        ..node.step(1, 2)
    };
    expect::done(node.advance(step).await);
    let found = ask::documents(&store, &node.of).await;
    let found = found.iter().map(|one| (ask::number(one), one.position));
    assert_eq!(found.collect::<Vec<_>>(), vec![(2, at(2)); 3]);
    let checkpoint = ask::read(&store, &node.of, "a").await.checkpoint;
    assert_eq!(checkpoint, at(2), "the step was recorded as a whole");
}

/// Catches a store that adds to a document, keeps an old position, or keeps what is deleted.
pub async fn p1_a_document_is_replaced_and_deleted<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "changes", VIEW).await;
    let changes = [
        (delete("a", 1), None),
        (write("a", 1, 2), Some((1, at(2)))),
        (write("a", 2, 3), Some((2, at(3)))),
        (delete("a", 4), None),
        (delete("a", 5), None),
        (write("a", 3, 6), Some((3, at(6)))),
    ];
    for (from, (change, expected)) in (0..).zip(changes) {
        let step = Advance {
            documents: vec![change, write("b", 9, 1)],
            ..node.step(from, from + 1)
        };
        expect::done(node.advance(step).await);
        let read = ask::read(&store, &node.of, "a").await;
        let found = read
            .document
            .map(|document| (ask::number(&document), document.position));
        assert_eq!(found, expected, "after step {from}");
        let listed = ask::documents(&store, &node.of).await;
        assert_eq!(listed.len(), 1 + usize::from(expected.is_some()));
    }
}

/// Catches a store that can't have many keys in one statement, or fails where one is missing.
pub async fn p1_many_documents_are_written_and_loaded_at_once<H: ReadSideHarness>(harness: &H) {
    const DOCUMENTS: u64 = 3_000;
    let store = harness.read_side();
    let node = Node::alone(&store, "many", VIEW).await;
    let name = |number: u64| format!("key-{number:05}");
    let step = Advance {
        documents: (0..DOCUMENTS)
            .map(|number| write(name(number), number, number + 1))
            .collect(),
        ..node.step(0, DOCUMENTS)
    };
    expect::done(node.advance(step).await);
    let missing: Vec<_> = (0..DOCUMENTS)
        .map(|number| key(format!("{}-", name(number))))
        .collect();
    let mut keys: Vec<_> = (0..DOCUMENTS).map(|number| key(name(number))).collect();
    keys.extend_from_slice(&missing);
    let mut loaded = store
        .load_documents(&node.of, &keys)
        .await
        .expect("documents can be loaded");
    loaded.sort_by(|one, other| one.key.cmp(&other.key));
    let numbers: Vec<_> = loaded.iter().map(ask::number).collect();
    assert_eq!(
        numbers,
        (0..DOCUMENTS).collect::<Vec<_>>(),
        "those that there are, each once"
    );
    for keys in [&missing[..], &[]] {
        let found = store.load_documents(&node.of, keys).await;
        assert_eq!(found.expect("documents can be loaded"), []);
    }
}
