// PT_GNU_STACK decides whether the stack may be executed.
#include "../support/elf.h"

// Puts a `ret` on the stack and calls it.
CODE(run_stack, "sub $16, %rsp; movb $0xc3, (%rsp); call *%rsp\n" EXIT(1));

// Calls a `ret` in memory mapped readable and writable.
CODE(run_mapping, "mov $9, %eax; xor %edi, %edi; mov $4096, %esi; mov $3, %edx; mov $0x22, %r10d; mov $-1, %r8\n"
                  "xor %r9d, %r9d; syscall; movb $0xc3, (%rax); call *%rax\n" EXIT(1));

// Recurses 200 KiB deep, where the stack has grown, and calls a `ret` there.
CODE(run_grown_stack, "sub $0x32000, %rsp; movb $0xc3, (%rsp); call *%rsp\n" EXIT(1));

TEST(a_stack_without_x_is_not_executable)
{
    struct tiny t = tiny_program(run_stack);
    EXPECT_TINY_DIES(&t, SIGSEGV);
}

TEST(a_stack_with_x_is_executable)
{
    struct tiny t = tiny_program(run_stack);
    t.phdr[1].p_flags |= PF_X;
    EXPECT_TINY_RUNS(&t, 1);
    t = tiny_program(run_grown_stack);
    t.phdr[1].p_flags |= PF_X;
    EXPECT_TINY_RUNS(&t, 1);
}

TEST(other_memory_is_not_made_executable_by_it)
{
    struct tiny t = tiny_program(run_mapping);
    t.phdr[1].p_flags |= PF_X;
    EXPECT_TINY_DIES(&t, SIGSEGV);
}

TEST(a_program_that_says_nothing_has_a_stack_without_x)
{
    // On x86-64 since Linux 5.8.
    struct tiny t = tiny_program(run_stack);
    t.phdr[1].p_type = PT_NULL;
    EXPECT_TINY_DIES(&t, SIGSEGV);
}
