#!/bin/bash
# needs: cargo rustc
cd "$(mktemp -d)" || exit 1
export CARGO_HOME=$PWD/cargo
cargo -q new hello --vcs none 2>/dev/null; cd hello || exit 1
cat > src/main.rs <<'R'
use std::sync::mpsc;
use std::thread;
fn main() {
    let (to, from) = mpsc::channel();
    for i in 0..4 { let to = to.clone(); thread::spawn(move || to.send(i * i).unwrap()); }
    drop(to);
    let mut all: Vec<i32> = from.iter().collect();
    all.sort();
    let child = std::process::Command::new("echo").arg("child").output().unwrap();
    print!("{:?} {}", all, String::from_utf8_lossy(&child.stdout));
}
R
cargo -q run --offline; echo "status $?"
