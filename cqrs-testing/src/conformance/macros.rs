//! The macro that generates the tests of a backend.

/// Generates one `#[test]` for each promise, on the stores of a [`StoreHarness`](crate::conformance::StoreHarness).
///
/// What a store can't do is said with `without`: the tests that need it are then reported as ignored, never as passed.
/// Known are `second_handle`, `restart`, `import` and `snapshots`.
///
/// ```
/// # use std::sync::Arc;
/// # use cqrs_core::ports::limits::Limits;
/// # use cqrs_core::ports::store::SharedStore;
/// # use cqrs_memory::Memory;
/// use cqrs_testing::conformance;
///
/// # struct MyHarness(Memory);
/// # impl conformance::StoreHarness for MyHarness {
/// #     async fn fresh() -> Self { Self(Memory::new()) }
/// #     fn store(&self) -> SharedStore { Arc::new(self.0.clone()) }
/// #     async fn store_with_limits(&self, limits: Limits) -> SharedStore { Arc::new(self.0.reopen_with_limits(limits)) }
/// #     async fn unrelated_transaction(&self) -> Box<dyn Send> { Box::new(()) }
/// # }
/// conformance!(MyHarness, without = [second_handle, restart, import]);
/// # fn main() {
/// #     use conformance::{run, versions};
/// #     run::<MyHarness>(|harness| Box::pin(versions::a2_versions_begin_at_one_and_have_no_gaps(harness)));
/// # }
/// ```
#[macro_export]
macro_rules! conformance {
    ($harness:ty) => {
        $crate::conformance!($harness, without = []);
    };
    ($harness:ty, without = [$($missing:ident),* $(,)?]) => {
        $crate::__conformance_tests!([$crate::__conformance_generate] ($harness, [$($missing)*]));
    };
}

/// One test for each entry of the list.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_generate {
    (
        ($harness:ty, $missing:tt)
        $($module:ident { $($name:ident $(needs $($needs:ident)+)?;)* })*
    ) => {
        $($(
            $crate::__conformance_test!(
                $missing [$($($needs)+)?] $harness, $name, $crate::conformance::$module::$name
            );
        )*)*
    };
}

/// Generates one `#[test]` for each promise of the read side, on the stores of a
/// [`ReadSideHarness`](crate::conformance::read_side::ReadSideHarness).
///
/// What a store can't do is said as for [`conformance!`](crate::conformance!).
#[macro_export]
macro_rules! read_side_conformance {
    ($harness:ty) => {
        $crate::read_side_conformance!($harness, without = []);
    };
    ($harness:ty, without = [$($missing:ident),* $(,)?]) => {
        $crate::__read_side_tests!([$crate::__read_side_generate] ($harness, [$($missing)*]));
    };
}

/// Generates one `#[test]` for each promise to projections, on the stores of a
/// [`ProjectionHarness`](crate::conformance::read_side::ProjectionHarness).
#[macro_export]
macro_rules! projection_conformance {
    ($harness:ty) => {
        $crate::__projection_tests!([$crate::__read_side_generate]($harness, []));
    };
}

/// One test for each entry of the list of the read side.
#[doc(hidden)]
#[macro_export]
macro_rules! __read_side_generate {
    (
        ($harness:ty, $missing:tt)
        $($module:ident { $($name:ident $(needs $($needs:ident)+)?;)* })*
    ) => {
        $($(
            $crate::__conformance_test!(
                $missing [$($($needs)+)?] $harness, $name, $crate::conformance::read_side::$module::$name
            );
        )*)*
    };
}

/// One test: ignored when something that it needs is missing.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ([] $needs:tt $harness:ty, $name:ident, $body:path) => {
        #[test]
        fn $name() {
            $crate::conformance::run::<$harness>(|harness| {
                ::std::boxed::Box::pin($body(harness))
            });
        }
    };
    ([second_handle $($rest:ident)*] [second_handle] $harness:ty, $name:ident, $body:path) => {
        #[test]
        #[ignore = "this store has no second handle on the same data"]
        fn $name() {
            $crate::conformance::run::<$harness>(|harness| {
                ::std::boxed::Box::pin($body(harness))
            });
        }
    };
    ([restart $($rest:ident)*] [$(snapshots)? restart] $harness:ty, $name:ident, $body:path) => {
        #[test]
        #[ignore = "this store keeps nothing over a restart"]
        fn $name() {
            $crate::conformance::run::<$harness>(|harness| {
                ::std::boxed::Box::pin($body(harness))
            });
        }
    };
    ([import $($rest:ident)*] [import] $harness:ty, $name:ident, $body:path) => {
        #[test]
        #[ignore = "nothing can be imported into this store"]
        fn $name() {
            $crate::conformance::run::<$harness>(|harness| {
                ::std::boxed::Box::pin($body(harness))
            });
        }
    };
    ([snapshots $($rest:ident)*] [snapshots $(restart)?] $harness:ty, $name:ident, $body:path) => {
        #[test]
        #[ignore = "this store keeps no snapshots"]
        fn $name() {
            $crate::conformance::run::<$harness>(|harness| {
                ::std::boxed::Box::pin($body(harness))
            });
        }
    };
    ([second_handle $($rest:ident)*] $needs:tt $harness:ty, $name:ident, $body:path) => {
        $crate::__conformance_test!([$($rest)*] $needs $harness, $name, $body);
    };
    ([restart $($rest:ident)*] $needs:tt $harness:ty, $name:ident, $body:path) => {
        $crate::__conformance_test!([$($rest)*] $needs $harness, $name, $body);
    };
    ([import $($rest:ident)*] $needs:tt $harness:ty, $name:ident, $body:path) => {
        $crate::__conformance_test!([$($rest)*] $needs $harness, $name, $body);
    };
    ([snapshots $($rest:ident)*] $needs:tt $harness:ty, $name:ident, $body:path) => {
        $crate::__conformance_test!([$($rest)*] $needs $harness, $name, $body);
    };
    ([$unknown:ident $($rest:ident)*] $needs:tt $harness:ty, $name:ident, $body:path) => {
        ::std::compile_error!(::std::concat!(
            "`", ::std::stringify!($unknown), "` is nothing that a store can be without: known are `second_handle`, `restart`, `import` and `snapshots`"
        ));
    };
}
