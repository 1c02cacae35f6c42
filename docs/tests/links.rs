//! Links between the pages of this repository lead somewhere, and each chapter of the book is reached from the README.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The folder of the repository.
fn root() -> PathBuf {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR"));
    docs.parent()
        .expect("docs is a folder of the repository")
        .to_owned()
}

/// The pages for people: at the root, in `docs`, and those of examples and benches.
fn pages() -> io::Result<Vec<PathBuf>> {
    let root = root();
    let mut folders = vec![root.join("docs/book"), root.join("docs/decisions")];
    folders.extend([root.join("docs"), root.join("benches"), root.clone()]);
    for example in fs::read_dir(root.join("examples"))? {
        folders.push(example?.path());
    }
    let mut pages = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    Ok(pages)
}

/// The text without its code.
fn prose(page: &str) -> String {
    let mut is_code = false;
    let lines = page.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What stands in `](…)`, unless it leads out of the repository.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page);
    let mut links = Vec::new();
    for (start, _) in prose.match_indices("](") {
        let link = prose[start + 2..].split(')').next().unwrap_or_default();
        // Broken where a line ends, as any text.
        let link: String = link.split_whitespace().collect();
        if !link.contains("://") && !link.contains("::") {
            links.push(link);
        }
    }
    links
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> Vec<String> {
    let prose = prose(page);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let text = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = text
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn each_link_leads_somewhere() -> io::Result<()> {
    let mut dead = Vec::new();
    let mut followed = 0;
    for page in pages()? {
        let text = fs::read_to_string(&page)?;
        let folder = page.parent().expect("a page is in a folder");
        for link in links(&text) {
            followed += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                page.clone()
            } else {
                folder.join(path)
            };
            let leads = target.exists()
                && (anchor.is_empty()
                    || anchors(&fs::read_to_string(&target)?).contains(&anchor.to_owned()));
            if !leads {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(followed > 50, "only {followed} links were found");
    assert!(dead.is_empty(), "dead links: {dead:#?}");
    Ok(())
}

#[test]
fn each_chapter_is_reached_from_the_readme_and_compiled() -> io::Result<()> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let compiled = include_str!("../src/lib.rs");
    for entry in fs::read_dir(root().join("docs/book"))? {
        let name = entry?.file_name().into_string().expect("names are text");
        let link = format!("](docs/book/{name}");
        assert!(readme.contains(&link), "the README does not lead to {name}");
        let module = format!("../book/{name}");
        assert!(compiled.contains(&module), "{name} is not compiled");
    }
    Ok(())
}
