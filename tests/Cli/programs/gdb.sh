#!/bin/bash
# needs: gdb gcc
export DEBUGINFOD_URLS=; cd "$(mktemp -d)" || exit 1
cat > prog.c <<'C'
#include <pthread.h>
#include <stdio.h>
static int total;
static void *work(void *arg) { total += 40; return arg; }
int add(int a, int b) { return a + b; }
int main(int argc, char **argv)
{
    pthread_t thread;
    (void)argv;
    pthread_create(&thread, 0, work, 0);
    pthread_join(thread, 0);
    printf("sum %d\n", add(argc, total));
    return 3;
}
C
gcc -g -pthread -o prog prog.c || exit 1
gdb -nx -batch -ex 'set print address off' -ex 'break work' -ex 'break add' -ex run -ex 'bt 1' -ex c -ex bt -ex 'p a + b' -ex 'info threads' -ex finish -ex 'set var total = 5' -ex 'p total' -ex c ./prog 2>&1 |
    grep -E '^(\$|#|sum|Breakpoint|Thread|Value|\[Inferior)' | sed -E 's/process [0-9]+/process N/; s/LWP [0-9]+/LWP N/; s/0x[0-9a-f]+/ADDRESS/g'
