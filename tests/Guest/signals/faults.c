// Signals that the program's own instructions raise.
#include "../support/mem.h"
#include "../support/signals.h"
#include <fenv.h>

static volatile long trap_number, error_code, fault_address, rip, skip;

// Notes the fault and goes on `skip` bytes further.
static void step_over(int number, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    note_info(number, info, context);
    trap_number = uc->uc_mcontext.gregs[REG_TRAPNO];
    error_code = uc->uc_mcontext.gregs[REG_ERR];
    fault_address = uc->uc_mcontext.gregs[REG_CR2];
    rip = uc->uc_mcontext.gregs[REG_RIP];
    uc->uc_mcontext.gregs[REG_RIP] += skip;
}

// Runs the instruction (its length given) under the handler.
#define RAISE(SIGNAL, LENGTH, INSTRUCTION, ...)                                      \
    do {                                                                             \
        handle_info(SIGNAL, step_over, 0);                                           \
        skip = (LENGTH);                                                             \
        noted = 0;                                                                   \
        __asm__ volatile("1: " INSTRUCTION "\n" ::__VA_ARGS__ : "memory", "rax", "rdx", "cc"); \
        EXPECT_EQ(noted, SIGNAL);                                                    \
    } while (0)

TEST(a_read_of_nothing_tells_everything)
{
    RAISE(SIGSEGV, 2, "mov (%0), %%al", "r"(64l));
    EXPECT_EQ(noted_info.si_code, SEGV_MAPERR);
    EXPECT_EQ(noted_info.si_addr, 64);
    EXPECT_EQ(trap_number, 14);
    EXPECT_EQ(error_code, 4); // user, read, not present
    EXPECT_EQ(fault_address, 64);
}

TEST(a_write_of_nothing_says_so)
{
    RAISE(SIGSEGV, 2, "mov %%al, (%0)", "r"(64l));
    EXPECT_EQ(error_code, 6);
}

TEST(a_write_to_read_only_memory_says_present)
{
    char *p = map_pages(1);
    EXPECT_EQ(*p, 0);
    EXPECT_OK(mprotect(p, PAGE, PROT_READ));
    *(volatile char *)p;
    RAISE(SIGSEGV, 2, "mov %%al, (%0)", "r"(p));
    EXPECT_EQ(noted_info.si_code, SEGV_ACCERR);
    EXPECT_EQ(error_code & ~1, 6);
}

TEST(a_write_to_text_says_present)
{
    *(volatile char *)main;
    RAISE(SIGSEGV, 2, "mov %%al, (%0)", "r"((char *)main));
    EXPECT_EQ(noted_info.si_code, SEGV_ACCERR);
    EXPECT_EQ(error_code & ~1, 6);
    EXPECT_EQ(fault_address, (long)main);
}

TEST(a_non_canonical_address_is_a_general_protection)
{
    RAISE(SIGSEGV, 2, "mov (%0), %%al", "r"(1l << 62));
    EXPECT_EQ(noted_info.si_code, SI_KERNEL);
    EXPECT_EQ(noted_info.si_addr, 0);
    EXPECT_EQ(trap_number, 13);
}

TEST(a_non_canonical_stack_address_is_SIGBUS)
{
    long old_bp;
    handle_info(SIGBUS, step_over, 0);
    skip = 3;
    // An address by way of rbp goes through the stack segment: #SS.
    __asm__ volatile("mov %%rbp, %0; mov %1, %%rbp; mov 0(%%rbp), %%al; mov %0, %%rbp"
                     : "=&r"(old_bp) : "r"(1l << 62) : "rax", "memory");
    EXPECT_EQ(noted, SIGBUS);
    EXPECT_EQ(noted_info.si_code, SI_KERNEL);
    EXPECT_EQ(trap_number, 12);
}

TEST(privileged_instructions_are_SIGSEGV)
{
    RAISE(SIGSEGV, 1, "hlt");
    EXPECT_EQ(noted_info.si_code, SI_KERNEL);
    EXPECT_EQ(trap_number, 13);
    RAISE(SIGSEGV, 1, "cli");
    RAISE(SIGSEGV, 1, "sti");
    RAISE(SIGSEGV, 2, "inb $0x80, %%al");
    RAISE(SIGSEGV, 2, "rdmsr");
    RAISE(SIGSEGV, 2, "wbinvd");
    RAISE(SIGSEGV, 2, "int $0x81");
    EXPECT_EQ(error_code, 0x81 << 3 | 2);
}

TEST(an_undefined_instruction_is_SIGILL)
{
    RAISE(SIGILL, 2, "ud2");
    EXPECT_EQ(noted_info.si_code, ILL_ILLOPN);
    EXPECT_EQ(noted_info.si_addr, rip);
    EXPECT_EQ(trap_number, 6);
    RAISE(SIGILL, 1, ".byte 0x06");
    EXPECT_EQ(noted_info.si_addr, rip);
}

TEST(a_division_by_zero_is_SIGFPE)
{
    RAISE(SIGFPE, 2, "xor %%edx, %%edx; mov $7, %%eax; jmp 2f; 2: div %0", "r"(0));
    EXPECT_EQ(noted_info.si_code, FPE_INTDIV);
    EXPECT_EQ(noted_info.si_addr, rip);
    EXPECT_EQ(trap_number, 0);
}

TEST(a_division_overflow_is_the_same)
{
    RAISE(SIGFPE, 2, "mov $0x80000000, %%eax; cltd; idivl %0", "r"(-1));
    EXPECT_EQ(noted_info.si_code, FPE_INTDIV);
}

TEST(unmasked_sse_exceptions_are_SIGFPE)
{
    static const struct { int except; int code; float a, b; } cases[] = {
        { FE_DIVBYZERO, FPE_FLTDIV, 1, 0 }, { FE_INVALID, FPE_FLTINV, 0, 0 },
        { FE_OVERFLOW, FPE_FLTOVF, 3e38f, 1e-10f }, { FE_UNDERFLOW, FPE_FLTUND, 1e-30f, 1e30f },
    };
    for (int i = 0; i < 4; i++) {
        unsigned control = 0x1f80 & ~(cases[i].except << 7), usual = 0x1f80;
        handle_info(SIGFPE, step_over, 0);
        skip = 4; // divss %xmm1, %xmm0
        noted = 0;
        __asm__ volatile("ldmxcsr %2; movss %0, %%xmm0; movss %1, %%xmm1; divss %%xmm1, %%xmm0; ldmxcsr %3"
                         ::"m"(cases[i].a), "m"(cases[i].b), "m"(control), "m"(usual) : "xmm0", "xmm1");
        EXPECT_EQ(noted, SIGFPE);
        EXPECT_EQ(noted_info.si_code, cases[i].code);
        EXPECT_EQ(noted_info.si_addr, rip);
        EXPECT_EQ(trap_number, 19);
    }
}

TEST(unmasked_x87_exceptions_are_SIGFPE_at_the_next_instruction)
{
    unsigned short control = 0x037f & ~4; // zero divide unmasked
    handle_info(SIGFPE, step_over, 0);
    skip = 1; // fwait
    __asm__ volatile("fninit; fldcw %0; fldz; fld1; fdivp; fwait; fninit" ::"m"(control) : "memory");
    EXPECT_EQ(noted, SIGFPE);
    EXPECT_EQ(noted_info.si_code, FPE_FLTDIV);
    EXPECT_EQ(trap_number, 16);
}

TEST(a_breakpoint_is_SIGTRAP_after_the_instruction)
{
    char *after;
    handle_info(SIGTRAP, step_over, 0);
    skip = 0;
    __asm__ volatile("int3; lea (%%rip), %0" : "=r"(after)::"memory");
    EXPECT_EQ(noted, SIGTRAP);
    EXPECT_EQ(noted_info.si_code, SI_KERNEL);
    EXPECT_EQ(rip, after - 7);
    EXPECT_EQ(trap_number, 3);
    noted = 0;
    __asm__ volatile(".byte 0xcd, 0x03" ::: "memory");
    EXPECT_EQ(noted, SIGTRAP);
}

static volatile int steps;

static void count_steps(int number, siginfo_t *info, void *context)
{
    (void)context;
    note_info(number, info, context);
    steps++;
}

TEST(the_trap_flag_steps_one_instruction_at_a_time)
{
    handle_info(SIGTRAP, count_steps, 0);
    __asm__ volatile("pushf; orl $0x100, (%%rsp); popf\n" // the trap comes after the next instruction
                     "nop; nop; nop; nop\n"
                     "pushf; andl $~0x100, (%%rsp); popf\n" ::: "memory", "cc");
    EXPECT_EQ(noted_info.si_code, TRAP_TRACE);
    EXPECT_EQ(steps, 7);
}

TEST(an_unaligned_access_with_alignment_checks_is_SIGBUS)
{
    static long words[2];
    handle_info(SIGBUS, step_over, 0);
    skip = 3;
    __asm__ volatile("pushf; orl $0x40000, (%%rsp); popf\n"
                     "mov (%0), %%rax\n"
                     "pushf; andl $~0x40000, (%%rsp); popf\n" ::"r"((char *)words + 1) : "rax", "memory", "cc");
    EXPECT_EQ(noted, SIGBUS);
    EXPECT_EQ(noted_info.si_code, BUS_ADRALN);
    EXPECT_EQ(trap_number, 17);
}

static void allow(int number, siginfo_t *info, void *context)
{
    note_info(number, info, context);
    EXPECT_OK(mprotect((void *)((unsigned long)info->si_addr & -PAGE), PAGE, RW));
}

TEST(the_instruction_is_tried_again_after_the_handler)
{
    char *p = map_pages(2);
    EXPECT_OK(mprotect(p, 2 * PAGE, PROT_NONE));
    handle_info(SIGSEGV, allow, 0);
    // One store across two pages that are both missing: two faults.
    *(volatile long *)(p + PAGE - 4) = 0x1234567812345678;
    EXPECT_EQ(noted_count, 2);
    EXPECT_EQ(*(volatile long *)(p + PAGE - 4), 0x1234567812345678);
}

TEST(a_string_move_goes_on_where_it_faulted)
{
    char *p = map_pages(4);
    handle_info(SIGSEGV, allow, 0);
    EXPECT_OK(mprotect(p, 4 * PAGE, PROT_NONE));
    char *at = p + 10;
    long count = 4 * PAGE - 20;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(count) : "a"('s') : "memory");
    EXPECT_EQ(noted_count, 4);
    EXPECT_EQ(count, 0);
    EXPECT_TRUE(is_filled(p + 10, 4 * PAGE - 20, 's'));
}

static void bad_handler(int number)
{
    (void)number;
    __asm__ volatile("mov (%0), %%al" ::"r"(64l) : "rax");
}

TEST(a_fault_inside_the_handler_of_another_signal_is_handled)
{
    handle_info(SIGSEGV, step_over, 0);
    skip = 2;
    handle(SIGUSR1, bad_handler, 0);
    raise(SIGUSR1);
    EXPECT_EQ(noted, SIGSEGV);
}

TEST(faults_carry_no_sender)
{
    RAISE(SIGSEGV, 2, "mov (%0), %%al", "r"(64l));
    EXPECT_EQ(noted_info.si_signo, SIGSEGV);
    EXPECT_EQ(noted_info.si_errno, 0);
    handle_info(SIGSEGV, note_info, 0);
    EXPECT_OK(kill(getpid(), SIGSEGV));
    EXPECT_EQ(noted_info.si_code, SI_USER);
    EXPECT_EQ(noted_info.si_pid, getpid());
}
