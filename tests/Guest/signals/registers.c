// What a handler keeps and may change of the interrupted program.
#include "../support/signals.h"
#include <immintrin.h>

static void clobber_everything(int number)
{
    note(number);
    __asm__ volatile("pxor %%xmm0, %%xmm0; pxor %%xmm1, %%xmm1; pxor %%xmm7, %%xmm7; pxor %%xmm15, %%xmm15\n"
                     "fninit; fldpi; fldpi; fldpi\n"
                     "xor %%eax, %%eax; xor %%ecx, %%ecx; xor %%edx, %%edx; xor %%esi, %%esi; xor %%edi, %%edi\n"
                     "xor %%r8, %%r8; xor %%r9, %%r9; xor %%r10, %%r10; xor %%r11, %%r11\n"
                     "fninit\n"
                     ::: "xmm0", "xmm1", "xmm7", "xmm15", "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
                       "cc", "memory");
}

// Spins until a signal has been handled, with known values in all general registers.
static void spin_with_registers(long in[16], long out[16])
{
    __asm__ volatile(
        "push %%rbp; push %%rbx; push %0; push %1\n" // rsp points at out
        "mov %0, %%r15\n"
        "mov 0(%%r15), %%rax; mov 8(%%r15), %%rbx; mov 16(%%r15), %%rcx; mov 24(%%r15), %%rdx\n"
        "mov 32(%%r15), %%rsi; mov 40(%%r15), %%rdi; mov 48(%%r15), %%rbp; mov 56(%%r15), %%r8\n"
        "mov 64(%%r15), %%r9; mov 72(%%r15), %%r10; mov 80(%%r15), %%r11; mov 88(%%r15), %%r12\n"
        "mov 96(%%r15), %%r13; mov 104(%%r15), %%r14; mov 112(%%r15), %%r15\n"
        "1: cmpl $0, noted(%%rip); je 1b\n"
        "xchg %%r15, (%%rsp)\n"
        "mov %%rax, 0(%%r15); mov %%rbx, 8(%%r15); mov %%rcx, 16(%%r15); mov %%rdx, 24(%%r15)\n"
        "mov %%rsi, 32(%%r15); mov %%rdi, 40(%%r15); mov %%rbp, 48(%%r15); mov %%r8, 56(%%r15)\n"
        "mov %%r9, 64(%%r15); mov %%r10, 72(%%r15); mov %%r11, 80(%%r15); mov %%r12, 88(%%r15)\n"
        "mov %%r13, 96(%%r15); mov %%r14, 104(%%r15)\n"
        "pop %%rax; mov %%rax, 112(%%r15)\n"
        "pop %%rax; pop %%rbx; pop %%rbp\n"
        :
        : "r"(in), "r"(out)
        : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
}

TEST(all_general_registers_survive_a_handler)
{
    long in[16], out[16];
    handle(SIGALRM, clobber_everything, 0);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 16; i++)
            in[i] = (long)(0x1111111111111111ul * (unsigned)(i + 1)) + round;
        memset(out, 0, sizeof out);
        noted = 0;
        alarm_ms(2, 0);
        spin_with_registers(in, out);
        for (int i = 0; i < 15; i++)
            EXPECT_EQ(out[i], in[i]);
    }
}

TEST(sse_registers_survive_a_handler)
{
    handle(SIGALRM, clobber_everything, 0);
    char in[16 * 16], out[16 * 16];
    for (int i = 0; i < 256; i++)
        in[i] = (char)(i * 7);
    for (int round = 0; round < 10; round++) {
        noted = 0;
        alarm_ms(2, 0);
#define LOAD(N) "movdqu " #N "*16(%0), %%xmm" #N "\n"
#define STORE(N) "movdqu %%xmm" #N ", " #N "*16(%1)\n"
        __asm__ volatile(
            LOAD(0) LOAD(1) LOAD(2) LOAD(3) LOAD(4) LOAD(5) LOAD(6) LOAD(7)
            LOAD(8) LOAD(9) LOAD(10) LOAD(11) LOAD(12) LOAD(13) LOAD(14) LOAD(15)
            "1: cmpl $0, noted(%%rip); je 1b\n"
            STORE(0) STORE(1) STORE(2) STORE(3) STORE(4) STORE(5) STORE(6) STORE(7)
            STORE(8) STORE(9) STORE(10) STORE(11) STORE(12) STORE(13) STORE(14) STORE(15)
            ::"r"(in), "r"(out)
            : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
              "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
        EXPECT_MEMEQ(in, out, 256);
    }
}

__attribute__((target("avx"))) static void clobber_avx(int number)
{
    _mm256_zeroall();
    note(number);
}

__attribute__((target("avx"))) static void avx_round(void)
{
    char in[64], out[64];
    for (int i = 0; i < 64; i++)
        in[i] = (char)(i * 3 + 1);
    noted = 0;
    alarm_ms(2, 0);
    __asm__ volatile("vmovdqu (%0), %%ymm0; vmovdqu 32(%0), %%ymm15\n"
                     "1: cmpl $0, noted(%%rip); je 1b\n"
                     "vmovdqu %%ymm0, (%1); vmovdqu %%ymm15, 32(%1); vzeroupper\n"
                     ::"r"(in), "r"(out) : "memory", "cc", "xmm0", "xmm15");
    EXPECT_MEMEQ(in, out, 64);
}

TEST(the_upper_halves_of_avx_registers_survive_a_handler)
{
    if (!__builtin_cpu_supports("avx"))
        SKIP("no AVX");
    handle(SIGALRM, clobber_avx, 0);
    for (int round = 0; round < 10; round++)
        avx_round();
}

TEST(the_x87_stack_survives_a_handler)
{
    handle(SIGALRM, clobber_everything, 0);
    double a = 0, b = 0;
    noted = 0;
    alarm_ms(2, 0);
    __asm__ volatile("fninit; fldpi; fld1\n"
                     "1: cmpl $0, noted(%%rip); je 1b\n"
                     "fstpl %0; fstpl %1\n" : "=m"(a), "=m"(b)::"memory", "cc");
    EXPECT_TRUE(a == 1.0);
    EXPECT_TRUE(b > 3.14159 && b < 3.1416);
}

static volatile unsigned control_inside, short_inside, flags_inside;

static void look_at_control(int number)
{
    unsigned mxcsr;
    unsigned short control;
    unsigned long flags;
    __asm__ volatile("stmxcsr %0; fnstcw %1; pushf; pop %2" : "=m"(mxcsr), "=m"(control), "=r"(flags));
    control_inside = mxcsr;
    short_inside = control;
    flags_inside = (unsigned)flags;
    note(number);
}

TEST(a_handler_starts_with_default_control_words_and_they_come_back)
{
    unsigned special = 0x1f80 | 0x6000, after = 0; // round towards zero
    unsigned short control = 0x0f7f, control_after = 0;
    handle(SIGALRM, look_at_control, 0);
    alarm_ms(2, 0);
    __asm__ volatile("ldmxcsr %2; fldcw %3\n"
                     "1: cmpl $0, noted(%%rip); je 1b\n"
                     "stmxcsr %0; fnstcw %1\n"
                     : "=m"(after), "=m"(control_after) : "m"(special), "m"(control) : "memory", "cc");
    EXPECT_EQ(after, special);
    EXPECT_EQ(control_after, control);
    EXPECT_EQ(control_inside, 0x1f80);
    EXPECT_EQ(short_inside, 0x037f);
}

TEST(the_direction_flag_is_clear_in_a_handler_and_comes_back)
{
    unsigned long after;
    handle(SIGALRM, look_at_control, 0);
    alarm_ms(2, 0);
    __asm__ volatile("std\n"
                     "1: cmpl $0, noted(%%rip); je 1b\n"
                     "pushf; pop %0; cld" : "=r"(after)::"memory", "cc");
    EXPECT_EQ(flags_inside & 0x400, 0);
    EXPECT_EQ(after & 0x400, 0x400);
}

TEST(the_red_zone_is_not_touched)
{
    handle(SIGALRM, clobber_everything, 0);
    for (int round = 0; round < 10; round++) {
        long sum = 0;
        noted = 0;
        alarm_ms(2, 0);
        __asm__ volatile("mov $-128, %%rcx\n"
                         "1: mov %%rcx, (%%rsp,%%rcx); add $8, %%rcx; jnz 1b\n"
                         "2: cmpl $0, noted(%%rip); je 2b\n"
                         "mov $-128, %%rcx; xor %0, %0\n"
                         "3: add (%%rsp,%%rcx), %0; add $8, %%rcx; jnz 3b\n"
                         : "=&r"(sum)::"rcx", "memory", "cc");
        EXPECT_EQ(sum, -1088); // -128 - 120 ... - 8
    }
}

static volatile long stack_inside;

static void look_at_stack(int number)
{
    stack_inside = (long)__builtin_frame_address(0);
    note(number);
}

TEST(the_stack_is_aligned_in_a_handler)
{
    handle(SIGUSR1, look_at_stack, 0);
    raise(SIGUSR1);
    EXPECT_EQ(stack_inside & 15, 0); // rbp after push: rsp was 8 below a multiple of 16 at entry
}

static void change_registers(int number, siginfo_t *info, void *context)
{
    (void)info;
    ucontext_t *uc = context;
    note(number);
    uc->uc_mcontext.gregs[REG_RBX] = 0x0123456789abcdef;
    uc->uc_mcontext.gregs[REG_R12] ^= -1;
    uc->uc_mcontext.fpregs->_xmm[5].element[0] = 0xfeedface;
}

TEST(a_handler_changes_registers_of_the_interrupted_code)
{
    long bx, r12;
    unsigned xmm[4] = { 1, 2, 3, 4 };
    handle_info(SIGALRM, change_registers, 0);
    alarm_ms(2, 0);
    __asm__ volatile("movdqu %2, %%xmm5; xor %%ebx, %%ebx; mov $5, %%r12\n"
                     "1: cmpl $0, noted(%%rip); je 1b\n"
                     "mov %%rbx, %0; mov %%r12, %1; movdqu %%xmm5, %2\n"
                     : "=&r"(bx), "=&r"(r12), "+m"(xmm)::"rbx", "r12", "xmm5", "memory", "cc");
    EXPECT_EQ(bx, 0x0123456789abcdef);
    EXPECT_EQ(r12, ~5l);
    EXPECT_EQ(xmm[0], 0xfeedface);
    EXPECT_EQ(xmm[1], 2);
}

static void change_mask(int number, siginfo_t *info, void *context)
{
    (void)info;
    note(number);
    sigaddset(&((ucontext_t *)context)->uc_sigmask, SIGTERM);
    sigaddset(&((ucontext_t *)context)->uc_sigmask, SIGKILL);
}

TEST(a_handler_changes_the_mask_of_the_interrupted_code)
{
    handle_info(SIGUSR1, change_mask, 0);
    raise(SIGUSR1);
    EXPECT_TRUE(is_blocked(SIGTERM));
    EXPECT_FALSE(is_blocked(SIGUSR1));
    EXPECT_FALSE(is_blocked(SIGKILL));
}

static void change_result(int number, siginfo_t *info, void *context)
{
    (void)info;
    note(number);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = 1234;
}

TEST(a_handler_changes_the_result_of_the_system_call_it_follows)
{
    handle_info(SIGUSR1, change_result, 0);
    EXPECT_EQ(syscall(SYS_kill, getpid(), SIGUSR1), 1234);
}

static void wreck_frame(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] = 1l << 62;
}

TEST(a_return_to_a_non_canonical_address_is_fatal)
{
    pid_t child = FORK(handle_info(SIGUSR1, wreck_frame, 0); raise(SIGUSR1));
    EXPECT_SIGNALED(child, SIGSEGV);
}

static void wreck_segments(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_CSGSFS] = 0;
}

TEST(a_code_segment_of_zero_in_the_frame_is_no_way_into_the_kernel)
{
    pid_t child = FORK(handle_info(SIGUSR1, wreck_segments, 0); raise(SIGUSR1));
    EXPECT_SIGNALED(child, SIGSEGV);
}

TEST(sigreturn_with_a_bad_stack_is_fatal)
{
    pid_t child = FORK(__asm__ volatile("xor %%esp, %%esp; mov $15, %%eax; syscall" ::: "memory"));
    EXPECT_SIGNALED(child, SIGSEGV);
}

static volatile int bad_frames;

static void note_bad_frame(int number)
{
    (void)number;
    bad_frames++;
}

static void wreck_fpu(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    // The header of the XSAVE image: a component that no machine has.
    ((unsigned char *)((ucontext_t *)context)->uc_mcontext.fpregs)[512 + 7] = 0x80;
}

TEST(after_a_frame_with_a_bad_fpu_state_the_program_goes_on_where_it_was)
{
    handle(SIGSEGV, note_bad_frame, 0);
    handle_info(SIGUSR1, wreck_fpu, 0);
    for (int i = 1; i <= 3; i++) {
        raise(SIGUSR1);
        EXPECT_EQ(bad_frames, i);
    }
}
