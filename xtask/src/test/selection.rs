//! Which tests run: the arguments of `cargo test`.

/// The packages whose tests touch PostgreSQL, and so run on other major versions too.
const TOUCHING_POSTGRES: [&str; 4] = ["cqrs-postgres", "cqrs-testing", "bank", "fines"];

const PACKAGE_OPTIONS: [&str; 4] = ["-p", "--package", "--workspace", "--all"];
const FEATURE_OPTIONS: [&str; 4] = [
    "-F",
    "--features",
    "--all-features",
    "--no-default-features",
];
const TARGET_OPTIONS: [&str; 11] = [
    "--lib",
    "--bins",
    "--bin",
    "--tests",
    "--test",
    "--examples",
    "--example",
    "--benches",
    "--bench",
    "--all-targets",
    "--doc",
];

/// All tests, then the doc-tests, which cargo can't combine with a choice of targets. Benchmarks are left out: as
/// tests they would only cost time.
pub(crate) fn workspace(extra: &[String]) -> Vec<Vec<String>> {
    if names(extra, &PACKAGE_OPTIONS) || names(extra, &TARGET_OPTIONS) {
        return vec![with_extra(&["--workspace"], extra)];
    }
    vec![
        with_extra(
            &["--workspace", "--lib", "--bins", "--tests", "--examples"],
            extra,
        ),
        with_extra(&["--workspace", "--doc"], extra),
    ]
}

/// The tests that a PostgreSQL version can make fail, doc-tests included.
pub(crate) fn touching_postgres(extra: &[String]) -> Vec<Vec<String>> {
    let packages: Vec<_> = TOUCHING_POSTGRES
        .iter()
        .flat_map(|package| ["--package", package])
        .collect();
    vec![with_extra(&packages, extra)]
}

/// The `selection` and what the developer added. The developer's own choice of packages or features replaces ours.
/// One failing test program doesn't hide the others.
fn with_extra(selection: &[&str], extra: &[String]) -> Vec<String> {
    let mut arguments = vec!["--no-fail-fast".to_owned()];
    if !names(extra, &PACKAGE_OPTIONS) {
        arguments.extend(selection.iter().map(ToString::to_string));
    }
    if !names(extra, &FEATURE_OPTIONS) {
        arguments.push("--all-features".to_owned());
    }
    arguments.extend_from_slice(extra);
    arguments
}

/// Whether cargo's part of `extra` has one of `options`, as in `--package x`, `--package=x` or `-px`.
fn names(extra: &[String], options: &[&str]) -> bool {
    let cargos = extra.iter().take_while(|argument| *argument != "--");
    cargos.into_iter().any(|argument| {
        options.iter().any(|option| {
            argument.strip_prefix(option).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('=') || !option.starts_with("--")
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn without_a_choice_everything_runs_and_the_doc_tests_by_themselves() {
        assert_eq!(
            workspace(&[]),
            [
                strings(&[
                    "--no-fail-fast",
                    "--workspace",
                    "--lib",
                    "--bins",
                    "--tests",
                    "--examples",
                    "--all-features"
                ]),
                strings(&["--no-fail-fast", "--workspace", "--doc", "--all-features"]),
            ]
        );
    }

    #[test]
    fn a_name_is_looked_for_everywhere() {
        let runs = workspace(&strings(&["append", "--", "--test", "-p"]));
        assert_eq!(runs.len(), 2);
        assert!(
            runs.iter()
                .all(|run| run.ends_with(&strings(&["append", "--", "--test", "-p"])))
        );
    }

    #[test]
    fn the_developers_packages_replace_ours() {
        for extra in [&["-p", "bank"][..], &["-pbank"], &["--package=bank"]] {
            let expected = [
                &strings(&["--no-fail-fast", "--all-features"])[..],
                &strings(extra),
            ]
            .concat();
            assert_eq!(workspace(&strings(extra)), std::slice::from_ref(&expected));
            assert_eq!(touching_postgres(&strings(extra)), [expected]);
        }
    }

    #[test]
    fn the_developers_targets_and_features_replace_ours() {
        assert_eq!(
            workspace(&strings(&["--test", "feed", "--features", "derive"])),
            [strings(&[
                "--no-fail-fast",
                "--workspace",
                "--test",
                "feed",
                "--features",
                "derive"
            ])]
        );
    }
}
