// The system call instruction and its odd relatives.
#include "../support/mem.h"
#include "../support/signals.h"
#include <sys/time.h>

static long call(unsigned long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}

TEST(numbers_without_a_call_are_ENOSYS)
{
    EXPECT_EQ(call(9999, 0, 0, 0), -ENOSYS);
    EXPECT_EQ(call(-1, 0, 0, 0), -ENOSYS);
    EXPECT_EQ(call(0x7fffffff, 0, 0, 0), -ENOSYS);
    EXPECT_EQ(call(400, 0, 0, 0), -ENOSYS);
    EXPECT_EQ(call(180 /* nfsservctl */, 0, 0, 0), -ENOSYS);
}

TEST(x32_numbers_are_ENOSYS)
{
    EXPECT_EQ(call(0x40000000 | SYS_getpid, 0, 0, 0), -ENOSYS);
    EXPECT_EQ(call(0x40000000 | 512, 0, 0, 0), -ENOSYS);
}

TEST(the_upper_half_of_the_number_is_ignored)
{
    EXPECT_EQ(call(0x100000000 | SYS_getpid, 0, 0, 0), getpid());
    EXPECT_EQ(call(0xffffffff00000000 | SYS_getpid, 0, 0, 0), getpid());
}

TEST(the_upper_half_of_an_int_argument_is_ignored)
{
    EXPECT_EQ(call(SYS_dup, 0x100000001, 0, 0) < 0, 0);
    EXPECT_EQ(call(SYS_kill, 0x500000000 | getpid(), 0x100000000, 0), 0);
    EXPECT_EQ(call(SYS_wait4, 0xffffffff, 0, 0x700000001), -ECHILD);
}

// Runs the call with known values everywhere and tells what changed.
static long keeps_registers(long number, long a, long b, long c, long d, long e, long f)
{
    long s[40] = { number, a, b, c, d, e, f };
    memset(s + 24, 'v', 16);
    __asm__ volatile("push %%rbp; mov %0, %%rbp\n"
                     "movdqu 192(%%rbp), %%xmm9\n"
                     "mov $0x12, %%r12d; mov $0x13, %%r13d; mov $0x14, %%r14d; mov $0x15, %%r15d; mov $0x16, %%ebx\n"
                     "mov 0(%%rbp), %%rax; mov 8(%%rbp), %%rdi; mov 16(%%rbp), %%rsi; mov 24(%%rbp), %%rdx\n"
                     "mov 32(%%rbp), %%r10; mov 40(%%rbp), %%r8; mov 48(%%rbp), %%r9\n"
                     "syscall\n"
                     "mov %%rax, 64(%%rbp); mov %%r12, 72(%%rbp); mov %%r13, 80(%%rbp); mov %%r14, 88(%%rbp)\n"
                     "mov %%r15, 96(%%rbp); mov %%rbx, 104(%%rbp); mov %%rdi, 112(%%rbp); mov %%rsi, 120(%%rbp)\n"
                     "mov %%rdx, 128(%%rbp); mov %%r10, 136(%%rbp); mov %%r8, 144(%%rbp); mov %%r9, 152(%%rbp)\n"
                     "movdqu %%xmm9, 208(%%rbp)\n"
                     "pop %%rbp"
                     ::"r"(s)
                     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                       "xmm9", "memory", "cc");
    long wanted[] = { 0x12, 0x13, 0x14, 0x15, 0x16, a, b, c, d, e, f };
    for (int i = 0; i < 11; i++)
        EXPECT_EQ(s[9 + i], wanted[i]);
    EXPECT_TRUE(is_filled((char *)(s + 26), 16, 'v'));
    return s[8];
}

TEST(a_call_keeps_every_register_but_rax_rcx_and_r11)
{
    for (int i = 0; i < 100; i++) {
        EXPECT_EQ(keeps_registers(SYS_getpid, 1, 2, 3, 4, 5, 6), getpid());
        long p = keeps_registers(SYS_mmap, 0, 4 * PAGE, RW, ANON, -1, 0);
        EXPECT_EQ(keeps_registers(SYS_mprotect, p, PAGE, PROT_READ, 4, 5, 6), 0);
        EXPECT_EQ(keeps_registers(SYS_madvise, p, PAGE, MADV_DONTNEED, 4, 5, 6), 0);
        EXPECT_EQ(keeps_registers(SYS_munmap, p, 4 * PAGE, 3, 4, 5, 6), 0);
        EXPECT_GT(keeps_registers(SYS_brk, 0, 2, 3, 4, 5, 6), 0);
        EXPECT_EQ(keeps_registers(SYS_close, 999, 2, 3, 4, 5, 6), -EBADF);
    }
    long child = keeps_registers(SYS_fork, 1, 2, 3, 4, 5, 6);
    if (child == 0)
        _exit(0);
    EXPECT_EXIT((pid_t)child, 0);
}

TEST(rcx_and_r11_hold_the_return_address_and_the_flags)
{
    long cx, r11, here, flags;
    __asm__ volatile("pushf; pop %3; mov $39, %%eax; syscall; 1: mov %%rcx, %0; mov %%r11, %1; lea 1b(%%rip), %2"
                     : "=&r"(cx), "=&r"(r11), "=&r"(here), "=&r"(flags)::"rax", "rcx", "r11", "memory");
    EXPECT_EQ(cx, here);
    EXPECT_EQ(r11 | 0x8d5, flags | 0x8d5); // but for the arithmetic flags
}

TEST(the_stack_pointer_may_be_anything_during_a_call)
{
    // Programs with a stack of their own kind (or none) make calls, too.
    long result, saved;
    __asm__ volatile("mov %%rsp, %1; xor %%esp, %%esp; mov $39, %%eax; syscall; mov %1, %%rsp"
                     : "=a"(result), "=&r"(saved)::"rcx", "r11", "memory");
    EXPECT_EQ(result, getpid());
}

TEST(the_old_vsyscalls_work_where_they_are_mapped)
{
    struct mapping m;
    if (!find_mapping((void *)0xffffffffff600000ul, &m))
        SKIP("no vsyscall page");
    struct timeval tv = { 0, 0 };
    long (*vgettimeofday)(struct timeval *, void *) = (void *)0xffffffffff600000ul;
    long (*vtime)(long *) = (void *)0xffffffffff600400ul;
    long (*vgetcpu)(unsigned *, unsigned *, void *) = (void *)0xffffffffff600800ul;
    unsigned cpu = -1;
    EXPECT_EQ(vgettimeofday(&tv, 0), 0);
    EXPECT_LE(labs(tv.tv_sec - time(0)), 1);
    EXPECT_LE(labs(vtime(0) - time(0)), 1);
    EXPECT_EQ(vgetcpu(&cpu, 0, 0), 0);
    EXPECT_LT(cpu, 4096);
    // A bad pointer is a fault there, not an error.
    handle_info(SIGSEGV, fault_handler, 0);
    if (sigsetjmp(fault_return, 1) == 0) {
        vgettimeofday((struct timeval *)8, 0);
        FAIL("not reached");
    }
    EXPECT_EQ(fault_seen.number, SIGSEGV);
}

TEST(int_0x80_is_SIGSEGV_without_32_bit_support)
{
    const char *inside = getenv("CARREL");
    if (!inside || strcmp(inside, "1"))
        SKIP("for a carrel (CARREL=1): the oracle may have 32-bit support");
    pid_t child = FORK(__asm__ volatile("int $0x80" ::"a"(20)));
    EXPECT_SIGNALED(child, SIGSEGV);
}
