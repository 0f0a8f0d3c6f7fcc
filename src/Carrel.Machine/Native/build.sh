#!/bin/sh
# usage: build.sh OUTPUT-FOLDER    Assembles the native part with gcc and binutils: libcarrel_native.a and libcarrel_native.so.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
work=$(mktemp -d "$out/build.XXXXXX")        # projects may build at the same time; each result is moved into place whole
trap 'rm -rf "$work"' EXIT
cd "$work"

# The stub is an ELF file written by hand in assembly: linked to a plain binary at its address (STUB_CODE of layout.inc).
gcc -c -Wa,-I"$here" -o stub.o "$here/stub.S"
ld --oformat=binary -Ttext=0x7fff00000000 -o stub.elf stub.o
[ "$(wc -c < stub.elf)" -le 4096 ] || { echo "the stub must fit in one page" >&2; exit 1; }
gcc -c -Wa,-I"$here" -o init.o "$here/init.S"
ld --oformat=binary -Ttext=0x400000 -o init.elf init.o
[ "$(wc -c < init.elf)" -le 4096 ] || { echo "the init must fit in one page" >&2; exit 1; }

# So is the waiter.
gcc -c -o waiter.o "$here/waiter.S"
ld --oformat=binary -Ttext=0x400000 -o waiter.elf waiter.o

for name in syscall spawn memory image waiter_image; do
    gcc -c -fPIC -Wa,-I"$here" -Wa,-I"$work" -o "$name.o" "$here/$name.S"
done
ar rcs libcarrel_native.a syscall.o spawn.o memory.o image.o waiter_image.o
gcc -shared -nostdlib -o libcarrel_native.so syscall.o spawn.o memory.o image.o waiter_image.o
mv libcarrel_native.a libcarrel_native.so "$out/"
