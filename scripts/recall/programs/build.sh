#!/bin/sh
# Builds the programs of this folder into $1, inside of the root file system that holds the compilers.
set -u
bin=$1; mkdir -p "$bin"; cd "$(dirname "$0")"; export GOCACHE=/tmp/go-cache HOME=/tmp GO111MODULE=off GOFLAGS=-p=1
for p in net raw; do
  CGO_ENABLED=0 go build -o "$bin/go-$p-static" $p.go
  CGO_ENABLED=0 go build -ldflags='-s -w' -o "$bin/go-$p-stripped" $p.go
  CGO_ENABLED=0 go build -buildmode=pie -ldflags='-s -w' -o "$bin/go-$p-pie" $p.go
done
go build -ldflags='-s -w' -o "$bin/go-net-cgo" net.go
go build -buildmode=pie -ldflags='-linkmode=external -s -w' -o "$bin/go-net-external" net.go
objcopy --rename-section .gopclntab=.x --rename-section .go.buildinfo=.y --rename-section .note.go.buildid=.z "$bin/go-net-stripped" "$bin/go-net-renamed"
rustc -O -o "$bin/rust-dynamic" std.rs
rustc -O -C target-feature=+crt-static -o "$bin/rust-static-pie" std.rs
rustc -O -C target-feature=+crt-static -C relocation-model=static -C panic=abort -C strip=symbols -o "$bin/rust-static" std.rs
for o in -O0 -O2 -Os; do
  gcc $o wide.c -w -pthread -o "$bin/glibc$o"; gcc $o wide.c -w -static -pthread -o "$bin/glibc-static$o" 2> /dev/null; gcc $o wide.c -w -static-pie -s -pthread -o "$bin/glibc-static-pie$o" 2> /dev/null
  musl-gcc $o wide.c -w -o "$bin/musl$o"; musl-gcc $o wide.c -w -static -o "$bin/musl-static$o"; musl-gcc $o wide.c -w -static -s -o "$bin/musl-stripped$o"
done
nasm -f elf64 hand.asm -o /tmp/hand.o && ld /tmp/hand.o -o "$bin/assembly" && strip "$bin/assembly" -o "$bin/assembly-stripped"
