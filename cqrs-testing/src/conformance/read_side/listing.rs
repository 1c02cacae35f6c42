//! P1: documents are listed by key, whatever is in it.

use cqrs_core::ports::advance::Advance;
use proptest::prelude::Strategy;

use super::ask;
use super::documents::hostile_keys;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::sample::{VIEW, delete, generation, key, write};
use crate::conformance::random::check;

/// A generation with documents of these keys.
async fn with_keys<H: ReadSideHarness>(
    harness: &H,
    keys: impl IntoIterator<Item = String>,
) -> Node {
    let store = harness.read_side();
    let node = Node::alone(&store, "list", VIEW).await;
    let mut keys: Vec<_> = keys.into_iter().collect();
    keys.sort();
    keys.dedup();
    let step = Advance {
        documents: keys.iter().map(|key| write(key, 1, 1)).collect(),
        ..node.step(0, 1)
    };
    expect::done(node.advance(step).await);
    node
}

fn hostile() -> Vec<String> {
    let keys = hostile_keys().into_iter();
    keys.map(|key| key.as_str().to_owned()).collect()
}

async fn listed(node: &Node, prefix: &str, limit: usize) -> Vec<String> {
    let documents = ask::listed(&node.store, &node.of, prefix, limit).await;
    let keys = documents.iter();
    keys.map(|document| document.key.as_str().to_owned())
        .collect()
}

fn expected(mut keys: Vec<String>, prefix: &str) -> Vec<String> {
    keys.retain(|key| key.starts_with(prefix));
    keys.sort();
    keys
}

/// Catches a store that compares texts as some language does.
pub async fn p1_documents_are_listed_by_rising_bytes<H: ReadSideHarness>(harness: &H) {
    let node = with_keys(harness, hostile()).await;
    assert_eq!(listed(&node, "", 1_000).await, expected(hostile(), ""));
}

/// Catches a store that loses or doubles a document between two pages, or takes every page for the last.
pub async fn p1_documents_are_listed_page_by_page<H: ReadSideHarness>(harness: &H) {
    let node = with_keys(harness, hostile()).await;
    for limit in [1, 2, 7, hostile().len(), 500] {
        assert_eq!(
            listed(&node, "", limit).await,
            expected(hostile(), ""),
            "by pages of {limit}"
        );
    }
}

/// Catches a store for which a prefix is a pattern.
pub async fn p1_a_prefix_is_a_text_and_no_pattern<H: ReadSideHarness>(harness: &H) {
    let node = with_keys(harness, hostile()).await;
    let mut prefixes = hostile();
    prefixes
        .extend(["a\\%b", "%%", "__", "\\\\", "x", "[", "^", "a.", "(", "日"].map(str::to_owned));
    for prefix in prefixes {
        let found = listed(&node, &prefix, 10).await;
        assert_eq!(found, expected(hostile(), &prefix), "of prefix {prefix:?}");
    }
}

/// Catches a store that looks for the end of a prefix by raising its last character.
pub async fn p1_a_prefix_of_the_last_characters_ends_where_it_should<H: ReadSideHarness>(
    harness: &H,
) {
    let keys = || {
        [
            "\u{7f}x",
            "~",
            "~~",
            "\u{d7ff}",
            "\u{d7ff}x",
            "\u{e000}",
            "\u{ffff}",
            "\u{ffff}x",
            "\u{10000}",
            "\u{10ffff}",
            "\u{10ffff}\u{10ffff}",
            "\u{10ffff}a",
            "a\u{10ffff}",
            "a\u{10ffff}z",
            "b",
        ]
        .into_iter()
        .filter(|key| !key.chars().any(char::is_control))
        .map(str::to_owned)
    };
    let node = with_keys(harness, keys()).await;
    for prefix in keys() {
        let found = listed(&node, &prefix, 2).await;
        assert_eq!(
            found,
            expected(keys().collect(), &prefix),
            "of prefix {prefix:?}"
        );
    }
}

/// Catches a store whose pages go on from a document instead of a key.
pub async fn p1_a_list_goes_on_after_a_key_that_is_gone<H: ReadSideHarness>(harness: &H) {
    let node = with_keys(harness, ["a", "b", "c", "d"].map(str::to_owned)).await;
    let first = ask::page(&node.store, &node.of, "", None, 2).await;
    let last = first
        .documents
        .last()
        .cloned()
        .expect("a page has documents");
    assert_eq!((last.key.as_str(), first.is_last), ("b", false));
    let step = Advance {
        documents: vec![delete("b", 2), delete("c", 2), write("bb", 2, 2)],
        ..node.step(1, 2)
    };
    expect::done(node.advance(step).await);
    let next = ask::page(&node.store, &node.of, "", Some(&last), 10).await;
    let keys: Vec<_> = next
        .documents
        .iter()
        .map(|document| document.key.as_str())
        .collect();
    assert_eq!((keys, next.is_last), (vec!["bb", "d"], true));
}

/// Catches a store that shows documents of a generation which it does not have.
pub async fn p1_a_list_of_an_unknown_generation_says_so<H: ReadSideHarness>(harness: &H) {
    let node = with_keys(harness, ["a".to_owned()]).await;
    for of in [generation("list", 2), generation("nothing", 1)] {
        let page = ask::page(&node.store, &of, "", None, 10).await;
        assert_eq!(
            (page.state, page.documents, page.is_last),
            (None, vec![], true)
        );
    }
}

/// Catches a store that mistakes some prefix, or some key to go on after.
pub async fn p1_random_prefixes_find_what_they_mean<H: ReadSideHarness>(harness: &H) {
    let text = || "[ab%_\\\\\u{e4}\u{10ffff}]{1,4}";
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut random_text = || {
        let tree = text().new_tree(&mut runner).expect("a text is made");
        proptest::strategy::ValueTree::current(&tree)
    };
    let keys: Vec<String> = (0..150).map(|_| random_text()).collect();
    let node = with_keys(harness, keys.clone()).await;
    let mut all = keys;
    all.sort();
    all.dedup();
    check(
        64,
        (text(), text(), 1_usize..20),
        async |(prefix, after, limit)| {
            let request = cqrs_core::ports::documents::ListDocuments {
                of: node.of.clone(),
                prefix: prefix.clone(),
                after: Some(key(&after)),
                limit,
            };
            let page = node.store.list_documents(request).await;
            let page = page.expect("documents can be listed");
            let found: Vec<_> = page
                .documents
                .iter()
                .map(|document| document.key.as_str())
                .collect();
            let meant = all
                .iter()
                .filter(|key| key.starts_with(&prefix) && **key > after);
            let meant: Vec<_> = meant.map(String::as_str).collect();
            let cut = &meant[..found.len().min(meant.len())];
            assert_eq!(found, cut, "prefix {prefix:?} after {after:?}");
            assert!(found.len() <= limit, "at most {limit}");
            assert_eq!(
                page.is_last,
                found.len() == meant.len(),
                "whether it is the last"
            );
        },
    );
}
