//! The shipped sample, `data/sample.csv`: made up, in the columns of the log, with bad rows of every kind among good ones.
//!
//! It comes out the same, byte for byte, wherever it is made: `cargo run -p fines --example make_sample`.

mod bad;
mod case;
mod random;

use random::Random;

/// How many believable fines it has, besides those that the bad rows are about.
const FINES: usize = 300;

/// Makes the sample.
#[must_use]
pub fn make() -> Vec<u8> {
    let mut random = Random::new(20_150_402);
    let mut file = b"\xef\xbb\xbf".to_vec();
    let columns = crate::row::columns::Column::ALL.map(crate::row::columns::Column::name);
    file.extend_from_slice(columns.join(",").as_bytes());
    file.push(b'\n');
    let mut blocks = bad::BLOCKS.iter();
    for number in 0..FINES {
        file.extend_from_slice(case::make(number, &mut random).as_bytes());
        if number % 4 == 3
            && let Some(block) = blocks.next()
        {
            file.extend_from_slice(block);
        }
    }
    blocks.for_each(|block| file.extend_from_slice(block));
    file.extend_from_slice(&bad::long_case_id());
    file.extend_from_slice(bad::LAST);
    file
}
