#!/bin/bash
# needs: gcc make
d=$(mktemp -d /tmp/cc.XXXXXX); cd "$d" || exit 1
cat > lib.c <<'C'
int add(int a, int b) { return a + b; }
C
cat > main.c <<'C'
#include <stdio.h>
#include <math.h>
#include <pthread.h>
int add(int, int);
static void *run(void *p) { printf("thread %d\n", *(int *)p); return 0; }
int main(int argc, char **argv) { pthread_t t; int n = add(40, 2); pthread_create(&t, 0, run, &n); pthread_join(t, 0); printf("%d args %.3f\n", argc, sqrt(2)); return n; }
C
printf 'prog: main.o lib.o\n\tgcc -o prog main.o lib.o -lm -pthread\n%%.o: %%.c\n\tgcc -O2 -Wall -c $<\nclean:\n\trm -f *.o prog\n' > Makefile
make -s -j2 && ./prog a b; echo "status $?"; make; make -s clean; ls
gcc -shared -fPIC -o libadd.so lib.c && gcc -o dyn main.c -L. -ladd -lm -Wl,-rpath,"$d" && ./dyn; gcc -static -O1 -o st main.c lib.c -lm && ./st x; echo $?
echo 'int main(void){return x;}' > bad.c; gcc bad.c 2>/dev/null; echo "gcc $?"; cd /; rm -rf "$d"
