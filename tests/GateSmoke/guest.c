/* Guest side of the gate's smoke test: no libc, the test's number comes in rdi. */
typedef unsigned long ul;
typedef long sl;

static inline sl sys6(sl nr, sl a, sl b, sl c, sl d, sl e, sl f)
{
    register sl r10 __asm__("r10") = d;
    register sl r8 __asm__("r8") = e;
    register sl r9 __asm__("r9") = f;
    sl ret;
    __asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return ret;
}
#define sys(nr, a, b, c) sys6(nr, (sl)(a), (sl)(b), (sl)(c), 0, 0, 0)

enum { WRITE = 1, MMAP = 9, MPROTECT = 10, MUNMAP = 11, YIELD = 24, CLONE = 56, FORK = 57, EXIT = 60, WAIT4 = 61, KILL = 62, GETPPID = 110, GETTID = 186, EXIT_GROUP = 231,
       ARCH_PRCTL = 158, T_BEGIN = 9000, T_END = 9001, T_TRAP = 9002, T_KICKME = 9003, T_SUICIDE = 9004, T_MAPFILE = 9005, T_EXITTHREAD = 9006 };

static void die(int code) { for (;;) sys(EXIT_GROUP, code, 0, 0); }
static void check(int ok, int line) { if (!ok) die(line & 255 ? line : 1); }
#define CHECK(x) check(!!(x), __LINE__)

static char *map(ul n) { return (char *)sys6(MMAP, 0, n, 3, 0x22, -1, 0); }

static void t_hello(void) { CHECK(sys(WRITE, 1, "hello from the guest\n", 21) == 21); }

static void t_mmap(void)
{
    for (int i = 0; i < 200; i++) {
        char *p = map(65536);
        CHECK((ul)p < (ul)-4095);
        for (int k = 0; k < 65536; k += 512) CHECK(p[k] == 0);
        for (int k = 0; k < 65536; k += 512) p[k] = 1 + k;
        CHECK(sys(MPROTECT, p, 4096, 1) == 0);
        CHECK(sys(MUNMAP, p, 65536, 0) == 0);
    }
}

static volatile int shared = 5;
static void t_fork(void)
{
    for (int i = 0; i < 50; i++) {
        volatile int local = 1;
        sl pid = sys(FORK, 0, 0, 0);
        CHECK(pid >= 0);
        if (pid == 0) {
            CHECK(local == 1 && shared == 5 + i);
            local = 9;
            shared = 77;
            die(7);
        }
        int status = -1;
        CHECK(sys(WAIT4, pid, &status, 0) == pid);
        CHECK(status == 7 << 8);
        CHECK(local == 1 && shared == 5 + i);
        shared++;
    }
}

static volatile int counter, done;
static void thread_body(ul arg)
{
    CHECK(sys(GETTID, 0, 0, 0) != 0);
    for (int i = 0; i < 2000; i++) {
        CHECK(sys(GETPPID, 0, 0, 0) == 1234);
        __atomic_add_fetch(&counter, (int)arg, 5);
        if (i % 50 == 0) {
            char *p = map(8192);
            CHECK((ul)p < (ul)-4095 && p[0] == 0);
            p[4096] = 1;
            CHECK(sys(MUNMAP, p, 8192, 0) == 0);
        }
    }
    __atomic_add_fetch(&done, 1, 5);
    for (;;) sys(arg & 1 ? EXIT : T_EXITTHREAD, 0, 0, 0);
}

static void start_thread(ul arg)
{
    char *stack = map(65536);
    ul *top = (ul *)(stack + 65536);
    *--top = 0;
    sl ret;
    register sl r10 __asm__("r10") = 0;
    register sl r8 __asm__("r8") = (sl)(stack); /* tls */
    __asm__ volatile("syscall\n test %%rax,%%rax\n jnz 1f\n mov %[arg],%%rdi\n call *%[fn]\n ud2\n1:"
                     : "=a"(ret) : "a"(CLONE), "D"(0x80000 | 0x10f00), "S"(top), "d"(0), "r"(r10), "r"(r8), [fn] "r"(thread_body), [arg] "r"(arg)
                     : "rcx", "r11", "memory");
    CHECK(ret > 0);
}

static void t_threads(void)
{
    for (int round = 0; round < 5; round++) {
        counter = 0;
        done = 0;
        for (ul i = 1; i <= 4; i++) start_thread(i);
        while (done < 4) {
            sys(YIELD, 0, 0, 0);
            char *p = map(4096);
            p[0] = 1;
            sys(MUNMAP, p, 4096, 0);
        }
        CHECK(counter == 2000 * 10);
    }
}

static void t_faults(void)
{
    volatile char *area = (volatile char *)0x10000000;
    for (int i = 0; i < 1000; i++) { CHECK(area[i * 4096] == 0); area[i * 4096] = (char)i; }
    for (int i = 0; i < 1000; i++) CHECK(area[i * 4096] == (char)i);
}

static void t_kick(void)
{
    sys(T_KICKME, 0, 0, 0); /* kernel kicks us out of this loop */
    volatile ul n = 0;
    for (;;) n++;
}

static void t_forge(void)
{
    /* find a syscall instruction in the stub's page and use it */
    unsigned char *page = (unsigned char *)0x7fff00000000;
    for (int i = 176; i < 600; i++) {
        if (page[i] == 0x0f && page[i + 1] == 0x05) {
            register sl r10 __asm__("r10") = 0x11;
            register sl r8 __asm__("r8") = 0;
            register sl r9 __asm__("r9") = 0;
            __asm__ volatile("jmp *%0" : : "r"(page + i), "a"(9), "D"(0x20000000), "S"(4096), "d"(3), "r"(r10), "r"(r8), "r"(r9));
        }
    }
    die(1);
}

static int avx_round(int fault)
{
    static ul in[4] __attribute__((aligned(32))) = { 0x1111, 0x2222333344445555, 0xdeadbeefcafebabe, 4 };
    ul out[4] __attribute__((aligned(32)));
    sl ret;
    if (fault) {
        volatile char *p = (volatile char *)(0x10000000 + (ul)fault * 4096);
        __asm__ volatile("vmovdqa %1, %%ymm7\n movb $1,(%2)\n vmovdqa %%ymm7, %0" : "=m"(out) : "m"(in), "r"(p) : "memory");
    } else {
        __asm__ volatile("vmovdqa %2, %%ymm7\n syscall\n vmovdqa %%ymm7, %0" : "=m"(out), "=a"(ret) : "m"(in), "a"(T_TRAP), "D"(0), "S"(0), "d"(0) : "rcx", "r11", "memory");
        __asm__ volatile("vmovdqa %2, %%ymm7\n syscall\n vmovdqa %%ymm7, %0" : "=m"(out), "=a"(ret) : "m"(in), "a"(MMAP), "D"(0), "S"(4096), "d"(3) : "rcx", "r11", "memory");
    }
    for (int i = 0; i < 4; i++) if (out[i] != in[i]) return 0;
    return 1;
}

static void t_avx(void)
{
    for (int i = 0; i < 300; i++) CHECK(avx_round(i));
    static ul in[4] __attribute__((aligned(32))) = { 1, 2, 3, 4 };
    ul out[4] __attribute__((aligned(32)));
    sl ret;
    for (int i = 0; i < 50; i++) {
        __asm__ volatile("vmovdqa %2, %%ymm9\n syscall\n vmovdqa %%ymm9, %0" : "=m"(out), "=a"(ret) : "m"(in), "a"(FORK), "D"(0), "S"(0), "d"(0) : "rcx", "r11", "memory");
        for (int k = 0; k < 4; k++) CHECK(out[k] == in[k]);
        if (ret == 0) die(3);
        int status;
        CHECK(sys(WAIT4, ret, &status, 0) == ret && status == 3 << 8);
    }
}

/* Each measurement is made of many short batches: the kernel side prints their minimum and median. */
static void t_time_getppid(void)
{
    for (int k = 0; k < 100; k++) {
        sys(T_BEGIN, 0, 0, 0);
        for (int i = 0; i < 300; i++) sys(GETPPID, 0, 0, 0);
        sys(T_END, 300, "getppid", 7);
    }
}

static void t_time_trap(void)
{
    for (int k = 0; k < 60; k++) {
        sys(T_BEGIN, 0, 0, 0);
        for (int i = 0; i < 150; i++) sys(T_TRAP, 0, 0, 0);
        sys(T_END, 150, "complete+trap", 13);
        sys(T_BEGIN, 0, 0, 0);
        for (int i = 0; i < 150; i++) sys(MMAP, 1, 0, 0);
        sys(T_END, 150, "trap path call", 14);
    }
}

static void t_time_mmap(void)
{
    for (int k = 0; k < 60; k++) {
        sys(T_BEGIN, 0, 0, 0);
        for (int i = 0; i < 50; i++) {
            char *p = map(65536);
            sys(MUNMAP, p, 65536, 0);
        }
        sys(T_END, 50, "mmap+munmap 64K", 15);
        sys(T_BEGIN, 0, 0, 0);
        for (int i = 0; i < 50; i++) {
            char *p = map(65536);
            for (int n = 0; n < 16; n++) p[n * 4096] = 1;
            sys(MUNMAP, p, 65536, 0);
        }
        sys(T_END, 50, "mmap+touch+munmap 64K", 21);
    }
}

static void t_time_fork(void)
{
    for (int k = 0; k < 60; k++) {
        sys(T_BEGIN, 0, 0, 0);
        for (int i = 0; i < 15; i++) {
            sl pid = sys(FORK, 0, 0, 0);
            if (pid == 0) die(0);
            int status;
            sys(WAIT4, pid, &status, 0);
        }
        sys(T_END, 15, "fork+exit+wait", 14);
    }
}

static void t_time_fault(void)
{
    volatile char *area = (volatile char *)0x10000000;
    for (int k = 0; k < 60; k++) {
        sys(T_BEGIN, 0, 0, 0);
        for (int i = 0; i < 50; i++) area[(k * 50 + i) * 4096] = 1;
        sys(T_END, 50, "fault resolved", 14);
    }
}

static void t_int80(void)
{
    sl ret;
    __asm__ volatile("int $0x80" : "=a"(ret) : "a"(20));
    CHECK(ret == 555);
}

static void t_suicide(void) { sys(T_SUICIDE, 0, 0, 0); for (;;) sys(GETPPID, 0, 0, 0); }

static void t_file(void)
{
    char *p = (char *)sys(T_MAPFILE, 0, 0, 0);
    CHECK((ul)p < (ul)-4095);
    CHECK(p[1] == 'E' && p[2] == 'L' && p[3] == 'F');
}

static void t_fs(void)
{
    ul v = 0x12345;
    CHECK(sys(ARCH_PRCTL, 0x1002, &v, 0) == 0);
    ul got;
    __asm__ volatile("mov %%fs:0, %0" : "=r"(got));
    CHECK(got == 0x12345);
    /* after fork too */
    sl pid = sys(FORK, 0, 0, 0);
    __asm__ volatile("mov %%fs:0, %0" : "=r"(got));
    CHECK(got == 0x12345);
    if (pid == 0) die(0);
    int status;
    CHECK(sys(WAIT4, pid, &status, 0) == pid && status == 0);
}

static void t_fork_threads(void)
{
    counter = 0;
    done = 0;
    for (ul i = 1; i <= 3; i++) start_thread(i);
    for (int i = 0; i < 20; i++) {
        sl pid = sys(FORK, 0, 0, 0);
        CHECK(pid >= 0);
        if (pid == 0) {
            char *p = map(4096);
            p[0] = 1;
            if (i & 1) { done = 0; start_thread(2); while (!done) sys(YIELD, 0, 0, 0); }
            die(5);
        }
        int status = -1;
        CHECK(sys(WAIT4, pid, &status, 0) == pid && status == 5 << 8);
    }
    while (done < 3) sys(YIELD, 0, 0, 0);
    CHECK(counter == 12000);
}


/* --- hostile guests --- */
static ul find_syscall(int skip)
{
    unsigned char *page = (unsigned char *)0x7fff00000000;
    for (int i = 192; i < 700; i++)
        if (page[i] == 0x0f && page[i + 1] == 0x05 && skip-- == 0) return (ul)(page + i);
    return 0;
}

static void jump(ul to, sl nr, sl a, sl b, sl c)
{
    __asm__ volatile("jmp *%0" : : "r"(to), "a"(nr), "D"(a), "S"(b), "d"(c));
    __builtin_unreachable();
}

static void t_forge_child(void) { jump(find_syscall(0), 0x5ca1002, 0, 0, 2); }
static void t_forge_child_known_tag(void) { sl pid = sys(FORK, 0, 0, 0); if (pid == 0) die(0); jump(find_syscall(0), 0x5ca1002, 0, 0, 2); }
static void t_forge_failed(void) { map(4096); jump(find_syscall(0), 0x5ca1003, 1, -12, 0); }
static void t_forge_confirm(void) { jump(find_syscall(0), 0x5ca1001, 0, 0, 0); }
static void t_forge_trap(void) { ul junk[256]; jump(find_syscall(0), 0x5ca1000, 31, (sl)(junk + 40), (sl)junk); }
static void t_forge_trap_own(void) { jump(find_syscall(0), 0x5ca1000, 31, 0x7fff10000000 + 8192 - 400, 0x7fff10000000 + 4200); }

/* rt_sigreturn from the stub's page with a frame of our own: all signals blocked. */
static void sigreturn_blocked(ul flags, ul next)
{
    static ul frame[80] __attribute__((aligned(64)));
    ul *uc = frame;
    uc[0] = 6;
    uc[160 / 8] = (ul)(frame + 70);
    uc[168 / 8] = next;
    uc[176 / 8] = 0x202;
    *(unsigned short *)((char *)uc + 184) = 0x33;
    *(unsigned short *)((char *)uc + 190) = 0x2b;
    uc[296 / 8] = ~0UL;
    uc[16 / 8] = flags; /* uc_stack.sp: breaks the alternate stack if not 0 */
    uc[32 / 8] = 8192;
    __asm__ volatile("mov %0,%%rsp\n mov $15,%%eax\n jmp *%1" : : "r"(uc), "r"(find_syscall(0)) : "rax");
    __builtin_unreachable();
}
static void after_mmap(void) { __asm__ volatile("and $-16,%rsp"); map(4096); die(0); }
static void after_kick(void) { __asm__ volatile("and $-16,%rsp"); for (int i = 0; i < 3; i++) sys(T_TRAP, 0, 0, 0); die(0); }
static void t_block_sigsys(void) { sigreturn_blocked(0, (ul)after_mmap); }
static void t_block_kick(void) { sigreturn_blocked(0, (ul)after_kick); }
static void t_move_stack(void) { static char other[16384]; sigreturn_blocked((ul)other, (ul)after_mmap); }

static volatile int stop_writing;
static void slot_writer(ul seed)
{
    ul x = seed * 88172645463325252UL;
    volatile ul *slot = (volatile ul *)0x7fff10000000;
    while (!stop_writing) {
        x ^= x << 13; x ^= x >> 7; x ^= x << 17;
        slot[x % 1024] = (x >> 40) & 1 ? x : slot[(x >> 20) % 1024];
    }
    for (;;) sys(EXIT, 0, 0, 0);
}
static void list_writer(ul seed) /* only the call list: swap the address of a mapping for another one */
{
    volatile ul *slot = (volatile ul *)0x7fff10000000;
    while (!stop_writing) { slot[6] = 0; slot[14] = 0; }
    for (;;) sys(EXIT, 0, 0, 0);
}
static void start_writer(void (*fn)(ul))
{
    char *stack = map(65536);
    ul *top = (ul *)(stack + 65536);
    *--top = 0;
    sl ret;
    register sl r10 __asm__("r10") = 0;
    register sl r8 __asm__("r8") = (sl)(stack);
    __asm__ volatile("syscall\n test %%rax,%%rax\n jnz 1f\n mov $7,%%edi\n call *%[fn]\n ud2\n1:"
                     : "=a"(ret) : "a"(CLONE), "D"(0x80000 | 0x10f00), "S"(top), "d"(0), "r"(r10), "r"(r8), [fn] "r"(fn) : "rcx", "r11", "memory");
}
static void victim(void)
{
    for (int i = 0; i < 20000; i++) {
        char *p = map(8192);
        p[0] = 1;
        sys(MUNMAP, p, 8192, 0);
        if (i % 16 == 0) { sl pid = sys(FORK, 0, 0, 0); if (pid == 0) die(0); int st; sys(WAIT4, pid, &st, 0); }
    }
    stop_writing = 1;
}
static void t_slot_noise(void) { start_writer(slot_writer); victim(); }
static void t_list_noise(void) { start_writer(list_writer); victim(); }

/* --- stress: threads that map, unmap, fork, fault and get kicked, all at once --- */
static volatile int stressed;
static void stress_body(ul seed)
{
    ul x = seed * 88172645463325252UL + 1;
    for (int i = 0; i < 400; i++) {
        x ^= x << 13; x ^= x >> 7; x ^= x << 17;
        switch (x % 7) {
        case 0: { sl pid = sys(FORK, 0, 0, 0); CHECK(pid >= 0); if (pid == 0) { char *p = map(4096); p[0] = 1; die(0); } sys(9007, pid, 0, 0); break; }
        case 1: case 2: { char *p = map(16384); CHECK(p[0] == 0); p[0] = (char)x; p[8192] = 1; CHECK(sys(MPROTECT, p, 4096, 1) == 0); CHECK(p[0] == (char)x); sys(MUNMAP, p, 16384, 0); break; }
        case 3: { volatile char *q = (volatile char *)0x10000000 + (x >> 20) % 64 * 4096; *q = 1; break; }
        case 4: sys(T_TRAP, 0, 0, 0); break;
        case 5: sys(9008, 0, 0, 0); break; /* kick every thread of this space */
        case 6: for (volatile int k = 0; k < 2000; k++) { } break;
        }
    }
    __atomic_add_fetch(&stressed, 1, 5);
    for (;;) sys(seed & 1 ? EXIT : T_EXITTHREAD, 0, 0, 0);
}
static void t_stress(void)
{
    for (int round = 0; round < 4; round++) {
        stressed = 0;
        for (ul i = 1; i <= 5; i++) {
            char *stack = map(65536);
            ul *top = (ul *)(stack + 65536);
            *--top = 0;
            sl ret;
            register sl r10 __asm__("r10") = 0;
            register sl r8 __asm__("r8") = (sl)(stack);
            __asm__ volatile("syscall\n test %%rax,%%rax\n jnz 1f\n mov %[arg],%%rdi\n call *%[fn]\n ud2\n1:"
                             : "=a"(ret) : "a"(CLONE), "D"(0x80000 | 0x10f00), "S"(top), "d"(0), "r"(r10), "r"(r8), [fn] "r"(stress_body), [arg] "r"(i + round * 10) : "rcx", "r11", "memory");
            CHECK(ret > 0);
        }
        while (stressed < 5) { sys(YIELD, 0, 0, 0); for (volatile int k = 0; k < 3000; k++) { } }
    }
}

/* --- processes that fork, start threads and are killed at any moment --- */
static void doomed_body(ul seed)
{
    ul x = seed * 88172645463325252UL + 1;
    for (int i = 0; i < 150; i++) {
        x ^= x << 13; x ^= x >> 7; x ^= x << 17;
        switch (x % 5) {
        case 0: { sl pid = sys(FORK, 0, 0, 0); if (pid == 0) { char *p = map(4096); p[0] = 1; die(0); } break; }
        case 1: { char *p = map(16384); p[0] = (char)x; sys(MUNMAP, p, 16384, 0); break; }
        case 2: sys(T_TRAP, 0, 0, 0); break;
        case 3: sys(9008, 0, 0, 0); break;
        case 4: for (volatile int k = 0; k < 2000; k++) { } break;
        }
    }
    for (;;) sys(seed & 1 ? EXIT : T_EXITTHREAD, 0, 0, 0);
}
static void start_with(void (*fn)(ul), ul arg)
{
    char *stack = map(65536);
    ul *top = (ul *)(stack + 65536);
    *--top = 0;
    sl ret;
    register sl r10 __asm__("r10") = 0;
    register sl r8 __asm__("r8") = (sl)(stack);
    __asm__ volatile("syscall\n test %%rax,%%rax\n jnz 1f\n mov %[arg],%%rdi\n call *%[fn]\n ud2\n1:"
                     : "=a"(ret) : "a"(CLONE), "D"(0x80000 | 0x10f00), "S"(top), "d"(0), "r"(r10), "r"(r8), [fn] "r"(fn), [arg] "r"(arg) : "rcx", "r11", "memory");
}
static void t_killer(void)
{
    for (int i = 0; i < 150; i++) {
        sl pid = sys(FORK, 0, 0, 0);
        if (pid == 0) {
            for (ul k = 1; k <= 3; k++) start_with(doomed_body, i * 4 + k);
            doomed_body(i * 4);
        }
        sys(9010, pid, i * 37 % 40, 0); /* kill it so many system calls later */
        int status;
        CHECK(sys(WAIT4, pid, &status, 0) == pid);
    }
}

/* a process whose memory is more than the limit allows */
static void t_limit(void)
{
    for (int i = 0; i < 1024; i++) { char *p = map(65536); for (int k = 0; k < 16; k++) p[k * 4096] = 1; }
}

/* somebody exceeds the host's limit for us, while we go on; as there is none, he just ends */
static void t_exceed(void)
{
    sl before = sys(9012, 0, 0, 0);
    CHECK(before == 0);
    for (int i = 1; i <= 3; i++) {
        sys(9012, 8 << 20, 0, 0);
        int status;
        sl pid = sys(FORK, 0, 0, 0);
        if (pid == 0) die(i);
        CHECK(sys(WAIT4, pid, &status, 0) == pid && status == i << 8);
        while (sys(9012, 0, 0, 0) < i) sys(YIELD, 0, 0, 0);
    }
}

void start_c(ul test)
{
    static void (*const tests[])(void) = {
        t_hello, t_mmap, t_fork, t_threads, t_faults, t_kick, t_forge, t_avx, t_int80, t_suicide, t_file, t_fs, t_fork_threads,
        t_time_getppid, t_time_trap, t_time_mmap, t_time_fork, t_time_fault,
        t_forge_child, t_forge_child_known_tag, t_forge_failed, t_forge_confirm, t_forge_trap, t_forge_trap_own, t_block_sigsys, t_block_kick, t_move_stack,
        t_slot_noise, t_list_noise, t_stress, t_limit, t_killer, t_exceed };
    tests[test]();
    while (sys(9011, 0, 0, 0) > 1) sys(YIELD, 0, 0, 0); /* so that nothing but us holds memory */
    die(0);
}

__asm__(".globl _start\n_start: andq $-16,%rsp\n call start_c\n ud2");
