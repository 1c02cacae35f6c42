//! Makes the shipped sample anew: `cargo run -p fines --example make_sample`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample.csv");
    std::fs::write(&path, fines::sample::make())?;
    println!("wrote {}", path.display());
    Ok(())
}
