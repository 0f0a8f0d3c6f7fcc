// How an ELF file becomes memory.
#include "../support/elf.h"

CODE(seven, EXIT(7));

TEST(a_program_of_one_segment_runs)
{
    struct tiny t = tiny_program(seven);
    EXPECT_TINY_RUNS(&t, 7);
}

TEST(a_program_without_fixed_address_runs_anywhere)
{
    struct tiny t = tiny_program(seven);
    t.ehdr.e_type = ET_DYN;
    t.phdr[0].p_vaddr = 0;
    t.ehdr.e_entry -= TINY_BASE;
    EXPECT_TINY_RUNS(&t, 7);
    // Relative to its lowest segment, wherever that says it is.
    t.phdr[0].p_vaddr = 0x1234000;
    t.ehdr.e_entry += 0x1234000;
    EXPECT_TINY_RUNS(&t, 7);
}

TEST(files_that_are_no_program_are_ENOEXEC)
{
    struct tiny good = tiny_program(seven), t;
#define WITH(FIELD, VALUE) (t = good, t.FIELD = (VALUE), &t)
    EXPECT_TINY_REFUSED(WITH(ehdr.e_ident[0], 0x7e), ENOEXEC);
    EXPECT_TINY_REFUSED(WITH(ehdr.e_ident[3], 'f'), ENOEXEC);
    EXPECT_TINY_REFUSED(WITH(ehdr.e_type, ET_REL), ENOEXEC);
    EXPECT_TINY_REFUSED(WITH(ehdr.e_type, ET_CORE), ENOEXEC);
    EXPECT_TINY_REFUSED(WITH(ehdr.e_type, 99), ENOEXEC);
    EXPECT_TINY_REFUSED(WITH(ehdr.e_machine, EM_AARCH64), ENOEXEC);
    EXPECT_TINY_REFUSED(WITH(ehdr.e_phentsize, 55), ENOEXEC);
    EXPECT_TINY_REFUSED(WITH(ehdr.e_phnum, 0), ENOEXEC);
    EXPECT_TINY_REFUSED(WITH(ehdr.e_phnum, 2000), ENOEXEC);
    EXPECT_TINY_REFUSED(WITH(ehdr.e_phoff, 1 << 20), ENOEXEC);
    EXPECT_TINY_REFUSED(WITH(ehdr.e_phoff, -64ul), ENOEXEC);
}

TEST(what_the_kernel_does_not_look_at)
{
    struct tiny good = tiny_program(seven), t;
    EXPECT_TINY_RUNS(WITH(ehdr.e_version, 77), 7);
    EXPECT_TINY_RUNS(WITH(ehdr.e_ident[EI_OSABI], 77), 7);
    EXPECT_TINY_RUNS(WITH(ehdr.e_shnum, 500), 7);
    EXPECT_TINY_RUNS(WITH(ehdr.e_flags, -1), 7);
    EXPECT_TINY_RUNS(WITH(ehdr.e_ehsize, 0), 7);
}

TEST(a_file_that_ends_within_its_headers_is_ENOEXEC)
{
    struct tiny t = tiny_program(seven);
    for (size_t size = 4; size < offsetof(struct tiny, phdr) + 2 * sizeof(Elf64_Phdr); size += 23) {
        write_file("short", &t, size, 0755);
        EXPECT_REFUSED("./short", ENOEXEC);
    }
}

// A second segment at 0x600000 whose bytes are those of the interpreter field.
#define DATA 0x600000ul
static Elf64_Phdr *add_data(struct tiny *t, size_t file, size_t memory)
{
    memset(t->interpreter, 'D', sizeof t->interpreter);
    return add_segment(t, (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_align = 4096,
                                        .p_offset = offsetof(struct tiny, interpreter),
                                        .p_vaddr = DATA + offsetof(struct tiny, interpreter),
                                        .p_filesz = file, .p_memsz = memory });
}

// Exits with 1 if data and bss are as expected: 16 bytes 'D', then zero up to 0x603000; writes to both.
CODE(check_bss, "mov $0x600000 + 64 + 56 * 6 + 512, %rsi\n"
                "mov $16, %ecx\n"
                "1: cmpb $'D', (%rsi); jne 9f; incb (%rsi); inc %rsi; loop 1b\n"
                "2: cmpb $0, (%rsi); jne 9f; incb (%rsi); inc %rsi; cmp $0x603000, %rsi; jb 2b\n"
                EXIT(1)
                "9: " EXIT(2));

TEST(memory_beyond_the_file_part_is_zero)
{
    struct tiny t = tiny_program(check_bss);
    size_t start = offsetof(struct tiny, interpreter);
    EXPECT_EQ(start, 64 + 56 * 6 + 512);
    add_data(&t, 16, 0x3000 - start);
    EXPECT_TINY_RUNS(&t, 1);
}

CODE(write_text, "mov $0x400000, %rsi; incb (%rsi)\n" EXIT(1));
CODE(run_data, "mov $0x600000 + 64 + 56 * 6 + 512, %rsi; movb $0xc3, (%rsi); call *%rsi\n" EXIT(1));

TEST(segments_have_their_protection)
{
    struct tiny t = tiny_program(write_text);
    EXPECT_TINY_DIES(&t, SIGSEGV);
    t.phdr[0].p_flags |= PF_W;
    EXPECT_TINY_RUNS(&t, 1);
    t = tiny_program(run_data);
    Elf64_Phdr *data = add_data(&t, 16, 32);
    EXPECT_TINY_DIES(&t, SIGSEGV);
    data->p_flags |= PF_X;
    EXPECT_TINY_RUNS(&t, 1);
}

TEST(a_writable_segment_does_not_write_to_the_file)
{
    struct tiny t = tiny_program(write_text), after;
    t.phdr[0].p_flags |= PF_W;
    EXPECT_TINY_RUNS(&t, 1);
    EXPECT_EQ(read(EXPECT_OK(open("tiny", O_RDONLY)), &after, sizeof after), sizeof after);
    EXPECT_MEMEQ(&t, &after, sizeof t);
}

TEST(a_file_part_larger_than_the_memory_part_is_fatal)
{
    struct tiny t = tiny_program(seven);
    t.phdr[0].p_memsz = 100;
    EXPECT_TINY_DIES(&t, SIGSEGV);
}

TEST(an_address_that_does_not_fit_its_offset_is_fatal)
{
    struct tiny t = tiny_program(seven);
    t.phdr[0].p_vaddr += 16;
    EXPECT_TINY_DIES(&t, SIGSEGV);
}

TEST(a_segment_outside_user_space_is_fatal)
{
    struct tiny t = tiny_program(seven);
    add_segment(&t, (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = 1ul << 50, .p_filesz = 16, .p_memsz = 16 });
    EXPECT_TINY_DIES(&t, SIGSEGV);
    t = tiny_program(seven);
    add_segment(&t, (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = 0x600000, .p_memsz = 1ul << 47 });
    EXPECT_TINY_DIES(&t, SIGSEGV);
}

TEST(an_entry_that_leads_nowhere_is_SIGSEGV)
{
    struct tiny t = tiny_program(seven);
    t.ehdr.e_entry = 0;
    EXPECT_TINY_DIES(&t, SIGSEGV);
    t.ehdr.e_entry = 0x500000;
    EXPECT_TINY_DIES(&t, SIGSEGV);
    t.ehdr.e_entry = 1ul << 62;
    EXPECT_TINY_DIES(&t, SIGSEGV);
}

TEST(a_segment_beyond_the_end_of_the_file_is_SIGBUS_when_touched)
{
    struct tiny t = tiny_program(run_data);
    add_segment(&t, (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_align = 4096,
                                  .p_offset = 0x10000, .p_vaddr = 0x600000, .p_filesz = 0x1000, .p_memsz = 0x1000 });
    EXPECT_TINY_DIES(&t, SIGBUS);
}

CODE(look_at_registers, "pushf; testl $0xcd5, (%rsp); jnz 9f; lea 8(%rsp), %rsp\n"
                        "test $15, %spl; jnz 9f\n"
                        "or %rbx, %rax; or %rcx, %rax; or %rdx, %rax; or %rsi, %rax; or %rdi, %rax; or %rbp, %rax\n"
                        "or %r8, %rax; or %r9, %rax; or %r10, %rax; or %r11, %rax; or %r12, %rax; or %r13, %rax\n"
                        "or %r14, %rax; or %r15, %rax; jnz 9f\n"
                        "cmpl $1, (%rsp); jne 9f\n"
                        "sub $16, %rsp; stmxcsr (%rsp); cmpl $0x1f80, (%rsp); jne 9f\n"
                        "fnstcw (%rsp); cmpw $0x37f, (%rsp); jne 9f\n"
                        "movdqu %xmm0, (%rsp); cmpq $0, (%rsp); jne 9f\n"
                        "movdqu %xmm15, (%rsp); cmpq $0, (%rsp); jne 9f\n"
                        EXIT(1)
                        "9: " EXIT(2));

TEST(a_program_starts_with_clean_registers)
{
    struct tiny t = tiny_program(look_at_registers);
    EXPECT_TINY_RUNS(&t, 1);
}

CODE(look_at_bases, "sub $16, %rsp\n"
                    "mov $158, %eax; mov $0x1003, %edi; mov %rsp, %rsi; syscall; cmpq $0, (%rsp); jne 9f\n"
                    "mov $158, %eax; mov $0x1004, %edi; mov %rsp, %rsi; syscall; cmpq $0, (%rsp); jne 9f\n"
                    EXIT(1)
                    "9: " EXIT(2));

TEST(a_program_starts_without_thread_storage)
{
    struct tiny t = tiny_program(look_at_bases);
    EXPECT_TINY_RUNS(&t, 1);
}

CODE(grow_break, "mov $12, %eax; xor %edi, %edi; syscall; mov %rax, %rbx\n"
                 "cmp $0x601000, %rax; jb 9f\n" // above the last segment
                 "lea 0x10000(%rbx), %rdi; mov $12, %eax; syscall; cmp %rdi, %rax; jne 9f\n"
                 "movb $1, 0xffff(%rbx)\n"
                 EXIT(1)
                 "9: " EXIT(2));

TEST(the_break_follows_the_last_segment)
{
    struct tiny t = tiny_program(grow_break);
    add_data(&t, 16, 16);
    EXPECT_TINY_RUNS(&t, 1);
    // It does so with a large bss as well.
    t = tiny_program(grow_break);
    add_data(&t, 16, 64 << 20);
    EXPECT_TINY_RUNS(&t, 1);
}
