//! A tier that changes rows of a table to which the application writes at any time. The table may have any size.

use crate::shop::Shop;
use crate::support::{Output, Sandbox};
use std::path::PathBuf;
use std::sync::OnceLock;

const REQUIRES: &str = "
CREATE ROLE shop_release LOGIN;
CREATE TABLE public.approvals (code text NOT NULL, part text NOT NULL, signed_by text NOT NULL, signature text NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT pg_catalog.now());
CREATE TABLE public.items (id bigint PRIMARY KEY, price bigint NOT NULL, currency text, about text) WITH (fillfactor = 10);
ALTER TABLE public.items OWNER TO shop_release;
GRANT SELECT ON public.approvals TO shop_release;
INSERT INTO public.items SELECT g, g * 7, NULL, '' FROM pg_catalog.generate_series(1, 20) AS g;
";

/// The setting `live` is at the top of the file.
const PAGE: &str = include_str!("../fixtures/currency.toml");

const FILES: [(&str, &str); 6] = [
    ("requires.sql", REQUIRES),
    ("packet.toml", PAGE),
    ("10-currency/up.sql", "UPDATE public.items SET currency = 'EUR' WHERE currency IS NULL;\n"),
    ("10-currency/down.sql", "UPDATE public.items SET currency = NULL;\n"),
    ("10-currency/absent.sql", "SELECT NOT EXISTS (SELECT FROM public.items WHERE currency IS NOT NULL)\n"),
    ("10-currency/applied.sql", "SELECT NOT EXISTS (SELECT FROM public.items WHERE currency IS NULL)\n"),
];

/// The packet, built once for all tests here.
fn packet() -> &'static PathBuf {
    static PACKET: OnceLock<(Sandbox, PathBuf)> = OnceLock::new();
    let (_, packet) = PACKET.get_or_init(|| {
        let sandbox = Sandbox::new();
        let folder = sandbox.work().join("currency");
        std::fs::create_dir_all(folder.join("10-currency")).unwrap();
        for (name, text) in FILES {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let _ = sandbox.oneroof(["packet", "build", "currency", "-o", "currency.packet"]).output().expect_success();
        let file = sandbox.work().join("currency.packet");
        (sandbox, file)
    });
    packet
}

/// What the tests do with this release.
trait Live {
    fn signed() -> Self;
    fn run(&self, arguments: &[&str]) -> Output;
    fn with_currency(&self) -> String;
}

impl Live for Shop {
    fn signed() -> Self {
        let shop = Self::with(REQUIRES.to_owned());
        shop.sql("INSERT INTO public.approvals VALUES ('REL-7', 'owner', 'Ada', 'in the minutes')");
        shop
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(packet(), arguments).output()
    }

    fn with_currency(&self) -> String {
        self.sql("SELECT count(*) FROM public.items WHERE currency = 'EUR'").trim().to_owned()
    }
}

#[test]
fn a_table_of_more_than_ten_thousand_pages_is_judged_by_counters_and_rolled_back() {
    let shop = Shop::signed();
    // A page holds two of these rows.
    shop.sql("INSERT INTO public.items SELECT g, g, NULL, repeat('x', 380) FROM generate_series(21, 20200) AS g");
    let pages = shop.sql("SELECT pg_relation_size('public.items') / current_setting('block_size')::int");
    assert!(pages.trim().parse::<u32>().unwrap() > 10_000, "{pages}");
    let applied = shop.run(&["apply", "--ratified-apr", "REL-7", "--yes"]).expect_success();
    assert!(applied.stdout.contains("public.items ~20200, by the server's counters"), "{}", applied.whole());
    assert_eq!(shop.with_currency(), "20200");
    let rolled_back = shop.run(&["rollback", "--full", "--yes"]).expect_success();
    assert!(rolled_back.stdout.contains("public.items ~20200, by the server's counters"), "{}", rolled_back.whole());
    assert_eq!(shop.with_currency(), "0");
}

#[test]
fn a_later_row_of_the_application_neither_alters_the_release_nor_stops_a_rollback() {
    let shop = Shop::signed();
    let applied = shop.run(&["apply", "--ratified-apr", "REL-7", "--yes"]).expect_success();
    // The application writes to a live table meanwhile, so the server's counters of the transaction give the number.
    assert!(applied.stdout.contains("public.items ~20, by the server's counters\n"), "{}", applied.whole());
    shop.sql("INSERT INTO public.items VALUES (21, 5, NULL, '')");
    let status = shop.run(&["status"]).expect_success();
    assert!(!status.stdout.contains("altered"), "{}", status.whole());
    let _ = shop.run(&["verify"]).expect_success();
    let _ = shop.run(&["rollback", "--full", "--yes"]).expect_success();
    assert_eq!(
        (shop.with_currency(), shop.sql("SELECT count(*) FROM public.items")),
        ("0".to_owned(), "21".to_owned())
    );
}
