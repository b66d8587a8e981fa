//! A release that is made after another one, which is part of its prerequisite: `packet build --after`.

use crate::shop::Shop;
use crate::support::{Output, Sandbox, copy_folder, repository};

/// The page of the second release. It works on what the shop's release creates.
const PAGE: &str = r#"
format = 1
name = "shop-weights"
title = "Weights of returned goods"
database = "shop"
role = "shop_release"

[approval]
table = "public.approvals"
columns = { code = "code", who = "signed_by", level = "part", signature = "signature", at = "signed_at" }
code = "^REL-[0-9]{1,6}$"
example = "REL-8"
levels = { owner = 1 }
ask = "The owner signs."

[[tier]]
name = "weights"
why = "A return says how heavy it is, and there is a fourth reason."
rows = { "public.reason" = 1 }
"#;

const FILES: [(&str, &str); 4] = [
    ("packet.toml", PAGE),
    ("requires.sql", "-- Everything is there after the first release.\n"),
    (
        "10-weights/up.sql",
        "ALTER TABLE public.returned ADD COLUMN grams integer;\nINSERT INTO public.reason (code, title) VALUES ('heavy', 'Too heavy');\n",
    ),
    (
        "10-weights/down.sql",
        "DELETE FROM public.reason WHERE code = 'heavy';\nALTER TABLE public.returned DROP COLUMN grams;\n",
    ),
];

/// The first release, built, and the folder of the second.
fn releases() -> Sandbox {
    let sandbox = Sandbox::new();
    copy_folder(&repository("examples/shop"), &sandbox.work().join("shop"));
    let _ = sandbox.oneroof(["packet", "build", "shop", "-o", "shop.packet"]).output().expect_success();
    let folder = sandbox.work().join("weights");
    std::fs::create_dir_all(folder.join("10-weights")).unwrap();
    for (name, text) in FILES {
        std::fs::write(folder.join(name), text).unwrap();
    }
    sandbox
}

#[test]
fn a_release_after_another_is_built_proved_applied_and_rolled_back() {
    let sandbox = releases();
    let alone = sandbox.oneroof(["packet", "build", "weights"]).output().expect_code(2);
    assert!(alone.stdout.contains("no approval can be written into public.approvals"), "{}", alone.whole());
    let build = ["packet", "build", "weights", "-o", "weights.packet", "--after", "shop.packet"];
    let _ = sandbox.oneroof(build).output().expect_success();
    let derived = std::fs::read_to_string(sandbox.work().join("weights/derived.toml")).unwrap();
    let first = digest(&sandbox, "shop.packet");
    assert!(derived.contains(&format!("after = [\"shop-returns {first}\"]")), "{derived}");
    assert!(derived.contains("object = \"public.returned\"\nkind = \"table\""), "{derived}");

    // The proof needs the same first release.
    let prove = ["packet", "check", "weights.packet", "--prove"];
    let refused = sandbox.oneroof(prove).output().expect_code(2);
    assert!(refused.stdout.contains("the packet was built after shop-returns"), "{}", refused.whole());
    assert!(refused.stdout.contains(&first), "{}", refused.whole());
    let first_alone = ["packet", "check", "shop.packet", "--prove", "--after", "shop.packet"];
    let refused = sandbox.oneroof(first_alone).output().expect_code(2);
    assert!(refused.stdout.contains("the packet was not built after another release"), "{}", refused.whole());
    let proved = sandbox.oneroof(prove).arguments(["--after", "shop"]).output().expect_success();
    assert!(proved.stdout.contains("running the release again gives the same derived.toml"), "{}", proved.whole());
    let page = sandbox.work().join("weights/packet.toml");
    std::fs::write(&page, PAGE.replace("database = \"shop\"", "database = \"store\"")).unwrap();
    let other = sandbox.oneroof(build).output().expect_code(2);
    assert!(other.stdout.contains("is for the database shop, and this packet is for store"), "{}", other.whole());

    // On the real database.
    let shop = Shop::new();
    for (code, packet) in [("REL-7", "shop.packet"), ("REL-8", "weights.packet")] {
        let digest = digest(&sandbox, packet);
        for (part, who) in [("owner", "Ada"), ("accounts", "Grace")] {
            shop.sql(&format!(
                "INSERT INTO public.approvals (code, part, signed_by, signature) VALUES ('{code}', '{part}', '{who}', 'release:{digest}')"
            ));
        }
    }
    let run =
        |packet: &str, arguments: &[&str]| -> Output { shop.command(&sandbox.work().join(packet), arguments).output() };
    let early = run("weights.packet", &["preflight"]).expect_code(4);
    assert!(early.stdout.contains("seam.returned"), "{}", early.whole());
    let _ = run("shop.packet", &["apply", "--approval", "REL-7", "--yes"]).expect_success();
    let before = shop.dump();
    let _ = run("weights.packet", &["apply", "--approval", "REL-8", "--yes"]).expect_success();
    assert_eq!(shop.sql("SELECT count(grams) FROM public.returned").trim(), "0");
    assert_eq!(shop.sql("SELECT count(*) FROM public.reason").trim(), "6");
    let _ = run("weights.packet", &["rollback", "--full", "--yes"]).expect_success();
    assert_eq!(shop.dump(), before);
}

fn digest(sandbox: &Sandbox, packet: &str) -> String {
    let shown = sandbox.oneroof(["manifest", "--format", "json", "--packet", packet]).output().expect_success();
    shown.json()["release"]["digest"].as_str().unwrap().to_owned()
}
