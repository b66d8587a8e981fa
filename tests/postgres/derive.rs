//! `packet build` finds out what a packet does by running it, whatever its SQL looks like. The tests build small packets for a shop.

use crate::support::programs;
use oneroof::testing::derive::{DeriveError, Servers, derive, start};
use oneroof::testing::lab::{ADMINISTRATOR, Cluster};
use oneroof::testing::packet::compose::Files;
use oneroof::testing::packet::form::{Derived, DerivedTier, PageOne};
use oneroof::testing::pg::conninfo::{ConnectionOptions, Environment, resolve};
use oneroof::testing::programs::Programs;

/// The first part of `packet.toml`, without the tiers.
const PAGE: &str = r#"
format = 1
name = "shop-loyalty"
title = "Loyalty for the shop"
database = "shop"
role = "shop_release"
hold = ["public.currency"]
live = ["public.purchase"]
never_write = ["public.ledger"]

[approval]
table = "public.change_approval"
columns = { code = "change_code", who = "signed_by", signature = "signature", at = "signed_at" }
code = "^CHG-[0-9]{4}$"
example = "CHG-1001"
ask = "The head of the shop signs the change."
"#;

/// The database of the shop before the release.
const REQUIRES: &str = r"
CREATE TABLE public.currency (code text PRIMARY KEY, title text NOT NULL);
CREATE TABLE public.customer (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL UNIQUE,
    note text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE public.purchase (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer uuid NOT NULL REFERENCES public.customer,
    amount numeric(10, 2) NOT NULL,
    bought_on date NOT NULL DEFAULT current_date
);
CREATE TABLE public.ledger (entry bigserial PRIMARY KEY, words text);
CREATE TABLE public.change_approval (
    change_code text NOT NULL,
    signed_by text NOT NULL,
    signature text,
    signed_at timestamptz
);
CREATE VIEW public.turnover AS
    SELECT customer.email, sum(purchase.amount) AS amount
    FROM public.customer JOIN public.purchase ON purchase.customer = customer.id
    GROUP BY customer.email;
INSERT INTO public.currency VALUES ('EUR', 'Euro'), ('USD', 'Dollar');
INSERT INTO public.customer (id, email) VALUES ('00000000-0000-0000-0000-000000000001', 'ann@example.org');
INSERT INTO public.purchase (customer, amount) VALUES ('00000000-0000-0000-0000-000000000001', 12.50);
ALTER TABLE public.customer OWNER TO shop_release;
ALTER TABLE public.purchase OWNER TO shop_release;
GRANT SELECT, INSERT, DELETE ON public.ledger TO shop_release;
GRANT USAGE ON SEQUENCE public.ledger_entry_seq TO shop_release;
GRANT SELECT, INSERT, UPDATE, REFERENCES ON public.currency TO shop_release;
GRANT SELECT ON public.change_approval, public.turnover TO shop_release;
GRANT CREATE ON SCHEMA public TO shop_release;
";

/// A packet for the shop. The tests add its tiers and files.
struct Shop {
    page: String,
    files: Files,
}

impl Shop {
    fn new() -> Self {
        let files = Files::from([("requires.sql".to_owned(), REQUIRES.to_owned())]);
        Self { page: PAGE.to_owned(), files }
    }

    fn tier(mut self, name: &str, more: &str, up: &str, down: &str) -> Self {
        let number = 10 * (1 + self.page.matches("[[tier]]").count());
        self.page.push_str(&format!("\n[[tier]]\nname = \"{name}\"\n{more}\n"));
        self.files.insert(format!("{number}-{name}/up.sql"), up.to_owned());
        self.files.insert(format!("{number}-{name}/down.sql"), down.to_owned());
        self
    }

    fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    fn on(&self, programs: &[Programs]) -> Result<Derived, DeriveError> {
        self.on_servers(&Servers::Programs { programs, cached: true })
    }

    fn on_servers(&self, servers: &Servers<'_>) -> Result<Derived, DeriveError> {
        let page: PageOne = toml::from_str(&self.page).unwrap_or_else(|error| panic!("{error}\n{}", self.page));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut shown = Vec::new();
        let derived = runtime.block_on(async {
            let mut tell = |line: &str| shown.push(line.to_owned());
            let servers = start(servers, &mut tell).await?;
            derive(&self.files, &page, &[], &servers, &mut tell).await
        });
        assert!(shown.iter().all(|line| !line.contains('\n')), "{shown:?}");
        derived
    }

    #[track_caller]
    fn derived(&self) -> Derived {
        self.on(std::slice::from_ref(programs())).unwrap_or_else(|error| panic!("{error}\n{}", error.hint()))
    }

    #[track_caller]
    fn refused(&self) -> String {
        let error = self.on(std::slice::from_ref(programs())).map(|derived| derived.text()).unwrap_err();
        let hint = error.hint();
        assert!(hint.ends_with('.') && !hint.contains("  "), "{hint:?}");
        error.to_string()
    }
}

fn parts(tier: &DerivedTier, object: &str) -> Vec<String> {
    let shape = tier.shapes.iter().find(|shape| shape.object == object);
    let shape = shape.unwrap_or_else(|| panic!("{object} is not in {:#?}", tier.shapes));
    shape.parts.split(' ').filter_map(|part| part.split_once(':')).map(|(name, _)| name.to_owned()).collect()
}

const LOYALTY: [&str; 2] = [
    "CREATE TYPE public.tier_name AS ENUM ('silver', 'gold');
CREATE DOMAIN public.points AS integer CHECK (VALUE >= 0);
CREATE TABLE public.loyalty (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer uuid NOT NULL CONSTRAINT loyalty_customer_fkey REFERENCES public.customer,
    rank public.tier_name NOT NULL,
    balance public.points NOT NULL DEFAULT 0,
    approved text NOT NULL DEFAULT current_setting('oneroof.approval')
);
CREATE VIEW public.v_loyalty AS
    SELECT customer.email, loyalty.rank FROM public.loyalty JOIN public.customer ON customer.id = loyalty.customer;
GRANT SELECT ON public.v_loyalty TO PUBLIC;
CREATE FUNCTION public.rank_of(email text) RETURNS public.tier_name LANGUAGE sql STABLE
    AS 'SELECT v.rank FROM public.v_loyalty AS v WHERE v.email = $1';
INSERT INTO public.loyalty (customer, rank) SELECT id, 'gold' FROM public.customer;",
    "DROP FUNCTION public.rank_of(text);
DROP VIEW public.v_loyalty;
DROP TABLE public.loyalty;
DROP DOMAIN public.points;
DROP TYPE public.tier_name;",
];

const PHONE: [&str; 2] = [
    "ALTER TABLE public.customer ADD COLUMN phone text;
COMMENT ON COLUMN public.customer.phone IS 'where we call';
CREATE INDEX customer_phone ON public.customer (phone);",
    "ALTER TABLE public.customer DROP COLUMN phone;",
];

const SEED: [&str; 2] = [
    "INSERT INTO public.customer (email, note) VALUES ('house@example.org', 'the house, itself'), ('till@example.org', NULL);",
    "DELETE FROM public.customer WHERE email IN ('house@example.org', 'till@example.org');",
];

fn whole() -> Shop {
    Shop::new()
        .tier("phone", "alters = [\"public.customer\"]", PHONE[0], PHONE[1])
        .tier("loyalty", "", LOYALTY[0], LOYALTY[1])
        .tier("seed", "rows = { \"public.customer\" = 2 }", SEED[0], SEED[1])
}

#[test]
fn a_packet_of_several_kinds_is_derived_and_gives_the_same_bytes_again() {
    let shop = whole();
    let derived = shop.derived();
    let objects = &derived.objects;
    assert_eq!(objects.tables, ["public.loyalty"]);
    assert_eq!(objects.views, ["public.v_loyalty"]);
    assert_eq!(objects.functions, ["public.rank_of(text)"]);
    assert_eq!(objects.types, ["public.tier_name", "public.points"]);
    assert!(objects.schemas.is_empty() && objects.sequences.is_empty());

    let [phone, loyalty, seed] = derived.tiers.as_slice() else { panic!("{:#?}", derived.tiers) };
    assert_eq!((phone.creates, &phone.alters[..]), (false, &["public.customer".to_owned()][..]));
    assert_eq!(parts(phone, "public.customer"), ["column.phone", "comment.phone", "index.customer_phone"]);
    assert_eq!(
        phone.proof.as_ref().map(|proof| (proof.table.as_str(), proof.relation)),
        Some(("public.customer_phone", true))
    );
    assert_eq!((&phone.exclusive, &phone.down_exclusive), (&phone.alters, &phone.alters));
    assert!(phone.rows.is_empty() && phone.contents.is_empty());

    assert!(loyalty.creates && loyalty.alters.is_empty() && loyalty.writes.is_empty());
    assert_eq!(loyalty.rows["public.loyalty"].inserted, 1);
    assert_eq!(loyalty.contents[0].rows, ["(00000000-0000-0000-0000-000000000001,gold,0)"]);
    assert!(loyalty.contents[0].key.is_empty());
    assert_eq!(parts(loyalty, "public.v_loyalty"), ["column~list", "definition", "grants", "relation"]);
    assert_eq!(parts(loyalty, "type public.tier_name"), ["type"]);
    assert_eq!(parts(loyalty, "type public.points"), ["constraint.points_check", "type"]);
    assert!(parts(loyalty, "public.loyalty").contains(&"sequence.id".to_owned()));
    assert_eq!(loyalty.down_exclusive, ["public.customer"]);

    assert_eq!(seed.writes, ["public.customer"]);
    assert_eq!((seed.rows["public.customer"].inserted, seed.down_rows["public.customer"].deleted), (2, 2));
    let content = &seed.contents[0];
    assert_eq!((&content.key[..], content.count), (&["email".to_owned()][..], 2));
    assert_eq!(content.columns, ["email", "note", "phone"]);
    assert_eq!(content.rows, ["(house@example.org,\"the house, itself\",)", "(till@example.org,,)"]);
    let proof = seed.proof.as_ref().unwrap();
    assert_eq!((proof.column.as_deref(), proof.value.as_deref()), (Some("email"), Some("house@example.org")));

    let governed: Vec<(&str, &[String])> =
        derived.governed.iter().map(|table| (table.table.as_str(), &table.volatile[..])).collect();
    assert_eq!(governed[0].0, "public.change_approval");
    // The packet does not name the column `created_at`, so production need not have it.
    assert_eq!(governed[1], ("public.customer", &["id".to_owned()][..]));
    assert_eq!(derived.governed[1].columns, ["id", "email", "note", "phone"]);
    assert_eq!(governed[2], ("public.loyalty", &["id".to_owned(), "approved".to_owned()][..]));

    let known: Vec<(&str, &str, &str)> = derived
        .requires
        .iter()
        .map(|known| (known.object.as_str(), known.kind.as_str(), known.needs.as_str()))
        .collect();
    assert_eq!(
        known,
        [
            ("public.change_approval", "table", "SELECT"),
            ("public.currency", "table", "SELECT"),
            ("public.customer", "table", "SELECT INSERT DELETE REFERENCES"),
            ("public.ledger", "table", "SELECT"),
            ("public.purchase", "table", "SELECT"),
        ]
    );
    let columns =
        |object: &str| derived.requires.iter().find(|known| known.object == object).map(|known| known.columns.as_str());
    assert_eq!(columns("public.customer"), Some("id:uuid email:string note:string"));
    assert_eq!(columns("public.currency"), Some(""));
    let approvals = "change_code:string signed_by:string signature:string signed_at:timestamp";
    assert_eq!(columns("public.change_approval"), Some(approvals));
    assert!(derived.locks >= 64 && derived.locks.is_power_of_two());
    assert!(derived.commands.contains(&"CREATE TYPE".to_owned()) && derived.commands.contains(&"DROP VIEW".to_owned()));
    let group = if programs().version.major < 16 { [13, 14, 15] } else { [16, 17, 18] };
    assert_eq!(derived.servers, group);

    let text = derived.text();
    assert!(!text.contains("oneroof_build"), "{text}");
    let read: Derived = toml::from_str(&text).unwrap();
    assert_eq!(read, derived);
    assert_eq!(shop.derived().text(), text);
}

#[test]
fn statements_in_a_string_are_derived_like_any_other() {
    let hidden = |sql: &str| {
        let hex: String = sql.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("DO $$ BEGIN EXECUTE convert_from(decode('{hex}', 'hex'), 'UTF8'); END $$;")
    };
    let open = whole().derived();
    let shop = Shop::new()
        .tier("phone", "", &hidden(PHONE[0]), &hidden(PHONE[1]))
        .tier("loyalty", "", &hidden(LOYALTY[0]), &hidden(LOYALTY[1]))
        .tier("seed", "", &hidden(SEED[0]), &hidden(SEED[1]));
    assert_eq!(shop.derived().text(), open.text());
}

#[test]
fn the_application_s_live_tables_are_neither_counted_nor_compared() {
    let shop = Shop::new()
        .tier(
            "charge",
            "",
            "INSERT INTO public.purchase (customer, amount) SELECT id, 0 FROM public.customer;",
            "DELETE FROM public.purchase WHERE amount = 0;",
        )
        .file("10-charge/absent.sql", "SELECT NOT EXISTS (SELECT FROM public.purchase WHERE amount = 0)")
        .file("10-charge/applied.sql", "SELECT EXISTS (SELECT FROM public.purchase WHERE amount = 0)");
    let derived = shop.derived();
    let tier = &derived.tiers[0];
    assert_eq!(tier.writes, ["public.purchase"]);
    assert!(tier.rows.is_empty() && tier.down_rows.is_empty() && tier.contents.is_empty() && tier.proof.is_none());
    assert!(derived.governed.iter().all(|table| table.table != "public.purchase"));
    let needs =
        derived.requires.iter().find(|known| known.object == "public.purchase").map(|known| known.needs.as_str());
    assert_eq!(needs, Some("SELECT INSERT DELETE"));
}

#[test]
fn existing_rows_may_change_if_two_queries_distinguish_the_states() {
    let up = "UPDATE public.customer SET note = 'known' WHERE email = 'ann@example.org';";
    let down = "UPDATE public.customer SET note = NULL WHERE email = 'ann@example.org';";
    let shop = Shop::new().tier("note", "", up, down);
    assert_eq!(
        shop.refused(),
        "tier note changes existing rows of public.customer, but its folder has no absent.sql and applied.sql"
    );
    let absent = "SELECT NOT EXISTS (SELECT FROM public.customer WHERE note = 'known')";
    let applied = "SELECT EXISTS (SELECT FROM public.customer WHERE note = 'known')";
    let shop =
        Shop::new().tier("note", "", up, down).file("10-note/absent.sql", absent).file("10-note/applied.sql", applied);
    let derived = shop.derived();
    assert_eq!(derived.tiers[0].rows["public.customer"].updated, 1);
    let shop =
        Shop::new().tier("note", "", up, down).file("10-note/absent.sql", absent).file("10-note/applied.sql", absent);
    assert_eq!(shop.refused(), "10-note/applied.sql returned true before the tier, but must return false");
}

#[test]
fn a_written_state_is_checked_before_and_after_the_tier_and_its_rollback() {
    let up = "INSERT INTO public.customer (email) VALUES ('state@example.org');";
    let down = "DELETE FROM public.customer WHERE email = 'state@example.org';";
    let state = |word: &str| {
        format!(
            "SELECT CASE WHEN EXISTS (SELECT FROM public.customer WHERE email = 'state@example.org') THEN '{word}' ELSE 'absent' END"
        )
    };
    let shop = |word: &str| Shop::new().tier("note", "", up, down).file("10-note/state.sql", &state(word));
    assert_eq!(shop("applied").derived().tiers[0].rows["public.customer"].inserted, 1);
    let shown = shop("altered: a row").refused();
    assert_eq!(shown, "10-note/state.sql returned altered: a row after the tier, but must return applied");
}

#[test]
fn relations_that_only_a_view_reaches_are_not_in_the_contract() {
    let shop = Shop::new()
        .tier(
            "seed",
            "before = [\"turnover = 1\", \"turnover = 2\", \"owned = 0\"]",
            "CREATE TABLE public.own (id integer PRIMARY KEY);",
            "DROP TABLE public.own;",
        )
        .file("checks/turnover.sql", "-- expected: 0\nSELECT count(amount) FROM public.turnover");
    let derived = shop.derived();
    let names: Vec<&str> = derived.requires.iter().map(|known| known.object.as_str()).collect();
    assert!(names.contains(&"public.turnover") && !names.contains(&"public.customer"), "{names:?}");
    assert_eq!(derived.met, ["turnover = 1"]);
    let turnover = derived.requires.iter().find(|known| known.object == "public.turnover").unwrap();
    assert_eq!(turnover.columns, "amount:number");
}

#[test]
fn a_relation_that_is_named_beside_a_view_of_it_is_in_the_contract() {
    let both =
        "-- expected: 2\nSELECT (SELECT count(*) FROM public.turnover) + (SELECT count(note) FROM public.customer)";
    let shop = Shop::new()
        .tier(
            "own",
            "before = [\"both\"]",
            "CREATE TABLE public.own (id integer PRIMARY KEY);",
            "DROP TABLE public.own;",
        )
        .file("checks/both.sql", both);
    let derived = shop.derived();
    let customer = derived.requires.iter().find(|known| known.object == "public.customer").unwrap();
    assert_eq!((customer.columns.as_str(), customer.needs.as_str()), ("note:string", "SELECT"));
    assert!(derived.met.is_empty());
}

#[test]
fn rows_are_written_down_as_the_server_prints_them() {
    let values = "(1, true, 'a', NULL, '', '{1,NULL}', '{\"k\": \"v, w\"}', '\\x00ff', '1 day 02:00', '10.0.0.1', '(a,b)', 1.50, 0.1),
        (2, false, 'b ', 'x\"y\\z', ' ', '{}', 'null', '', '-1 mon', '10.0.0.0/8', '(,\"c d\")', -3, 1e300)";
    let columns = "n, flag, padded, words, blank, list, document, bytes, span, address, pair, amount, size";
    let up = format!(
        "CREATE TYPE public.two AS (one text, other text);
        CREATE TABLE public.odd (n integer PRIMARY KEY, flag boolean, padded char(4), words text, blank text, list integer[], document jsonb,
            bytes bytea, span interval, address inet, pair public.two, amount numeric, size double precision);
        CREATE TABLE public.printed (line text PRIMARY KEY);
        INSERT INTO public.odd VALUES {values};
        INSERT INTO public.printed SELECT ROW({columns})::text FROM public.odd;"
    );
    let down = "DROP TABLE public.printed; DROP TABLE public.odd; DROP TYPE public.two;";
    let derived = Shop::new().tier("odd", "", &up, down).derived();
    let [odd, printed] = derived.tiers[0].contents.as_slice() else { panic!("{:#?}", derived.tiers[0].contents) };
    let plain = |row: &String| {
        let text = row.strip_prefix("(\"").and_then(|row| row.strip_suffix("\")")).unwrap_or_else(|| panic!("{row}"));
        text.replace("\"\"", "\"").replace("\\\\", "\\")
    };
    assert_eq!(odd.rows, printed.rows.iter().map(plain).collect::<Vec<_>>());
    assert!(odd.rows[0].starts_with("(1,t,\"a   \",,\"\","), "{}", odd.rows[0]);
}

#[test]
fn what_a_rollback_leaves_is_named() {
    let up = "CREATE TABLE public.gift (code text PRIMARY KEY); ALTER TABLE public.customer ADD COLUMN gift text;
        INSERT INTO public.customer (email) VALUES ('gift@example.org');";
    let shown = Shop::new().tier("gift", "", up, "").refused();
    assert_eq!(
        shown,
        "the rollback does not restore what was there before: table public.gift is still there; column public.customer.gift is still there; \
         1 row of public.customer was not there before"
    );
}

#[test]
fn a_tier_that_does_nothing_is_refused() {
    assert_eq!(
        Shop::new().tier("idle", "", "SELECT 1;", "").refused(),
        "tier idle wrote no row, and changed no object of a kind that a release may change"
    );
    let up = "CREATE TABLE public.gift (code text PRIMARY KEY);
        INSERT INTO public.customer (email) SELECT 'x' FROM public.customer WHERE false;";
    let shown = Shop::new().tier("gift", "", up, "DROP TABLE public.gift;").refused();
    assert_eq!(shown, "tier gift has a statement that writes public.customer, but it wrote no row");
}

#[test]
fn two_runs_that_differ_are_refused_and_volatile_columns_are_not() {
    // The time zones of the two runs are Etc/GMT+12 and Etc/GMT-14, so the numbers of rows are never equal.
    let up = "CREATE TABLE public.draw (code text PRIMARY KEY, ticket text NOT NULL);
        INSERT INTO public.draw SELECT 'n' || number, random()::text
        FROM generate_series(1, ascii(substr(current_setting('TimeZone'), 8))) AS g (number);";
    let shown = Shop::new().tier("draw", "", up, "DROP TABLE public.draw;").refused();
    assert_eq!(shown, "two runs of the release differ: how many rows of public.draw tier draw writes");
    let up = "CREATE TABLE public.draw (ticket text);
        INSERT INTO public.draw VALUES (random()::text), (random()::text);";
    let shown = Shop::new().tier("draw", "", up, "DROP TABLE public.draw;").refused();
    assert_eq!(shown, "two runs of the release differ: every column of public.draw");
    let up =
        "DO $$ BEGIN EXECUTE format('CREATE TABLE public.draw (ticket text DEFAULT %L)', gen_random_uuid()); END $$;";
    let shown = Shop::new().tier("draw", "", up, "DROP TABLE public.draw;").refused();
    assert_eq!(shown, "two runs of the release differ: the shape of public.draw");
    let up =
        "CREATE TABLE public.draw (code text PRIMARY KEY, ticket text, made date DEFAULT current_date, fixed text);
        INSERT INTO public.draw VALUES ('a', random()::text, DEFAULT, 'same');";
    let derived =
        Shop::new().tier("draw", "volatile = [\"public.draw.fixed\"]", up, "DROP TABLE public.draw;").derived();
    assert_eq!(derived.governed.last().unwrap().volatile, ["ticket", "made", "fixed"]);
    assert_eq!(derived.tiers[0].contents[0].rows, ["(a)"]);
}

#[test]
fn signed_numbers_and_names_must_equal_the_derived_ones() {
    let shown = Shop::new().tier("seed", "rows = { \"public.customer\" = 3 }", SEED[0], SEED[1]).refused();
    assert_eq!(shown, "tier seed: packet.toml says 3 inserted in public.customer, but the run had 2 inserted");
    let shown = Shop::new().tier("phone", "alters = [\"public.purchase\"]", PHONE[0], PHONE[1]).refused();
    assert_eq!(
        shown,
        "tier phone: packet.toml says that it alters public.purchase, but the run altered public.customer"
    );
    let shown = Shop::new().tier("seed", "volatile = [\"public.customer.age\"]", SEED[0], SEED[1]).refused();
    assert_eq!(shown, "packet.toml calls public.customer.age volatile, but there is no such column");
}

#[test]
fn what_may_not_be_written_is_refused_also_behind_a_trigger() {
    let up = "INSERT INTO public.ledger (words) VALUES ('x');";
    let shown = Shop::new().tier("book", "", up, "DELETE FROM public.ledger WHERE words = 'x';").refused();
    assert_eq!(shown, "tier book writes public.ledger, which no command may write");
    let up = "UPDATE public.currency SET title = 'Euros' WHERE code = 'EUR';";
    let down = "UPDATE public.currency SET title = 'Euro' WHERE code = 'EUR';";
    assert_eq!(
        Shop::new().tier("euro", "", up, down).refused(),
        "tier euro writes public.currency, but packet.toml lists it in hold, as not to be changed"
    );
    let (up, down) = ("COMMENT ON TABLE public.ledger IS 'x';", "COMMENT ON TABLE public.ledger IS NULL;");
    let owned = format!("{REQUIRES}ALTER TABLE public.ledger OWNER TO shop_release;");
    let shown = Shop::new().tier("book", "", up, down).file("requires.sql", &owned).refused();
    assert_eq!(shown, "tier book writes public.ledger, which no command may write");
    let trigger = "CREATE FUNCTION public.note_it() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        AS 'BEGIN INSERT INTO public.ledger (words) VALUES (NEW.email); RETURN NEW; END';
        CREATE TRIGGER note_it AFTER INSERT ON public.customer FOR EACH ROW EXECUTE FUNCTION public.note_it();";
    let requires = format!("{REQUIRES}{trigger}");
    let shown = Shop::new().tier("seed", "", SEED[0], SEED[1]).file("requires.sql", &requires);
    let text = shown.refused();
    assert!(text.contains("public.ledger"), "{text}");
}

/// Functions, types and grants that existed before the release may change. Owners may not.
#[test]
fn an_existing_function_and_grants_may_change_and_an_owner_may_not() {
    let requires = format!(
        "{REQUIRES}CREATE FUNCTION public.tax() RETURNS integer LANGUAGE sql AS 'SELECT 19';
        ALTER FUNCTION public.tax() OWNER TO shop_release;"
    );
    let up = "CREATE OR REPLACE FUNCTION public.tax() RETURNS integer LANGUAGE sql AS 'SELECT 20';";
    let down = "CREATE OR REPLACE FUNCTION public.tax() RETURNS integer LANGUAGE sql AS 'SELECT 19';";
    let derived = Shop::new().tier("tax", "", up, down).file("requires.sql", &requires).derived();
    assert_eq!(derived.tiers[0].alters, ["public.tax()"]);
    assert_eq!(parts(&derived.tiers[0], "public.tax()"), ["definition"]);
    let (up, down) = ("GRANT SELECT ON public.customer TO PUBLIC;", "REVOKE SELECT ON public.customer FROM PUBLIC;");
    let derived = Shop::new().tier("open", "", up, down).derived();
    assert_eq!(parts(&derived.tiers[0], "public.customer"), ["grants"]);
    let up = "GRANT SELECT (email) ON public.customer TO pg_monitor;";
    let down = "REVOKE SELECT (email) ON public.customer FROM pg_monitor;";
    let derived = Shop::new().tier("open", "", up, down).derived();
    assert_eq!(parts(&derived.tiers[0], "public.customer"), ["grants.email~to~pg_monitor"]);
    let requires =
        format!("{requires}CREATE ROLE other; GRANT other TO shop_release; GRANT CREATE ON SCHEMA public TO other;");
    let (up, down) =
        ("ALTER FUNCTION public.tax() OWNER TO other;", "ALTER FUNCTION public.tax() OWNER TO shop_release;");
    let shown = Shop::new().tier("tax", "", up, down).file("requires.sql", &requires).refused();
    assert!(shown.starts_with("tier tax changes something outside the packet: owner"), "{shown}");
}

#[test]
fn an_error_of_the_server_is_shown_with_file_and_line() {
    let shop = Shop::new().tier("gift", "", "SELECT 1;\n-- include: gift\n", "").file(
        "parts/gift.sql",
        "-- a gift\nCREATE TABLE public.gift (code text);\nINSERT INTO public.gift (cod) VALUES ('a');\n",
    );
    assert_eq!(shop.refused(), "parts/gift.sql:3: column \"cod\" of relation \"gift\" does not exist");
    let up = "CREATE TABLE public.gift (code text UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO public.gift VALUES ('a'), ('a');\n";
    let shown = "10-gift/up.sql:2: duplicate key value violates unique constraint \"gift_code_key\" (Key (code)=(a) already exists.)";
    assert_eq!(Shop::new().tier("gift", "", up, "").refused(), shown);
    let shop = Shop::new().tier("gift", "", "SELECT 1;\nCOMMIT;\n", "");
    assert_eq!(shop.refused(), "10-gift/up.sql:2: COMMIT: the engine opens and ends the transaction");
    let shop =
        Shop::new().tier("gift", "", "INSERT INTO public.currency VALUES ('A', 'B');\nTRUNCATE public.ledger;\n", "");
    assert_eq!(shop.refused(), "10-gift/up.sql:2: permission denied for table ledger");
    let shop = Shop::new()
        .tier("seed", "", SEED[0], SEED[1])
        .file("requires.sql", "CREATE TABLE public.t (a text);\nSELECT nothing;\n");
    assert_eq!(shop.refused(), "requires.sql:2: column \"nothing\" does not exist");
    let mut shop = Shop::new().tier("seed", "", SEED[0], SEED[1]);
    shop.files.remove("10-seed/down.sql");
    assert_eq!(shop.refused(), "10-seed/down.sql is missing");
}

#[test]
fn the_role_may_come_with_the_prerequisite_and_the_approvals_have_to_fit() {
    let requires = format!("CREATE ROLE shop_release;\nCREATE ROLE shop_reader;\n{REQUIRES}");
    let derived = Shop::new().tier("seed", "", SEED[0], SEED[1]).file("requires.sql", &requires).derived();
    assert_eq!(derived, Shop::new().tier("seed", "", SEED[0], SEED[1]).derived());
    let requires = format!("CREATE ROLE shop_release SUPERUSER;\n{REQUIRES}");
    let shown = Shop::new().tier("seed", "", SEED[0], SEED[1]).file("requires.sql", &requires).refused();
    assert_eq!(shown, "role shop_release is a superuser after requires.sql");
    let requires = format!("{REQUIRES}ALTER TABLE public.change_approval ADD COLUMN department text NOT NULL;");
    let shown = Shop::new().tier("seed", "", SEED[0], SEED[1]).file("requires.sql", &requires).refused();
    assert_eq!(
        shown,
        "no approval can be written into public.change_approval: the table needs a value in department, which packet.toml does not name"
    );
}

#[test]
fn sequences_partitions_policies_and_a_schema_are_derived_too() {
    let up = "CREATE SCHEMA loyalty;
        COMMENT ON SCHEMA loyalty IS 'points';
        GRANT USAGE ON SCHEMA loyalty TO PUBLIC;
        CREATE SEQUENCE loyalty.ticket START 100;
        CREATE TABLE loyalty.book (day date NOT NULL, points integer NOT NULL, PRIMARY KEY (day, points)) PARTITION BY RANGE (day);
        CREATE TABLE loyalty.book_2026 PARTITION OF loyalty.book FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        INSERT INTO loyalty.book VALUES ('2026-02-01', 5), ('2026-01-01', 7);
        ALTER TABLE loyalty.book ENABLE ROW LEVEL SECURITY;
        CREATE POLICY everybody ON loyalty.book FOR SELECT TO PUBLIC USING (points > 0);
        CREATE MATERIALIZED VIEW loyalty.total AS SELECT sum(points) AS points FROM loyalty.book;
        CREATE STATISTICS loyalty.book_day ON day, points FROM loyalty.book_2026;";
    let down = "DROP MATERIALIZED VIEW loyalty.total; DROP TABLE loyalty.book; DROP SEQUENCE loyalty.ticket; DROP SCHEMA loyalty;";
    let derived = Shop::new().tier("book", "", up, down).derived();
    let objects = &derived.objects;
    assert_eq!(
        (&objects.schemas[..], &objects.sequences[..]),
        (&["loyalty".to_owned()][..], &["loyalty.ticket".to_owned()][..])
    );
    assert_eq!(objects.tables, ["loyalty.book", "loyalty.book_2026"]);
    assert_eq!(objects.views, ["loyalty.total"]);
    let tier = &derived.tiers[0];
    assert_eq!(parts(tier, "schema loyalty"), ["comment", "grants", "schema"]);
    assert_eq!(parts(tier, "loyalty.ticket"), ["relation", "sequence"]);
    assert!(parts(tier, "loyalty.book").iter().any(|part| part == "policy.everybody"));
    assert!(parts(tier, "loyalty.book_2026").iter().any(|part| part == "statistics.book_day"));
    assert_eq!(tier.contents[0].table, "loyalty.book_2026");
    assert_eq!(tier.contents[0].rows, ["(2026-01-01,7)", "(2026-02-01,5)"]);
}

#[test]
fn every_change_of_an_existing_table_is_one_of_its_parts() {
    let up = "CREATE FUNCTION public.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER stamp BEFORE UPDATE ON public.customer FOR EACH ROW EXECUTE FUNCTION public.stamp();
        ALTER TABLE public.customer ADD CONSTRAINT customer_note CHECK (note <> '');
        ALTER TABLE public.customer ALTER COLUMN note SET DEFAULT 'new';
        CREATE POLICY everybody ON public.customer USING (true);
        CREATE STATISTICS public.customer_both ON email, note FROM public.customer;
        COMMENT ON TABLE public.customer IS 'who buys';
        CREATE TABLE public.gift (code text PRIMARY KEY, customer uuid REFERENCES public.customer);";
    let down = "DROP TABLE public.gift;
        COMMENT ON TABLE public.customer IS NULL;
        DROP STATISTICS public.customer_both;
        DROP POLICY everybody ON public.customer;
        ALTER TABLE public.customer ALTER COLUMN note DROP DEFAULT;
        ALTER TABLE public.customer DROP CONSTRAINT customer_note;
        DROP TRIGGER stamp ON public.customer;
        DROP FUNCTION public.stamp();";
    let derived = Shop::new().tier("parts", "", up, down).derived();
    let tier = &derived.tiers[0];
    assert_eq!(tier.alters, ["public.customer"]);
    let due = [
        "comment",
        "constraint.customer_note",
        "default.note",
        "policy.everybody",
        "statistics.customer_both",
        "trigger.stamp",
    ];
    assert_eq!(parts(tier, "public.customer"), due);
    let customer = derived.requires.iter().find(|known| known.object == "public.customer").unwrap();
    assert_eq!(customer.needs, "SELECT REFERENCES TRIGGER");
    assert_eq!(customer.columns, "id:uuid email:string note:string");
    let proof = tier.proof.as_ref().unwrap();
    assert_eq!((proof.table.as_str(), proof.relation), ("public.gift", true));
}

#[test]
fn what_a_sequence_gives_is_volatile_and_its_table_may_keep_counting() {
    let requires = format!(
        "{REQUIRES}
        CREATE TABLE public.shelf (id serial PRIMARY KEY, label text NOT NULL UNIQUE, made date NOT NULL DEFAULT current_date);
        INSERT INTO public.shelf (label) VALUES ('front');
        GRANT SELECT, INSERT, DELETE, REFERENCES ON public.shelf TO shop_release;
        GRANT USAGE ON SEQUENCE public.shelf_id_seq TO shop_release;"
    );
    let up = "INSERT INTO public.shelf (label) VALUES ('back'), ('side');
        CREATE TABLE public.place (id serial PRIMARY KEY, shelf integer NOT NULL REFERENCES public.shelf, label text NOT NULL);
        INSERT INTO public.place (shelf, label) SELECT id, label || ', left' FROM public.shelf WHERE label <> 'front';";
    let down = "DROP TABLE public.place; DELETE FROM public.shelf WHERE label IN ('back', 'side');";
    let derived = Shop::new().tier("shelf", "", up, down).file("requires.sql", &requires).derived();
    let [shelf, place] = derived.tiers[0].contents.as_slice() else { panic!("{:#?}", derived.tiers[0].contents) };
    assert_eq!(
        (&shelf.key[..], &shelf.rows[..]),
        (&["label".to_owned()][..], &["(back)".to_owned(), "(side)".to_owned()][..])
    );
    assert_eq!(place.rows, ["(\"back, left\")", "(\"side, left\")"]);
    assert_eq!(derived.governed[2].volatile, ["id", "shelf"]);
    let up = "SELECT nextval('public.free');
        CREATE TABLE public.gift (code text PRIMARY KEY);";
    let requires =
        format!("{REQUIRES}CREATE SEQUENCE public.free; GRANT USAGE ON SEQUENCE public.free TO shop_release;");
    let shown = Shop::new().tier("gift", "", up, "DROP TABLE public.gift;").file("requires.sql", &requires).refused();
    assert_eq!(shown, "the rollback does not restore what was there before: sequence public.free has moved on");
    // A number that was drawn for a row needs no way back. A value that was set needs one.
    let up = "INSERT INTO public.shelf (id, label) VALUES (nextval('public.free'), 'back');";
    let down = "DELETE FROM public.shelf WHERE label = 'back';";
    let requires = format!(
        "{requires}CREATE TABLE public.shelf (id bigint PRIMARY KEY, label text UNIQUE);
        GRANT SELECT, INSERT, DELETE ON public.shelf TO shop_release;
        GRANT UPDATE ON SEQUENCE public.free TO shop_release;"
    );
    let derived = Shop::new().tier("shelf", "", up, down).file("requires.sql", &requires).derived();
    assert_eq!(derived.tiers[0].contents[0].rows, ["(back)"]);
    let set = format!("{up} SELECT setval('public.free', 7000);");
    let shown = Shop::new().tier("shelf", "", &set, down).file("requires.sql", &requires).refused();
    assert_eq!(shown, "the rollback does not restore what was there before: sequence public.free has moved on");
}

#[test]
fn a_partitioned_table_is_named_as_a_whole() {
    let requires = format!(
        "{REQUIRES}
        CREATE TABLE public.visit (day date NOT NULL, visitor text NOT NULL, words text, page text, PRIMARY KEY (day, visitor)) PARTITION BY RANGE (day);
        CREATE TABLE public.visit_2025 PARTITION OF public.visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
        CREATE TABLE public.visit_2026 PARTITION OF public.visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        GRANT SELECT, INSERT, DELETE ON public.visit TO shop_release;"
    );
    let up =
        "INSERT INTO public.visit (day, visitor, words) VALUES ('2026-03-01', 'house', 'x') ON CONFLICT DO NOTHING;";
    let down = "DELETE FROM public.visit WHERE visitor = 'house';";
    let derived = Shop::new().tier("visit", "", up, down).file("requires.sql", &requires).derived();
    let visits = derived.requires.iter().filter(|known| known.object.starts_with("public.visit"));
    let visits: Vec<(&str, &str)> = visits.map(|known| (known.object.as_str(), known.needs.as_str())).collect();
    assert_eq!(visits, [("public.visit", "SELECT INSERT DELETE")]);
    assert_eq!(derived.tiers[0].contents[0].table, "public.visit");
    assert_eq!(derived.tiers[0].contents[0].rows, ["(2026-03-01,house,x)"]);
    assert_eq!(derived.governed[1].columns, ["day", "visitor", "words"]);
}

#[test]
fn more_than_a_thousand_rows_are_a_digest() {
    let up = "CREATE TABLE public.voucher (code integer PRIMARY KEY);
        INSERT INTO public.voucher SELECT number FROM generate_series(1, 1001) AS g (number);";
    let derived = Shop::new().tier("voucher", "", up, "DROP TABLE public.voucher;").derived();
    let content = &derived.tiers[0].contents[0];
    assert_eq!((content.count, content.rows.len()), (1001, 0));
    assert_eq!(content.digest.as_deref().map(str::len), Some(64));
}

#[test]
fn an_enum_value_that_only_a_later_transaction_may_use_stops_nothing() {
    let kind = "CREATE TYPE public.kind AS ENUM ('gift'); CREATE TABLE public.voucher (code text PRIMARY KEY, kind public.kind);
        INSERT INTO public.voucher VALUES ('a', 'gift');";
    let shop = Shop::new()
        .tier("kind", "", kind, "DROP TABLE public.voucher; DROP TYPE public.kind;")
        .tier("more", "", "ALTER TYPE public.kind ADD VALUE 'refund';", "")
        .tier(
            "use",
            "",
            "INSERT INTO public.voucher VALUES ('b', 'refund');",
            "DELETE FROM public.voucher WHERE code = 'b';",
        );
    let derived = shop.derived();
    assert!(derived.locks >= 64 && derived.locks.is_power_of_two());
    assert_eq!(parts(&derived.tiers[1], "type public.kind"), ["type"]);
    // Two tiers insert rows into this table. Each tier gets its own rows, and the key column that identifies them.
    let rows =
        derived.tiers.iter().flat_map(|tier| &tier.contents).map(|content| (&content.key[0][..], &content.rows[..]));
    let rows: Vec<(&str, &[String])> = rows.collect();
    assert_eq!(rows, [("code", &["(a,gift)".to_owned()][..]), ("code", &["(b,refund)".to_owned()][..])]);
}

#[test]
fn a_given_server_is_left_as_it_was() {
    let cluster = Cluster::builder(programs()).cached().start().unwrap();
    let target = |user: &str| {
        let folder = cluster.socket_folder().display();
        let dsn = format!("host='{folder}' port={} dbname=postgres user={user}", cluster.port());
        let options = ConnectionOptions { dsn: Some(dsn.into()), ..ConnectionOptions::default() };
        resolve(&options, &Environment::empty()).unwrap()
    };
    let ask =
        "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1";
    let before = cluster.psql("postgres", ADMINISTRATOR, ask).unwrap();
    let administrator = target(ADMINISTRATOR);
    let derived = whole().on_servers(&Servers::Given(&administrator)).unwrap();
    assert_eq!(derived.text(), whole().derived().text());
    let error = Shop::new().tier("idle", "", "SELECT 1;", "").on_servers(&Servers::Given(&administrator)).unwrap_err();
    assert_eq!(error.to_string(), "tier idle wrote no row, and changed no object of a kind that a release may change");
    assert_eq!(cluster.psql("postgres", ADMINISTRATOR, ask).unwrap(), before);
    cluster.psql("postgres", ADMINISTRATOR, "CREATE DATABASE shop").unwrap();
    cluster.psql("postgres", ADMINISTRATOR, "CREATE ROLE visitor LOGIN").unwrap();
    let error = whole().on_servers(&Servers::Given(&administrator)).unwrap_err();
    assert_eq!(error.to_string(), "the server has a database called shop already");
    let error = whole().on_servers(&Servers::Given(&target("visitor"))).unwrap_err();
    assert_eq!(error.to_string(), "the role that logs in on the given server is not a superuser");
    assert!(cluster.psql("postgres", ADMINISTRATOR, ask).unwrap().contains("shop"));
}

#[test]
fn names_on_the_page_must_exist() {
    let mut shop = Shop::new().tier("seed", "", SEED[0], SEED[1]);
    shop.page = shop.page.replace("public.currency", "public.money");
    assert_eq!(shop.refused(), "packet.toml names public.money in hold, but requires.sql creates no such relation");
    let mut shop = Shop::new().tier("seed", "", SEED[0], SEED[1]);
    shop.page = shop.page.replace("^CHG-[0-9]{4}$", "^CHG-1001$");
    assert_eq!(shop.refused(), "the rule ^CHG-1001$ for approval codes allows no other code than CHG-1001");
    let mut shop = Shop::new().tier("seed", "", SEED[0], SEED[1]);
    shop.page = shop.page.replace("at = \"signed_at\"", "at = \"signed\"");
    let shown = "no approval can be written into public.change_approval: the table has no column signed, which packet.toml names";
    assert_eq!(shop.refused(), shown);
    let up = "CREATE TABLE public.\"gift box\" (code text);";
    let shown = Shop::new().tier("gift", "", up, "DROP TABLE public.\"gift box\";").refused();
    assert_eq!(shown, "public.gift box has a name with other characters than letters, digits, _, $ and -");
}

/// The other major versions that `.ci/matrix` downloaded, if there are any.
fn others() -> Vec<Programs> {
    let usual = || format!("/var/tmp/oneroof-matrix-{}", rustix::process::getuid().as_raw()).into();
    let cache: std::path::PathBuf = std::env::var_os("ONEROOF_MATRIX_CACHE").map_or_else(usual, Into::into);
    let folders =
        std::fs::read_dir(cache).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path().join("bin"));
    let found = folders.filter(|folder| folder.join("postgres").exists());
    found.map(|folder| Programs::find(Some(&folder)).unwrap()).collect()
}

#[test]
fn derived_toml_holds_servers_of_both_groups() {
    let one = programs().version.major;
    let Some(other) = others().into_iter().find(|other| (other.version.major < 16) != (one < 16)) else {
        // This machine has servers of one group only. The packet must be built for that group.
        assert_eq!(whole().derived().servers.len(), 3);
        println!("skipped: this machine has no server of the other group of versions; .ci/matrix downloads one");
        return;
    };
    let derived = whole().on(&[programs().clone(), other]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(derived.servers, [13, 14, 15, 16, 17, 18]);
    let parts = &derived.tiers[1].shapes.iter().find(|shape| shape.object == "public.v_loyalty").unwrap().parts;
    let doubled: Vec<&str> = parts.split(' ').filter(|part| part.contains('/')).collect();
    assert!(doubled.iter().all(|part| part.starts_with("definition:")), "{parts}");
}
